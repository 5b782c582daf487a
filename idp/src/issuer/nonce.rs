//! `POST /nonce`: the nonce that a batch of key proofs carries. No login; nothing is stored for it.

use crate::{core::Shared, cors};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use host::Json;
use serde_json::json;

/// The route of nonces.
pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/nonce", post(give).options(cors::preflight))
        .with_state(core)
}

async fn give(State(core): State<Shared>) -> Response {
    let now = core.ground.world.now();
    let nonce = core.nonces.nonce(core.ground.world.entropy(), now);
    let mut answer = Json(json!({ "c_nonce": nonce })).into_response();
    cors::open(answer.headers_mut());
    core.door.stamp(answer.headers_mut(), now);
    answer
}
