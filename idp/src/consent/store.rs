//! SQL of `idp_consent`.

use super::Consent;
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[FIND, PUT, OF_ACCOUNT, END, END_OF_CLIENT];

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
    row.map(|row| read(&row)).transpose()
}

const OF_ACCOUNT: &str = "SELECT account, client_id, scope, nickname, text_version, given_at \
    FROM idp_consent WHERE account = $1 ORDER BY given_at DESC LIMIT 1000";

/// What that person allowed, newest first.
pub(crate) async fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<Consent>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Consent, Error> {
    Ok(Consent {
        account: row.try_get("account")?,
        client_id: row.try_get("client_id")?,
        scope: row.try_get("scope")?,
        nickname: row.try_get("nickname")?,
        text_version: row.try_get("text_version")?,
        given_at: Timestamp::from_micros(row.try_get("given_at")?),
    })
}

const END: &str = "DELETE FROM idp_consent WHERE account = $1 AND client_id = $2";

/// Deletes an agreement; `false` if there was none.
pub(crate) async fn end(conn: &mut Conn, account: &str, client_id: &str) -> Result<bool, Error> {
    let done = sqlx::query(END)
        .bind(account)
        .bind(client_id)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const END_OF_CLIENT: &str = "DELETE FROM idp_consent WHERE client_id = $1";

/// Deletes every agreement with an app.
pub(crate) async fn end_of_client(conn: &mut Conn, client_id: &str) -> Result<(), Error> {
    sqlx::query(END_OF_CLIENT)
        .bind(client_id)
        .execute(conn)
        .await?;
    Ok(())
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
