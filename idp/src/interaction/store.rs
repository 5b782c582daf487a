//! SQL of `idp_interaction`. Every change names the state it starts from.

use super::{CardFacts, Interaction, State};
use crate::{browser::Browser, problem::Refusal};
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, FIND, STEP, KNOW, SWEEP];

const INSERT: &str = "INSERT INTO idp_interaction \
    (ix, browser_h, client_id, request_json, par, state, account, session, reached_json, until) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9)";

/// Writes a sign-in just begun.
pub(crate) async fn insert(
    conn: &mut Conn,
    at: &Interaction,
    until: Timestamp,
) -> Result<(), Error> {
    let request = serde_json::to_string(&at.request).map_err(|_| Error::Corrupt("idp"))?;
    sqlx::query(INSERT)
        .bind(&at.ix)
        .bind(at.browser.hash())
        .bind(&at.request.client_id)
        .bind(request)
        .bind(&at.request.par)
        .bind(at.state.as_str())
        .bind(&at.account)
        .bind(&at.session)
        .bind(until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// A row as it stands, before it is known whose browser asks.
pub(crate) struct Stored {
    ix: String,
    browser_h: String,
    request: String,
    state: String,
    account: Option<String>,
    session: Option<String>,
    proved: bool,
    reached: Option<String>,
    until: Timestamp,
}

impl Stored {
    /// The sign-in, for its own browser and before its end.
    pub(super) fn open(self, browser: Browser, now: Timestamp) -> Result<Interaction, Refusal> {
        if browser.hash() != self.browser_h {
            return Err(Refusal::WrongBrowser);
        }
        if now >= self.until {
            return Err(Refusal::FlowExpired);
        }
        let corrupt = |_| Refusal::Store(Error::Corrupt("idp"));
        let reached = self
            .reached
            .as_deref()
            .map(serde_json::from_str::<CardFacts>)
            .transpose();
        Ok(Interaction {
            ix: self.ix,
            request: serde_json::from_str(&self.request).map_err(corrupt)?,
            state: State::parse(&self.state).ok_or(Refusal::Store(Error::Corrupt("idp")))?,
            account: self.account,
            session: self.session,
            proved: self.proved,
            reached: reached.map_err(corrupt)?,
            browser,
        })
    }
}

const FIND: &str = "SELECT ix, browser_h, request_json, state, account, session, proved, \
    reached_json, until FROM idp_interaction WHERE ix = $1";

/// The row of that name.
pub(super) async fn find(conn: &mut Conn, ix: &str) -> Result<Option<Stored>, Error> {
    let Some(row) = sqlx::query(FIND).bind(ix).fetch_optional(conn).await? else {
        return Ok(None);
    };
    Ok(Some(Stored {
        ix: row.try_get("ix")?,
        browser_h: row.try_get("browser_h")?,
        request: row.try_get("request_json")?,
        state: row.try_get("state")?,
        account: row.try_get("account")?,
        session: row.try_get("session")?,
        proved: row.try_get::<i64, _>("proved")? == 1,
        reached: row.try_get("reached_json")?,
        until: Timestamp::from_micros(row.try_get("until")?),
    }))
}

const STEP: &str = "UPDATE idp_interaction SET state = $3 WHERE ix = $1 AND state = $2";

/// Moves a sign-in; `false` if it stood elsewhere.
pub(crate) async fn step(conn: &mut Conn, ix: &str, from: State, to: State) -> Result<bool, Error> {
    let done = sqlx::query(STEP)
        .bind(ix)
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const KNOW: &str = "UPDATE idp_interaction SET state = 'known', account = $2, session = $3, \
    reached_json = $4, proved = 1 WHERE ix = $1 AND state IN ('choose', 'proving')";

/// Records who it is; `false` if no proof was awaited.
pub(super) async fn know(
    conn: &mut Conn,
    ix: &str,
    account: &str,
    session: &str,
    reached: Option<&str>,
) -> Result<bool, Error> {
    let done = sqlx::query(KNOW)
        .bind(ix)
        .bind(account)
        .bind(session)
        .bind(reached)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const SWEEP: &str = "DELETE FROM idp_interaction WHERE until < $1";

/// Deletes sign-ins that ran out before `before`.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}
