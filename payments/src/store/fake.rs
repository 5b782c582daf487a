//! Rows of `payments_fake`: what the fake provider remembers, as a real one would across our restarts.

use crate::provider::Ask;
use host::db::{self, Conn};
use kernel::Timestamp;
use sqlx::{Row as _, any::AnyRow};

/// A payment at the fake provider.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub reference: String,
    pub order: String,
    pub minor: i64,
    pub currency: String,
    pub back: String,
    pub state: String,
    pub until: Timestamp,
}

const OPEN: &str =
    "INSERT INTO payments_fake (ref, order_id, minor, currency, back, state, until, event)
    VALUES ($1, $2, $3, $4, $5, 'open', $6, NULL) ON CONFLICT DO NOTHING";

/// Opens a payment unless the order has one.
pub(crate) async fn open(
    conn: &mut Conn,
    reference: &str,
    ask: &Ask,
    until: Timestamp,
) -> Result<(), db::Error> {
    let query = sqlx::query(OPEN)
        .bind(reference)
        .bind(ask.order.as_str())
        .bind(ask.minor);
    let query = query
        .bind(ask.currency.as_str())
        .bind(ask.back.as_str())
        .bind(until.micros());
    query.execute(conn).await?;
    Ok(())
}

const OF_ORDER: &str = "SELECT ref, order_id, minor, currency, back, state, until
    FROM payments_fake WHERE order_id = $1";

/// The payment of an order.
pub(crate) async fn of_order(conn: &mut Conn, order: &str) -> Result<Option<Payment>, db::Error> {
    let row = sqlx::query(OF_ORDER)
        .bind(order)
        .fetch_optional(conn)
        .await?;
    row.map(|r| read(&r)).transpose()
}

const FIND: &str = "SELECT ref, order_id, minor, currency, back, state, until
    FROM payments_fake WHERE ref = $1";

/// The payment of that name.
pub(crate) async fn find(conn: &mut Conn, reference: &str) -> Result<Option<Payment>, db::Error> {
    let row = sqlx::query(FIND)
        .bind(reference)
        .fetch_optional(conn)
        .await?;
    row.map(|r| read(&r)).transpose()
}

const END: &str =
    "UPDATE payments_fake SET state = $2, event = $3 WHERE ref = $1 AND state = 'open'";

/// Pays or ends a payment; no when it has ended.
pub(crate) async fn end(
    conn: &mut Conn,
    reference: &str,
    state: &str,
    event: Option<&str>,
) -> Result<bool, db::Error> {
    let query = sqlx::query(END).bind(reference).bind(state).bind(event);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

pub(crate) const STATEMENTS: &[&str] = &[OPEN, OF_ORDER, FIND, END];

fn read(row: &AnyRow) -> Result<Payment, db::Error> {
    Ok(Payment {
        reference: row.try_get("ref")?,
        order: row.try_get("order_id")?,
        minor: row.try_get("minor")?,
        currency: row.try_get("currency")?,
        back: row.try_get("back")?,
        state: row.try_get("state")?,
        until: Timestamp::from_micros(row.try_get("until")?),
    })
}
