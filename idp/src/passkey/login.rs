//! Signing in by a passkey, inside a sign-in under way.

use super::{Done, Finish, LIFE, Options, Refusal, Signal, store};
use crate::{
    account,
    acr::Acr,
    core::{Core, Shared},
    interaction::{self, Interaction, Proven},
    session::{self, NewLogin},
};
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use host::{
    Answer, Json,
    db::Tx,
    once::{self, Taken, spaces::CEREMONY},
};
use kernel::{Timestamp, b64, hex};
use serde::Deserialize;
use serde_json::{Value, json};
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential};

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/interaction/{ix}/passkey/options", post(options))
        .route("/interaction/{ix}/passkey", post(finish))
        .with_state(core)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `POST /interaction/{ix}/passkey/options`.
async fn options(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    headers: HeaderMap,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<Json<Options>> {
    web::form::from_own_page(&headers, core.issuer())?;
    let now = core.ground.world.now();
    let at = interaction::load(&core, &headers, &ix, now).await?;
    Ok(Json(begin(&core, &at, now).await?))
}

async fn begin(core: &Core, at: &Interaction, now: Timestamp) -> Result<Options, Refusal> {
    let (options, state) = core.passkeys.begin_login()?;
    let secret = b64::encode(core.ground.world.random::<32>());
    let body = json!(state).to_string();
    let (secret_ref, body, until) = (&secret, &body, now.plus_seconds(LIFE));
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                once::issue(tx, &CEREMONY, secret_ref, &at.ix, body, "", until).await?;
                interaction::proving(tx, at).await?;
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    Ok(Options {
        ceremony: secret,
        public_key: json!(options.public_key),
    })
}

/// What one sign-in needs, chance and time included.
struct SigningIn<'a> {
    core: &'a Core,
    secret: &'a str,
    credential: &'a Value,
    at: &'a Interaction,
    draw: &'a interaction::Draw,
    old: Option<&'a str>,
    now: Timestamp,
}

/// `POST /interaction/{ix}/passkey`.
async fn finish(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Finish>,
) -> Answer<Response> {
    web::form::from_own_page(&headers, core.issuer())?;
    let now = core.ground.world.now();
    let _turn = core.ground.heavy.enter().await?;
    let at = interaction::load(&core, &headers, &ix, now).await?;
    let draw = interaction::Draw::new(&core.ground.world);
    let old = session::shown(&core, &headers);
    let signing_in = SigningIn {
        core: &core,
        secret: &body.ceremony,
        credential: &body.credential,
        at: &at,
        draw: &draw,
        old: old.as_deref(),
        now,
    };
    let signing_in = &signing_in;
    let done = core
        .ground
        .db
        .write(move |tx| Box::pin(write(tx, signing_in)))
        .await;
    if let Err(Refusal::Counter(account)) = &done {
        note(&core, account, now).await?;
    }
    let (login, signal) = done?;
    let mut answer = Json(Done {
        next: core.url(&at.path()),
        signal,
    })
    .into_response();
    login.set_cookie(&core, answer.headers_mut());
    Ok(answer)
}

/// Whose passkey may have been copied is told so in their log; the answer says nothing of it.
async fn note(core: &Core, account: &str, now: Timestamp) -> Result<(), Refusal> {
    let id = hex::encode(core.ground.world.random::<16>());
    let id = id.as_str();
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::note_counter(tx, account, id, now).await?;
                Ok::<_, Refusal>(())
            })
        })
        .await
}

async fn write(tx: &mut Tx<'_>, step: &SigningIn<'_>) -> Result<(NewLogin, Signal), Refusal> {
    let taken = once::take(tx, &CEREMONY, step.secret, &step.at.ix, step.now).await?;
    let Taken::Body(body) = taken else {
        return Err(Refusal::Refused);
    };
    let state: DiscoverableAuthentication =
        serde_json::from_str(&body).map_err(|_| Refusal::Refused)?;
    let answer = PublicKeyCredential::deserialize(step.credential).map_err(|_| Refusal::Refused)?;
    let id = b64::encode(&answer.raw_id);
    let stored = store::by_credential(tx, &id)
        .await?
        .ok_or(Refusal::Refused)?;
    let owner = account::active(tx, &stored.account)
        .await?
        .ok_or(Refusal::Refused)?;
    // A discoverable passkey names its owner itself; it must be the one we know it by.
    let named = answer.get_user_unique_id().map(b64::encode);
    if stored.suspended || named.as_deref() != Some(owner.user_handle.as_str()) {
        return Err(Refusal::Refused);
    }
    let answered = step.core.passkeys.finish_login(&answer, state, &stored)?;
    let day = step.now.day();
    store::used(tx, &id, &answered.passkey, answered.backed_up, day).await?;
    let proven = Proven {
        account: owner.id.clone(),
        epoch: owner.epoch,
        acr: Acr::Phr,
        amr: Acr::Phr.amr(),
        card: None,
    };
    let login = interaction::prove(tx, step.at, &proven, step.draw, step.old, step.now).await?;
    let signal = Signal::of(step.core, tx, &owner.id, &owner.user_handle).await?;
    Ok((login, signal))
}
