//! Routes of the listen origin and of the peer surface.

mod auth;
mod entities;
mod media;
mod open;
mod pages;
mod peer;
mod play;
mod prices;
mod session;
mod shown;

use crate::core::Core;
use axum::{
    Router,
    extract::{Request, State as Shared},
    middleware::{self, Next},
    response::Response,
    routing::any,
};
use std::sync::Arc;

/// All public routes.
pub(crate) fn public(core: &Arc<Core>) -> Router {
    let listeners = play::routes()
        .merge(prices::routes())
        .merge(session::routes());
    let listeners = listeners.layer(middleware::from_fn_with_state(Arc::clone(core), stamp));
    Router::new()
        .route("/m/{hash}", any(media::bytes))
        .merge(pages::routes())
        .merge(entities::routes())
        .merge(open::routes())
        .merge(listeners)
        .with_state(Arc::clone(core))
}

/// What other modules may ask.
pub(crate) fn peer(core: &Arc<Core>) -> Router {
    peer::routes().with_state(Arc::clone(core))
}

/// Each answer at the door carries the next nonce.
async fn stamp(Shared(core): Shared<Arc<Core>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    core.door
        .stamp(response.headers_mut(), core.ground.world.now());
    response
}
