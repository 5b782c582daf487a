//! Migrations: written once in PostgreSQL's spelling, rendered for SQLite, each applied in one
//! transaction and recorded in the module's own table.

mod render;
mod schema;

pub use render::render;
pub use schema::{Schema, Table, schema};

use crate::db::{Db, Engine, Error, Tx};
use sha2::{Digest, Sha256};
use sqlx::{Executor, Row};

/// The migrations of one module, in order. Made by [`crate::migrations!`].
#[derive(Debug)]
pub struct Migrations {
    /// The module: prefix of its tables.
    pub module: &'static str,
    /// The steps, oldest first. A step that was released never changes.
    pub steps: &'static [Step],
}

/// One migration.
#[derive(Debug)]
pub struct Step {
    /// `0001_name`.
    pub name: &'static str,
    /// PostgreSQL's spelling.
    pub postgres: &'static str,
    /// SQLite's own spelling, where rendering cannot reach it.
    pub sqlite: Option<&'static str>,
}

/// Lists a module's migrations: `migrations!("idp", [("0001_name", include_str!("..")), ..])`. A
/// step that cannot be said once is `("0002_x", sqlite_text, postgres_text)`.
#[macro_export]
macro_rules! migrations {
    ($module:literal, [$($step:tt),* $(,)?]) => {
        $crate::migrate::Migrations {
            module: $module,
            steps: &[$($crate::migration_step!($step)),*],
        }
    };
}

/// One step of [`migrations!`].
#[doc(hidden)]
#[macro_export]
macro_rules! migration_step {
    (($name:expr, $text:expr $(,)?)) => {
        $crate::migrate::Step {
            name: $name,
            postgres: $text,
            sqlite: None,
        }
    };
    (($name:expr, $sqlite:expr, $postgres:expr $(,)?)) => {
        $crate::migrate::Step {
            name: $name,
            postgres: $postgres,
            sqlite: Some($sqlite),
        }
    };
}

/// The tables of `host` itself.
pub static HOST: Migrations = crate::migrations!(
    "host",
    [("0001_host", include_str!("../../migrations/0001_host.sql"))]
);

/// Brings `db` to the newest schema of `host` and of all `modules`.
///
/// # Errors
/// [`Error::Setup`] where an applied step has another text than here, or one unknown here was
/// applied; else the database's. Steps before the one that failed stay applied.
pub async fn run(db: &Db, modules: &[&'static Migrations]) -> Result<(), Error> {
    for module in all(modules) {
        make_table(db, module.module).await?;
        for step in pending(module, &applied(db, module.module).await?)? {
            apply(db, module, step).await?;
        }
    }
    Ok(())
}

/// Refuses a database that is older or newer than this program.
///
/// # Errors
/// [`Error::Setup`] "run resonate migrate"; else as [`run`].
pub async fn check(db: &Db, modules: &[&'static Migrations]) -> Result<(), Error> {
    for module in all(modules) {
        // A table that is not there holds no steps.
        let applied = match applied(db, module.module).await {
            Err(Error::Sql(_)) => Vec::new(),
            answer => answer?,
        };
        if let Some(step) = pending(module, &applied)?.first() {
            return Err(Error::Setup(format!(
                "the schema lacks {}/{}: run resonate migrate",
                module.module, step.name
            )));
        }
    }
    Ok(())
}

fn all<'m>(modules: &'m [&'static Migrations]) -> impl Iterator<Item = &'static Migrations> + 'm {
    std::iter::once(&HOST).chain(modules.iter().copied().filter(|m| m.module != HOST.module))
}

/// The steps not applied yet.
fn pending(module: &Migrations, applied: &[(String, String)]) -> Result<Vec<&'static Step>, Error> {
    for (name, hash) in applied {
        match module.steps.iter().find(|step| step.name == name) {
            None => {
                return Err(Error::Setup(format!(
                    "the database was made by a newer release: it has {}/{name}",
                    module.module
                )));
            }
            Some(step) if step.hash() != *hash => {
                return Err(Error::Setup(format!(
                    "{}/{name} was applied with another text",
                    module.module
                )));
            }
            Some(_) => {}
        }
    }
    Ok(module
        .steps
        .iter()
        .filter(|step| !applied.iter().any(|a| a.0 == step.name))
        .collect())
}

async fn make_table(db: &Db, module: &str) -> Result<(), Error> {
    let make = &db.spelling(format!(
        "CREATE TABLE IF NOT EXISTS {module}_migrations (\n    name TEXT NOT NULL PRIMARY KEY,\n    \
         hash TEXT NOT NULL\n);"
    ));
    db.write(move |tx| Box::pin(run_all(tx, make))).await
}

/// What the module's own table says was applied: names and hashes.
async fn applied(db: &Db, module: &str) -> Result<Vec<(String, String)>, Error> {
    let list = format!("SELECT name, hash FROM {module}_migrations ORDER BY name");
    let rows = db.read().await?.fetch_all(text(&list)).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

async fn apply(db: &Db, module: &Migrations, step: &'static Step) -> Result<(), Error> {
    let ddl = match (db.engine(), step.sqlite) {
        (Engine::Sqlite, Some(own)) => own.to_owned(),
        _ => db.spelling(step.postgres.to_owned()),
    };
    let hash = step.hash();
    let record = format!(
        "INSERT INTO {}_migrations (name, hash) VALUES ('{}', '{hash}')",
        module.module, step.name
    );
    let (ddl, record) = (&ddl, &record);
    db.write(move |tx| {
        Box::pin(async move {
            run_all(tx, ddl).await?;
            tx.execute(text(record)).await?;
            Ok(())
        })
    })
    .await
}

async fn run_all(tx: &mut Tx<'_>, ddl: &str) -> Result<(), Error> {
    tx.execute(text(ddl)).await?;
    Ok(())
}

/// Text of ours that has to be put together: a module's name stands in it, never outside input.
fn text(sql: &str) -> sqlx::RawSql {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
}

impl Step {
    fn hash(&self) -> String {
        let own = self.sqlite.unwrap_or_default();
        let hash = Sha256::new_with_prefix(self.postgres)
            .chain_update([0])
            .chain_update(own);
        kernel::hex::encode(hash.finalize())
    }
}

/// Makes a PostgreSQL schema, for databases that share a server. Its name is a plain word.
///
/// # Errors
/// [`Error::Setup`] for another name; else the database's.
pub async fn make_schema(db: &Db, name: &str) -> Result<(), Error> {
    if !name
        .bytes()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
    {
        return Err(Error::Setup("a schema's name is a-z, 0-9 and _".into()));
    }
    let make = &format!("CREATE SCHEMA {name}");
    db.write(move |tx| Box::pin(run_all(tx, make))).await
}
