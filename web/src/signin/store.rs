//! SQL of `web_login`.

use host::db::{self, Conn};
use kernel::Timestamp;
use sqlx::Row;

const FIND: &str = "SELECT body, seen, ends FROM web_login WHERE id_h = $1 AND origin = $2";
const INSERT: &str = "INSERT INTO web_login (id_h, origin, body, sid_h, seen, ends) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const TOUCH: &str = "UPDATE web_login SET seen = $2 WHERE id_h = $1 AND seen < $2";
const DELETE: &str = "DELETE FROM web_login WHERE id_h = $1 AND origin = $2";
const DELETE_SID: &str = "DELETE FROM web_login WHERE sid_h = $1 AND origin = $2";
const DELETE_ENDED: &str = "DELETE FROM web_login WHERE ends <= $1 OR seen <= $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[FIND, INSERT, TOUCH, DELETE, DELETE_SID, DELETE_ENDED];

pub(super) struct Found {
    pub(super) body: Vec<u8>,
    pub(super) seen: Timestamp,
    pub(super) ends: Timestamp,
}

pub(super) struct New<'a> {
    pub(super) id_h: &'a [u8; 32],
    pub(super) origin: &'static str,
    pub(super) body: &'a [u8],
    pub(super) sid_h: Option<&'a [u8; 32]>,
    pub(super) seen: Timestamp,
    pub(super) ends: Timestamp,
}

pub(super) async fn find(
    conn: &mut Conn,
    id_h: &[u8; 32],
    origin: &str,
) -> Result<Option<Found>, db::Error> {
    let row = sqlx::query(FIND)
        .bind(id_h.as_slice())
        .bind(origin)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Found {
        body: row.try_get("body")?,
        seen: Timestamp::from_micros(row.try_get("seen")?),
        ends: Timestamp::from_micros(row.try_get("ends")?),
    }))
}

pub(super) async fn insert(conn: &mut Conn, new: &New<'_>) -> Result<(), db::Error> {
    sqlx::query(INSERT)
        .bind(new.id_h.as_slice())
        .bind(new.origin)
        .bind(new.body)
        .bind(new.sid_h.map(<[u8; 32]>::as_slice))
        .bind(new.seen.micros())
        .bind(new.ends.micros())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn touch(
    conn: &mut Conn,
    id_h: &[u8; 32],
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query(TOUCH)
        .bind(id_h.as_slice())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn delete(
    conn: &mut Conn,
    id_h: &[u8; 32],
    origin: &str,
) -> Result<(), db::Error> {
    sqlx::query(DELETE)
        .bind(id_h.as_slice())
        .bind(origin)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn delete_sid(
    conn: &mut Conn,
    sid_h: &[u8; 32],
    origin: &str,
) -> Result<u64, db::Error> {
    let done = sqlx::query(DELETE_SID)
        .bind(sid_h.as_slice())
        .bind(origin)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

pub(super) async fn delete_ended(
    conn: &mut Conn,
    now: Timestamp,
    idle_before: Timestamp,
) -> Result<u64, db::Error> {
    let done = sqlx::query(DELETE_ENDED)
        .bind(now.micros())
        .bind(idle_before.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
