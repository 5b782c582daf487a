//! SQL of `idp_device`. Every change names the state it starts from.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    BY_DEVICE,
    BY_USER_CODE,
    ASKED,
    DECIDE,
    TAKE,
    END_UNFETCHED,
    SWEEP,
];

/// Where a device's request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has decided.
    Pending,
    /// Allowed, and not yet fetched.
    Allowed,
    /// Denied.
    Denied,
    /// Allowed, and fetched.
    Taken,
}

impl State {
    const ALL: [Self; 4] = [Self::Pending, Self::Allowed, Self::Denied, Self::Taken];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Taken => "taken",
        }
    }
}

/// A device that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) device_h: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) resource: Option<String>,
    pub(crate) state: State,
    pub(crate) grant_id: Option<String>,
    pub(crate) polled: Option<Timestamp>,
    pub(crate) step: i64,
    pub(crate) began: Timestamp,
    pub(crate) until: Timestamp,
}

const INSERT: &str = "INSERT INTO idp_device (device_h, user_code_h, client_id, scope, resource, \
    state, grant_id, polled, step, began, until) \
    VALUES ($1, $2, $3, $4, $5, 'pending', NULL, NULL, $6, $7, $8) ON CONFLICT DO NOTHING";

/// Writes a device that begins to wait; `false` where its user code is another's just now.
pub(super) async fn insert(
    conn: &mut Conn,
    waiting: &Waiting,
    user_code_h: &str,
) -> Result<bool, Error> {
    let done = sqlx::query(INSERT)
        .bind(&waiting.device_h)
        .bind(user_code_h)
        .bind(&waiting.client_id)
        .bind(&waiting.scope)
        .bind(&waiting.resource)
        .bind(waiting.step)
        .bind(waiting.began.micros())
        .bind(waiting.until.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const BY_DEVICE: &str = "SELECT device_h, client_id, scope, resource, state, grant_id, polled, \
    step, began, until FROM idp_device WHERE device_h = $1";

/// The device that holds that code, whether or not it still waits.
pub(crate) async fn by_device(conn: &mut Conn, device_h: &str) -> Result<Option<Waiting>, Error> {
    let row = sqlx::query(BY_DEVICE).bind(device_h);
    row.fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

const BY_USER_CODE: &str = "SELECT device_h, client_id, scope, resource, state, grant_id, polled, \
    step, began, until FROM idp_device WHERE user_code_h = $1";

/// The device that shows that code, whether or not it still waits.
pub(super) async fn by_user_code(
    conn: &mut Conn,
    user_code_h: &str,
) -> Result<Option<Waiting>, Error> {
    let row = sqlx::query(BY_USER_CODE).bind(user_code_h);
    row.fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

const ASKED: &str = "UPDATE idp_device SET polled = $2, step = $3 \
    WHERE device_h = $1 AND state = 'pending'";

/// Writes down that it asked, and how long it has to wait from now on.
pub(crate) async fn asked(
    conn: &mut Conn,
    device_h: &str,
    at: Timestamp,
    step: i64,
) -> Result<(), Error> {
    sqlx::query(ASKED)
        .bind(device_h)
        .bind(at.micros())
        .bind(step)
        .execute(conn)
        .await?;
    Ok(())
}

const DECIDE: &str = "UPDATE idp_device SET state = $2, grant_id = $3 \
    WHERE device_h = $1 AND state = 'pending'";

/// Writes the decision, with the grant where it is a yes; `false` where one was made before.
pub(super) async fn decide(
    conn: &mut Conn,
    device_h: &str,
    grant_id: Option<&str>,
) -> Result<bool, Error> {
    let state = match grant_id {
        Some(_) => State::Allowed,
        None => State::Denied,
    };
    let done = sqlx::query(DECIDE)
        .bind(device_h)
        .bind(state.as_str())
        .bind(grant_id)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const TAKE: &str = "UPDATE idp_device SET state = 'taken' \
    WHERE device_h = $1 AND state = 'allowed'";

/// Fetches what was allowed; `false` where it was fetched before.
pub(crate) async fn take(conn: &mut Conn, device_h: &str) -> Result<bool, Error> {
    let done = sqlx::query(TAKE).bind(device_h).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

const END_UNFETCHED: &str = "UPDATE idp_grant SET ended = $1 WHERE ended IS NULL AND id IN \
    (SELECT grant_id FROM idp_device WHERE state = 'allowed' AND until < $1)";
const SWEEP: &str = "DELETE FROM idp_device WHERE until < $1";

/// Deletes devices past their end, and ends what was allowed and never fetched.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    for statement in [END_UNFETCHED, SWEEP] {
        sqlx::query(statement)
            .bind(now.micros())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn read(row: &AnyRow) -> Result<Waiting, Error> {
    let at = |name: &str| row.try_get::<i64, _>(name).map(Timestamp::from_micros);
    let state: String = row.try_get("state")?;
    let state = State::ALL.into_iter().find(|s| s.as_str() == state);
    let polled: Option<i64> = row.try_get("polled")?;
    Ok(Waiting {
        device_h: row.try_get("device_h")?,
        client_id: row.try_get("client_id")?,
        scope: row.try_get("scope")?,
        resource: row.try_get("resource")?,
        state: state.ok_or(Error::Corrupt("idp"))?,
        grant_id: row.try_get("grant_id")?,
        polled: polled.map(Timestamp::from_micros),
        step: row.try_get("step")?,
        began: at("began")?,
        until: at("until")?,
    })
}
