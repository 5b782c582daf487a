//! Rows of `recovery_vault_old`.

use super::vault::Row;
use crate::{
    id::{Reader, VaultId},
    kept,
};
use host::db::{self, Conn};
use kernel::Timestamp;
use sqlx::Row as _;

const KEEP: &str = "INSERT INTO recovery_vault_old (vault_id, version, doc, at_us)
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

/// Keeps what is about to be replaced.
pub(crate) async fn keep(
    conn: &mut Conn,
    vault: VaultId,
    row: &Row,
    now: Timestamp,
) -> Result<(), db::Error> {
    let query = sqlx::query(KEEP)
        .bind(vault.row())
        .bind(row.version)
        .bind(row.doc.as_str())
        .bind(now.micros());
    query.execute(conn).await?;
    Ok(())
}

const LIST: &str = "SELECT version, at_us FROM recovery_vault_old
    WHERE vault_id = $1 ORDER BY version DESC";

/// Versions and when they were replaced, newest first.
pub(crate) async fn list(
    conn: &mut Conn,
    vault: VaultId,
) -> Result<Vec<(i64, Timestamp)>, db::Error> {
    let rows = sqlx::query(LIST).bind(vault.row()).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let at = Timestamp::from_micros(row.try_get("at_us")?);
            Ok((row.try_get("version")?, at))
        })
        .collect()
}

const DROP: &str = "DELETE FROM recovery_vault_old WHERE vault_id = $1 AND version = $2";

/// Forgets one.
pub(crate) async fn drop(conn: &mut Conn, vault: VaultId, version: i64) -> Result<(), db::Error> {
    let query = sqlx::query(DROP).bind(vault.row()).bind(version);
    query.execute(conn).await?;
    Ok(())
}

const READ_BY: &str = "SELECT o.doc AS doc FROM recovery_vault_reader r
    JOIN recovery_vault_old o ON o.vault_id = r.vault_id
    WHERE r.vault_id = $1 AND r.token_hash = $2 AND o.version = $3";

/// An earlier document, for whoever holds a read token of the vault.
pub(crate) async fn read_by(
    conn: &mut Conn,
    vault: VaultId,
    reader: Reader,
    version: i64,
) -> Result<Option<String>, db::Error> {
    let query = sqlx::query(READ_BY)
        .bind(vault.row())
        .bind(reader.row())
        .bind(version);
    let row = query.fetch_optional(conn).await?;
    row.map_or(Ok(None), |row| Ok(Some(row.try_get("doc")?)))
}

const AGED: &str = "SELECT vault_id FROM recovery_vault_old
    WHERE vault_id > $1 AND at_us < $2 GROUP BY vault_id
    ORDER BY vault_id LIMIT 100";

/// Vaults after `after` that keep copies older than thirty days, in the order of their names.
pub(crate) async fn aged(
    conn: &mut Conn,
    after: &[u8],
    now: Timestamp,
) -> Result<Vec<VaultId>, db::Error> {
    let before = now.plus_seconds(-kept::DAILY_S);
    let query = sqlx::query(AGED).bind(after.to_vec()).bind(before.micros());
    let rows = query.fetch_all(conn).await?;
    rows.iter()
        .map(|row| super::id(row, "vault_id").map(VaultId))
        .collect()
}

// A copy counts as one of the last five by how many of its vault are newer.
const SWEEP: &str = "DELETE FROM recovery_vault_old
    WHERE vault_id > $1 AND vault_id <= $2 AND at_us < $3
    AND (SELECT CAST(COUNT(*) AS BIGINT) FROM recovery_vault_old newer
        WHERE newer.vault_id = recovery_vault_old.vault_id
        AND newer.version > recovery_vault_old.version) >= $4";

/// Of the vaults after `after` up to `to`, forgets copies older than thirty days but for the last
/// five of each.
pub(crate) async fn sweep(
    conn: &mut Conn,
    after: &[u8],
    to: VaultId,
    now: Timestamp,
) -> Result<(), db::Error> {
    let before = now.plus_seconds(-kept::DAILY_S);
    let last = i64::try_from(kept::LAST).unwrap_or(i64::MAX);
    let query = sqlx::query(SWEEP)
        .bind(after.to_vec())
        .bind(to.row())
        .bind(before.micros())
        .bind(last);
    query.execute(conn).await?;
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[KEEP, LIST, DROP, READ_BY, AGED, SWEEP];
