//! SQL of `idp_vp_tx`.

use super::{Mode, Status, Transaction};
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, FIND, STEP, COUNT, DROP_OF, SWEEP];

const INSERT: &str = "INSERT INTO idp_vp_tx \
    (request_id, asker, ix, purpose, mode, nonce, back, data_json, tries, status, until) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 'open', $9)";

/// Writes a request just made.
pub(super) async fn insert(conn: &mut Conn, of: &Transaction) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&of.request_id)
        .bind(&of.asker)
        .bind(&of.ix)
        .bind(&of.purpose)
        .bind(of.mode.as_str())
        .bind(&of.nonce)
        .bind(&of.back)
        .bind(serde_json::to_string(&of.data).map_err(|_| Error::Corrupt("idp_vp_tx.data_json"))?)
        .bind(of.until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const FIND: &str = "SELECT tx.request_id, tx.asker, tx.ix, tx.purpose, tx.mode, tx.nonce, tx.back, \
    tx.data_json, tx.status, tx.until, qr.number FROM idp_vp_tx tx \
    LEFT JOIN idp_qr qr ON qr.request_id = tx.request_id WHERE tx.request_id = $1";

/// The request of that name.
pub(super) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Transaction>, Error> {
    let Some(row) = sqlx::query(FIND).bind(id).fetch_optional(conn).await? else {
        return Ok(None);
    };
    let mode: String = row.try_get("mode")?;
    let status: String = row.try_get("status")?;
    let data: Option<String> = row.try_get("data_json")?;
    let data = data.as_deref().map_or(Ok(Vec::new()), serde_json::from_str);
    Ok(Some(Transaction {
        request_id: row.try_get("request_id")?,
        asker: row.try_get("asker")?,
        ix: row.try_get("ix")?,
        purpose: row.try_get("purpose")?,
        mode: Mode::parse(&mode).ok_or(Error::Corrupt("idp_vp_tx.mode"))?,
        nonce: row.try_get("nonce")?,
        back: row.try_get("back")?,
        data: data.map_err(|_| Error::Corrupt("idp_vp_tx.data_json"))?,
        status: Status::parse(&status).ok_or(Error::Corrupt("idp_vp_tx.status"))?,
        until: Timestamp::from_micros(row.try_get("until")?),
        number: row.try_get("number")?,
    }))
}

const STEP: &str = "UPDATE idp_vp_tx SET status = $2 WHERE request_id = $1 AND status = 'open'";

/// Moves an open request on; `false` if it was not open any more. Of fifty at once one moves it.
pub(super) async fn step(conn: &mut Conn, id: &str, to: Status) -> Result<bool, Error> {
    let done = sqlx::query(STEP)
        .bind(id)
        .bind(to.as_str())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const COUNT: &str = "UPDATE idp_vp_tx SET tries = tries + 1, \
    status = CASE WHEN tries + 1 >= $2 THEN 'closed' ELSE status END \
    WHERE request_id = $1 AND status = 'open'";

/// Counts a refused answer and closes the request at the `most`-th.
pub(super) async fn count(conn: &mut Conn, id: &str, most: i64) -> Result<(), Error> {
    sqlx::query(COUNT).bind(id).bind(most).execute(conn).await?;
    Ok(())
}

const DROP_OF: &str = "DELETE FROM idp_vp_tx WHERE ix = $1";

/// Drops the requests of a sign-in: its code came to another browser.
pub(super) async fn drop_of(conn: &mut Conn, ix: &str) -> Result<(), Error> {
    sqlx::query(DROP_OF).bind(ix).execute(conn).await?;
    Ok(())
}

const SWEEP: &str = "DELETE FROM idp_vp_tx WHERE until < $1";

/// Deletes requests that ran out before `before`.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}
