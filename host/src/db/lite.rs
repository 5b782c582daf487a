//! SQLite with group commit: writers come one after another on one connection, each inside a
//! savepoint, and all who came while the last flush ran share the next one.
//!
//! While a batch is open, savepoint `w` stands at the end of the last writer who finished. To
//! accept a writer is to move it, to refuse one is to roll back to it; both are one round trip. A
//! writer dropped midway leaves the batch torn, and the next holder of the connection rolls back.

use super::{
    BoxFuture, Conn, Error, PATIENCE, PLACES, Tx, WORK_LONG_US, WORK_MOST, open, readers::Readers,
    tx::Hold,
};
use crate::world;
use sqlx::{AnyPool, ConnectOptions, Executor};
use std::{
    future::{Future, poll_fn},
    num::NonZero,
    pin::pin,
    sync::Arc,
    task::Poll,
    thread::{available_parallelism, yield_now},
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, Semaphore, oneshot},
    time::timeout,
};

/// How long a writer's thread stays awake for an answer, where there is a second core to give it.
const AWAKE_US: i64 = 100;
/// Connections for single reads.
const READERS: usize = 4;
/// Connections for several reads of one view, which are rare.
const VIEWS: u32 = 2;

const WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;";
const READER: &str =
    "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;";

const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT w";
const ACCEPT: &str = "RELEASE w; SAVEPOINT w";
const REFUSE: &str = "ROLLBACK TO w";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

#[derive(Clone)]
pub(super) struct Door {
    writer: Arc<Mutex<Writer>>,
    places: Arc<Semaphore>,
    /// For single reads.
    reads: Readers,
    /// For several reads of one view.
    views: AnyPool,
}

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Durable,
    /// SQLite ended the transaction: nothing of the batch is stored.
    Lost,
}

/// The one connection that writes. Its mutex is fair: first come, first served.
struct Writer {
    conn: Conn,
    /// Writers of the open transaction who wait for its fate; `None` when none is open.
    batch: Option<Vec<oneshot::Sender<Fate>>>,
    /// A writer is between its savepoint and its end, or was dropped there.
    torn: bool,
    /// [`AWAKE_US`], or nothing on one core: there SQLite's thread needs it.
    awake_us: i64,
}

/// A writer's turn at the connection.
pub(super) struct Turn(OwnedMutexGuard<Writer>);

impl Turn {
    pub(super) fn conn(&self) -> &Conn {
        &self.0.conn
    }

    pub(super) fn conn_mut(&mut self) -> &mut Conn {
        &mut self.0.conn
    }
}

/// One run of `work`, to its end.
enum Run<T> {
    Done(T),
    /// The batch was lost through another writer.
    Lost,
}

impl Door {
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(Error::Setup(
                "a database in memory is not durable; name a file".into(),
            ));
        }
        let made = if url.contains("mode=") {
            url.to_owned()
        } else {
            with_mode(url)
        };
        let mut conn = open::options(&made)?.connect().await?;
        conn.execute(sqlx::raw_sql(WRITER)).await?;
        let cores = available_parallelism().map_or(1, NonZero::get);
        let writer = Writer {
            conn,
            batch: None,
            torn: false,
            awake_us: if cores > 1 { AWAKE_US } else { 0 },
        };
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            places: Arc::new(Semaphore::new(PLACES)),
            reads: Readers::new(&made, READERS, READER)?,
            views: open::pool(&made, VIEWS, false, READER).await?,
        })
    }

    pub(super) fn reads(&self) -> &Readers {
        &self.reads
    }

    pub(super) fn views(&self) -> &AnyPool {
        &self.views
    }

    pub(super) async fn close(&self) {
        self.places.close();
        let mut writer = self.writer.lock().await;
        writer.finish().await;
        self.reads.close();
        self.views.close().await;
        // The last connection to close folds the WAL into the file; ask for it here.
        let _ = writer.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }

    pub(super) async fn write<'env, T, E: From<Error>>(
        &self,
        work: impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<T, E> {
        let _place = self.places.try_acquire().map_err(|_| Error::Busy)?;
        match self.with_others(&work).await? {
            Run::Done(done) => Ok(done),
            Run::Lost => self.alone(&work).await,
        }
    }

    /// Runs `work` in the open batch, or opens one, and waits for the batch's fate.
    async fn with_others<'env, T, E: From<Error>>(
        &self,
        work: &impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<Run<T>, E> {
        let mut turn = self.turn().await?;
        turn.0.mend().await;
        if turn.0.batch.is_none() {
            self.ring();
            turn.0.begin().await?;
        }
        let (mut turn, answer) = run(turn, work).await;
        if let Err(ended) = turn.0.settle(answer.is_ok()).await {
            return answer.and(Err(ended.into()));
        }
        let fate = turn.0.wait();
        drop(turn);
        match fate.await {
            Ok(Fate::Durable) => answer.map(Run::Done),
            Ok(Fate::Lost) => Ok(Run::Lost),
            Err(_) => Err(Error::Doubt.into()),
        }
    }

    /// Runs `work` in a batch of one, so that no other writer can take it down.
    async fn alone<'env, T, E: From<Error>>(
        &self,
        work: &impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
    ) -> Result<T, E> {
        let mut turn = self.turn().await?;
        turn.0.finish().await;
        self.ring();
        turn.0.begin().await?;
        let (mut turn, answer) = run(turn, work).await;
        if let Err(ended) = turn.0.settle(answer.is_ok()).await {
            return answer.and(Err(ended.into()));
        }
        turn.0.commit().await?;
        answer
    }

    async fn turn(&self) -> Result<Turn, Error> {
        let guard = timeout(PATIENCE, self.writer.clone().lock_owned()).await;
        guard.map(Turn).map_err(|_| Error::Busy)
    }

    /// Calls the committer, who queues for the connection like everyone else. It is called before
    /// the batch opens: whoever is dropped after that, somebody ends the transaction.
    fn ring(&self) {
        let writer = self.writer.clone();
        tokio::spawn(async move { writer.lock().await.finish().await });
    }
}

/// Runs `work` and gives the turn back, whatever it answered.
async fn run<'env, T, E: From<Error>>(
    mut turn: Turn,
    work: &impl for<'c> Fn(&'c mut Tx<'env>) -> BoxFuture<'c, Result<T, E>>,
) -> (Turn, Result<T, E>) {
    let began = world::tick();
    turn.0.torn = true;
    let awake_us = turn.0.awake_us;
    let mut tx = Tx::new(Hold::Lite(turn));
    let answer = timeout(WORK_MOST, eager(awake_us, work(&mut tx))).await;
    let took = world::tick() - began;
    if took > WORK_LONG_US {
        tracing::warn!(ms = took / 1000, "a writer kept all others waiting");
    }
    let turn = tx
        .into_turn()
        .expect("this transaction was made with a turn");
    (turn, answer.unwrap_or_else(|_| Err(Error::Busy.into())))
}

impl Writer {
    /// Opens a batch. Its marks are set first: a caller dropped here leaves a torn batch.
    async fn begin(&mut self) -> Result<(), Error> {
        self.batch = Some(Vec::new());
        self.torn = true;
        let began = self.execute(BEGIN).await;
        if began.is_err() {
            self.lose().await;
        }
        began
    }

    /// Undoes what a dropped writer left.
    async fn mend(&mut self) {
        if self.torn && self.settle(false).await.is_err() {
            tracing::warn!("a dropped writer took its batch along");
        }
    }

    /// Keeps or undoes what stands after the savepoint. Where SQLite has ended the transaction by
    /// itself (a full disk does that), the whole batch is lost.
    async fn settle(&mut self, keep: bool) -> Result<(), Error> {
        let settled = self.execute(if keep { ACCEPT } else { REFUSE }).await;
        match settled {
            Ok(()) => self.torn = false,
            Err(_) => self.lose().await,
        }
        settled
    }

    /// Waits for the fate of the open batch.
    fn wait(&mut self) -> oneshot::Receiver<Fate> {
        let (tell, told) = oneshot::channel();
        if let Some(batch) = &mut self.batch {
            batch.push(tell);
        }
        told
    }

    /// Ends the open batch, if there is one.
    async fn finish(&mut self) {
        self.mend().await;
        if self.batch.is_some()
            && let Err(error) = self.commit().await
        {
            tracing::warn!(%error, "a batch was lost at its end");
        }
    }

    /// One COMMIT, one flush, all are told. The waiters are taken out first: dropped midway, they
    /// learn that nobody knows.
    async fn commit(&mut self) -> Result<(), Error> {
        let batch = self.batch.take();
        let ended = self.execute(COMMIT).await;
        if ended.is_err() {
            let _ = self.execute(ROLLBACK).await;
        }
        tell(
            batch,
            if ended.is_ok() {
                Fate::Durable
            } else {
                Fate::Lost
            },
        );
        ended
    }

    /// Makes sure that nothing of the batch stands, and says so to its writers.
    async fn lose(&mut self) {
        let batch = self.batch.take();
        self.torn = false;
        // It fails where SQLite has rolled back already, which is as good.
        let _ = self.execute(ROLLBACK).await;
        tell(batch, Fate::Lost);
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), Error> {
        match eager(self.awake_us, sqlx::query(sql).execute(&mut self.conn)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(outlive(error.into())),
        }
    }
}

fn tell(batch: Option<Vec<oneshot::Sender<Fate>>>, fate: Fate) {
    for waiter in batch.unwrap_or_default() {
        // A writer who no longer listens has its outcome all the same.
        let _ = waiter.send(fate);
    }
}

/// After a failed flush nobody knows what the disk holds: the process ends with 74 (`EX_IOERR`)
/// and all who wait are cut off. SQLite recovers from the WAL at the next start.
fn outlive(error: Error) -> Error {
    if let Error::Disk(why) = &error {
        tracing::error!(why, "the disk failed under the database; ending");
        std::process::exit(74);
    }
    error
}

/// Makes the file if it is absent.
fn with_mode(url: &str) -> String {
    format!("{url}{}mode=rwc", if url.contains('?') { '&' } else { '?' })
}

/// Polls again for a short while before it lets its thread sleep. A statement takes some ten
/// microseconds on SQLite's own thread; to fall asleep and be woken takes longer, and everyone
/// waits behind this writer.
async fn eager<F: Future>(awake_us: i64, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        let end = world::tick() + awake_us;
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if world::tick() >= end {
                return Poll::Pending;
            }
            yield_now();
        }
    })
    .await
}
