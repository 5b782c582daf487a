//! What a request still needs: a proof, an agreement, or nothing more. One function for the start
//! of a sign-in and for each later step.

use super::request::Request;
use crate::{
    client::Client,
    consent,
    core::Core,
    problem::OAuthError,
    session::{Login, is_young},
};
use kernel::{Timestamp, problem};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Someone has to prove who they are, or prove it more strongly.
    Prove,
    /// The person has to agree.
    Consent,
    /// A code can be given.
    Finish,
}

/// What is known of the person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The login that holds.
    pub(crate) login: Option<&'a Login>,
    /// Whether it was made in this very sign-in.
    pub(crate) proved: bool,
    /// Whether the person agreed just now.
    pub(crate) agreed: bool,
}

/// Decides what comes next.
///
/// # Errors
/// What the app is told instead: `login_required`, `consent_required`; the store's own.
pub(crate) async fn next(
    core: &Core,
    client: &Client,
    request: &Request,
    view: &View<'_>,
    now: Timestamp,
) -> Result<Next, OAuthError> {
    let next = match view.login {
        None => Next::Prove,
        Some(login) => known(core, client, request, login, view, now).await?,
    };
    let refused = |slug: &'static problem::Slug| OAuthError::refused(slug, slug.title);
    let weak = view.login.filter(|login| !request.may_end_with(login.acr));
    match next {
        Next::Prove if request.is_silent() && weak.is_some() => {
            Err(refused(&problem::UNMET_AUTHENTICATION_REQUIREMENTS))
        }
        Next::Prove if request.is_silent() => Err(refused(&problem::LOGIN_REQUIRED)),
        Next::Consent if request.is_silent() => Err(refused(&problem::CONSENT_REQUIRED)),
        next => Ok(next),
    }
}

async fn known(
    core: &Core,
    client: &Client,
    request: &Request,
    login: &Login,
    view: &View<'_>,
    now: Timestamp,
) -> Result<Next, OAuthError> {
    let mut conn = core.ground.db.read().await?;
    let proof = login.proof_known_to(&mut conn, client).await?;
    if needs_proof(request, login, proof, view.proved, now) {
        return Ok(Next::Prove);
    }
    if let Some(expected) = &request.subs {
        let sub = core.pairwise.sub(&client.sector, &login.account);
        if !sub.is_ok_and(|sub| expected.contains(&sub)) {
            let slug = &problem::LOGIN_REQUIRED;
            return Err(OAuthError::refused(slug, "another person is signed in"));
        }
    }
    if client.first_party || view.agreed {
        return Ok(Next::Finish);
    }
    let given = consent::store::find(&mut conn, &login.account, &client.id).await?;
    let wanted = consent::wanted(&request.scope, request.resource.as_deref());
    let covers = given.is_some_and(|given| given.covers(&wanted));
    let agreed = covers && !request.wants_consent() && !client.asks_always;
    Ok(if agreed { Next::Finish } else { Next::Consent })
}

/// Whether a new proof is needed. An app that must be told of its age needs one of its own visit: the
/// proof known to it, and no older than it demands.
fn needs_proof(
    request: &Request,
    login: &Login,
    proof: Option<Timestamp>,
    proved: bool,
    now: Timestamp,
) -> bool {
    let content = request.is_content_with(login.acr);
    if proved {
        // A wish goes on with the strength that was reached; a demand does not.
        return !request.may_end_with(login.acr);
    }
    let young = |at: Timestamp| request.max_age.is_none_or(|age| is_young(at, age, now));
    let asks_age = request.auth_time || request.max_age.is_some();
    let old = asks_age && !proof.is_some_and(young);
    let weak = !request.may_end_with(login.acr) || (!content && !request.is_silent());
    request.wants_proof() || old || weak
}
