//! SQL of `idp_staff` and `idp_staff_act`, and what staff change of accounts.

use super::Capability;
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    CAPABILITIES,
    PEOPLE,
    GIVE,
    TAKE,
    OWNERS,
    INSERT,
    LIST,
    WAITING,
    FIND,
    SAME,
    DECIDE,
    LOOK,
    SWEEP,
    STATE_OF,
    MOVE,
    COUNTS,
    FORGET,
    FORGET_ACTOR,
    FORGET_SECOND,
    FORGET_TARGET,
];

const CAPABILITIES: &str = "SELECT capability FROM idp_staff WHERE account = $1";

/// What an account may do here.
pub(crate) async fn capabilities(conn: &mut Conn, account: &str) -> Result<Vec<Capability>, Error> {
    let rows = sqlx::query(CAPABILITIES)
        .bind(account)
        .fetch_all(conn)
        .await?;
    let mut all = rows.iter().map(capability).collect::<Result<Vec<_>, _>>()?;
    all.sort_unstable();
    Ok(all)
}

fn capability(row: &AnyRow) -> Result<Capability, Error> {
    let word: String = row.try_get("capability")?;
    Capability::parse(&word).ok_or(Error::Corrupt("idp_staff.capability"))
}

const PEOPLE: &str = "SELECT idp_account.handle, idp_account.state, idp_staff.capability \
    FROM idp_staff JOIN idp_account ON idp_account.id = idp_staff.account \
    ORDER BY idp_account.handle, idp_staff.capability";

/// Everybody with a capability: handle, whether the account may be used, one capability.
pub(super) async fn people(conn: &mut Conn) -> Result<Vec<(String, bool, Capability)>, Error> {
    let rows = sqlx::query(PEOPLE).fetch_all(conn).await?;
    let line = |row: &AnyRow| {
        let state: String = row.try_get("state")?;
        Ok((row.try_get("handle")?, state == "active", capability(row)?))
    };
    rows.iter().map(line).collect()
}

const GIVE: &str = "INSERT INTO idp_staff (account, capability, given_at) VALUES ($1, $2, $3) \
    ON CONFLICT DO NOTHING";

/// Gives a capability; `false` if the account has it.
pub(crate) async fn give(
    conn: &mut Conn,
    account: &str,
    capability: Capability,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(GIVE)
        .bind(account)
        .bind(capability.as_str())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const TAKE: &str = "DELETE FROM idp_staff WHERE account = $1 AND capability = $2";

/// Takes a capability away; `false` if the account does not have it.
pub(super) async fn take(
    conn: &mut Conn,
    account: &str,
    capability: Capability,
) -> Result<bool, Error> {
    let done = sqlx::query(TAKE)
        .bind(account)
        .bind(capability.as_str())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const OWNERS: &str = "SELECT idp_staff.account FROM idp_staff \
    JOIN idp_account ON idp_account.id = idp_staff.account \
    WHERE idp_staff.capability = 'owner' AND idp_account.state = 'active'";

/// Accounts of owners that may be used.
pub(super) async fn owners(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(OWNERS).fetch_all(conn).await?;
    rows.iter()
        .map(|row| row.try_get("account").map_err(Error::from))
        .collect()
}

/// An act about to be written.
pub(super) struct NewAct<'a> {
    pub(super) id: &'a str,
    pub(super) actor: &'a str,
    pub(super) act: &'a str,
    pub(super) target: &'a str,
    pub(super) detail: Option<&'a str>,
    pub(super) reason: &'a str,
    /// Until when it waits for a second person; `None` if it is done.
    pub(super) until: Option<Timestamp>,
}

const INSERT: &str = "INSERT INTO idp_staff_act \
    (id, actor, act, target, detail, reason, state, second, at, until) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, $9)";

/// Writes an act.
pub(super) async fn insert(conn: &mut Conn, new: &NewAct<'_>, now: Timestamp) -> Result<(), Error> {
    let state = if new.until.is_some() {
        "waiting"
    } else {
        "done"
    };
    sqlx::query(INSERT)
        .bind(new.id)
        .bind(new.actor)
        .bind(new.act)
        .bind(new.target)
        .bind(new.detail)
        .bind(new.reason)
        .bind(state)
        .bind(now.micros())
        .bind(new.until.map(Timestamp::micros))
        .execute(conn)
        .await?;
    Ok(())
}

/// An act as it stands, with the handles of those it names.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) actor: String,
    pub(super) actor_handle: Option<String>,
    pub(super) act: String,
    pub(super) target: String,
    pub(super) target_handle: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) second_handle: Option<String>,
    pub(super) at: Timestamp,
    pub(super) until: Option<Timestamp>,
}

impl Stored {
    /// Whether a second person may still decide.
    pub(super) fn waits(&self, now: Timestamp) -> bool {
        self.state == "waiting" && self.until.is_some_and(|until| now < until)
    }
}

const LIST: &str = "SELECT a.id, a.actor, f.handle AS actor_handle, a.act, a.target, \
    t.handle AS target_handle, a.detail, a.reason, a.state, s.handle AS second_handle, a.at, a.until \
    FROM idp_staff_act a LEFT JOIN idp_account f ON f.id = a.actor \
    LEFT JOIN idp_account t ON t.id = a.target LEFT JOIN idp_account s ON s.id = a.second \
    WHERE a.at < $1 ORDER BY a.at DESC, a.id LIMIT 50";

/// The latest acts before an instant, newest first.
pub(super) async fn list(conn: &mut Conn, before: Timestamp) -> Result<Vec<Stored>, Error> {
    let rows = sqlx::query(LIST)
        .bind(before.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const WAITING: &str = "SELECT a.id, a.actor, f.handle AS actor_handle, a.act, a.target, \
    t.handle AS target_handle, a.detail, a.reason, a.state, s.handle AS second_handle, a.at, a.until \
    FROM idp_staff_act a LEFT JOIN idp_account f ON f.id = a.actor \
    LEFT JOIN idp_account t ON t.id = a.target LEFT JOIN idp_account s ON s.id = a.second \
    WHERE a.state = 'waiting' AND a.until > $1 ORDER BY a.at, a.id LIMIT 200";

/// Requests that wait for a second person, oldest first.
pub(super) async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Vec<Stored>, Error> {
    let rows = sqlx::query(WAITING)
        .bind(now.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const FIND: &str = "SELECT a.id, a.actor, f.handle AS actor_handle, a.act, a.target, \
    t.handle AS target_handle, a.detail, a.reason, a.state, s.handle AS second_handle, a.at, a.until \
    FROM idp_staff_act a LEFT JOIN idp_account f ON f.id = a.actor \
    LEFT JOIN idp_account t ON t.id = a.target LEFT JOIN idp_account s ON s.id = a.second \
    WHERE a.id = $1";

/// The act of that name.
pub(super) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Stored>, Error> {
    let row = sqlx::query(FIND).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Stored, Error> {
    let until: Option<i64> = row.try_get("until")?;
    Ok(Stored {
        id: row.try_get("id")?,
        actor: row.try_get("actor")?,
        actor_handle: row.try_get("actor_handle")?,
        act: row.try_get("act")?,
        target: row.try_get("target")?,
        target_handle: row.try_get("target_handle")?,
        detail: row.try_get("detail")?,
        reason: row.try_get("reason")?,
        state: row.try_get("state")?,
        second_handle: row.try_get("second_handle")?,
        at: Timestamp::from_micros(row.try_get("at")?),
        until: until.map(Timestamp::from_micros),
    })
}

const SAME: &str = "SELECT id FROM idp_staff_act \
    WHERE act = $1 AND target = $2 AND state = 'waiting' AND until > $3 LIMIT 1";

/// Whether the same was asked for and still waits.
pub(super) async fn is_asked(
    conn: &mut Conn,
    act: &str,
    target: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let row = sqlx::query(SAME)
        .bind(act)
        .bind(target)
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

const DECIDE: &str = "UPDATE idp_staff_act SET state = $2, second = $3 \
    WHERE id = $1 AND state = 'waiting' AND until > $4";

/// Moves a request out of waiting; `false` if another was first or its time is over.
pub(super) async fn decide(
    conn: &mut Conn,
    id: &str,
    state: &str,
    second: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(DECIDE)
        .bind(id)
        .bind(state)
        .bind(second)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const LOOK: &str = "SELECT target FROM idp_staff_act \
    WHERE id = $1 AND actor = $2 AND act = 'account.look' AND at > $3";

/// The account of a look this person took since.
pub(super) async fn look(
    conn: &mut Conn,
    id: &str,
    actor: &str,
    since: Timestamp,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(LOOK)
        .bind(id)
        .bind(actor)
        .bind(since.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("target")).transpose()?)
}

const SWEEP: &str = "DELETE FROM idp_staff_act WHERE at < $1";

/// Deletes acts older than `before`.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const STATE_OF: &str = "SELECT state FROM idp_account WHERE id = $1";

/// The state of an account, as its row says.
pub(super) async fn state_of(conn: &mut Conn, account: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query(STATE_OF)
        .bind(account)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("state")).transpose()?)
}

const MOVE: &str = "UPDATE idp_account SET state = $3 WHERE id = $1 AND state = $2";

/// Moves an account from one state to another; `false` if it is not in the first.
pub(super) async fn move_account(
    conn: &mut Conn,
    account: &str,
    from: &str,
    to: &str,
) -> Result<bool, Error> {
    let done = sqlx::query(MOVE)
        .bind(account)
        .bind(from)
        .bind(to)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const COUNTS: &str = "SELECT \
    (SELECT COUNT(*) FROM idp_passkey WHERE account = $1) AS passkeys, \
    (SELECT COUNT(*) FROM idp_wallet_key WHERE account = $1) AS wallets, \
    (SELECT COUNT(*) FROM idp_session WHERE account = $1 AND ends > $2) AS logins";

/// How many passkeys, wallet keys and logins an account has: never which.
pub(super) async fn counts(
    conn: &mut Conn,
    account: &str,
    now: Timestamp,
) -> Result<[i64; 3], Error> {
    let row = sqlx::query(COUNTS)
        .bind(account)
        .bind(now.micros())
        .fetch_one(conn)
        .await?;
    Ok([
        row.try_get("passkeys")?,
        row.try_get("wallets")?,
        row.try_get("logins")?,
    ])
}

const FORGET: &str = "DELETE FROM idp_staff WHERE account = $1";
const FORGET_ACTOR: &str = "UPDATE idp_staff_act SET actor = '' WHERE actor = $1";
const FORGET_SECOND: &str = "UPDATE idp_staff_act SET second = '' WHERE second = $1";
const FORGET_TARGET: &str = "UPDATE idp_staff_act SET target = '' WHERE target = $1";

/// Takes a closed account's id out of these tables: acts stay, without saying who it was.
pub(crate) async fn forget(conn: &mut Conn, account: &str) -> Result<(), Error> {
    for statement in [FORGET, FORGET_ACTOR, FORGET_SECOND, FORGET_TARGET] {
        sqlx::query(statement)
            .bind(account)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
