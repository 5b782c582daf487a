//! Plays.

use super::{broken, bytes, id, instant, maybe_instant};
use crate::{
    days::{Line, Plan},
    plays::{Play, PlayRow, State, qualify::Counted},
};
use host::db::{self, Conn};
use kernel::{Amount, Day, Id, Timestamp, b64};
use sqlx::{Row, any::AnyRow};

macro_rules! play {
    ($rest:literal) => {
        concat!(
            "SELECT play, listener, track, rendition, plan, n, price, hold, state, why, rules, jkt, ",
            "day, paid_at_start, granted_at, first_at, qualified_at, heard_ms, served ",
            "FROM streaming_play ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO streaming_play (play, listener, track, rendition, plan, n, price, \
     hold, state, rules, edge, jkt, day, paid_at_start, granted_at, heard_ms, served) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'granted', $9, $10, $11, $12, $13, $14, 0, 0) \
     ON CONFLICT DO NOTHING";
const REOPEN: &str = "UPDATE streaming_play SET state = 'granted', why = NULL, ended_at = NULL, \
     rendition = $2, plan = $3, n = $4, price = $5, rules = $6, jkt = $7, day = $8, \
     paid_at_start = $9, granted_at = $10, first_at = NULL, heard_ms = 0, served = 0 \
     WHERE play = $1 AND state = 'voided' AND why = 'refused'";
const BY_ID: &str = play!("WHERE play = $1");
const OPEN: &str = play!(
    "WHERE listener = $1 AND state IN ('granted', 'playing') ORDER BY granted_at DESC, play LIMIT 200"
);
const STALE: &str =
    play!("WHERE state IN ('granted', 'playing') AND granted_at < $1 ORDER BY granted_at LIMIT 12");
const PROGRESS: &str = "UPDATE streaming_play SET heard_ms = $2, served = $3, first_at = $4, \
     state = CASE WHEN state = 'granted' THEN 'playing' ELSE state END WHERE play = $1";
const TAINT: &str = "UPDATE streaming_play SET why = 'beat-impossible' \
     WHERE play = $1 AND state IN ('granted', 'playing')";
const QUALIFY: &str = "UPDATE streaming_play SET state = 'qualified', qualified_at = $2 \
     WHERE play = $1 AND state IN ('granted', 'playing')";
const CLOSE: &str = "UPDATE streaming_play SET state = $2, why = $3, ended_at = $4 \
     WHERE play = $1 AND state IN ('granted', 'playing')";
const FINISH: &str = "UPDATE streaming_play SET state = 'ended', ended_at = $2 \
     WHERE play = $1 AND state = 'qualified'";
const FINISH_OLD: &str = "UPDATE streaming_play SET state = 'ended', ended_at = $2 \
     WHERE state = 'qualified' AND granted_at < $1";
const COUNTED: &str = "SELECT p.first_at, t.qualify_ms FROM streaming_play p \
     JOIN streaming_track t ON t.id = p.track WHERE p.listener = $1 AND p.granted_at > $2 \
     AND p.qualified_at IS NOT NULL AND p.first_at IS NOT NULL AND p.paid_at_start = 0";
const OPEN_OF_DAY: &str = "SELECT 1 AS one FROM streaming_play WHERE day = $1 \
     AND state IN ('granted', 'playing') LIMIT 1";
const LINES: &str = "SELECT p.track, t.payee, p.plan, CAST(COUNT(*) AS BIGINT) AS plays, \
     CAST(COALESCE(SUM(p.price), 0) AS BIGINT) AS ucr FROM streaming_play p \
     JOIN streaming_track t ON t.id = p.track WHERE p.day = $1 AND p.qualified_at IS NOT NULL \
     GROUP BY p.track, t.payee, p.plan ORDER BY p.track, p.plan";
const PURGE: &str = "DELETE FROM streaming_play WHERE day IN \
     (SELECT day FROM streaming_day WHERE closed_at < $1)";
const LATEST: &str = "SELECT CAST(COALESCE(MAX(granted_at), 0) AS BIGINT) AS at \
     FROM streaming_play WHERE day = (SELECT MAX(day) FROM streaming_play)";

pub const STATEMENTS: &[&str] = &[
    INSERT,
    REOPEN,
    BY_ID,
    OPEN,
    STALE,
    PROGRESS,
    TAINT,
    QUALIFY,
    CLOSE,
    FINISH,
    FINISH_OLD,
    COUNTED,
    OPEN_OF_DAY,
    LINES,
    PURGE,
    LATEST,
];

/// Stores a new play; `false` if its id is taken.
pub async fn insert(conn: &mut Conn, play: &PlayRow, edge: &str) -> Result<bool, db::Error> {
    let done = sqlx::query(INSERT)
        .bind(play.play.bytes().to_vec())
        .bind(play.listener.to_vec())
        .bind(play.track.to_string())
        .bind(b64::encode(play.rendition))
        .bind(play.plan.as_str())
        .bind(play.n)
        .bind(play.price.minor())
        .bind(play.hold.bytes().to_vec())
        .bind(&play.rules)
        .bind(edge)
        .bind(play.jkt.to_vec())
        .bind(play.day.to_string())
        .bind(i64::from(play.paid_at_start))
        .bind(play.granted_at.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Opens a play anew whose hold was refused; `false` if it is in another state.
pub async fn reopen(conn: &mut Conn, play: &PlayRow) -> Result<bool, db::Error> {
    let done = sqlx::query(REOPEN)
        .bind(play.play.bytes().to_vec())
        .bind(b64::encode(play.rendition))
        .bind(play.plan.as_str())
        .bind(play.n)
        .bind(play.price.minor())
        .bind(&play.rules)
        .bind(play.jkt.to_vec())
        .bind(play.day.to_string())
        .bind(i64::from(play.paid_at_start))
        .bind(play.granted_at.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_id(conn: &mut Conn, play: Id<Play>) -> Result<Option<PlayRow>, db::Error> {
    let row = sqlx::query(BY_ID)
        .bind(play.bytes().to_vec())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The plays of a listener that may still count, newest first.
pub async fn open(conn: &mut Conn, listener: &[u8; 32]) -> Result<Vec<PlayRow>, db::Error> {
    let rows = sqlx::query(OPEN)
        .bind(listener.to_vec())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Open plays started before `before`, oldest first, at most 12.
pub async fn stale(conn: &mut Conn, before: Timestamp) -> Result<Vec<PlayRow>, db::Error> {
    let rows = sqlx::query(STALE)
        .bind(before.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Keeps how far a play has come; a granted one is playing from then on.
pub async fn progress(conn: &mut Conn, play: &PlayRow) -> Result<(), db::Error> {
    sqlx::query(PROGRESS)
        .bind(play.play.bytes().to_vec())
        .bind(play.heard_ms)
        .bind(play.served)
        .bind(play.first_at.map(Timestamp::micros))
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks a play that reported the impossible.
pub async fn taint(conn: &mut Conn, play: Id<Play>) -> Result<(), db::Error> {
    sqlx::query(TAINT)
        .bind(play.bytes().to_vec())
        .execute(conn)
        .await?;
    Ok(())
}

/// Moves an open play to qualified; `false` if it is not open.
pub async fn qualify(conn: &mut Conn, play: Id<Play>, now: Timestamp) -> Result<bool, db::Error> {
    let done = sqlx::query(QUALIFY)
        .bind(play.bytes().to_vec())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an open play in `state`; `false` if it is not open.
pub async fn close(
    conn: &mut Conn,
    play: Id<Play>,
    state: State,
    why: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let done = sqlx::query(CLOSE)
        .bind(play.bytes().to_vec())
        .bind(state.as_str())
        .bind(why)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a play that counted.
pub async fn finish(conn: &mut Conn, play: Id<Play>, now: Timestamp) -> Result<(), db::Error> {
    sqlx::query(FINISH)
        .bind(play.bytes().to_vec())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends plays that counted and were started before `before`.
pub async fn finish_old(
    conn: &mut Conn,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, db::Error> {
    let done = sqlx::query(FINISH_OLD)
        .bind(before.micros())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

/// The plays of a listener that counted by being heard, started after `since`.
pub async fn counted(
    conn: &mut Conn,
    listener: &[u8; 32],
    since: Timestamp,
) -> Result<Vec<Counted>, db::Error> {
    let rows = sqlx::query(COUNTED)
        .bind(listener.to_vec())
        .bind(since.micros())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let qualify_ms = row.try_get("qualify_ms")?;
            Ok(Counted {
                first_at: instant(row, "first_at")?,
                qualify_ms,
            })
        })
        .collect()
}

/// Whether a play of the day may still count.
pub async fn is_open_on(conn: &mut Conn, day: Day) -> Result<bool, db::Error> {
    let row = sqlx::query(OPEN_OF_DAY)
        .bind(day.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// The counted plays of a day by track and plan; sheets are left empty.
pub async fn lines(conn: &mut Conn, day: Day) -> Result<Vec<Line>, db::Error> {
    let rows = sqlx::query(LINES)
        .bind(day.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let plan: String = row.try_get("plan")?;
            Ok(Line {
                track: row.try_get("track")?,
                payee: row.try_get("payee")?,
                sheet: String::new(),
                plan: Plan::parse(&plan).ok_or_else(|| broken("plan"))?,
                plays: row.try_get("plays")?,
                ucr: Amount::new(row.try_get("ucr")?),
            })
        })
        .collect()
}

/// Deletes the plays of days that were closed before `before`.
pub async fn purge(conn: &mut Conn, before: Timestamp) -> Result<u64, db::Error> {
    Ok(sqlx::query(PURGE)
        .bind(before.micros())
        .execute(conn)
        .await?
        .rows_affected())
}

/// The latest start that is stored: time was at least that.
pub async fn latest(conn: &mut Conn) -> Result<Timestamp, db::Error> {
    let row = sqlx::query(LATEST).fetch_one(conn).await?;
    instant(&row, "at")
}

fn read(row: &AnyRow) -> Result<PlayRow, db::Error> {
    let word = |column| row.try_get::<String, _>(column);
    Ok(PlayRow {
        play: Id::from_bytes(bytes(row, "play")?),
        listener: bytes(row, "listener")?,
        track: id(row, "track")?,
        rendition: b64::decode_array(&word("rendition")?).ok_or_else(|| broken("rendition"))?,
        plan: Plan::parse(&word("plan")?).ok_or_else(|| broken("plan"))?,
        n: row.try_get("n")?,
        price: Amount::new(row.try_get("price")?),
        hold: Id::from_bytes(bytes(row, "hold")?),
        state: State::parse(&word("state")?).ok_or_else(|| broken("state"))?,
        why: row.try_get("why")?,
        rules: word("rules")?,
        jkt: bytes(row, "jkt")?,
        day: Day::parse(&word("day")?).ok_or_else(|| broken("day"))?,
        paid_at_start: row.try_get::<i64, _>("paid_at_start")? == 1,
        granted_at: instant(row, "granted_at")?,
        first_at: maybe_instant(row, "first_at")?,
        qualified_at: maybe_instant(row, "qualified_at")?,
        heard_ms: row.try_get("heard_ms")?,
        served: row.try_get("served")?,
    })
}
