//! What a database looks like, in words that are the same for both engines.

use crate::db::{Conn, Error};
use sqlx::Row;
use std::collections::BTreeMap;

/// Tables by name.
pub type Schema = BTreeMap<String, Table>;

/// A table, as far as both engines must agree on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Columns by name.
    pub columns: BTreeMap<String, Column>,
    /// Unique indexes and constraints besides the primary key.
    pub uniques: i64,
    /// CHECK constraints.
    pub checks: i64,
    /// Foreign keys.
    pub references: i64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// `TEXT`, `BIGINT`, `BYTEA`; anything else as the engine calls it.
    pub kind: String,
    /// Whether NULL is refused.
    pub required: bool,
    /// Its place in the primary key, from 1; 0 outside it.
    pub key: i64,
}

/// Reads the schema behind `conn`: for PostgreSQL that of the current schema.
///
/// # Errors
/// The database's.
pub async fn schema(conn: &mut Conn) -> Result<Schema, Error> {
    let [columns, counts] = if conn.backend_name() == "SQLite" {
        LITE_SCHEMA
    } else {
        PG_SCHEMA
    };
    let mut found = Schema::new();
    for row in sqlx::query(columns).fetch_all(&mut *conn).await? {
        let key: i64 = row.try_get(4)?;
        let column = Column {
            kind: kind(&row.try_get::<String, _>(2)?),
            required: row.try_get::<i64, _>(3)? != 0 || key > 0,
            key,
        };
        let table = found.entry(row.try_get(0)?).or_default();
        table.columns.insert(row.try_get(1)?, column);
    }
    for row in sqlx::query(counts).fetch_all(conn).await? {
        let table = found.entry(row.try_get(0)?).or_default();
        table.uniques = row.try_get(1)?;
        table.checks = row.try_get(2)?;
        table.references = row.try_get(3)?;
    }
    Ok(found)
}

fn kind(engine: &str) -> String {
    match engine {
        "bigint" | "INTEGER" => "BIGINT".into(),
        "bytea" | "BLOB" => "BYTEA".into(),
        "text" => "TEXT".into(),
        other => other.into(),
    }
}

const LITE_SCHEMA: [&str; 2] = [
    "SELECT t.name, c.name, c.type, CAST(c.\"notnull\" AS BIGINT), CAST(c.pk AS BIGINT) \
     FROM sqlite_master t, pragma_table_info(t.name) c \
     WHERE t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_'",
    "SELECT t.name, \
     (SELECT CAST(COUNT(*) AS BIGINT) FROM pragma_index_list(t.name) i \
      WHERE i.\"unique\" = 1 AND i.origin <> 'pk'), \
     CAST((length(t.sql) - length(replace(t.sql, 'CHECK', ''))) / 5 AS BIGINT), \
     (SELECT CAST(COUNT(DISTINCT f.id) AS BIGINT) FROM pragma_foreign_key_list(t.name) f) \
     FROM sqlite_master t WHERE t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_'",
];

const PG_SCHEMA: [&str; 2] = [
    "SELECT t.relname::TEXT, a.attname::TEXT, format_type(a.atttypid, a.atttypmod)::TEXT, \
     a.attnotnull::INT::BIGINT, COALESCE((SELECT array_position(k.conkey, a.attnum) \
      FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p'), 0)::BIGINT \
     FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid \
     WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' \
     AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT t.relname::TEXT, \
     (SELECT COUNT(*) FROM pg_index i \
      WHERE i.indrelid = t.oid AND i.indisunique AND NOT i.indisprimary)::BIGINT, \
     (SELECT COUNT(*) FROM pg_constraint c \
      WHERE c.conrelid = t.oid AND c.contype = 'c')::BIGINT, \
     (SELECT COUNT(*) FROM pg_constraint c \
      WHERE c.conrelid = t.oid AND c.contype = 'f')::BIGINT \
     FROM pg_class t WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'",
];
