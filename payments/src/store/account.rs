//! Rows of `payments_account`. A limited account's own statement refuses what it cannot give.

use crate::ids::Bytes16;
use crate::ledger::{Account, Sums};
use host::db::{self, Conn};
use kernel::{Amount, Timestamp};
use sqlx::Row as _;

const OPEN: &str = "INSERT INTO payments_account
    (id, name, ledger, code, rule, debits_pending, debits_posted, credits_pending, credits_posted, opened_at, closed_at)
    VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, $6, NULL) ON CONFLICT DO NOTHING";

/// Makes the account's row unless it stands.
pub(crate) async fn open(
    conn: &mut Conn,
    account: &Account,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query(OPEN)
        .bind(account.id().to_vec())
        .bind(account.name())
        .bind(account.ledger().as_str())
        .bind(account.code())
        .bind(account.rule().as_str())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

// `$2 <= a - b - c`, not `b + c + $2 <= a`: the left form cannot pass i64 on either engine.
const DEBIT: &str = "UPDATE payments_account SET debits_posted = debits_posted + $2
    WHERE id = $1 AND $2 <= credits_posted - debits_pending - debits_posted";

/// Takes `amount`, or says no.
pub(crate) async fn debit(
    conn: &mut Conn,
    id: &Bytes16,
    amount: Amount,
) -> Result<bool, db::Error> {
    let done = sqlx::query(DEBIT)
        .bind(id.to_vec())
        .bind(amount.minor())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const HOLD_DEBIT: &str = "UPDATE payments_account SET debits_pending = debits_pending + $2
    WHERE id = $1 AND $2 <= credits_posted - debits_pending - debits_posted";

/// Holds `amount`, or says no.
pub(crate) async fn hold_debit(
    conn: &mut Conn,
    id: &Bytes16,
    amount: Amount,
) -> Result<bool, db::Error> {
    let done = sqlx::query(HOLD_DEBIT)
        .bind(id.to_vec())
        .bind(amount.minor())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const CREDIT: &str = "UPDATE payments_account SET credits_posted = credits_posted + $2
    WHERE id = $1 AND credits_posted + credits_pending <= $3";

/// Gives `amount`; no when the account is not open, or its sum would pass i64.
pub(crate) async fn credit(
    conn: &mut Conn,
    id: &Bytes16,
    amount: Amount,
) -> Result<bool, db::Error> {
    let most = i64::MAX - amount.minor();
    let query = sqlx::query(CREDIT)
        .bind(id.to_vec())
        .bind(amount.minor())
        .bind(most);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const HOLD_CREDIT: &str = "UPDATE payments_account SET credits_pending = credits_pending + $2
    WHERE id = $1 AND credits_posted + credits_pending <= $3";

/// Notes `amount` as on its way; no when the account is not open, or its sum would pass i64.
pub(crate) async fn hold_credit(
    conn: &mut Conn,
    id: &Bytes16,
    amount: Amount,
) -> Result<bool, db::Error> {
    let most = i64::MAX - amount.minor();
    let query = sqlx::query(HOLD_CREDIT)
        .bind(id.to_vec())
        .bind(amount.minor())
        .bind(most);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const SETTLE_DEBIT: &str = "UPDATE payments_account
    SET debits_pending = debits_pending - $2, debits_posted = debits_posted + $3
    WHERE id = $1 AND rule = 'limited'";

/// Ends a hold on the debited side: `held` is freed, `taken` of it moves.
pub(crate) async fn settle_debit(
    conn: &mut Conn,
    id: &Bytes16,
    held: Amount,
    taken: Amount,
) -> Result<(), db::Error> {
    let query = sqlx::query(SETTLE_DEBIT)
        .bind(id.to_vec())
        .bind(held.minor());
    query.bind(taken.minor()).execute(conn).await?;
    Ok(())
}

const SETTLE_CREDIT: &str = "UPDATE payments_account
    SET credits_pending = credits_pending - $2, credits_posted = credits_posted + $3
    WHERE id = $1 AND rule = 'limited'";

/// Ends a hold on the credited side. A folded account keeps no sums and is left alone.
pub(crate) async fn settle_credit(
    conn: &mut Conn,
    id: &Bytes16,
    held: Amount,
    taken: Amount,
) -> Result<(), db::Error> {
    let query = sqlx::query(SETTLE_CREDIT)
        .bind(id.to_vec())
        .bind(held.minor());
    query.bind(taken.minor()).execute(conn).await?;
    Ok(())
}

const SUMS: &str = "SELECT debits_pending, debits_posted, credits_pending, credits_posted
    FROM payments_account WHERE id = $1";

/// The sums of an account that is open.
pub(crate) async fn sums(conn: &mut Conn, id: &Bytes16) -> Result<Option<Sums>, db::Error> {
    let Some(row) = sqlx::query(SUMS)
        .bind(id.to_vec())
        .fetch_optional(conn)
        .await?
    else {
        return Ok(None);
    };
    Ok(Some(Sums {
        debits_pending: Amount::new(row.try_get("debits_pending")?),
        debits_posted: Amount::new(row.try_get("debits_posted")?),
        credits_pending: Amount::new(row.try_get("credits_pending")?),
        credits_posted: Amount::new(row.try_get("credits_posted")?),
    }))
}

pub(crate) const STATEMENTS: &[&str] = &[
    OPEN,
    DEBIT,
    HOLD_DEBIT,
    CREDIT,
    HOLD_CREDIT,
    SETTLE_DEBIT,
    SETTLE_CREDIT,
    SUMS,
];
