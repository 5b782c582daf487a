//! SQL of `idp_external` and `idp_external_used`.

use host::db::{Conn, Error};
use kernel::Day;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[ACCOUNT_OF, ATTACH, OF_ACCOUNT, DETACH, KNOWN, USE];

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

const KNOWN: &str = "SELECT tag FROM idp_external_used WHERE tag = $1 \
    UNION ALL SELECT tag FROM idp_external WHERE tag = $1";

/// Whether the tag admitted nobody yet and is no way in.
pub(crate) async fn may_vouch(conn: &mut Conn, tag: &str) -> Result<bool, Error> {
    let row = sqlx::query(KNOWN).bind(tag).fetch_optional(conn).await?;
    Ok(row.is_none())
}

const USE: &str = "INSERT INTO idp_external_used (tag) VALUES ($1) ON CONFLICT DO NOTHING";

/// Marks the tag as one that admitted somebody; `false` if it did so before or is a way in.
pub(crate) async fn vouch(conn: &mut Conn, tag: &str) -> Result<bool, Error> {
    if !may_vouch(conn, tag).await? {
        return Ok(false);
    }
    let done = sqlx::query(USE).bind(tag).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}
