//! `GET /jwks`.

use crate::core::Shared;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use host::Answer;

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new().route("/jwks", get(jwks)).with_state(core)
}

async fn jwks(State(core): State<Shared>) -> Answer {
    let now = core.ground.world.now();
    let ring = core.ring(now).await?;
    Ok(cached(ring.shown()))
}

/// A public document that may be kept for five minutes and read from anywhere.
pub(crate) fn cached(body: Bytes) -> Response {
    let mut answer = body.into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    answer
}
