//! POST and DELETE of `/play/session`: a key that speaks for a listener, by the login of the browser
//! or by one copy of a Listener card shown straight to us.

use super::auth;
use crate::{
    core::Core,
    issuer::Set,
    plays::session::{self, Refusal},
    store,
};
use axum::{
    Router,
    extract::{Request, State as Shared},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::{
    dpop::Proof,
    jose,
    kb::Nonce,
    status::NoStatus,
    trust::Trust,
    vocab,
    vp::{self, Presentation, Want},
};
use host::{
    Answer, Origin, body, json,
    once::{self, spaces},
};
use http::{HeaderMap, Method, StatusCode};
use kernel::{Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

const PATH: &str = "/play/session";
/// A presentation is at most so long, its JSON included.
const MOST: usize = 66 << 10;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route(PATH, post(open).delete(end))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    presentation: Option<String>,
}

/// Whose session it will be.
struct Opened {
    listener: [u8; 32],
    until: Timestamp,
    /// The copy of a card that is spent by this: its key's thumbprint, and when the card ends.
    copy: Option<(String, Timestamp)>,
}

async fn open(Shared(core): Shared<Arc<Core>>, request: Request) -> Answer {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    if !body::is(&headers, "application/json") {
        return Err((&problem::MEDIA_TYPE).into());
    }
    let bytes = body::read(request, MOST).await?;
    let proof = core
        .door
        .check(&Method::POST, PATH, &headers, Some(&bytes), None, now)?;
    let shown: Shown = json::parse(&bytes)?;
    let opened = match &shown.presentation {
        Some(card) => by_card(&core, card, &proof, now).await?,
        None => by_login(&core, &headers, now).await?,
    };
    auth::first_use(&core, &proof, now)?;
    let (jkt, new) = (core.names.key(&proof.jkt), &opened);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some((copy, ends)) = &new.copy
                    && !once::first(tx, &spaces::PRESENTATION, copy, *ends).await?
                {
                    return Err(Refusal::Spent);
                }
                Ok(store::session::put(tx, &jkt, &new.listener, new.until).await?)
            })
        })
        .await?;
    let body = serde_json::json!({ "until": opened.until.seconds() });
    Ok((StatusCode::CREATED, host::Json(body)).into_response())
}

/// The login of the listen origin; a page of another site cannot use it.
async fn by_login(core: &Core, headers: &HeaderMap, now: Timestamp) -> Result<Opened, Problem> {
    web::form::from_own_page(headers, &core.site.base)
        .map_err(|_| Problem::new(&problem::CROSS_SITE))?;
    let login = web::signin::current(&core.ground, Origin::Listen, headers, now).await?;
    let login = login.ok_or(Refusal::NoLogin)?;
    let until = session::until(login.ends, now);
    Ok(Opened {
        listener: core.names.listener(&login.sub),
        until,
        copy: None,
    })
}

/// One copy of a Listener card, shown for this address with the nonce of the proof beside it.
async fn by_card(
    core: &Core,
    card: &str,
    proof: &Proof,
    now: Timestamp,
) -> Result<Opened, Problem> {
    let presented = verify(core, card, proof, now).await?;
    let name = presented.claims.get("listener").and_then(Value::as_str);
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
        Problem::new(&problem::MALFORMED).detail("the card does not disclose listener")
    })?;
    Ok(Opened {
        listener: core.names.listener(name),
        until: session::until(presented.exp, now),
        copy: Some((presented.cnf_thumbprint.clone(), presented.exp)),
    })
}

async fn verify(
    core: &Core,
    card: &str,
    proof: &Proof,
    now: Timestamp,
) -> Result<Presentation, Problem> {
    let id = &core.ground.origins.id;
    // Without a dot there is no header to name a key; the verifier says what is wrong.
    let issuer_jwt = card.split('~').next().unwrap_or_default();
    let kid = jose::peek(issuer_jwt)
        .ok()
        .and_then(|(header, _)| header.kid);
    let keys = core.issuer.all(Set::Cards, kid.as_deref(), now).await?;
    let vct = vocab::listener_vct(id);
    let trust = Trust::in_issuer(id, &[&vct], keys);
    let aud = format!("redirect_uri:{}{PATH}", core.site.base);
    let nonce = proof.nonce.as_deref().unwrap_or_default();
    let want = Want {
        aud: &aud,
        nonce: Nonce::Is(nonce),
        vcts: &[&vct],
        transaction_data: &[],
        status: &NoStatus,
    };
    let presented = vp::verify_presentation(card, &want, &trust, now)?;
    Ok(presented.into_inner())
}

async fn end(Shared(core): Shared<Arc<Core>>, headers: HeaderMap) -> Answer<Response> {
    let now = core.ground.world.now();
    let caller = auth::caller(&core, &Method::DELETE, PATH, &headers, now).await?;
    let jkt = caller.jkt;
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move { Ok::<_, Refusal>(store::session::end(tx, &jkt).await?) })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
