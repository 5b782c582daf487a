//! Play sessions.

use super::{bytes, instant};
use host::db::{self, Conn};
use kernel::Timestamp;

const PUT: &str = "INSERT INTO streaming_session (jkt, listener, until) VALUES ($1, $2, $3) \
     ON CONFLICT (jkt) DO UPDATE SET listener = excluded.listener, until = excluded.until";
const BY_KEY: &str = "SELECT listener, until FROM streaming_session WHERE jkt = $1";
const END: &str = "DELETE FROM streaming_session WHERE jkt = $1";
const PURGE: &str = "DELETE FROM streaming_session WHERE until < $1";

pub const STATEMENTS: &[&str] = &[PUT, BY_KEY, END, PURGE];

pub async fn put(
    conn: &mut Conn,
    jkt: &[u8; 32],
    listener: &[u8; 32],
    until: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query(PUT)
        .bind(jkt.to_vec())
        .bind(listener.to_vec())
        .bind(until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose session the key has, and until when.
pub async fn by_key(
    conn: &mut Conn,
    jkt: &[u8; 32],
) -> Result<Option<([u8; 32], Timestamp)>, db::Error> {
    let row = sqlx::query(BY_KEY)
        .bind(jkt.to_vec())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((bytes(&row, "listener")?, instant(&row, "until")?)))
        .transpose()
}

pub async fn end(conn: &mut Conn, jkt: &[u8; 32]) -> Result<(), db::Error> {
    sqlx::query(END).bind(jkt.to_vec()).execute(conn).await?;
    Ok(())
}

pub async fn purge(conn: &mut Conn, before: Timestamp) -> Result<u64, db::Error> {
    Ok(sqlx::query(PURGE)
        .bind(before.micros())
        .execute(conn)
        .await?
        .rows_affected())
}
