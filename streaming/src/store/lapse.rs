//! Starts that took the bytes and never counted, by listener and day; no track is named.

use host::db::{self, Conn};
use kernel::Day;
use sqlx::Row;

const ADD: &str = "INSERT INTO streaming_lapse (listener, day, n) VALUES ($1, $2, 1) \
     ON CONFLICT (listener, day) DO UPDATE SET n = streaming_lapse.n + 1";
const COUNT: &str = "SELECT n FROM streaming_lapse WHERE listener = $1 AND day = $2";
const PURGE: &str = "DELETE FROM streaming_lapse WHERE day < $1";

pub const STATEMENTS: &[&str] = &[ADD, COUNT, PURGE];

pub async fn add(conn: &mut Conn, listener: &[u8; 32], day: Day) -> Result<(), db::Error> {
    sqlx::query(ADD)
        .bind(listener.to_vec())
        .bind(day.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn count(conn: &mut Conn, listener: &[u8; 32], day: Day) -> Result<i64, db::Error> {
    let row = sqlx::query(COUNT)
        .bind(listener.to_vec())
        .bind(day.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("n")).transpose()?.unwrap_or(0))
}

pub async fn purge(conn: &mut Conn, before: Day) -> Result<u64, db::Error> {
    Ok(sqlx::query(PURGE)
        .bind(before.to_string())
        .execute(conn)
        .await?
        .rows_affected())
}
