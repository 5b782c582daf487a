//! Handlers, one file a resource.

pub(crate) mod books;
pub(crate) mod caller;
pub(crate) mod chart;
pub(crate) mod export;
pub(crate) mod mandates;
pub(crate) mod peer;
pub(crate) mod purse;
pub(crate) mod topups;
pub(crate) mod webhooks;

use crate::Core;
use axum::{Router, middleware};
use http::{HeaderMap, header};
use std::sync::Arc;

/// The pages and calls of the listen origin.
pub(crate) fn listen(core: &Arc<Core>) -> Router {
    let purse = Router::new()
        .merge(purse::routes())
        .merge(topups::routes())
        .merge(mandates::routes())
        .merge(export::routes())
        .layer(middleware::from_fn_with_state(core.clone(), caller::stamp));
    let router = purse.merge(books::routes()).merge(webhooks::routes());
    router.with_state(core.clone())
}

/// Whether the caller is a browser that wants a page. Programs get JSON.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    accept.is_some_and(|a| a.split(',').any(|t| t.trim().starts_with("text/html")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    kind.is_some_and(|k| k.trim_start().starts_with("application/json"))
}
