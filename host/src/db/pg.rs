//! PostgreSQL: serialisable transactions, run again where the server says that order was lost.

use super::{BoxFuture, Error, Retryable, Tx, WORK_MOST, open, tx::Hold};
use crate::world;
use sqlx::{Any, AnyPool, Transaction};
use std::time::Duration;
use tokio::time::timeout;

/// Connections that write; each is a process on the server.
const WRITERS: u32 = 12;
/// Connections that read.
const READERS: u32 = 8;
/// How often `work` runs before its conflict is answered.
const ATTEMPTS: u32 = 10;

#[derive(Clone)]
pub(super) struct Door {
    writers: AnyPool,
    readers: AnyPool,
}

impl Door {
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        open::check_collation(url).await?;
        let readers = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
        Ok(Self {
            writers: open::pool(url, WRITERS, true, "SET synchronous_commit = on").await?,
            readers: open::pool(url, READERS, true, readers).await?,
        })
    }

    pub(super) fn readers(&self) -> &AnyPool {
        &self.readers
    }

    pub(super) async fn close(&self) {
        self.writers.close().await;
        self.readers.close().await;
    }

    pub(super) async fn write<'env, T, E: From<Error> + Retryable>(
        &self,
        work: impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            match self.once(&work).await {
                Err(refusal) if refusal.is_retryable() && attempt < ATTEMPTS => {
                    metrics::counter!("db_conflicts").increment(1);
                    world::pause(delay(attempt)).await;
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn once<'env, T, E: From<Error>>(
        &self,
        work: &impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<T, E> {
        let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
        let transaction = self.writers.begin_with(begin).await.map_err(Error::from)?;
        let mut tx = Tx::new(Hold::Pg(transaction));
        // A transaction dropped on the way out rolls back.
        let done = timeout(WORK_MOST, work(&mut tx))
            .await
            .map_err(|_| Error::Busy)??;
        commit(
            tx.into_transaction()
                .expect("this transaction was made of one"),
        )
        .await?;
        Ok(done)
    }
}

/// After a lost connection nobody knows, nor where the server says goodbye: it may have committed
/// just before. Every other error is its word that it did not.
async fn commit(transaction: Transaction<'static, Any>) -> Result<(), Error> {
    transaction.commit().await.map_err(|error| match &error {
        sqlx::Error::Database(said) => {
            let code = said.code().unwrap_or_default();
            let goodbye = ["08", "57"].iter().any(|class| code.starts_with(class));
            if goodbye { Error::Doubt } else { error.into() }
        }
        _ => Error::Doubt,
    })
}

/// 2 ms doubling to 100 ms, of which a random half to whole is waited.
fn delay(attempt: u32) -> Duration {
    let most = (1000_u64 << attempt.min(7)).min(100_000);
    Duration::from_micros(most / 2 + u64::from(world::chance()) % (most / 2))
}
