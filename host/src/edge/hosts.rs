//! One listener, several origins: the `Host` header chooses among configured ones.

use crate::answer::Fault;
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::header;
use kernel::problem;
use std::{collections::HashMap, sync::Arc};
use tower::ServiceExt;

/// The host this request is for, with port and in lower case; `None` where it names none or two.
pub(super) fn of(request: &Request) -> Option<String> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str().to_ascii_lowercase());
    }
    let mut all = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (all.next(), all.next()) else {
        return None;
    };
    host.to_str().ok().map(str::to_ascii_lowercase)
}

/// Joins the routers of several origins: host with port, and its routes. Any other host gets 421.
pub fn by_host(origins: impl IntoIterator<Item = (String, Router)>) -> Router {
    let origins: HashMap<String, Router> = origins.into_iter().collect();
    Router::new().fallback(choose).with_state(Arc::new(origins))
}

async fn choose(State(origins): State<Arc<HashMap<String, Router>>>, request: Request) -> Response {
    match of(&request).and_then(|host| origins.get(&host).cloned()) {
        Some(router) => router.oneshot(request).await.into_response(),
        None => Fault::from(&problem::HOST_UNKNOWN).into_response(),
    }
}
