//! Rows of `payments_order` and `payments_provider_event`.

use crate::{
    order::{Order, State},
    purse::Purse,
};
use host::db::{self, Conn};
use kernel::{Amount, Timestamp};
use sqlx::{Row as _, any::AnyRow};

const INSERT: &str = "INSERT INTO payments_order
    (id, kind, purse, minor, currency, vat, ucr, provider, provider_ref, pay_url, back, state, note, made, until, asked, paid)
    VALUES ($1, 'topup', $2, $3, $4, $5, $6, $7, NULL, NULL, $8, 'new', NULL, $9, $10, $9, NULL)
    ON CONFLICT DO NOTHING";

/// Writes a new order unless its id stands; says whether it did.
pub(crate) async fn insert(conn: &mut Conn, order: &Order) -> Result<bool, db::Error> {
    let done = sqlx::query(INSERT)
        .bind(order.id.as_str())
        .bind(order.purse.bytes().to_vec())
        .bind(order.minor)
        .bind(order.currency.as_str())
        .bind(order.vat)
        .bind(order.ucr.minor())
        .bind(order.provider.as_str())
        .bind(order.back.as_str())
        .bind(order.made.micros())
        .bind(order.until.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const FIND: &str = "SELECT id, purse, minor, currency, vat, ucr, provider, provider_ref, pay_url, back, state, note, made, until, paid
    FROM payments_order WHERE id = $1";

/// The order of that id, whosever it is.
pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Order>, db::Error> {
    let row = sqlx::query(FIND).bind(id).fetch_optional(conn).await?;
    row.map(|r| read(&r)).transpose()
}

const BY_REF: &str = "SELECT id, purse, minor, currency, vat, ucr, provider, provider_ref, pay_url, back, state, note, made, until, paid
    FROM payments_order WHERE provider = $1 AND provider_ref = $2";

/// The order a provider's name belongs to.
pub(crate) async fn by_ref(
    conn: &mut Conn,
    provider: &str,
    reference: &str,
) -> Result<Option<Order>, db::Error> {
    let row = sqlx::query(BY_REF)
        .bind(provider)
        .bind(reference)
        .fetch_optional(conn)
        .await?;
    row.map(|r| read(&r)).transpose()
}

const OF_PURSE: &str = "SELECT id, purse, minor, currency, vat, ucr, provider, provider_ref, pay_url, back, state, note, made, until, paid
    FROM payments_order WHERE purse = $1 ORDER BY made DESC, id LIMIT $2";

/// The newest orders of a purse.
pub(crate) async fn of_purse(
    conn: &mut Conn,
    purse: &Purse,
    most: i64,
) -> Result<Vec<Order>, db::Error> {
    let query = sqlx::query(OF_PURSE)
        .bind(purse.bytes().to_vec())
        .bind(most);
    query.fetch_all(conn).await?.iter().map(read).collect()
}

const OPENED: &str =
    "UPDATE payments_order SET state = 'open', provider_ref = $2, pay_url = $3, until = $4
    WHERE id = $1 AND state = 'new'";

/// Notes the provider's page. A repeat changes nothing.
pub(crate) async fn opened(
    conn: &mut Conn,
    id: &str,
    opened: &crate::provider::Opened,
) -> Result<(), db::Error> {
    let query = sqlx::query(OPENED).bind(id).bind(opened.reference.as_str());
    query
        .bind(opened.url.as_str())
        .bind(opened.until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const PAID: &str = "UPDATE payments_order SET state = 'paid', paid = $2
    WHERE id = $1 AND state IN ('new', 'open', 'expired', 'failed')";

/// Marks it paid; no when it was already, or is with staff.
pub(crate) async fn paid(conn: &mut Conn, id: &str, now: Timestamp) -> Result<bool, db::Error> {
    let done = sqlx::query(PAID)
        .bind(id)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const ENDED: &str = "UPDATE payments_order SET state = $2, note = $3
    WHERE id = $1 AND state IN ('new', 'open', 'expired', 'failed')";

/// Marks how it ended without credit.
pub(crate) async fn ended(
    conn: &mut Conn,
    id: &str,
    state: State,
    note: Option<&str>,
) -> Result<(), db::Error> {
    sqlx::query(ENDED)
        .bind(id)
        .bind(state.as_str())
        .bind(note)
        .execute(conn)
        .await?;
    Ok(())
}

const ASKED: &str = "UPDATE payments_order SET asked = $2 WHERE id = $1";

/// Notes that the provider was asked.
pub(crate) async fn asked(conn: &mut Conn, id: &str, now: Timestamp) -> Result<(), db::Error> {
    sqlx::query(ASKED)
        .bind(id)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const TO_ASK: &str = "SELECT id, purse, minor, currency, vat, ucr, provider, provider_ref, pay_url, back, state, note, made, until, paid
    FROM payments_order WHERE state IN ('open', 'expired') AND asked <= $1 AND until > $2
    ORDER BY asked, id LIMIT 32";

/// Orders not asked about since `before`, whose page ended after `horizon`.
pub(crate) async fn to_ask(
    conn: &mut Conn,
    before: Timestamp,
    horizon: Timestamp,
) -> Result<Vec<Order>, db::Error> {
    let query = sqlx::query(TO_ASK)
        .bind(before.micros())
        .bind(horizon.micros());
    query.fetch_all(conn).await?.iter().map(read).collect()
}

const NOTE_EVENT: &str =
    "INSERT INTO payments_provider_event (provider, event, body, got, done, outcome)
    VALUES ($1, $2, $3, $4, NULL, NULL) ON CONFLICT DO NOTHING";

/// Keeps a delivery, once.
pub(crate) async fn note_event(
    conn: &mut Conn,
    provider: &str,
    event: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<bool, db::Error> {
    let query = sqlx::query(NOTE_EVENT)
        .bind(provider)
        .bind(event)
        .bind(body.to_vec());
    Ok(query
        .bind(now.micros())
        .execute(conn)
        .await?
        .rows_affected()
        == 1)
}

const NOTED: &str = "SELECT event, body FROM payments_provider_event
    WHERE provider = $1 AND done IS NULL ORDER BY got, event LIMIT 32";

/// Deliveries not dealt with: name and raw body.
pub(crate) async fn noted(
    conn: &mut Conn,
    provider: &str,
) -> Result<Vec<(String, Vec<u8>)>, db::Error> {
    let rows = sqlx::query(NOTED).bind(provider).fetch_all(conn).await?;
    rows.iter()
        .map(|r| Ok((r.try_get("event")?, r.try_get("body")?)))
        .collect()
}

const EVENT_DONE: &str = "UPDATE payments_provider_event SET done = $3, outcome = $4
    WHERE provider = $1 AND event = $2 AND done IS NULL";

/// Marks a delivery as dealt with.
pub(crate) async fn event_done(
    conn: &mut Conn,
    provider: &str,
    event: &str,
    now: Timestamp,
    outcome: &str,
) -> Result<(), db::Error> {
    let query = sqlx::query(EVENT_DONE)
        .bind(provider)
        .bind(event)
        .bind(now.micros());
    query.bind(outcome).execute(conn).await?;
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[
    INSERT, FIND, BY_REF, OF_PURSE, OPENED, PAID, ENDED, ASKED, TO_ASK, NOTE_EVENT, NOTED,
    EVENT_DONE,
];

fn read(row: &AnyRow) -> Result<Order, db::Error> {
    let state: String = row.try_get("state")?;
    Ok(Order {
        id: row.try_get("id")?,
        purse: Purse::from_bytes(super::bytes16(row, "purse")?),
        minor: row.try_get("minor")?,
        currency: row.try_get("currency")?,
        vat: row.try_get("vat")?,
        ucr: Amount::new(row.try_get("ucr")?),
        provider: row.try_get("provider")?,
        reference: row.try_get("provider_ref")?,
        pay_url: row.try_get("pay_url")?,
        back: row.try_get("back")?,
        state: State::parse(&state).ok_or(db::Error::Corrupt("payments_order.state"))?,
        note: row.try_get("note")?,
        made: Timestamp::from_micros(row.try_get("made")?),
        until: Timestamp::from_micros(row.try_get("until")?),
        paid: super::maybe_instant(row, "paid")?,
    })
}
