//! What wallets and verifiers read before anything else: the issuer's metadata (OpenID4VCI 1.0
//! section 12.2), its card keys and the meaning of its card type (SD-JWT VC, sections 5 and 6).

use crate::{core::Shared, scope};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use credential::{vci, vocab::cards::LISTENER};
use host::Answer;
use serde_json::Value;

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/.well-known/openid-credential-issuer", get(issuer))
        .route("/.well-known/jwt-vc-issuer", get(keys))
        .route("/vct/listener/1", get(listener_type))
        .with_state(core)
}

async fn issuer(State(core): State<Shared>) -> Response {
    cached(&vci::issuer_metadata(
        core.issuer(),
        scope::CREDENTIAL,
        &[&LISTENER],
    ))
}

async fn keys(State(core): State<Shared>) -> Answer {
    let now = core.ground.world.now();
    let ring = core.ring(now).await?;
    Ok(cached(&vci::issuer_keys(core.issuer(), &ring.cards(now))))
}

async fn listener_type(State(core): State<Shared>) -> Response {
    cached(&vci::type_metadata(core.issuer(), &LISTENER))
}

/// Public, the same for everyone, good for an hour.
fn cached(body: &Value) -> Response {
    let mut answer = body.to_string().into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    answer
}
