//! SQL of `idp_client`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use serde_json::Value;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    FIND,
    IDS,
    METADATA,
    INSERT,
    REPLACE,
    DELETE,
    SET_STATE,
    SET_VERIFIED,
    SET_HIGH,
    SWEEP_LOGOS,
    SWEEP_REGISTRATIONS,
    SWEEP,
];

/// An app's row.
pub(super) struct Stored {
    pub(super) metadata: Option<String>,
    pub(super) secret_h: Option<String>,
    pub(super) enabled: bool,
    pub(super) until: Option<Timestamp>,
    pub(super) verified: bool,
    pub(super) high: bool,
}

const FIND: &str = "SELECT metadata_json, secret_h, state, until, verified, high FROM idp_client \
    WHERE client_id = $1";

/// The row of that app, if there is one.
pub(super) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Stored>, Error> {
    let Some(row) = sqlx::query(FIND).bind(id).fetch_optional(conn).await? else {
        return Ok(None);
    };
    let state: String = row.try_get("state")?;
    let until: Option<i64> = row.try_get("until")?;
    Ok(Some(Stored {
        metadata: row.try_get("metadata_json")?,
        secret_h: row.try_get("secret_h")?,
        enabled: state == "enabled",
        until: until.map(Timestamp::from_micros),
        verified: row.try_get::<i64, _>("verified")? == 1,
        high: row.try_get::<i64, _>("high")? == 1,
    }))
}

const IDS: &str = "SELECT client_id FROM idp_client";

/// The ids of all apps of the table.
pub(crate) async fn ids(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(IDS).fetch_all(conn).await?;
    rows.iter()
        .map(|row| Ok(row.try_get("client_id")?))
        .collect()
}

const METADATA: &str = "SELECT metadata_json FROM idp_client WHERE client_id = $1";

/// What an app registered.
pub(crate) async fn metadata(conn: &mut Conn, id: &str) -> Result<Option<Value>, Error> {
    let Some(row) = sqlx::query(METADATA).bind(id).fetch_optional(conn).await? else {
        return Ok(None);
    };
    let text: Option<String> = row.try_get("metadata_json")?;
    let read =
        |text: String| credential::json::parse(text.as_bytes()).map_err(|_| Error::Corrupt("idp"));
    text.map(read).transpose()
}

const INSERT: &str = "INSERT INTO idp_client (client_id, metadata_json, secret_h, state, until) \
    VALUES ($1, $2, $3, 'enabled', $4) ON CONFLICT DO NOTHING";

/// Writes an app, one of a day where `until` says so; `false` where its id is taken.
pub(crate) async fn insert(
    conn: &mut Conn,
    id: &str,
    metadata: &str,
    secret_h: Option<&str>,
    until: Option<Timestamp>,
) -> Result<bool, Error> {
    let query = sqlx::query(INSERT)
        .bind(id)
        .bind(metadata)
        .bind(secret_h)
        .bind(until.map(Timestamp::micros));
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const REPLACE: &str = "UPDATE idp_client SET metadata_json = $2, secret_h = $3, \
    verified = 0 WHERE client_id = $1 AND state = 'enabled'";

/// Replaces what an app registered; `false` where it is gone or disabled. What the co-op looked at was
/// the old registration.
pub(crate) async fn replace(
    conn: &mut Conn,
    id: &str,
    metadata: &str,
    secret_h: Option<&str>,
) -> Result<bool, Error> {
    let query = sqlx::query(REPLACE).bind(id).bind(metadata).bind(secret_h);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const DELETE: &str = "DELETE FROM idp_client WHERE client_id = $1 AND state = 'enabled'";

/// Deletes an app; `false` where it is gone or disabled.
pub(crate) async fn delete(conn: &mut Conn, id: &str) -> Result<bool, Error> {
    let done = sqlx::query(DELETE).bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

const SWEEP_LOGOS: &str = "DELETE FROM idp_client_logo WHERE client_id IN \
    (SELECT client_id FROM idp_client WHERE until <= $1)";
const SWEEP_REGISTRATIONS: &str = "DELETE FROM idp_registration WHERE client_id IN \
    (SELECT client_id FROM idp_client WHERE until <= $1)";
const SWEEP: &str = "DELETE FROM idp_client WHERE until <= $1";

/// Deletes apps of a day that ended before `before`.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    for statement in [SWEEP_LOGOS, SWEEP_REGISTRATIONS, SWEEP] {
        let query = sqlx::query(statement).bind(before.micros());
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

const SET_STATE: &str = "INSERT INTO idp_client (client_id, metadata_json, secret_h, state, until) \
    VALUES ($1, NULL, NULL, $2, NULL) \
    ON CONFLICT (client_id) DO UPDATE SET state = excluded.state";

/// Enables or disables an app.
pub(crate) async fn set_enabled(conn: &mut Conn, id: &str, enabled: bool) -> Result<(), Error> {
    let state = if enabled { "enabled" } else { "disabled" };
    sqlx::query(SET_STATE)
        .bind(id)
        .bind(state)
        .execute(conn)
        .await?;
    Ok(())
}

const SET_VERIFIED: &str = "INSERT INTO idp_client (client_id, state, verified) \
    VALUES ($1, 'enabled', $2) ON CONFLICT (client_id) DO UPDATE SET verified = excluded.verified";

/// Writes down whether the co-op looked at an app.
pub(crate) async fn set_verified(conn: &mut Conn, id: &str, verified: bool) -> Result<(), Error> {
    sqlx::query(SET_VERIFIED)
        .bind(id)
        .bind(i64::from(verified))
        .execute(conn)
        .await?;
    Ok(())
}

const SET_HIGH: &str = "INSERT INTO idp_client (client_id, state, high) \
    VALUES ($1, 'enabled', 1) ON CONFLICT (client_id) DO UPDATE SET high = 1";

/// Holds an app to the strict profile from now on.
pub(crate) async fn set_high(conn: &mut Conn, id: &str) -> Result<(), Error> {
    sqlx::query(SET_HIGH).bind(id).execute(conn).await?;
    Ok(())
}
