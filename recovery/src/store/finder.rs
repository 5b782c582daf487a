//! Rows of `recovery_vault_finder`.

use crate::id::{FinderId, VaultId};
use host::db::{self, Conn};
use kernel::Timestamp;
use sqlx::Row as _;

/// A stored finder.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    pub vault: VaultId,
    pub sealed: Vec<u8>,
}

const FIND: &str = "SELECT vault_id, box FROM recovery_vault_finder WHERE id = $1";

/// The finder of that name.
pub(crate) async fn find(conn: &mut Conn, id: FinderId) -> Result<Option<Finder>, db::Error> {
    let row = sqlx::query(FIND)
        .bind(id.row())
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(Finder {
            vault: VaultId(super::id(&row, "vault_id")?),
            sealed: row.try_get("box")?,
        })
    })
    .transpose()
}

const COUNT: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM recovery_vault_finder WHERE vault_id = $1";

/// How many a vault has.
pub(crate) async fn count(conn: &mut Conn, vault: VaultId) -> Result<i64, db::Error> {
    let row = sqlx::query(COUNT).bind(vault.row()).fetch_one(conn).await?;
    Ok(row.try_get("n")?)
}

const PUT: &str = "INSERT INTO recovery_vault_finder (id, vault_id, box, touched_us)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET box = $3, touched_us = $4";

/// Writes one, or another box into it.
pub(crate) async fn put(
    conn: &mut Conn,
    id: FinderId,
    vault: VaultId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), db::Error> {
    let query = sqlx::query(PUT)
        .bind(id.row())
        .bind(vault.row())
        .bind(sealed.to_vec())
        .bind(super::day(now));
    query.execute(conn).await?;
    Ok(())
}

const REMOVE: &str = "DELETE FROM recovery_vault_finder WHERE id = $1";

/// Removes it.
pub(crate) async fn remove(conn: &mut Conn, id: FinderId) -> Result<(), db::Error> {
    sqlx::query(REMOVE).bind(id.row()).execute(conn).await?;
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[FIND, COUNT, PUT, REMOVE];
