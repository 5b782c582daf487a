//! SQL of `idp_wallet_key`.

use host::db::{Conn, Error};
use kernel::Day;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, ACCOUNT_OF, OF_ACCOUNT];

const INSERT: &str = "INSERT INTO idp_wallet_key (jkt, account, created_day) VALUES ($1, $2, $3)";

/// Writes a wallet's key as a way in.
pub(super) async fn insert(
    conn: &mut Conn,
    jkt: &str,
    account: &str,
    day: Day,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(jkt)
        .bind(account)
        .bind(day.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

const ACCOUNT_OF: &str = "SELECT account FROM idp_wallet_key WHERE jkt = $1";

/// Whose way in the key is.
pub(super) async fn account_of(conn: &mut Conn, jkt: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(ACCOUNT_OF)
        .bind(jkt)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.try_get("account"))
        .transpose()
        .map_err(Error::from)
}

const OF_ACCOUNT: &str =
    "SELECT created_day FROM idp_wallet_key WHERE account = $1 ORDER BY created_day, jkt";

/// The days on which an account's wallet keys were added, oldest first.
pub(crate) async fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<Day>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .fetch_all(conn)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let day: String = row.try_get("created_day")?;
        Day::parse(&day).ok_or(Error::Corrupt("idp_wallet_key.created_day"))
    };
    rows.iter().map(read).collect()
}
