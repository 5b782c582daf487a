//! What streaming tells payments, in the transaction of the change itself.

use crate::plays::{Hold, hold_text};
use host::{
    db::{self, Tx},
    outbox::{Event, Outbox},
};
use kernel::{Day, Id, Timestamp};
use serde_json::{Value, json};

const MODULE: &str = "streaming";
const AUDIENCE: &str = "payments";

/// An id for an event, drawn before the transaction.
#[must_use]
pub fn draw(world: &kernel::World) -> String {
    kernel::hex::encode(world.random::<16>())
}

/// The play of this hold counted: its price is due.
pub async fn qualified(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    hold: Id<Hold>,
    id: String,
    now: Timestamp,
) -> Result<(), db::Error> {
    let event = event("streaming.qualified", hold_text(hold), json!({}));
    outbox.put(tx, MODULE, event, id, now).await
}

/// The play of this hold will not count: its price is free again.
pub async fn released(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    hold: Id<Hold>,
    id: String,
    now: Timestamp,
) -> Result<(), db::Error> {
    let event = event("streaming.released", hold_text(hold), json!({}));
    outbox.put(tx, MODULE, event, id, now).await
}

/// A day was closed.
pub async fn day(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    day: (Day, &str),
    id: String,
    now: Timestamp,
) -> Result<(), db::Error> {
    let body = json!({ "manifest_hash": day.1 });
    let event = event("streaming.day", day.0.to_string(), body);
    outbox.put(tx, MODULE, event, id, now).await
}

fn event(topic: &'static str, subject: String, body: Value) -> Event {
    Event {
        topic,
        version: 1,
        subject,
        ver: 1,
        audience: AUDIENCE,
        body,
    }
}
