//! SQL of `idp_par`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, FIND, TAKE, SWEEP];

const INSERT: &str = "INSERT INTO idp_par (urn_h, client_id, request_json, dpop_jkt, until) \
    VALUES ($1, $2, $3, $4, $5)";

/// Puts a request aside.
pub(super) async fn insert(
    conn: &mut Conn,
    urn_h: &str,
    client_id: &str,
    request_json: &str,
    dpop_jkt: Option<&str>,
    until: Timestamp,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(urn_h)
        .bind(client_id)
        .bind(request_json)
        .bind(dpop_jkt)
        .bind(until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const FIND: &str = "SELECT request_json FROM idp_par \
    WHERE urn_h = $1 AND client_id = $2 AND until > $3";

/// The request of that app, if it is still there.
pub(super) async fn find(
    conn: &mut Conn,
    urn_h: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(FIND)
        .bind(urn_h)
        .bind(client_id)
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("request_json")).transpose()?)
}

const TAKE: &str = "DELETE FROM idp_par WHERE urn_h = $1";

/// Takes a request at its decision; `false` if it was taken before.
pub(crate) async fn take(conn: &mut Conn, urn_h: &str) -> Result<bool, Error> {
    Ok(sqlx::query(TAKE)
        .bind(urn_h)
        .execute(conn)
        .await?
        .rows_affected()
        == 1)
}

const SWEEP: &str = "DELETE FROM idp_par WHERE until < $1";

/// Deletes requests that ended before `before`: later than their end, so that a sign-in begun in
/// time can still take its own.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}
