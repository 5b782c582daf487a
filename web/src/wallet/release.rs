//! The files of the browser wallet that do not stand under `/assets`, and the list of what they are.

use crate::{assets, lang::Choice};
use axum::{
    Json, Router,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use kernel::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A worker is asked for anew each time: a browser must learn of a release at once.
const FRESH: &str = "no-cache";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The workers, the manifest of the installed app, the release and the list of releases.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/sw.js", get(worker))
        .route("/argon.js", get(argon))
        .route("/manifest.webmanifest", get(manifest))
        .route("/release.json", get(release))
        .route("/.well-known/resonate-wallet-releases", get(releases))
}

async fn worker(headers: HeaderMap) -> Response {
    let mut answer = assets::file("wallet/sw.js", SCRIPT, FRESH, &headers);
    // What a worker may ask and run is decided by its own answer, not by the page's.
    let policy = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";
    answer.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    answer
}

async fn argon(headers: HeaderMap) -> Response {
    assets::file("wallet/argon.js", SCRIPT, FRESH, &headers)
}

async fn manifest(choice: Choice, headers: HeaderMap) -> Response {
    let name = format!("wallet/manifest.{}.json", choice.lang.tag());
    assets::file(&name, "application/manifest+json", FRESH, &headers)
}

async fn release(headers: HeaderMap) -> Response {
    assets::file("wallet/release.json", "application/json", FRESH, &headers)
}

/// The releases this server has served: the one it carries.
async fn releases() -> Response {
    let Some(text) = assets::text("wallet/release.json") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let release: Value = serde_json::from_str(&text).unwrap_or_default();
    let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
    Json(json!({
        "format": "resonate-wallet-releases/1",
        "releases": [{ "version": release["version"], "sha256": sha256 }],
    }))
    .into_response()
}
