//! Closed days.

use crate::days::Sums;
use host::db::{self, Conn};
use kernel::{Day, Timestamp};
use sqlx::Row;

const INSERT: &str = "INSERT INTO streaming_day (day, plays, ucr, manifest, closed_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const MANIFEST: &str = "SELECT manifest FROM streaming_day WHERE day = $1";
const NEWEST: &str = "SELECT day FROM streaming_day ORDER BY day DESC LIMIT 1";
const UNCLOSED: &str = "SELECT DISTINCT p.day FROM streaming_play p WHERE p.day < $1 \
     AND NOT EXISTS (SELECT 1 FROM streaming_day d WHERE d.day = p.day) ORDER BY p.day LIMIT 100";

pub const STATEMENTS: &[&str] = &[INSERT, MANIFEST, NEWEST, UNCLOSED];

/// Closes a day; `false` if it is closed already.
pub async fn insert(
    conn: &mut Conn,
    day: Day,
    sums: &Sums,
    manifest: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let done = sqlx::query(INSERT)
        .bind(day.to_string())
        .bind(sums.plays)
        .bind(sums.ucr.minor())
        .bind(manifest)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn manifest(conn: &mut Conn, day: Day) -> Result<Option<String>, db::Error> {
    let row = sqlx::query(MANIFEST)
        .bind(day.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("manifest")).transpose()?)
}

/// The newest closed day.
pub async fn newest(conn: &mut Conn) -> Result<Option<Day>, db::Error> {
    let row = sqlx::query(NEWEST).fetch_optional(conn).await?;
    let text: Option<String> = row.map(|row| row.try_get("day")).transpose()?;
    Ok(text.as_deref().and_then(Day::parse))
}

/// Days before `before` that hold plays and are not closed.
pub async fn unclosed(conn: &mut Conn, before: Day) -> Result<Vec<Day>, db::Error> {
    let rows = sqlx::query(UNCLOSED)
        .bind(before.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let day: String = row.try_get("day")?;
            Day::parse(&day).ok_or_else(|| super::broken("day"))
        })
        .collect()
}
