//! The end of a sign-in: a grant and a code, written in one transaction that asks every question
//! again and takes the pushed request.

use super::{CardFacts, Interaction, State, store};
use crate::{
    account,
    authorize::{self, request::Request},
    client::Client,
    consent::{self, Consent},
    core::Core,
    events,
    grant::{self, Grant, code::Code},
    problem::Refusal,
    secrets,
    session::{self, Login},
};
use host::db::Tx;
use kernel::{Timestamp, b64, hex};

/// What a decision writes.
struct Decision<'a> {
    client: &'a Client,
    request: &'a Request,
    login: &'a Login,
    card: Option<&'a CardFacts>,
    /// Whether the proof was made in this very sign-in.
    proved: bool,
    /// The row it moves, and from where.
    moves: Option<(&'a str, State)>,
    /// What the person agreed to just now.
    agreed: Option<&'a Consent>,
}

/// Chance for a decision.
struct Draw {
    grant: String,
    sid: String,
    code: String,
    line: events::New,
}

/// Gives a code where nothing more is needed, without a page.
///
/// # Errors
/// Whatever no longer holds at the moment of writing.
pub(crate) async fn finish(
    core: &Core,
    client: &Client,
    request: &Request,
    login: &Login,
    now: Timestamp,
) -> Result<String, Refusal> {
    let decision = Decision {
        client,
        request,
        login,
        card: None,
        proved: false,
        moves: None,
        agreed: None,
    };
    write(core, &decision, now).await
}

/// Gives a code at the end of an interaction that stands at `from`.
///
/// # Errors
/// `FlowMoved` where it stands elsewhere by now, and as [`finish`].
pub(crate) async fn finish_interaction(
    core: &Core,
    client: &Client,
    at: &Interaction,
    login: &Login,
    agreed: Option<&Consent>,
    now: Timestamp,
) -> Result<String, Refusal> {
    let decision = Decision {
        client,
        request: &at.request,
        login,
        card: at.reached.as_ref(),
        proved: at.proved,
        moves: Some((&at.ix, at.state)),
        agreed,
    };
    write(core, &decision, now).await
}

/// Ends an interaction without a code, as a no or as a sign-in to our own pages; the pushed request is taken, for this was its decision.
///
/// # Errors
/// `FlowMoved` where it stands elsewhere by now; the store's own.
pub(crate) async fn refuse(core: &Core, at: &Interaction, to: State) -> Result<(), Refusal> {
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if !store::step(tx, &at.ix, at.state, to).await? {
                    return Err(Refusal::FlowMoved);
                }
                take_pushed(tx, &at.request).await
            })
        })
        .await
}

async fn write(core: &Core, decision: &Decision<'_>, now: Timestamp) -> Result<String, Refusal> {
    let world = &core.ground.world;
    let draw = Draw {
        grant: b64::encode(world.random::<16>()),
        sid: hex::encode(world.random::<16>()),
        code: secrets::token("rs_ac_", world),
        line: events::New::draw(world, events::APP_ALLOWED)
            .about(serde_json::json!({ "client": decision.client.id })),
    };
    let draw = &draw;
    core.ground
        .db
        .write(move |tx| Box::pin(decide(core, tx, decision, draw, now)))
        .await?;
    Ok(draw.code.clone())
}

async fn decide(
    core: &Core,
    tx: &mut Tx<'_>,
    decision: &Decision<'_>,
    draw: &Draw,
    now: Timestamp,
) -> Result<(), Refusal> {
    let Decision {
        client,
        request,
        login,
        card,
        proved,
        moves,
        agreed,
    } = decision;
    let found = core
        .clients
        .find(tx, &client.id, now)
        .await?
        .ok_or(Refusal::ClientUnknown)?;
    if !found.enabled {
        return Err(Refusal::ClientDisabled);
    }
    if !found.client.returns_to(&request.redirect_uri) {
        return Err(Refusal::RedirectUnregistered);
    }
    if account::usable(tx, &login.account, login.epoch)
        .await?
        .is_none()
    {
        return Err(Refusal::LoginNeeded);
    }
    if let Some((ix, from)) = moves
        && !store::step(tx, ix, *from, State::Done).await?
    {
        return Err(Refusal::FlowMoved);
    }
    take_pushed(tx, request).await?;
    if let Some(agreed) = agreed {
        consent::store::put(tx, agreed).await?;
        events::write(tx, &login.account, &draw.line, now).await?;
    }
    if login.is_stale(now) {
        session::store::seen(tx, &login.id_h, now).await?;
    }
    let sid = session::store::sid(tx, &login.id_h, &client.id, &draw.sid).await?;
    if *proved {
        session::store::prove(tx, &login.id_h, &client.id, login.auth_time).await?;
    }
    let told = login.proof_known_to(tx, client).await?;
    let grant = grant_of(request, login, told, &draw.grant, now);
    grant::store::insert(tx, &grant).await?;
    let code = Code {
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        jkt: request.dpop_jkt.clone(),
        says_auth_time: request.auth_time || request.auth_time_wished,
        id_token_claims: request.id_token_claims.clone(),
        card: card.map(|card| card.claims.clone()).unwrap_or_default(),
        sid,
    };
    grant::code::issue(tx, &draw.code, &grant, &code, now).await?;
    Ok(())
}

async fn take_pushed(tx: &mut Tx<'_>, request: &Request) -> Result<(), Refusal> {
    let Some(par) = &request.par else {
        return Ok(());
    };
    if authorize::store::take(tx, par).await? {
        Ok(())
    } else {
        Err(Refusal::RequestUriDead)
    }
}

fn grant_of(
    request: &Request,
    login: &Login,
    told: Option<Timestamp>,
    id: &str,
    now: Timestamp,
) -> Grant {
    Grant {
        id: id.to_owned(),
        account: login.account.clone(),
        client_id: request.client_id.clone(),
        scope: request.scope.clone(),
        resource: request.resource.clone(),
        auth_time: login.auth_time,
        acr: login.acr.as_str().to_owned(),
        amr: login.amr.clone(),
        session: Some(login.id_h.clone()),
        epoch: login.epoch,
        created: now,
        ended: None,
        told,
    }
}
