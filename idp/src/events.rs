//! The person's log: what happened to their account, kept 30 days.

use crate::{grant::Grant, token::mint::Draw};
use host::db::{Conn, Error};
use kernel::Timestamp;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, SWEEP];

/// How long a line is kept, seconds.
const KEPT: i64 = 30 * 86_400;

const INSERT: &str = "INSERT INTO idp_event (account, id, kind, at, detail_json) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes down that something happened to a grant.
pub(crate) async fn note(
    conn: &mut Conn,
    account: &str,
    kind: &str,
    grant: &Grant,
    draw: &Draw,
    now: Timestamp,
) -> Result<(), Error> {
    let detail = serde_json::json!({ "client": grant.client_id }).to_string();
    sqlx::query(INSERT)
        .bind(account)
        .bind(&draw.event)
        .bind(kind)
        .bind(now.micros())
        .bind(detail)
        .execute(conn)
        .await?;
    Ok(())
}

const SWEEP: &str = "DELETE FROM idp_event WHERE at < $1";

/// Deletes lines older than 30 days.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(now.plus_seconds(-KEPT).micros())
        .execute(conn)
        .await?;
    Ok(())
}
