//! Rows of `recovery_vault`.

use crate::{
    document::Document,
    id::{Reader, VaultId},
};
use host::db::{self, Conn};
use kernel::Timestamp;
use sqlx::{Row as _, any::AnyRow};

/// A stored vault.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub write_jwk: String,
    pub epoch: i64,
    pub version: i64,
    pub doc: String,
    pub touched: Timestamp,
    pub leaving: Option<Timestamp>,
}

const FIND: &str = "SELECT write_jwk, epoch, version, doc, touched_us, leaving_us
    FROM recovery_vault WHERE vault_id = $1 AND (leaving_us IS NULL OR leaving_us > $2)";

/// The vault of that name.
pub(crate) async fn find(
    conn: &mut Conn,
    vault: VaultId,
    now: Timestamp,
) -> Result<Option<Row>, db::Error> {
    let query = sqlx::query(FIND).bind(vault.row()).bind(now.micros());
    let row = query.fetch_optional(conn).await?;
    row.map(|row| read(&row)).transpose()
}

const READ_BY: &str = "SELECT v.write_jwk AS write_jwk, v.epoch AS epoch, v.version AS version,
    v.doc AS doc, v.touched_us AS touched_us, v.leaving_us AS leaving_us
    FROM recovery_vault_reader r JOIN recovery_vault v ON v.vault_id = r.vault_id
    WHERE r.vault_id = $1 AND r.token_hash = $2 AND (v.leaving_us IS NULL OR v.leaving_us > $3)";

/// The vault of that name, for whoever holds one of its read tokens.
pub(crate) async fn read_by(
    conn: &mut Conn,
    vault: VaultId,
    reader: Reader,
    now: Timestamp,
) -> Result<Option<Row>, db::Error> {
    let query = sqlx::query(READ_BY)
        .bind(vault.row())
        .bind(reader.row())
        .bind(now.micros());
    let row = query.fetch_optional(conn).await?;
    row.map(|row| read(&row)).transpose()
}

const INSERT: &str = "INSERT INTO recovery_vault
    (vault_id, write_jwk, epoch, version, doc, touched_us, leaving_us)
    VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT DO NOTHING";

/// Writes a new one; no when the name is taken.
pub(crate) async fn insert(
    conn: &mut Conn,
    sent: &Document,
    key: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let query = sqlx::query(INSERT)
        .bind(sent.vault.row())
        .bind(key)
        .bind(sent.epoch)
        .bind(sent.version)
        .bind(sent.text.as_str())
        .bind(super::day(now));
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const UPDATE: &str = "UPDATE recovery_vault
    SET write_jwk = $2, epoch = $3, version = $4, doc = $5, touched_us = $6
    WHERE vault_id = $1 AND version = $7";

/// Writes the version after `follows`; no when another came first.
pub(crate) async fn update(
    conn: &mut Conn,
    sent: &Document,
    key: &str,
    follows: i64,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let query = sqlx::query(UPDATE)
        .bind(sent.vault.row())
        .bind(key)
        .bind(sent.epoch)
        .bind(sent.version)
        .bind(sent.text.as_str())
        .bind(super::day(now))
        .bind(follows);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const TOUCH: &str =
    "UPDATE recovery_vault SET touched_us = $2 WHERE vault_id = $1 AND touched_us < $2";

/// Notes that it was read today.
pub(crate) async fn touch(
    conn: &mut Conn,
    vault: VaultId,
    now: Timestamp,
) -> Result<(), db::Error> {
    let query = sqlx::query(TOUCH).bind(vault.row()).bind(super::day(now));
    query.execute(conn).await?;
    Ok(())
}

const LEAVE: &str = "UPDATE recovery_vault SET leaving_us = $2 WHERE vault_id = $1";

/// Marks it for deletion, or takes the mark away.
pub(crate) async fn leave(
    conn: &mut Conn,
    vault: VaultId,
    until: Option<Timestamp>,
) -> Result<(), db::Error> {
    let query = sqlx::query(LEAVE)
        .bind(vault.row())
        .bind(until.map(Timestamp::micros));
    query.execute(conn).await?;
    Ok(())
}

const OVER: &str = "SELECT vault_id FROM recovery_vault
    WHERE leaving_us <= $1 OR touched_us < $2 ORDER BY vault_id LIMIT 15";

/// Some that are to go: those that were left, and those unread since before `unread`.
pub(crate) async fn over(
    conn: &mut Conn,
    now: Timestamp,
    unread: Timestamp,
) -> Result<Vec<VaultId>, db::Error> {
    let query = sqlx::query(OVER).bind(now.micros()).bind(unread.micros());
    let rows = query.fetch_all(conn).await?;
    rows.iter()
        .map(|row| super::id(row, "vault_id").map(VaultId))
        .collect()
}

const REMOVE: &str = "DELETE FROM recovery_vault WHERE vault_id = $1";
const REMOVE_READERS: &str = "DELETE FROM recovery_vault_reader WHERE vault_id = $1";
const REMOVE_OLD: &str = "DELETE FROM recovery_vault_old WHERE vault_id = $1";
const REMOVE_FINDERS: &str = "DELETE FROM recovery_vault_finder WHERE vault_id = $1";

/// Deletes it with all that belongs to it.
pub(crate) async fn remove(conn: &mut Conn, vault: VaultId) -> Result<(), db::Error> {
    for statement in [REMOVE, REMOVE_READERS, REMOVE_OLD, REMOVE_FINDERS] {
        sqlx::query(statement)
            .bind(vault.row())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[
    FIND,
    READ_BY,
    INSERT,
    UPDATE,
    TOUCH,
    LEAVE,
    OVER,
    REMOVE,
    REMOVE_READERS,
    REMOVE_OLD,
    REMOVE_FINDERS,
];

fn read(row: &AnyRow) -> Result<Row, db::Error> {
    let leaving: Option<i64> = row.try_get("leaving_us")?;
    Ok(Row {
        write_jwk: row.try_get("write_jwk")?,
        epoch: row.try_get("epoch")?,
        version: row.try_get("version")?,
        doc: row.try_get("doc")?,
        touched: Timestamp::from_micros(row.try_get("touched_us")?),
        leaving: leaving.map(Timestamp::from_micros),
    })
}
