//! Single use: the only way to consume a code, a nonce, an offer, a mark.
//!
//! The table holds hashes: what is stolen from it cannot be used.

pub mod spaces;

pub use spaces::Space;

use crate::db::{Conn, Error, Tx};
use kernel::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::Row;

/// What [`take`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was there and is now spent; the body it was issued with.
    Body(String),
    /// It was taken before; the family it was issued with, for all that came of it to be revoked.
    Spent(String),
    /// Never issued, ended, or bound to another: its owner can still take it.
    Unknown,
}

/// Issues `secret` for one taking by `bound` (a client, a browser, a key) before `until`. `family`
/// names what comes of it, or is empty.
///
/// # Errors
/// The database's; [`Error::Conflict`] never arises here by itself. A secret issued twice is
/// [`Error::Sql`]: 128 random bits do not repeat.
pub async fn issue(
    tx: &mut Tx<'_>,
    space: &Space,
    secret: &str,
    bound: &str,
    body: &str,
    family: &str,
    until: Timestamp,
) -> Result<(), Error> {
    sqlx::query(ISSUE)
        .bind(key(space, secret))
        .bind(bound)
        .bind(body)
        .bind(family)
        .bind(until.micros())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const ISSUE: &str =
    "INSERT INTO host_once (key, bound, body, family, until) VALUES ($1, $2, $3, $4, $5)";

/// What `secret` holds for `bound`, without taking it: for a step that must ask somebody outside
/// before the transaction that takes it.
///
/// # Errors
/// The database's.
pub async fn look(
    conn: &mut Conn,
    space: &Space,
    secret: &str,
    bound: &str,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(LOOK)
        .bind(key(space, secret))
        .bind(bound)
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(None), |row| Ok(Some(row.try_get(0)?)))
}

const LOOK: &str = "SELECT body FROM host_once WHERE key = $1 AND bound = $2 AND until > $3";

/// Takes `secret`: of any number of takers exactly one gets the body.
///
/// # Errors
/// The database's.
pub async fn take(
    tx: &mut Tx<'_>,
    space: &Space,
    secret: &str,
    bound: &str,
    now: Timestamp,
) -> Result<Taken, Error> {
    let key = key(space, secret);
    let row = sqlx::query(TAKE)
        .bind(key.clone())
        .bind(bound)
        .bind(now.micros())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return spent(tx, key, bound).await;
    };
    let family: String = row.try_get(1)?;
    sqlx::query(SPEND)
        .bind(key)
        .bind(bound)
        .bind(family)
        .bind(now.plus_seconds(space.remembered_s).micros())
        .execute(&mut **tx)
        .await?;
    Ok(Taken::Body(row.try_get(0)?))
}

const TAKE: &str = "DELETE FROM host_once WHERE key = $1 AND bound = $2 AND until > $3 \
    RETURNING body, family";

const SPEND: &str = "INSERT INTO host_spent (key, bound, family, until) VALUES ($1, $2, $3, $4)";

async fn spent(conn: &mut Conn, key: Vec<u8>, bound: &str) -> Result<Taken, Error> {
    let row = sqlx::query(SPENT)
        .bind(key)
        .bind(bound)
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(Taken::Unknown), |row| Ok(Taken::Spent(row.try_get(0)?)))
}

const SPENT: &str = "SELECT family FROM host_spent WHERE key = $1 AND bound = $2";

/// Whether `value` is seen for the first time; it is remembered until `until`.
///
/// # Errors
/// The database's.
pub async fn first(
    tx: &mut Tx<'_>,
    space: &Space,
    value: &str,
    until: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(FIRST)
        .bind(key(space, value))
        .bind(until.micros())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

const FIRST: &str = "INSERT INTO host_seen (key, until) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Forgets what has ended.
pub(crate) async fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
    for statement in [SWEEP_ONCE, SWEEP_SPENT, SWEEP_SEEN] {
        sqlx::query(statement)
            .bind(now.micros())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

const SWEEP_ONCE: &str = "DELETE FROM host_once WHERE until <= $1";
const SWEEP_SPENT: &str = "DELETE FROM host_spent WHERE until <= $1";
const SWEEP_SEEN: &str = "DELETE FROM host_seen WHERE until <= $1";

/// The static SQL of this file.
pub const STATEMENTS: &[&str] = &[
    ISSUE,
    LOOK,
    TAKE,
    SPEND,
    SPENT,
    FIRST,
    SWEEP_ONCE,
    SWEEP_SPENT,
    SWEEP_SEEN,
];

fn key(space: &Space, secret: &str) -> Vec<u8> {
    let hash = Sha256::new_with_prefix(space.name)
        .chain_update([0])
        .chain_update(secret);
    hash.finalize().to_vec()
}
