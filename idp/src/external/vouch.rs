//! A provider vouches for somebody who joins: its word is the price of one account, in place of work or
//! an invitation. What is kept is that the tag was used, and nothing that leads to the account: the
//! provider is never asked again, and it is no way in.

use super::{
    flow::{self, Back, Way, Wish},
    store,
};
use crate::{
    authorize::reply::see_other,
    browser::{self, Browser},
    core::{Core, Shared},
    invite, page,
    params::Params,
    problem::{OAuthError, Refusal},
};
use axum::{
    Router,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use host::once::{self, spaces::MINTED};
use kernel::Timestamp;
use web::lang::Choice;

/// What the form of a provider's button is for.
const PURPOSE: &str = "join";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/join/external/{provider}", post(ask))
        .with_state(core)
}

/// The form token of the buttons, for this browser.
pub(crate) fn form_token(core: &Core, browser: &Browser) -> String {
    core.forms.token(browser.id(), PURPOSE)
}

/// The name of a sign-in, as an address may carry it; whose it is is looked at when it counts.
pub(crate) fn plain_ix(ix: &str) -> &str {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    match ix.len() <= 64 && ix.bytes().all(plain) {
        true => ix,
        false => "",
    }
}

/// The page on which people join, for a sign-in or for itself.
pub(super) fn page_of(ix: &str) -> String {
    match ix.is_empty() {
        true => "/join".to_owned(),
        false => format!("/join?ix={ix}"),
    }
}

/// `POST /join/external/{provider}`: a button of the page on which people join.
async fn ask(
    State(core): State<Shared>,
    Path(name): Path<String>,
    choice: Choice,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let gone = async {
        let params = Params::of_strict_form(request).await;
        let params = params.map_err(|error| match error {
            OAuthError::Edge(problem) => Refusal::Edge(problem),
            _ => Refusal::Malformed,
        })?;
        let browser = browser::current(&core, &headers).ok_or(Refusal::FormStale)?;
        let token = params.get("form_token").unwrap_or_default();
        let checked = core
            .forms
            .check(&headers, core.issuer(), browser.id(), PURPOSE, token);
        checked.map_err(|_| Refusal::FormStale)?;
        let way = Way::to(&core, &name)?;
        let ix = plain_ix(params.get("ix").unwrap_or_default());
        let wish = Wish::Join(ix.to_owned());
        let address = flow::go(&core, &way, &wish, &browser, now).await?;
        Ok(see_other(&address))
    };
    page::answer(&core, &choice, gone.await)
}

/// The provider said who it is: whoever was not vouched for before gets a ticket, good for one account
/// and a quarter of an hour. The tag is marked as used by the transaction that writes the account.
pub(super) async fn finish(
    back: &Back<'_>,
    choice: &Choice,
    ix: &str,
    tag: &str,
) -> Result<Response, Refusal> {
    let core = back.core;
    let ticket = invite::ticket(&core.ground.world);
    let (hash, now) = (&ticket.at_rest(), back.now);
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            back.take(tx).await?;
            if !store::may_vouch(tx, tag).await? {
                return Err(Refusal::ExternalUsed);
            }
            let until: Timestamp = MINTED.until(now);
            once::issue(tx, &MINTED, hash, invite::JOIN, tag, "", until).await?;
            Ok::<_, Refusal>(())
        })
    });
    write.await?;
    // In the fragment, which no server sees.
    let path = format!("{}#minted={}", page_of(ix), ticket.as_str());
    Ok(flow::onward(core, choice, &path, "external-vouched-title").into_response())
}
