//! `/webhooks/{provider}`: deliveries. The raw body is checked and kept; what it says is never believed.

use crate::{
    Core,
    store::{self, bell},
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use host::{Answer, db};
use http::{HeaderMap, StatusCode};
use kernel::{Problem, problem};
use std::sync::Arc;

/// The most bytes of a delivery.
const MOST: usize = 64 * 1024;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/webhooks/{provider}", post(deliver))
        .layer(DefaultBodyLimit::max(MOST))
}

/// 200 as soon as it is kept; a job asks the provider. Known already: 200, no effect.
async fn deliver(
    State(core): State<Arc<Core>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    if provider != core.provider.name() {
        return Err(Problem::new(&problem::NOT_FOUND).into());
    }
    let now = core.ground.world.now();
    let notice = core.provider.verify(&headers, &body, now)?;
    let (name, event, body) = (core.provider.name(), notice.0.as_str(), &body);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if store::order::note_event(tx, name, event, body, now).await? {
                    bell::ring(tx, bell::NOTED_DELIVERIES, now).await?;
                }
                Ok::<_, db::Error>(())
            })
        })
        .await?;
    Ok(StatusCode::OK.into_response())
}
