//! Rows of `recovery_vault_reader`.

use crate::id::{Reader, VaultId};
use host::db::{self, Conn};

const CLEAR: &str = "DELETE FROM recovery_vault_reader WHERE vault_id = $1";
const ADD: &str = "INSERT INTO recovery_vault_reader (vault_id, token_hash) VALUES ($1, $2)";

/// Makes these, and no others, the readers of a vault.
pub(crate) async fn replace(
    conn: &mut Conn,
    vault: VaultId,
    readers: &[Reader],
) -> Result<(), db::Error> {
    sqlx::query(CLEAR)
        .bind(vault.row())
        .execute(&mut *conn)
        .await?;
    for reader in readers {
        sqlx::query(ADD)
            .bind(vault.row())
            .bind(reader.row())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[CLEAR, ADD];
