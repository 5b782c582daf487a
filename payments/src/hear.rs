//! Events from streaming. What cannot be carried out is kept for a person and named, never repeated
//! for ever: a repeat would not change it.

use crate::{
    hold, ledger,
    store::{self, bell},
};
use host::db::{self, Conn};
use kernel::{Day, Timestamp, hex};

/// `streaming.qualified/1 {hold}`: the play counts; its hold is posted.
///
/// # Errors
/// [`db::Error`] of the database: the sender repeats.
pub async fn qualified(conn: &mut Conn, subject: &str, now: Timestamp) -> Result<(), db::Error> {
    let done = match hold::parse_hold(subject) {
        Some(hold) => hold::post(conn, &hold, now).await.map(drop),
        None => Err(ledger::Refusal::NoHold),
    };
    keep(conn, "streaming.qualified", subject, done, now).await
}

/// `streaming.released/1 {hold}`: the play does not count; its hold is freed.
///
/// # Errors
/// [`db::Error`] of the database: the sender repeats.
pub async fn released(conn: &mut Conn, subject: &str, now: Timestamp) -> Result<(), db::Error> {
    let done = match hold::parse_hold(subject) {
        Some(hold) => hold::void(conn, &hold, now).await.map(drop),
        None => Err(ledger::Refusal::NoHold),
    };
    match done {
        // A hold that ended by itself was freed by the sweeper: what was wanted has happened.
        Err(ledger::Refusal::AlreadyVoided) => Ok(()),
        other => keep(conn, "streaming.released", subject, other, now).await,
    }
}

/// `streaming.day/1 {day, manifest_hash}`: the day is closed; the fold takes it up.
///
/// # Errors
/// [`db::Error`] of the database: the sender repeats.
pub async fn day(
    conn: &mut Conn,
    subject: &str,
    manifest_hash: Option<&str>,
    now: Timestamp,
) -> Result<(), db::Error> {
    const TOPIC: &str = "streaming.day";
    let hash = manifest_hash.filter(|h| hex::decode_array::<32>(h).is_some());
    let (Some(day), Some(hash)) = (Day::parse(subject), hash) else {
        tracing::error!(topic = TOPIC, "an event names no day");
        return store::day::stray(conn, TOPIC, subject, "malformed", now).await;
    };
    if store::day::heard(conn, day, hash, now).await? {
        return bell::ring(conn, bell::CLOSED_DAYS, now).await;
    }
    let known = store::day::find(conn, day).await?;
    if known.is_some_and(|k| k.hash == hash) {
        return Ok(());
    }
    tracing::error!(
        topic = TOPIC,
        slug = "day-closed",
        "a closed day was announced with another manifest"
    );
    store::day::stray(conn, TOPIC, subject, "day-closed", now).await
}

async fn keep(
    conn: &mut Conn,
    topic: &'static str,
    subject: &str,
    done: Result<(), ledger::Refusal>,
    now: Timestamp,
) -> Result<(), db::Error> {
    let why = match done {
        Ok(()) => return Ok(()),
        Err(ledger::Refusal::Store(error)) => return Err(error),
        Err(refusal) => crate::problem::ledger_slug(&refusal).slug,
    };
    tracing::error!(
        topic,
        slug = why,
        "an event could not be carried out and is kept"
    );
    store::day::stray(conn, topic, subject, why, now).await
}
