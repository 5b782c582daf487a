//! `POST /notification`: the wallet says what became of the cards (OpenID4VCI 1.0 section 11).
//!
//! Nothing is stored: a card stays as good as it is. The id is a keyed hash over chance and account,
//! so one of another account, or an invented one, is known for what it is.

use super::http::{Refusal, holder, json_bytes};
use crate::{
    core::{Core, Shared},
    cors, keyed,
};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use kernel::{Timestamp, World, b64, problem};
use serde::Deserialize;
use subtle::ConstantTimeEq;

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/notification", post(notify).options(cors::preflight))
        .with_state(core)
}

/// An id for the batch just issued to `account`.
pub(super) fn id(core: &Core, world: &World, account: &str) -> String {
    let chance = world.random::<16>();
    let mut bytes = chance.to_vec();
    bytes.extend(tag(core, &chance, account));
    b64::encode(bytes)
}

fn tag(core: &Core, chance: &[u8], account: &str) -> [u8; 16] {
    let parts: [&[u8]; 2] = [chance, account.as_bytes()];
    let full = keyed::mac(&core.card_mac, "resonate/notification/v1", &parts);
    let mut tag = [0; 16];
    tag.copy_from_slice(&full[..16]);
    tag
}

fn is_of(core: &Core, id: &str, account: &str) -> bool {
    let Some(bytes) = b64::decode_array::<32>(id) else {
        return false;
    };
    let (chance, said) = bytes.split_at(16);
    tag(core, chance, account).as_slice().ct_eq(said).into()
}

#[derive(Deserialize)]
struct Notice {
    notification_id: String,
    event: String,
}

async fn notify(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let mut answer = match read(&core, request, now).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.into_response(),
    };
    cors::open(answer.headers_mut());
    core.door.stamp(answer.headers_mut(), now);
    answer
}

async fn read(core: &Core, request: Request, now: Timestamp) -> Result<(), Refusal> {
    let holder = holder(core, "/notification", request.headers(), now).await?;
    let bad = |why| Refusal::refused(&problem::INVALID_NOTIFICATION_REQUEST, why);
    let bytes = json_bytes(request).await?;
    let notice = credential::json::parse(&bytes)
        .ok()
        .and_then(|v| Notice::deserialize(v).ok());
    let notice = notice.ok_or_else(|| bad("the notification is not well-formed"))?;
    let known = [
        "credential_accepted",
        "credential_failure",
        "credential_deleted",
    ];
    if !known.contains(&notice.event.as_str()) {
        return Err(bad("the event is not one of the three"));
    }
    if !is_of(core, &notice.notification_id, &holder.account) {
        let why = "the notification id was not given to this account";
        return Err(Refusal::refused(&problem::INVALID_NOTIFICATION_ID, why));
    }
    Ok(())
}
