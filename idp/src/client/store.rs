//! SQL of `idp_client`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use serde_json::Value;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    FIND,
    WITH_RESOURCE,
    IDS,
    METADATA,
    RESOURCE,
    INSERT,
    REPLACE,
    LEAVE,
    SET_STATE,
    SET_VERIFIED,
    SET_HIGH,
    SWEEP_LOGOS,
    SWEEP_REGISTRATIONS,
    SWEEP,
    SWEEP_GONE,
];

/// An app's row.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(super) metadata: Option<String>,
    pub(super) secret_h: Option<String>,
    pub(super) enabled: bool,
    pub(super) until: Option<Timestamp>,
    pub(super) verified: bool,
    pub(super) high: bool,
    pub(super) stranger: bool,
    pub(super) gone: bool,
}

impl Stored {
    /// From a row that has the columns of [`FIND`]; none where no app stands in it.
    pub(crate) fn read(row: &AnyRow) -> Result<Option<Self>, Error> {
        let Some(state) = row.try_get::<Option<String>, _>("app_state")? else {
            return Ok(None);
        };
        let until: Option<i64> = row.try_get("app_until")?;
        Ok(Some(Self {
            metadata: row.try_get("metadata_json")?,
            secret_h: row.try_get("secret_h")?,
            enabled: state == "enabled",
            until: until.map(Timestamp::from_micros),
            verified: row.try_get::<i64, _>("verified")? == 1,
            high: row.try_get::<i64, _>("high")? == 1,
            stranger: row.try_get::<i64, _>("stranger")? == 1,
            gone: row.try_get::<Option<i64>, _>("gone")?.is_some(),
        }))
    }
}

const FIND: &str = "SELECT metadata_json, secret_h, state AS app_state, until AS app_until, \
    verified, high, stranger, gone FROM idp_client WHERE client_id = $1";

/// The row of that app, if there is one.
pub(super) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Stored>, Error> {
    match sqlx::query(FIND).bind(id).fetch_optional(conn).await? {
        Some(row) => Stored::read(&row),
        None => Ok(None),
    }
}

const WITH_RESOURCE: &str = "SELECT client_id, resource, metadata_json, secret_h, \
    state AS app_state, until AS app_until, verified, high, stranger, gone FROM idp_client \
    WHERE client_id = $1 OR client_id = $2 OR resource = $3";

/// One app of several: its id, the address it takes tokens for, and its row.
pub(super) struct Named {
    pub(super) id: String,
    pub(super) resource: Option<String>,
    pub(super) row: Stored,
}

/// The rows of two apps and of the one that takes tokens for `resource`.
pub(super) async fn with_resource(
    conn: &mut Conn,
    [id, other]: [&str; 2],
    resource: &str,
) -> Result<Vec<Named>, Error> {
    let query = sqlx::query(WITH_RESOURCE).bind(id).bind(other);
    let rows = query.bind(resource).fetch_all(conn).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.push(Named {
            id: row.try_get("client_id")?,
            resource: row.try_get("resource")?,
            row: Stored::read(row)?.ok_or(Error::Corrupt("idp_client.state"))?,
        });
    }
    Ok(all)
}

const IDS: &str = "SELECT client_id FROM idp_client WHERE gone IS NULL";

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

const RESOURCE: &str = "SELECT client_id FROM idp_client WHERE resource = $1";

/// The app that is the resource of that address.
pub(crate) async fn of_resource(conn: &mut Conn, uri: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(RESOURCE).bind(uri).fetch_optional(conn).await?;
    Ok(row.map(|row| row.try_get("client_id")).transpose()?)
}

/// An app about to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New<'a> {
    pub(crate) id: &'a str,
    /// Its registration as it stands.
    pub(crate) metadata: &'a str,
    pub(crate) secret_h: Option<&'a str>,
    /// The address it takes access tokens for.
    pub(crate) resource: Option<&'a str>,
    /// Whether it comes by itself, without an operator's word.
    pub(crate) stranger: bool,
    /// End of an app of a day.
    pub(crate) until: Option<Timestamp>,
}

const INSERT: &str = "INSERT INTO idp_client \
    (client_id, metadata_json, secret_h, state, until, resource, stranger) \
    VALUES ($1, $2, $3, 'enabled', $4, $5, $6) ON CONFLICT DO NOTHING";

/// Writes an app; `false` where its id or its resource is taken.
pub(crate) async fn insert(conn: &mut Conn, new: &New<'_>) -> Result<bool, Error> {
    let query = sqlx::query(INSERT)
        .bind(new.id)
        .bind(new.metadata)
        .bind(new.secret_h)
        .bind(new.until.map(Timestamp::micros))
        .bind(new.resource)
        .bind(i64::from(new.stranger));
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const REPLACE: &str = "UPDATE idp_client SET metadata_json = $2, secret_h = $3, \
    verified = 0 WHERE client_id = $1 AND state = 'enabled' AND gone IS NULL";

/// Replaces what an app registered; `false` where it is gone or disabled. What the co-op looked at was
/// the old registration. No app that may do so is a resource.
pub(crate) async fn replace(
    conn: &mut Conn,
    id: &str,
    metadata: &str,
    secret_h: Option<&str>,
) -> Result<bool, Error> {
    let query = sqlx::query(REPLACE).bind(id).bind(metadata).bind(secret_h);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const LEAVE: &str = "UPDATE idp_client SET gone = $2, secret_h = NULL, resource = NULL \
    WHERE client_id = $1 AND state = 'enabled' AND gone IS NULL";

/// Takes an app out of use for good; `false` where it is gone or disabled. Where it is told of ended
/// logins stays known until it was told.
pub(crate) async fn leave(conn: &mut Conn, id: &str, now: Timestamp) -> Result<bool, Error> {
    let query = sqlx::query(LEAVE).bind(id).bind(now.micros());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const SWEEP_LOGOS: &str = "DELETE FROM idp_client_logo WHERE client_id IN \
    (SELECT client_id FROM idp_client WHERE until <= $1)";
const SWEEP_REGISTRATIONS: &str = "DELETE FROM idp_registration WHERE client_id IN \
    (SELECT client_id FROM idp_client WHERE until <= $1)";
const SWEEP: &str = "DELETE FROM idp_client WHERE until <= $1";
const SWEEP_GONE: &str = "DELETE FROM idp_client WHERE gone <= $1 AND NOT EXISTS \
    (SELECT 1 FROM idp_logout WHERE idp_logout.client_id = idp_client.client_id)";

/// Deletes apps of a day that ended before `before`, and apps that left before it and have nothing to
/// be told any more.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    for statement in [SWEEP_LOGOS, SWEEP_REGISTRATIONS, SWEEP, SWEEP_GONE] {
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
