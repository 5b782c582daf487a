//! SQL of `idp_client`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[FIND, SET_STATE];

/// An app's row.
pub(super) struct Stored {
    pub(super) metadata: Option<String>,
    pub(super) secret_h: Option<String>,
    pub(super) enabled: bool,
    pub(super) until: Option<Timestamp>,
}

const FIND: &str = "SELECT metadata_json, secret_h, state, until FROM idp_client \
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
    }))
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
