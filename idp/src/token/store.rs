//! SQL of `idp_access` and `idp_refresh`. Tokens come in clear and are hashed here.

use crate::secrets;
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT_ACCESS,
    FIND_ACCESS,
    END_ACCESS,
    SWEEP_ACCESS,
    INSERT_REFRESH,
    FIND_REFRESH,
    USE_REFRESH,
    KEEP_REFRESH,
    SWEEP_REFRESH,
];

/// Version of the key that successors are made with.
const KEY_VER: i64 = 1;

/// What an access token hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A grant: what a person allowed an app.
    Grant(String),
    /// An app by itself, for nobody.
    App(String),
}

/// Before the id of an app that is the owner; no id of a grant holds a colon.
const APP: &str = "app:";

impl Owner {
    fn text(&self) -> String {
        match self {
            Self::Grant(id) => id.clone(),
            Self::App(id) => format!("{APP}{id}"),
        }
    }

    fn read(text: &str) -> Self {
        match text.strip_prefix(APP) {
            Some(id) => Self::App(id.to_owned()),
            None => Self::Grant(text.to_owned()),
        }
    }
}

/// An access token's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) owner: Owner,
    pub(crate) jkt: Option<String>,
    pub(crate) scope: String,
    pub(crate) until: Timestamp,
}

impl Access {
    /// The row of one given now.
    pub(super) fn new(owner: &Owner, jkt: Option<&str>, scope: &str, now: Timestamp) -> Self {
        Self {
            owner: owner.clone(),
            jkt: jkt.map(str::to_owned),
            scope: scope.to_owned(),
            until: now.plus_seconds(super::mint::LIFE),
        }
    }
}

/// Under which name a signed token is stored: so that it can be asked about, and ended, with its
/// grant. No token that can be shown looks like it.
pub(crate) fn name_of_signed(jti: &str) -> String {
    format!("at+jwt:{jti}")
}

/// A refresh token's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refresh {
    pub(crate) family: String,
    pub(crate) grant_id: String,
    pub(crate) jkt: Option<String>,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) idle_until: Timestamp,
    pub(crate) ends: Timestamp,
}

const INSERT_ACCESS: &str = "INSERT INTO idp_access (token_h, grant_id, jkt, scope, until) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes an access token.
pub(super) async fn insert_access(conn: &mut Conn, token: &str, row: &Access) -> Result<(), Error> {
    sqlx::query(INSERT_ACCESS)
        .bind(secrets::hash(token))
        .bind(row.owner.text())
        .bind(&row.jkt)
        .bind(&row.scope)
        .bind(row.until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const FIND_ACCESS: &str = "SELECT grant_id, jkt, scope, until FROM idp_access WHERE token_h = $1";

/// The access token, whether or not it still holds.
pub(crate) async fn find_access(conn: &mut Conn, token: &str) -> Result<Option<Access>, Error> {
    if !secrets::has_form(token, "rs_at_") {
        return Ok(None);
    }
    find_row(conn, token).await
}

/// As [`find_access`], by the name of a row: that of a signed token is made here and never shown.
pub(crate) async fn find_row(conn: &mut Conn, name: &str) -> Result<Option<Access>, Error> {
    let Some(row) = sqlx::query(FIND_ACCESS)
        .bind(secrets::hash(name))
        .fetch_optional(conn)
        .await?
    else {
        return Ok(None);
    };
    let owner: String = row.try_get("grant_id")?;
    Ok(Some(Access {
        owner: Owner::read(&owner),
        jkt: row.try_get("jkt")?,
        scope: row.try_get("scope")?,
        until: Timestamp::from_micros(row.try_get("until")?),
    }))
}

const END_ACCESS: &str = "DELETE FROM idp_access WHERE token_h = $1";

/// Ends one access token.
pub(crate) async fn end_access(conn: &mut Conn, token: &str) -> Result<(), Error> {
    sqlx::query(END_ACCESS)
        .bind(secrets::hash(token))
        .execute(conn)
        .await?;
    Ok(())
}

const SWEEP_ACCESS: &str = "DELETE FROM idp_access WHERE until < $1";
const SWEEP_REFRESH: &str = "DELETE FROM idp_refresh WHERE idle_until < $1 OR ends < $1";

/// Deletes tokens past their ends.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP_ACCESS)
        .bind(now.micros())
        .execute(&mut *conn)
        .await?;
    sqlx::query(SWEEP_REFRESH)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const INSERT_REFRESH: &str = "INSERT INTO idp_refresh \
    (token_h, family, grant_id, jkt, key_ver, used_at, idle_until, ends) \
    VALUES ($1, $2, $3, $4, $5, NULL, $6, $7)";

/// Writes a refresh token that was not used yet.
pub(super) async fn insert_refresh(
    conn: &mut Conn,
    token: &str,
    row: &Refresh,
) -> Result<(), Error> {
    sqlx::query(INSERT_REFRESH)
        .bind(secrets::hash(token))
        .bind(&row.family)
        .bind(&row.grant_id)
        .bind(&row.jkt)
        .bind(KEY_VER)
        .bind(row.idle_until.micros())
        .bind(row.ends.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const FIND_REFRESH: &str = "SELECT family, grant_id, jkt, used_at, idle_until, ends \
    FROM idp_refresh WHERE token_h = $1";

/// The refresh token, whether or not it still holds.
pub(crate) async fn find_refresh(conn: &mut Conn, token: &str) -> Result<Option<Refresh>, Error> {
    if !secrets::has_form(token, "rs_rt_") {
        return Ok(None);
    }
    let hash = secrets::hash(token);
    let Some(row) = sqlx::query(FIND_REFRESH)
        .bind(hash)
        .fetch_optional(conn)
        .await?
    else {
        return Ok(None);
    };
    let used_at: Option<i64> = row.try_get("used_at")?;
    Ok(Some(Refresh {
        family: row.try_get("family")?,
        grant_id: row.try_get("grant_id")?,
        jkt: row.try_get("jkt")?,
        used_at: used_at.map(Timestamp::from_micros),
        idle_until: Timestamp::from_micros(row.try_get("idle_until")?),
        ends: Timestamp::from_micros(row.try_get("ends")?),
    }))
}

const USE_REFRESH: &str = "UPDATE idp_refresh SET used_at = $2 \
    WHERE token_h = $1 AND used_at IS NULL";

/// Marks a refresh token as used.
pub(super) async fn use_refresh(conn: &mut Conn, token: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query(USE_REFRESH)
        .bind(secrets::hash(token))
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const KEEP_REFRESH: &str = "UPDATE idp_refresh SET idle_until = $2 WHERE token_h = $1";

/// Moves the idle end of a refresh token that is not rotated.
pub(super) async fn keep_refresh(
    conn: &mut Conn,
    token: &str,
    idle_until: Timestamp,
) -> Result<(), Error> {
    let idle_until = idle_until.micros();
    sqlx::query(KEEP_REFRESH)
        .bind(secrets::hash(token))
        .bind(idle_until)
        .execute(conn)
        .await?;
    Ok(())
}
