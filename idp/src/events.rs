//! The person's log: what happened to their account, in lines that only its owner reads, kept 30 days.

use crate::{grant::Grant, token::mint::Draw};
use host::db::{Conn, Error};
use kernel::{Timestamp, World, b64};
use serde_json::{Value, json};
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, OF_ACCOUNT, SWEEP];

/// How long a line is kept, seconds.
const KEPT: i64 = 30 * 86_400;

/// Someone signed in.
pub(crate) const LOGIN: &str = "login";
/// An app was allowed something.
pub(crate) const APP_ALLOWED: &str = "app.allowed";
/// What an app was allowed was taken back.
pub(crate) const APP_REVOKED: &str = "app.revoked";
/// A way in was added.
pub(crate) const PASSKEY_ADDED: &str = "passkey.added";
/// A way in got another name.
pub(crate) const PASSKEY_RENAMED: &str = "passkey.renamed";
/// A way in was removed.
pub(crate) const PASSKEY_REMOVED: &str = "passkey.removed";
/// An outside provider became a way in.
pub(crate) const EXTERNAL_ATTACHED: &str = "external.attached";
/// An outside provider is no way in any more.
pub(crate) const EXTERNAL_DETACHED: &str = "external.detached";
/// One login was ended from another.
pub(crate) const LOGIN_ENDED: &str = "login.ended";
/// All other logins were ended.
pub(crate) const OTHERS_ENDED: &str = "logins.ended";
/// Every login was ended.
pub(crate) const EVERYWHERE_ENDED: &str = "logins.everywhere";
/// All data were fetched.
pub(crate) const EXPORTED: &str = "data.exported";

/// Staff looked at the account.
pub(crate) const STAFF_LOOKED: &str = "staff.look";
/// Staff locked it.
pub(crate) const STAFF_LOCKED: &str = "staff.lock";
/// Staff unlocked it.
pub(crate) const STAFF_UNLOCKED: &str = "staff.unlock";
/// An owner gave its person a capability.
pub(crate) const STAFF_GAVE: &str = "staff.give";
/// An owner took one away.
pub(crate) const STAFF_TOOK: &str = "staff.take";

/// A line about to be written; its name is drawn before the transaction.
#[derive(Clone, Debug)]
pub(crate) struct New {
    id: String,
    kind: &'static str,
    detail: Option<Value>,
}

impl New {
    /// A line of that kind.
    pub(crate) fn draw(world: &World, kind: &'static str) -> Self {
        Self {
            id: b64::encode(world.random::<16>()),
            kind,
            detail: None,
        }
    }

    /// With what it was about.
    pub(crate) fn about(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// A line of the log.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What happened.
    pub(crate) kind: String,
    /// When.
    pub(crate) at: Timestamp,
    /// To which app or way in.
    pub(crate) detail: Option<Value>,
}

impl Line {
    /// A text of its detail.
    pub(crate) fn says(&self, name: &str) -> Option<&str> {
        self.detail.as_ref()?.get(name)?.as_str()
    }

    /// Whether it tells of a change to the ways in.
    pub(crate) fn is_factor_change(&self) -> bool {
        [
            PASSKEY_ADDED,
            PASSKEY_REMOVED,
            EXTERNAL_ATTACHED,
            EXTERNAL_DETACHED,
        ]
        .contains(&self.kind.as_str())
    }
}

const INSERT: &str = "INSERT INTO idp_event (account, id, kind, at, detail_json) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes a line into an account's log.
pub(crate) async fn write(
    conn: &mut Conn,
    account: &str,
    line: &New,
    now: Timestamp,
) -> Result<(), Error> {
    insert(
        conn,
        account,
        (&line.id, line.kind),
        line.detail.as_ref(),
        now,
    )
    .await
}

/// Writes down that something happened to a grant.
pub(crate) async fn note(
    conn: &mut Conn,
    account: &str,
    kind: &str,
    grant: &Grant,
    draw: &Draw,
    now: Timestamp,
) -> Result<(), Error> {
    let detail = json!({ "client": grant.client_id });
    insert(conn, account, (&draw.event, kind), Some(&detail), now).await
}

async fn insert(
    conn: &mut Conn,
    account: &str,
    (id, kind): (&str, &str),
    detail: Option<&Value>,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(account)
        .bind(id)
        .bind(kind)
        .bind(now.micros())
        .bind(detail.map(Value::to_string))
        .execute(conn)
        .await?;
    Ok(())
}

const OF_ACCOUNT: &str = "SELECT kind, at, detail_json FROM idp_event WHERE account = $1 \
    ORDER BY at DESC, id LIMIT 300";

/// The lines of an account, newest first.
pub(crate) async fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<Line>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .fetch_all(conn)
        .await?;
    let line = |row: &sqlx::any::AnyRow| {
        let detail: Option<String> = row.try_get("detail_json")?;
        Ok(Line {
            kind: row.try_get("kind")?,
            at: Timestamp::from_micros(row.try_get("at")?),
            detail: detail.and_then(|text| serde_json::from_str(&text).ok()),
        })
    };
    rows.iter().map(line).collect()
}

const SWEEP: &str = "DELETE FROM idp_event WHERE at < $1";

/// Deletes lines older than 30 days.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(now.plus_seconds(-KEPT).micros())
        .execute(conn)
        .await?;
    Ok(())
}
