//! Rows of `payments_mandate` and `payments_spend`.

use crate::{
    ids::Bytes16,
    mandate::{Limits, Mandate},
    purse::Purse,
};
use host::db::{self, Conn};
use kernel::{Amount, Day, Timestamp};
use sqlx::{Row as _, any::AnyRow};

const INSERT: &str = "INSERT INTO payments_mandate
    (id, purse, jkt, max_play, max_total, days, evidence, asked_at, since, until, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, NULL)";

/// Writes a mandate that was asked for and is not confirmed yet.
pub(crate) async fn insert(conn: &mut Conn, m: &Mandate) -> Result<(), db::Error> {
    sqlx::query(INSERT)
        .bind(m.id.as_str())
        .bind(m.purse.bytes().to_vec())
        .bind(m.mark.to_vec())
        .bind(m.limits.max_play.minor())
        .bind(m.limits.max_total.minor())
        .bind(i64::from(m.limits.days))
        .bind(m.evidence.clone())
        .bind(m.asked_at.micros())
        .bind(m.until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const FIND: &str =
    "SELECT id, purse, jkt, max_play, max_total, days, evidence, asked_at, since, until, revoked_at
    FROM payments_mandate WHERE id = $1";

/// The mandate of that id, whosever it is.
pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Mandate>, db::Error> {
    let row = sqlx::query(FIND).bind(id).fetch_optional(conn).await?;
    row.map(|r| read(&r)).transpose()
}

const OF_PURSE: &str =
    "SELECT id, purse, jkt, max_play, max_total, days, evidence, asked_at, since, until, revoked_at
    FROM payments_mandate WHERE purse = $1 AND since IS NOT NULL ORDER BY since, id";

/// The confirmed mandates of a purse, ended ones too.
pub(crate) async fn of_purse(conn: &mut Conn, purse: &Purse) -> Result<Vec<Mandate>, db::Error> {
    let rows = sqlx::query(OF_PURSE)
        .bind(purse.bytes().to_vec())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const CONFIRM: &str = "UPDATE payments_mandate SET since = $2, evidence = $3
    WHERE id = $1 AND since IS NULL AND revoked_at IS NULL";

/// Makes it count; no when it did already.
pub(crate) async fn confirm(
    conn: &mut Conn,
    id: &str,
    evidence: &[u8],
    now: Timestamp,
) -> Result<bool, db::Error> {
    let query = sqlx::query(CONFIRM)
        .bind(id)
        .bind(now.micros())
        .bind(evidence.to_vec());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const REVOKE: &str = "UPDATE payments_mandate SET revoked_at = $3
    WHERE id = $1 AND purse = $2 AND revoked_at IS NULL";

/// Ends it at once; no when it is not of that purse or has ended.
pub(crate) async fn revoke(
    conn: &mut Conn,
    id: &str,
    purse: &Purse,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let query = sqlx::query(REVOKE)
        .bind(id)
        .bind(purse.bytes().to_vec())
        .bind(now.micros());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const FORGET: &str = "DELETE FROM payments_mandate WHERE since IS NULL AND asked_at < $1";

/// Removes requests that nobody confirmed in time.
pub(crate) async fn forget(conn: &mut Conn, before: Timestamp) -> Result<(), db::Error> {
    sqlx::query(FORGET)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const SPENT: &str = "SELECT CAST(COALESCE(SUM(ucr), 0) AS BIGINT) AS total FROM payments_spend
    WHERE mandate = $1 AND day > $2";

/// What was held and not freed after day `after`.
pub(crate) async fn spent(conn: &mut Conn, mandate: &str, after: Day) -> Result<Amount, db::Error> {
    let query = sqlx::query(SPENT).bind(mandate).bind(after.to_string());
    Ok(Amount::new(query.fetch_one(conn).await?.try_get("total")?))
}

const FIRST_DAY: &str = "SELECT day FROM payments_spend
    WHERE mandate = $1 AND day > $2 AND ucr > 0 ORDER BY day LIMIT 1";

/// The first day after `after` on which it spent.
pub(crate) async fn first_day(
    conn: &mut Conn,
    mandate: &str,
    after: Day,
) -> Result<Option<Day>, db::Error> {
    let query = sqlx::query(FIRST_DAY).bind(mandate).bind(after.to_string());
    let Some(row) = query.fetch_optional(conn).await? else {
        return Ok(None);
    };
    let day: String = row.try_get("day")?;
    Ok(Day::parse(&day))
}

const SPEND: &str = "INSERT INTO payments_spend (mandate, day, ucr) VALUES ($1, $2, $3)
    ON CONFLICT (mandate, day) DO UPDATE SET ucr = payments_spend.ucr + $3";

/// Counts `amount` on `day`.
pub(crate) async fn spend(
    conn: &mut Conn,
    mandate: &str,
    day: Day,
    amount: Amount,
) -> Result<(), db::Error> {
    let query = sqlx::query(SPEND)
        .bind(mandate)
        .bind(day.to_string())
        .bind(amount.minor());
    query.execute(conn).await?;
    Ok(())
}

const UNSPEND: &str = "UPDATE payments_spend SET ucr = ucr - $3 WHERE mandate = $1 AND day = $2";

/// Takes `amount` off `day` again: its hold was freed.
pub(crate) async fn unspend(
    conn: &mut Conn,
    mandate: &str,
    day: Day,
    amount: Amount,
) -> Result<(), db::Error> {
    let query = sqlx::query(UNSPEND)
        .bind(mandate)
        .bind(day.to_string())
        .bind(amount.minor());
    query.execute(conn).await?;
    Ok(())
}

const BY_DAY: &str = "SELECT s.day AS day, CAST(COALESCE(SUM(s.ucr), 0) AS BIGINT) AS total
    FROM payments_spend s JOIN payments_mandate m ON m.id = s.mandate
    WHERE m.purse = $1 AND s.day > $2 GROUP BY s.day ORDER BY s.day";

/// What a purse's mandates spent, by day.
pub(crate) async fn by_day(
    conn: &mut Conn,
    purse: &Purse,
    after: Day,
) -> Result<Vec<(Day, Amount)>, db::Error> {
    let query = sqlx::query(BY_DAY)
        .bind(purse.bytes().to_vec())
        .bind(after.to_string());
    let mut days = Vec::new();
    for row in query.fetch_all(conn).await? {
        let day: String = row.try_get("day")?;
        let day = Day::parse(&day).ok_or(db::Error::Corrupt("payments_mandate"))?;
        days.push((day, Amount::new(row.try_get("total")?)));
    }
    Ok(days)
}

pub(crate) const STATEMENTS: &[&str] = &[
    INSERT, FIND, OF_PURSE, CONFIRM, REVOKE, FORGET, SPENT, FIRST_DAY, SPEND, UNSPEND, BY_DAY,
];

fn read(row: &AnyRow) -> Result<Mandate, db::Error> {
    let days: i64 = row.try_get("days")?;
    let mark: Bytes16 = super::bytes16(row, "jkt")?;
    Ok(Mandate {
        id: row.try_get("id")?,
        purse: Purse::from_bytes(super::bytes16(row, "purse")?),
        mark,
        limits: Limits {
            max_play: Amount::new(row.try_get("max_play")?),
            max_total: Amount::new(row.try_get("max_total")?),
            days: u32::try_from(days).map_err(|_| db::Error::Corrupt("payments_mandate"))?,
        },
        evidence: row.try_get("evidence")?,
        asked_at: Timestamp::from_micros(row.try_get("asked_at")?),
        since: super::maybe_instant(row, "since")?,
        until: Timestamp::from_micros(row.try_get("until")?),
        revoked_at: super::maybe_instant(row, "revoked_at")?,
    })
}
