//! Rows of `payments_transfer`: written once, never changed (a trigger pair holds that).

use crate::{ids::Bytes16, ledger::Sums};
use host::db::{self, Conn};
use kernel::{Amount, Timestamp};
use sqlx::{Row as _, any::AnyRow};

/// One transfer as stored.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub id: Bytes16,
    pub kind: String,
    pub ledger: String,
    pub debit: Bytes16,
    pub credit: Bytes16,
    pub amount: Amount,
    pub pending: Option<Bytes16>,
    pub code: String,
    pub reference: Option<Vec<u8>>,
    pub cause: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub at: Timestamp,
}

impl Row {
    /// Whether both say the same apart from their instants.
    pub fn same_body(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.ledger == other.ledger
            && self.debit == other.debit
            && self.credit == other.credit
            && self.amount == other.amount
            && self.pending == other.pending
            && self.code == other.code
            && self.reference == other.reference
            && self.cause == other.cause
    }
}

const INSERT: &str = "INSERT INTO payments_transfer
    (id, kind, ledger, debit, credit, amount, pending, code, ref, cause, expires_at, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";

/// Writes it unless its id, or another settling of the same hold, stands; says whether it did.
pub(crate) async fn insert(conn: &mut Conn, row: &Row) -> Result<bool, db::Error> {
    let done = sqlx::query(INSERT)
        .bind(row.id.to_vec())
        .bind(row.kind.as_str())
        .bind(row.ledger.as_str())
        .bind(row.debit.to_vec())
        .bind(row.credit.to_vec())
        .bind(row.amount.minor())
        .bind(row.pending.map(|p| p.to_vec()))
        .bind(row.code.as_str())
        .bind(row.reference.clone())
        .bind(row.cause.as_deref())
        .bind(row.expires_at.map(Timestamp::micros))
        .bind(row.at.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const FIND: &str =
    "SELECT id, kind, ledger, debit, credit, amount, pending, code, ref, cause, expires_at, at
    FROM payments_transfer WHERE id = $1";

/// The transfer of that id.
pub(crate) async fn find(conn: &mut Conn, id: &Bytes16) -> Result<Option<Row>, db::Error> {
    let row = sqlx::query(FIND)
        .bind(id.to_vec())
        .fetch_optional(conn)
        .await?;
    row.map(|r| read(&r)).transpose()
}

const SETTLING: &str =
    "SELECT id, kind, ledger, debit, credit, amount, pending, code, ref, cause, expires_at, at
    FROM payments_transfer WHERE pending = $1";

/// The post or void of that hold.
pub(crate) async fn settling(conn: &mut Conn, hold: &Bytes16) -> Result<Option<Row>, db::Error> {
    let row = sqlx::query(SETTLING)
        .bind(hold.to_vec())
        .fetch_optional(conn)
        .await?;
    row.map(|r| read(&r)).transpose()
}

const OF_ACCOUNT: &str =
    "SELECT id, kind, ledger, debit, credit, amount, pending, code, ref, cause, expires_at, at
    FROM payments_transfer WHERE debit = $1 OR credit = $1 ORDER BY at, id";

/// All that names that account, oldest first.
pub(crate) async fn of_account(conn: &mut Conn, id: &Bytes16) -> Result<Vec<Row>, db::Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(id.to_vec())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const OVERDUE: &str = "SELECT h.id, h.cause, h.at, h.amount FROM payments_transfer h
    WHERE h.kind = 'pending' AND h.expires_at <= $1
    AND NOT EXISTS (SELECT 1 FROM payments_transfer s WHERE s.pending = h.id)
    ORDER BY h.expires_at LIMIT 64";

/// Up to 64 holds whose end has come and that nothing settled.
pub(crate) async fn overdue(conn: &mut Conn, now: Timestamp) -> Result<Vec<Bytes16>, db::Error> {
    let rows = sqlx::query(OVERDUE)
        .bind(now.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(|r| super::bytes16(r, "id")).collect()
}

const POSTED_CREDIT: &str = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS total
    FROM payments_transfer WHERE credit = $1 AND kind IN ('single', 'post')";

/// All that was ever posted to that account.
pub(crate) async fn posted_credit(conn: &mut Conn, id: &Bytes16) -> Result<Amount, db::Error> {
    let row = sqlx::query(POSTED_CREDIT)
        .bind(id.to_vec())
        .fetch_one(conn)
        .await?;
    Ok(Amount::new(row.try_get("total")?))
}

const COUNTED: &str = "SELECT
    CAST(COALESCE(SUM(CASE WHEN t.debit = $1 AND t.kind <> 'pending' THEN t.amount ELSE 0 END), 0) AS BIGINT) AS debits_posted,
    CAST(COALESCE(SUM(CASE WHEN t.credit = $1 AND t.kind <> 'pending' THEN t.amount ELSE 0 END), 0) AS BIGINT) AS credits_posted,
    CAST(COALESCE(SUM(CASE WHEN t.debit = $1 AND t.kind = 'pending' AND s.id IS NULL THEN t.amount ELSE 0 END), 0) AS BIGINT) AS debits_pending,
    CAST(COALESCE(SUM(CASE WHEN t.credit = $1 AND t.kind = 'pending' AND s.id IS NULL THEN t.amount ELSE 0 END), 0) AS BIGINT) AS credits_pending
    FROM payments_transfer t LEFT JOIN payments_transfer s ON s.pending = t.id
    WHERE t.debit = $1 OR t.credit = $1";

/// What an account's transfers sum to. A void counts as nothing: its amount is zero.
pub(crate) async fn counted(conn: &mut Conn, id: &Bytes16) -> Result<Sums, db::Error> {
    let row = sqlx::query(COUNTED)
        .bind(id.to_vec())
        .fetch_one(conn)
        .await?;
    Ok(Sums {
        debits_pending: Amount::new(row.try_get("debits_pending")?),
        debits_posted: Amount::new(row.try_get("debits_posted")?),
        credits_pending: Amount::new(row.try_get("credits_pending")?),
        credits_posted: Amount::new(row.try_get("credits_posted")?),
    })
}

const OPEN_HOLDS: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM payments_transfer h
    WHERE h.credit = $1 AND h.kind = 'pending'
    AND NOT EXISTS (SELECT 1 FROM payments_transfer s WHERE s.pending = h.id)";

/// Holds towards that account that nothing settled yet.
pub(crate) async fn open_holds(conn: &mut Conn, credit: &Bytes16) -> Result<i64, db::Error> {
    let row = sqlx::query(OPEN_HOLDS)
        .bind(credit.to_vec())
        .fetch_one(conn)
        .await?;
    Ok(row.try_get("total")?)
}

pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    SETTLING,
    OF_ACCOUNT,
    OVERDUE,
    POSTED_CREDIT,
    COUNTED,
    OPEN_HOLDS,
];

fn read(row: &AnyRow) -> Result<Row, db::Error> {
    Ok(Row {
        id: super::bytes16(row, "id")?,
        kind: row.try_get("kind")?,
        ledger: row.try_get("ledger")?,
        debit: super::bytes16(row, "debit")?,
        credit: super::bytes16(row, "credit")?,
        amount: Amount::new(row.try_get("amount")?),
        pending: super::maybe_bytes16(row, "pending")?,
        code: row.try_get("code")?,
        reference: row.try_get("ref")?,
        cause: row.try_get("cause")?,
        expires_at: super::maybe_instant(row, "expires_at")?,
        at: Timestamp::from_micros(row.try_get("at")?),
    })
}
