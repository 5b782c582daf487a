//! Handlers of `/vault`, one file a resource. For the wallet's own pages and programs alone: no
//! cookie is read or set, and no other origin is let in.

mod challenge;
mod finders;
mod old;
mod vaults;

use crate::{Core, written::Asked};
use axum::{
    Router, extract::Request, extract::State, middleware, middleware::Next, response::Response,
};
use host::{Source, body, edge::classes};
use http::{HeaderMap, HeaderValue, header};
use kernel::{Problem, problem};
use std::sync::Arc;

/// The calls of the wallet origin.
pub(crate) fn routes(core: &Arc<Core>) -> Router {
    Router::new()
        .merge(challenge::routes())
        .merge(finders::routes())
        .merge(old::routes())
        .merge(vaults::routes())
        .layer(middleware::from_fn_with_state(core.clone(), stamp))
        .with_state(core.clone())
}

/// Counts each call by where it comes from; each answer has the nonce for the next proof and is kept
/// by no cache.
async fn stamp(
    State(core): State<Arc<Core>>,
    source: Source,
    request: Request,
    next: Next,
) -> Response {
    let counted = if source == Source::INSIDE {
        Ok(())
    } else {
        core.ground.meter.take(&classes::VAULT_READ, source)
    };
    let mut response = match counted {
        Ok(()) => next.run(request).await,
        Err(problem) => axum::response::IntoResponse::into_response(host::Fault(problem)),
    };
    let headers = response.headers_mut();
    core.door.stamp(headers, core.ground.world.now());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What was asked, apart from its body.
fn asked(request: &Request) -> Asked {
    Asked {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        headers: request.headers().clone(),
    }
}

/// A whole JSON body of at most `most` bytes.
async fn json_body(request: Request, most: usize) -> Result<bytes::Bytes, Problem> {
    if !body::is(request.headers(), "application/json") {
        return Err(Problem::new(&problem::MEDIA_TYPE));
    }
    body::read(request, most).await
}

/// The one header of that name, or nothing.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return None;
    };
    value.to_str().ok()
}

/// A version as `ETag` and `If-Match` carry it.
fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes are a header value")
}
