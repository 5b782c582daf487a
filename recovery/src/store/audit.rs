//! Questions whose answer must be "none".

use host::db::{self, Conn};

/// Something that must hold and the statement that finds what breaks it.
pub(crate) struct Question {
    pub name: &'static str,
    sql: &'static str,
}

const READERS: &str = "SELECT v.version AS what FROM recovery_vault v
    LEFT JOIN recovery_vault_reader r ON r.vault_id = v.vault_id
    WHERE r.vault_id IS NULL LIMIT 20";

const ORPHANS: &str = "SELECT x.what AS what FROM (
    SELECT 'reader' AS what FROM recovery_vault_reader r
        LEFT JOIN recovery_vault v ON v.vault_id = r.vault_id WHERE v.vault_id IS NULL
    UNION ALL SELECT 'old' AS what FROM recovery_vault_old o
        LEFT JOIN recovery_vault v ON v.vault_id = o.vault_id WHERE v.vault_id IS NULL
    UNION ALL SELECT 'finder' AS what FROM recovery_vault_finder f
        LEFT JOIN recovery_vault v ON v.vault_id = f.vault_id WHERE v.vault_id IS NULL
    ) x LIMIT 20";

const NEWER: &str = "SELECT o.version AS what FROM recovery_vault_old o
    JOIN recovery_vault v ON v.vault_id = o.vault_id WHERE o.version >= v.version LIMIT 20";

/// The invariants of the README.
pub(crate) const QUESTIONS: &[Question] = &[
    Question {
        name: "recovery: each vault can be read by somebody",
        sql: READERS,
    },
    Question {
        name: "recovery: nothing is left of vaults that went",
        sql: ORPHANS,
    },
    Question {
        name: "recovery: earlier copies are earlier",
        sql: NEWER,
    },
];

/// How many rows break it, up to twenty.
pub(crate) async fn ask(conn: &mut Conn, question: &Question) -> Result<usize, db::Error> {
    let rows = sqlx::query(question.sql).fetch_all(conn).await?;
    Ok(rows.len())
}

pub(crate) const STATEMENTS: &[&str] = &[READERS, ORPHANS, NEWER];
