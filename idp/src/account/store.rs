//! SQL of `idp_account`.

use super::{Account, New};
use host::db::{Conn, Error};
use kernel::Day;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, BY_ID, BY_HANDLE, BY_WALLET_REF, RAISE];

/// State of an account that may be used.
pub(super) const ACTIVE: &str = "active";

const INSERT: &str = "INSERT INTO idp_account \
    (id, user_handle, handle, wallet_ref, state, epoch, locale, cool_until, created_day) \
    VALUES ($1, $2, $3, $4, 'active', 0, $5, NULL, $6) ON CONFLICT DO NOTHING";

/// Writes an account; `false` if one of its names is taken.
pub(super) async fn insert(
    conn: &mut Conn,
    new: &New,
    handle: &str,
    day: Day,
) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(&new.id)
        .bind(&new.user_handle)
        .bind(handle)
        .bind(&new.wallet_ref)
        .bind(&new.locale)
        .bind(day.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const BY_ID: &str = "SELECT id, user_handle, handle, wallet_ref, state, epoch, locale, created_day \
    FROM idp_account WHERE id = $1";

/// The account of that id.
pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Account>, Error> {
    one(conn, BY_ID, id).await
}

const BY_HANDLE: &str = "SELECT id, user_handle, handle, wallet_ref, state, epoch, locale, \
    created_day FROM idp_account WHERE handle = $1";

/// The account of that (folded) handle.
pub(crate) async fn by_handle(conn: &mut Conn, handle: &str) -> Result<Option<Account>, Error> {
    one(conn, BY_HANDLE, handle).await
}

const BY_WALLET_REF: &str = "SELECT id, user_handle, handle, wallet_ref, state, epoch, locale, \
    created_day FROM idp_account WHERE wallet_ref = $1";

/// The account a Listener card names.
pub(crate) async fn by_wallet_ref(conn: &mut Conn, name: &str) -> Result<Option<Account>, Error> {
    one(conn, BY_WALLET_REF, name).await
}

const RAISE: &str = "UPDATE idp_account SET epoch = epoch + 1 WHERE id = $1";

/// Raises the epoch: every login, code and token of the account ends with this one write.
pub(crate) async fn raise_epoch(conn: &mut Conn, id: &str) -> Result<(), Error> {
    sqlx::query(RAISE).bind(id).execute(conn).await?;
    Ok(())
}

async fn one(
    conn: &mut Conn,
    statement: &'static str,
    name: &str,
) -> Result<Option<Account>, Error> {
    let row = sqlx::query(statement)
        .bind(name)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let state: String = row.try_get("state")?;
    let created: String = row.try_get("created_day")?;
    Ok(Some(Account {
        id: row.try_get("id")?,
        user_handle: row.try_get("user_handle")?,
        handle: row.try_get("handle")?,
        wallet_ref: row.try_get("wallet_ref")?,
        active: state == ACTIVE,
        epoch: row.try_get("epoch")?,
        locale: row.try_get("locale")?,
        created_day: Day::parse(&created).ok_or(Error::Corrupt("idp_account.created_day"))?,
    }))
}
