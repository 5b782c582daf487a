//! SQL of `idp_external`.

use host::db::{Conn, Error};
use kernel::Day;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[ACCOUNT_OF, ATTACH, OF_ACCOUNT, DETACH];

const ACCOUNT_OF: &str = "SELECT account FROM idp_external WHERE tag = $1";

/// Whose way in the tag is.
pub(super) async fn account_of(conn: &mut Conn, tag: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(ACCOUNT_OF)
        .bind(tag)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("account")).transpose()?)
}

const ATTACH: &str = "INSERT INTO idp_external (tag, account, provider, attached_day) \
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

/// Writes a way in; `false` if the tag is attached already.
pub(super) async fn attach(
    conn: &mut Conn,
    tag: &str,
    account: &str,
    provider: &str,
    day: Day,
) -> Result<bool, Error> {
    let done = sqlx::query(ATTACH)
        .bind(tag)
        .bind(account)
        .bind(provider)
        .bind(day.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A provider that is attached to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attached {
    /// Names it to its owner.
    pub(crate) tag: String,
    /// The provider's name in the configuration.
    pub(crate) provider: String,
    /// The day it was attached.
    pub(crate) day: Day,
}

const OF_ACCOUNT: &str = "SELECT tag, provider, attached_day FROM idp_external \
    WHERE account = $1 ORDER BY provider, attached_day, tag LIMIT 100";

/// What is attached to an account.
pub(crate) async fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<Attached>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .fetch_all(conn)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let day: String = row.try_get("attached_day")?;
        Ok(Attached {
            tag: row.try_get("tag")?,
            provider: row.try_get("provider")?,
            day: Day::parse(&day).ok_or(Error::Corrupt("idp_external.attached_day"))?,
        })
    };
    rows.iter().map(read).collect()
}

const DETACH: &str = "DELETE FROM idp_external WHERE tag = $1 AND account = $2";

/// Deletes a way in; `false` if the account has none of that name.
pub(crate) async fn detach(conn: &mut Conn, tag: &str, account: &str) -> Result<bool, Error> {
    let done = sqlx::query(DETACH)
        .bind(tag)
        .bind(account)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
