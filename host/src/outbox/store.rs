//! The rows of the outbox.

use super::{Backlog, Event};
use crate::db::{Conn, Error, Tx};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// A row that a worker has by lease.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub id: String,
    pub topic: String,
    pub subject: String,
    pub ver: i64,
    pub audience: String,
    pub body: String,
    pub jws: Option<String>,
    pub made: Timestamp,
    pub tries: i64,
}

pub(super) async fn insert(
    tx: &mut Tx<'_>,
    module: &str,
    event: &Event,
    id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(id)
        .bind(module)
        .bind(format!("{}/{}", event.topic, event.version))
        .bind(event.subject.as_str())
        .bind(event.ver)
        .bind(event.audience)
        .bind(event.body.to_string())
        .bind(now.micros())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO host_outbox \
    (id, module, topic, subject, ver, audience, body, made, due, tries) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0) ON CONFLICT DO NOTHING";

/// Takes up to 32 due rows of one module until `lease`.
pub(super) async fn claim(
    tx: &mut Tx<'_>,
    module: &str,
    now: Timestamp,
    lease: Timestamp,
) -> Result<Vec<Claimed>, Error> {
    let rows = sqlx::query(CLAIM)
        .bind(lease.micros())
        .bind(module)
        .bind(now.micros())
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(claimed).collect()
}

const CLAIM: &str = "UPDATE host_outbox SET lease = $1, tries = tries + 1 WHERE id IN \
    (SELECT id FROM host_outbox WHERE module = $2 AND done IS NULL AND dead IS NULL \
     AND due <= $3 AND (lease IS NULL OR lease <= $3) ORDER BY due LIMIT 32) \
    RETURNING id, topic, subject, ver, audience, body, jws, made, tries";

fn claimed(row: &AnyRow) -> Result<Claimed, Error> {
    Ok(Claimed {
        id: row.try_get(0)?,
        topic: row.try_get(1)?,
        subject: row.try_get(2)?,
        ver: row.try_get(3)?,
        audience: row.try_get(4)?,
        body: row.try_get(5)?,
        jws: row.try_get(6)?,
        made: Timestamp::from_micros(row.try_get(7)?),
        tries: row.try_get(8)?,
    })
}

/// Whether anything of the module is due; a look that takes no lock.
pub(super) async fn is_due(conn: &mut Conn, module: &str, now: Timestamp) -> Result<bool, Error> {
    let row = sqlx::query(DUE)
        .bind(module)
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

const DUE: &str = "SELECT id FROM host_outbox WHERE module = $1 AND done IS NULL \
    AND dead IS NULL AND due <= $2 AND (lease IS NULL OR lease <= $2) LIMIT 1";

/// Keeps signed events by id: from now on these bytes are sent, and no others.
pub(super) async fn keep_signed(tx: &mut Tx<'_>, signed: &[(String, String)]) -> Result<(), Error> {
    for (id, jws) in signed {
        sqlx::query(SIGNED)
            .bind(id)
            .bind(jws)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

const SIGNED: &str = "UPDATE host_outbox SET jws = $2 WHERE id = $1 AND jws IS NULL";

pub(super) async fn done(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query(DONE)
        .bind(id)
        .bind(now.micros())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const DONE: &str = "UPDATE host_outbox SET done = $2, lease = NULL, fault = NULL WHERE id = $1";

pub(super) async fn again(
    tx: &mut Tx<'_>,
    id: &str,
    due: Timestamp,
    fault: &str,
) -> Result<(), Error> {
    sqlx::query(AGAIN)
        .bind(id)
        .bind(due.micros())
        .bind(fault)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const AGAIN: &str = "UPDATE host_outbox SET due = $2, lease = NULL, fault = $3 WHERE id = $1";

pub(super) async fn bury(
    tx: &mut Tx<'_>,
    id: &str,
    now: Timestamp,
    fault: &str,
) -> Result<(), Error> {
    sqlx::query(BURY)
        .bind(id)
        .bind(now.micros())
        .bind(fault)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const BURY: &str = "UPDATE host_outbox SET dead = $2, lease = NULL, fault = $3 WHERE id = $1";

pub(super) async fn revive(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Error> {
    Ok(sqlx::query(REVIVE)
        .bind(now.micros())
        .execute(&mut **tx)
        .await?
        .rows_affected())
}

const REVIVE: &str = "UPDATE host_outbox SET dead = NULL, due = $1, tries = 0, made = $1, \
    jws = NULL WHERE dead IS NOT NULL";

pub(super) async fn resend(
    tx: &mut Tx<'_>,
    since: Timestamp,
    now: Timestamp,
) -> Result<u64, Error> {
    let sent = sqlx::query(RESEND).bind(since.micros()).bind(now.micros());
    Ok(sent.execute(&mut **tx).await?.rows_affected())
}

const RESEND: &str = "UPDATE host_outbox SET done = NULL, due = $2, tries = 0 WHERE done >= $1";

pub(super) async fn sweep(tx: &mut Tx<'_>, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const SWEEP: &str = "DELETE FROM host_outbox WHERE done <= $1";

pub(super) async fn backlog(conn: &mut Conn) -> Result<Backlog, Error> {
    let waiting = sqlx::query(WAITING).fetch_one(&mut *conn).await?;
    let dead = sqlx::query(DEAD).fetch_one(conn).await?;
    Ok(Backlog {
        waiting: waiting.try_get(0)?,
        oldest: waiting
            .try_get::<Option<i64>, _>(1)?
            .map(Timestamp::from_micros),
        dead: dead.try_get(0)?,
    })
}

const WAITING: &str = "SELECT CAST(COUNT(*) AS BIGINT), MIN(made) FROM host_outbox \
    WHERE done IS NULL AND dead IS NULL";
const DEAD: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM host_outbox WHERE dead IS NOT NULL";

/// The static SQL of this file.
pub const STATEMENTS: &[&str] = &[
    INSERT, CLAIM, DUE, SIGNED, DONE, AGAIN, BURY, REVIVE, RESEND, SWEEP, WAITING, DEAD,
];
