//! Recurring work: each run belongs to one node at a time, by a lease in the database.

use crate::{
    db::{BoxFuture, Db, Engine, Error, Tx},
    world,
};
use kernel::{Timestamp, World, hex};
use std::{fmt, future::Future, sync::Arc, time::Duration};

/// A piece of recurring work.
#[derive(Clone)]
pub struct Job {
    /// Its name, unlike all others of its module.
    pub name: &'static str,
    /// Seconds from the end of one run to the next.
    pub period_s: i64,
    run: Arc<dyn Fn(Timestamp) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>,
}

/// Why a job did not come to its end; it is tried again within a minute.
#[derive(Debug)]
pub struct JobError(String);

impl<E: std::error::Error> From<E> for JobError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Job {
    /// Work that is safe to begin again after it broke off anywhere.
    pub fn new<F>(
        name: &'static str,
        period_s: i64,
        run: impl Fn(Timestamp) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        Self {
            name,
            period_s,
            run: Arc::new(move |now| Box::pin(run(now))),
        }
    }
}

/// How long one run may keep its job to itself.
const LEASE_S: i64 = 900;
/// When a job that failed is tried again.
const RETRY_S: i64 = 60;

/// The jobs of this node.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    world: World,
    jobs: Arc<Vec<(String, Job)>>,
}

impl Jobs {
    pub(crate) fn new(
        db: Db,
        world: World,
        jobs: impl IntoIterator<Item = (&'static str, Job)>,
    ) -> Self {
        let named = jobs
            .into_iter()
            .map(|(part, job)| (format!("{part}.{}", job.name), job));
        Self {
            db,
            world,
            jobs: Arc::new(named.collect()),
        }
    }

    /// At the start of a process: on SQLite, whose file has one process, a lease that stands is of a
    /// process that died, and its job need not wait for the lease to end. On PostgreSQL another
    /// node may hold it.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_over(&self) -> Result<(), Error> {
        if self.db.engine() == Engine::Postgres {
            return Ok(());
        }
        self.db.write(|tx| Box::pin(release(tx))).await
    }

    /// Runs every job that is due and that no other node has; answers how many ran. A job that
    /// fails is logged and tried again.
    ///
    /// # Errors
    /// The database's, where a lease cannot be had or returned.
    pub async fn run_due(&self, now: Timestamp) -> Result<usize, Error> {
        let mut ran = 0;
        for (name, job) in self.jobs.iter() {
            let holder = hex::encode(self.world.random::<16>());
            if !self.claim(name, &holder, now).await? {
                continue;
            }
            let answer = (job.run)(now).await;
            if let Err(error) = &answer {
                tracing::error!(job = name, %error, "a job failed");
            }
            ran += 1;
            self.finish(name, &holder, now, job.period_s, answer.is_ok())
                .await?;
        }
        Ok(ran)
    }

    /// Looks for due jobs once a second, until dropped.
    pub async fn run(&self) {
        loop {
            if let Err(error) = self.run_due(self.world.now()).await {
                tracing::warn!(%error, "jobs wait for the database");
            }
            world::pause(Duration::from_secs(1)).await;
        }
    }

    async fn claim(&self, name: &str, holder: &str, now: Timestamp) -> Result<bool, Error> {
        if !self.is_due(name, now).await? {
            return Ok(false);
        }
        self.db
            .write(move |tx| Box::pin(claim(tx, name, holder, now)))
            .await
    }

    /// A look without the writer's lock: most of the time nothing is due.
    async fn is_due(&self, name: &str, now: Timestamp) -> Result<bool, Error> {
        let mut conn = self.db.read().await?;
        let waits = sqlx::query(WAITS).bind(name).bind(now.micros());
        Ok(waits.fetch_optional(&mut *conn).await?.is_none())
    }

    async fn finish(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        period_s: i64,
        good: bool,
    ) -> Result<(), Error> {
        let next = now.plus_seconds(if good {
            period_s
        } else {
            period_s.min(RETRY_S)
        });
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let sql = if good { FINISH } else { FAIL };
                    let done = sqlx::query(sql).bind(name).bind(holder).bind(next.micros());
                    done.execute(&mut **tx).await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn claim(tx: &mut Tx<'_>, name: &str, holder: &str, now: Timestamp) -> Result<bool, Error> {
    sqlx::query(KNOW)
        .bind(name)
        .bind(now.micros())
        .execute(&mut **tx)
        .await?;
    let claimed = sqlx::query(CLAIM)
        .bind(name)
        .bind(now.micros())
        .bind(now.plus_seconds(LEASE_S).micros())
        .bind(holder)
        .execute(&mut **tx)
        .await?;
    Ok(claimed.rows_affected() == 1)
}

async fn release(tx: &mut Tx<'_>) -> Result<(), Error> {
    sqlx::query(RELEASE).execute(&mut **tx).await?;
    Ok(())
}

const WAITS: &str =
    "SELECT name FROM host_job WHERE name = $1 AND (due > $2 OR lease > $2) LIMIT 1";

const KNOW: &str = "INSERT INTO host_job (name, due, lease, holder, failed) \
    VALUES ($1, $2, NULL, NULL, 0) ON CONFLICT DO NOTHING";

const RELEASE: &str = "UPDATE host_job SET lease = NULL, holder = NULL WHERE lease IS NOT NULL";

const CLAIM: &str = "UPDATE host_job SET lease = $3, holder = $4 \
    WHERE name = $1 AND due <= $2 AND (lease IS NULL OR lease <= $2)";

const FINISH: &str = "UPDATE host_job SET due = $3, lease = NULL, holder = NULL, failed = 0 \
    WHERE name = $1 AND holder = $2";

const FAIL: &str = "UPDATE host_job SET due = $3, lease = NULL, holder = NULL, \
    failed = failed + 1 WHERE name = $1 AND holder = $2";

/// The static SQL of this file.
pub const STATEMENTS: &[&str] = &[WAITS, KNOW, RELEASE, CLAIM, FINISH, FAIL];
