//! Tallies: counted plays of each listener and track.

use super::{id, maybe_instant};
use crate::catalogue::Track;
use host::db::{self, Conn};
use kernel::{Id, Timestamp};
use sqlx::{Row, any::AnyRow};
use std::collections::HashMap;

const ONE: &str =
    "SELECT track, n, owned_at FROM streaming_tally WHERE listener = $1 AND track = $2";
const ALL: &str = "SELECT track, n, owned_at FROM streaming_tally WHERE listener = $1";
const FIRST: &str = "INSERT INTO streaming_tally (listener, track, n) VALUES ($1, $2, 0) \
     ON CONFLICT DO NOTHING";
const COUNT: &str = "UPDATE streaming_tally SET n = n + 1 \
     WHERE listener = $1 AND track = $2 AND n = $3 AND owned_at IS NULL";
const OWN: &str = "UPDATE streaming_tally SET owned_at = $3, how = 'stream2own' \
     WHERE listener = $1 AND track = $2 AND n = 9 AND owned_at IS NULL";

pub const STATEMENTS: &[&str] = &[ONE, ALL, FIRST, COUNT, OWN];

/// How far a listener is with a track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Counted plays.
    pub n: i64,
    /// Since when it is owned.
    pub owned_at: Option<Timestamp>,
}

impl Tally {
    /// Whether the track is owned.
    #[must_use]
    pub const fn is_owned(&self) -> bool {
        self.owned_at.is_some()
    }
}

pub async fn one(
    conn: &mut Conn,
    listener: &[u8; 32],
    track: Id<Track>,
) -> Result<Tally, db::Error> {
    let row = sqlx::query(ONE)
        .bind(listener.to_vec())
        .bind(track.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.as_ref().map(read).transpose()?.unwrap_or_default())
}

/// Every tally of a listener.
pub async fn all(
    conn: &mut Conn,
    listener: &[u8; 32],
) -> Result<HashMap<Id<Track>, Tally>, db::Error> {
    let rows = sqlx::query(ALL)
        .bind(listener.to_vec())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| Ok((id(row, "track")?, read(row)?)))
        .collect()
}

/// Counts play `n` if `n - 1` were counted before; `false` leaves everything as it was. The ninth
/// makes the track owned.
pub async fn count(
    conn: &mut Conn,
    listener: &[u8; 32],
    track: Id<Track>,
    n: i64,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let (who, what) = (listener.to_vec(), track.to_string());
    sqlx::query(FIRST)
        .bind(who.clone())
        .bind(&what)
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query(COUNT)
        .bind(who.clone())
        .bind(&what)
        .bind(n - 1)
        .execute(&mut *conn)
        .await?;
    if n == crate::plays::ladder::STEPS {
        sqlx::query(OWN)
            .bind(who)
            .bind(&what)
            .bind(now.micros())
            .execute(conn)
            .await?;
    }
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Tally, db::Error> {
    Ok(Tally {
        n: row.try_get("n")?,
        owned_at: maybe_instant(row, "owned_at")?,
    })
}
