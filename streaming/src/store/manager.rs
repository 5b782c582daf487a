//! Who manages which party's music.

use super::id;
use crate::catalogue::Party;
use host::db::{self, Conn};
use kernel::{Id, Timestamp};

const PUT: &str = "INSERT INTO streaming_manager (party, listener, roles, until) \
     VALUES ($1, $2, 'manage upload finance', $3) ON CONFLICT DO NOTHING";
const OF: &str =
    "SELECT party FROM streaming_manager WHERE listener = $1 AND until > $2 ORDER BY party";

pub const STATEMENTS: &[&str] = &[PUT, OF];

pub async fn put(
    conn: &mut Conn,
    party: Id<Party>,
    listener: &[u8; 32],
    until: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query(PUT)
        .bind(party.to_string())
        .bind(listener.to_vec())
        .bind(until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn of(
    conn: &mut Conn,
    listener: &[u8; 32],
    now: Timestamp,
) -> Result<Vec<Id<Party>>, db::Error> {
    let rows = sqlx::query(OF)
        .bind(listener.to_vec())
        .bind(now.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| id(row, "party")).collect()
}
