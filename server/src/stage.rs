//! What the listeners serve, exchangeable while they run: a demo is reset without closing its port.

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use std::sync::{Arc, PoisonError, RwLock};
use tower::ServiceExt;

/// Holds the routes that are shown now.
#[derive(Clone)]
pub struct Stage(Arc<RwLock<Router>>);

impl Stage {
    /// Shows `routes` first.
    #[must_use]
    pub fn new(routes: Router) -> Self {
        Self(Arc::new(RwLock::new(routes)))
    }

    /// From the next request on, shows `routes`.
    pub fn show(&self, routes: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// A router that leads to whatever is shown.
    pub fn routes(&self) -> Router {
        Router::new().fallback(pass).with_state(self.clone())
    }
}

async fn pass(State(stage): State<Stage>, request: Request) -> Response {
    let routes = stage
        .0
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    routes.oneshot(request).await.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::StatusCode, routing::get};

    #[tokio::test]
    async fn routes_are_exchanged_while_a_listener_holds_the_stage() {
        let ask = async |routes: Router, path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            routes.oneshot(request).await.unwrap().status()
        };
        let stage = Stage::new(Router::new().route("/old", get(|| async {})));
        let held = stage.routes();
        assert_eq!(ask(held.clone(), "/old").await, StatusCode::OK);
        stage.show(Router::new().route("/new", get(|| async {})));
        assert_eq!(ask(held.clone(), "/new").await, StatusCode::OK);
        assert_eq!(ask(held, "/old").await, StatusCode::NOT_FOUND);
    }
}
