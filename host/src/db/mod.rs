//! The database: one write door, read connections, and what their answers let a caller assume.
//!
//! | answer | a caller may assume |
//! |---|---|
//! | `Ok` | it is on disk |
//! | a refusal by `work` | nothing of it is stored; what it read is on disk |
//! | [`Error::Busy`], [`Error::Conflict`], [`Error::Full`], [`Error::Corrupt`] | nothing is stored |
//! | [`Error::Doubt`] | stored or not: the door never repeats it, the caller may |
//!
//! **What `work` may do.** It may run several times. It awaits only its [`Tx`] and hands every
//! database error on. Ids, keys, signatures and chance are made before.

mod error;
mod lite;
mod open;
mod pg;
mod readers;
mod tx;

pub use error::{Error, Retryable};
pub use tx::{ReadConn, Tx};

use std::{future::Future, pin::Pin, time::Duration};

/// A connection of either engine; what functions that read and write rows take.
pub type Conn = sqlx::AnyConnection;

/// What a closure given to the door returns.
pub type BoxFuture<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// Writers that may wait at once; one more is answered `Busy`.
const PLACES: usize = 1024;
/// How long a writer or reader waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long `work` may take before it is aborted.
const WORK_MOST: Duration = Duration::from_secs(2);
/// `work` longer than this is warned of: everyone waits behind it.
const WORK_LONG_US: i64 = 50_000;

/// Which engine stands behind a [`Db`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A SQLite file of this process.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A node's database. Cloning shares it.
#[derive(Clone)]
pub struct Db(Door);

#[derive(Clone)]
enum Door {
    Lite(lite::Door),
    Pg(pg::Door),
}

impl Db {
    /// Opens `sqlite:PATH` (made if absent) or `postgres://..`.
    ///
    /// # Errors
    /// [`Error::Setup`] for another URL, or a PostgreSQL database whose encoding is not UTF8 or
    /// whose collation is not `C`; else what the engine says.
    pub async fn open(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        if url.starts_with("sqlite:") {
            Ok(Self(Door::Lite(lite::Door::open(url).await?)))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self(Door::Pg(pg::Door::open(url).await?)))
        } else {
            Err(Error::Setup(
                "a database URL begins with sqlite: or postgres:".into(),
            ))
        }
    }

    /// Which engine this is; for reports, never for a choice of SQL.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Door::Lite(_) => Engine::Sqlite,
            Door::Pg(_) => Engine::Postgres,
        }
    }

    /// Runs `work` in a transaction of its own and answers when its outcome is durable. Both
    /// engines are serial: the result is as if writers came one after another.
    ///
    /// # Errors
    /// What `work` refused with, or an [`Error`] of the door as `E`; see the table above.
    pub async fn write<'env, T, E: From<Error> + Retryable>(
        &self,
        work: impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<T, E> {
        match &self.0 {
            Door::Lite(door) => door.write(work).await,
            Door::Pg(door) => door.write(work).await,
        }
    }

    /// A connection that can only read.
    ///
    /// # Errors
    /// [`Error::Busy`] when none is free for 5 s.
    pub async fn read(&self) -> Result<ReadConn<'static>, Error> {
        match &self.0 {
            Door::Lite(door) => Ok(ReadConn::lent(door.reads().lend().await?)),
            Door::Pg(door) => Ok(ReadConn::single(door.readers().acquire().await?)),
        }
    }

    /// Several reads of one view of the data.
    ///
    /// # Errors
    /// What `work` answers, or an [`Error`] of the door as `E`.
    pub async fn snapshot<'env, T, E: From<Error>>(
        &self,
        work: impl for<'c> FnOnce(&'c mut ReadConn<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<T, E> {
        let begin = match &self.0 {
            Door::Lite(_) => "BEGIN DEFERRED",
            Door::Pg(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let view = self.views().begin_with(begin).await.map_err(Error::from)?;
        work(&mut ReadConn::view(view)).await
    }

    /// Whether a write would be possible now; for `/readyz`.
    ///
    /// # Errors
    /// What a write would answer.
    pub async fn probe(&self) -> Result<(), Error> {
        self.write(|tx| {
            Box::pin(async move {
                sqlx::query(PROBE).execute(&mut **tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends all connections once their work is done. Later calls are answered `Busy`.
    pub async fn close(&self) {
        match &self.0 {
            Door::Lite(door) => door.close().await,
            Door::Pg(door) => door.close().await,
        }
    }

    /// Text in PostgreSQL's spelling, as this engine reads it.
    pub(crate) fn spelling(&self, ddl: String) -> String {
        match self.engine() {
            Engine::Sqlite => crate::migrate::render(&ddl),
            Engine::Postgres => ddl,
        }
    }

    fn views(&self) -> &sqlx::AnyPool {
        match &self.0 {
            Door::Lite(door) => door.views(),
            Door::Pg(door) => door.readers(),
        }
    }
}

/// Writes a row that is not there: it takes the writer's lock and stores nothing.
const PROBE: &str = "UPDATE host_once SET until = until WHERE key = NULL";

/// The static SQL of this file.
pub const STATEMENTS: &[&str] = &[PROBE];
