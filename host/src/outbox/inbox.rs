//! `POST /events` of each module (RFC 8935): 202 once the event is stored, or known already.

use super::{Event, NotHeard, Subscription};
use crate::{
    answer::Fault,
    config::Origins,
    db::{Db, Tx},
    once::{self, spaces::EVENT},
    peers::Peers,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::{Refusal, event};
use http::StatusCode;
use kernel::{Problem, Timestamp, World};
use serde_json::{Value, json};
use std::sync::Arc;

/// The most bytes of one event.
const EVENT_MOST: usize = 64 * 1024;

struct Inbox {
    module: &'static str,
    name: String,
    db: Db,
    peers: Peers,
    world: World,
    subscriptions: Vec<Subscription>,
}

/// The inbox of one module.
pub(crate) fn routes(
    module: &'static str,
    subscriptions: Vec<Subscription>,
    db: Db,
    peers: Peers,
    world: World,
    origins: &Origins,
) -> Router {
    let name = origins.name_of(module);
    let inbox = Inbox {
        module,
        name,
        db,
        peers,
        world,
        subscriptions,
    };
    Router::new()
        .route("/events", post(receive))
        .layer(DefaultBodyLimit::max(EVENT_MOST))
        .with_state(Arc::new(inbox))
}

async fn receive(State(inbox): State<Arc<Inbox>>, body: Bytes) -> Response {
    let now = inbox.world.now();
    let Ok(token) = std::str::from_utf8(&body) else {
        return refused(&Refusal::InvalidRequest);
    };
    let trust = match inbox.peers.trust(token, now).await {
        Ok(trust) => trust,
        Err(away) => return Fault(Problem::from(away)).into_response(),
    };
    let event = match event::verify(token, &inbox.name, &trust, now) {
        Ok(event) => event.into_inner(),
        Err(refusal) => return refused(&refusal),
    };
    let known = |s: &&Subscription| s.topic == event.topic && s.version == event.version;
    let Some(subscription) = inbox.subscriptions.iter().find(known) else {
        return refused(&Refusal::InvalidRequest);
    };
    let heard = Event {
        topic: subscription.topic,
        version: event.version,
        subject: event.sub,
        ver: event.ver,
        audience: inbox.module,
        body: Value::Object(event.body),
    };
    match store(&inbox, subscription, &heard, &event.jti, now).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(NotHeard::Malformed) => {
            tracing::error!(topic = heard.topic, "an event's body is malformed");
            refused(&Refusal::InvalidRequest)
        }
        Err(NotHeard::Store(error)) => Fault(Problem::from(error)).into_response(),
    }
}

/// The mark and the handler's work in one transaction: heard once, whatever fails between.
async fn store(
    inbox: &Inbox,
    subscription: &Subscription,
    event: &Event,
    jti: &str,
    now: Timestamp,
) -> Result<(), NotHeard> {
    // Two modules of one database may hear events of one name.
    let mark = &format!("{}/{jti}", inbox.module);
    inbox
        .db
        .write(move |tx| Box::pin(hear(tx, subscription, event, mark, now)))
        .await
}

async fn hear(
    tx: &mut Tx<'_>,
    subscription: &Subscription,
    event: &Event,
    mark: &str,
    now: Timestamp,
) -> Result<(), NotHeard> {
    if once::first(tx, &EVENT, mark, EVENT.until(now)).await? {
        (subscription.handler)(tx, event.clone(), now).await?;
    }
    Ok(())
}

/// RFC 8935 section 2.3.
fn refused(refusal: &Refusal) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"err": refusal.reason()})),
    )
        .into_response()
}
