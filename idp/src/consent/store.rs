//! SQL of `idp_consent`.

use super::Consent;
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[FIND, PUT];

const FIND: &str = "SELECT account, client_id, scope, nickname, text_version, given_at \
    FROM idp_consent WHERE account = $1 AND client_id = $2";

/// What that person allowed that app.
pub(crate) async fn find(
    conn: &mut Conn,
    account: &str,
    client_id: &str,
) -> Result<Option<Consent>, Error> {
    let row = sqlx::query(FIND)
        .bind(account)
        .bind(client_id)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Consent {
        account: row.try_get("account")?,
        client_id: row.try_get("client_id")?,
        scope: row.try_get("scope")?,
        nickname: row.try_get("nickname")?,
        text_version: row.try_get("text_version")?,
        given_at: Timestamp::from_micros(row.try_get("given_at")?),
    }))
}

const PUT: &str = "INSERT INTO idp_consent \
    (account, client_id, scope, nickname, text_version, given_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, client_id) DO UPDATE SET \
    scope = excluded.scope, nickname = excluded.nickname, text_version = excluded.text_version, \
    given_at = excluded.given_at";

/// Writes an agreement in place of the one before it.
pub(crate) async fn put(conn: &mut Conn, consent: &Consent) -> Result<(), Error> {
    sqlx::query(PUT)
        .bind(&consent.account)
        .bind(&consent.client_id)
        .bind(&consent.scope)
        .bind(&consent.nickname)
        .bind(consent.text_version)
        .bind(consent.given_at.micros())
        .execute(conn)
        .await?;
    Ok(())
}
