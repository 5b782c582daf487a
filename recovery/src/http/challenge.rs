//! `GET /vault/challenge`: the work a new vault costs.

use crate::Core;
use axum::{Router, extract::State, response::IntoResponse, routing::get};
use host::{Json, Source};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route("/vault/challenge", get(give))
}

async fn give(State(core): State<Arc<Core>>, source: Source) -> impl IntoResponse {
    let world = &core.ground.world;
    Json(core.mint.challenge(world, source, world.now()))
}
