//! SQL of `idp_session` and `idp_session_client`.

use super::Login;
use crate::{account::Standing, acr::Acr};
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    WITH_ACCOUNT,
    OF_ACCOUNT,
    LABEL,
    IDS,
    CARRY,
    FORGET_APP,
    END,
    END_CLIENTS,
    SEEN,
    SID,
    SID_OF,
    OF_SID,
    PROVED,
    PROVE,
    FORGET_CLIENT,
    SWEEP_CLIENTS,
    SWEEP,
];

const INSERT: &str = "INSERT INTO idp_session \
    (id_h, account, epoch, auth_time, acr, amr, member_until, label, created, seen, ends) \
    VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, $9, $10)";

/// Writes a login.
pub(super) async fn insert(conn: &mut Conn, login: &Login) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&login.id_h)
        .bind(&login.account)
        .bind(login.epoch)
        .bind(login.auth_time.micros())
        .bind(login.acr.as_str())
        .bind(&login.amr)
        .bind(&login.label)
        .bind(login.created.micros())
        .bind(login.seen.micros())
        .bind(login.ends.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const FIND: &str = "SELECT id_h, account, epoch, auth_time, acr, amr, label, created, seen, ends \
    FROM idp_session WHERE id_h = $1";

/// The login of that key, whether or not it still holds.
pub(super) async fn find(conn: &mut Conn, id_h: &str) -> Result<Option<Login>, Error> {
    sqlx::query(FIND)
        .bind(id_h)
        .fetch_optional(conn)
        .await?
        .map(|row| read(&row))
        .transpose()
}

const WITH_ACCOUNT: &str = "SELECT s.id_h, s.account, s.epoch, s.auth_time, s.acr, s.amr, s.label, \
    s.created, s.seen, s.ends, a.state AS account_state, a.epoch AS account_epoch \
    FROM idp_session s JOIN idp_account a ON a.id = s.account WHERE s.id_h = $1";

/// The login of that key, whether or not it still holds, and how its account stands.
pub(super) async fn with_account(
    conn: &mut Conn,
    id_h: &str,
) -> Result<Option<(Login, Standing)>, Error> {
    let row = sqlx::query(WITH_ACCOUNT)
        .bind(id_h)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((read(&row)?, Standing::read(&row)?)))
        .transpose()
}

const OF_ACCOUNT: &str = "SELECT id_h, account, epoch, auth_time, acr, amr, label, created, seen, \
    ends FROM idp_session WHERE account = $1 AND epoch = $2 AND ends > $3 AND seen > $4 \
    ORDER BY seen DESC LIMIT 100";

/// The logins of an account that hold: of its epoch, not ended, used after `idle_since`.
pub(crate) async fn of_account(
    conn: &mut Conn,
    account: &str,
    epoch: i64,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<Login>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .bind(epoch)
        .bind(now.micros())
        .bind(idle_since.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const LABEL: &str = "UPDATE idp_session SET label = $3 WHERE id_h = $1 AND account = $2";

/// Names a login of that account; `false` if it has none of that id.
pub(crate) async fn label(
    conn: &mut Conn,
    id_h: &str,
    account: &str,
    label: Option<&str>,
) -> Result<bool, Error> {
    let done = sqlx::query(LABEL)
        .bind(id_h)
        .bind(account)
        .bind(label)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const IDS: &str = "SELECT id_h FROM idp_session WHERE account = $1 ORDER BY id_h";

/// Every login of an account, whether or not it still holds.
pub(crate) async fn ids(conn: &mut Conn, account: &str) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(IDS).bind(account).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get("id_h")?)).collect()
}

const CARRY: &str = "UPDATE idp_session_client SET session = $2 WHERE session = $1";

/// Hangs the apps of one login on the one that follows it: what they call it stays.
pub(super) async fn carry(conn: &mut Conn, old: &str, new: &str) -> Result<(), Error> {
    sqlx::query(CARRY).bind(old).bind(new).execute(conn).await?;
    Ok(())
}

const FORGET_APP: &str = "DELETE FROM idp_session_client WHERE client_id = $2 \
    AND session IN (SELECT id_h FROM idp_session WHERE account = $1)";

/// Takes one app out of every login of an account.
pub(crate) async fn forget_app(
    conn: &mut Conn,
    account: &str,
    client_id: &str,
) -> Result<(), Error> {
    sqlx::query(FORGET_APP)
        .bind(account)
        .bind(client_id)
        .execute(conn)
        .await?;
    Ok(())
}

const FORGET_CLIENT: &str = "DELETE FROM idp_session_client WHERE client_id = $1";

/// Takes an app out of every login there is.
pub(crate) async fn forget_client(conn: &mut Conn, client_id: &str) -> Result<(), Error> {
    sqlx::query(FORGET_CLIENT)
        .bind(client_id)
        .execute(conn)
        .await?;
    Ok(())
}

const END: &str = "DELETE FROM idp_session WHERE id_h = $1";
const END_CLIENTS: &str = "DELETE FROM idp_session_client WHERE session = $1";

/// Ends a login; `false` if there was none. Only [`crate::logout::end`] and a proof call it, for apps
/// are to be told.
pub(crate) async fn end(conn: &mut Conn, id_h: &str) -> Result<bool, Error> {
    sqlx::query(END_CLIENTS)
        .bind(id_h)
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query(END).bind(id_h).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

const SEEN: &str = "UPDATE idp_session SET seen = $2 WHERE id_h = $1";

/// Writes the last use down.
pub(crate) async fn seen(conn: &mut Conn, id_h: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query(SEEN)
        .bind(id_h)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const SID_OF: &str = "INSERT INTO idp_session_client (session, client_id, sid) \
    VALUES ($1, $2, $3) ON CONFLICT (session, client_id) DO UPDATE \
    SET sid = idp_session_client.sid RETURNING sid";
const SID: &str = "SELECT sid FROM idp_session_client WHERE session = $1 AND client_id = $2";

/// What this app calls this login: `wish` the first time, the same ever after.
pub(crate) async fn sid(
    conn: &mut Conn,
    id_h: &str,
    client_id: &str,
    wish: &str,
) -> Result<String, Error> {
    let row = sqlx::query(SID_OF)
        .bind(id_h)
        .bind(client_id)
        .bind(wish)
        .fetch_one(conn)
        .await?;
    Ok(row.try_get("sid")?)
}

/// What this app calls this login, if it was ever used for it.
pub(crate) async fn known_sid(
    conn: &mut Conn,
    id_h: &str,
    client_id: &str,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(SID)
        .bind(id_h)
        .bind(client_id)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("sid")).transpose()?)
}

const OF_SID: &str = "SELECT session FROM idp_session_client WHERE sid = $1 AND client_id = $2";

/// The login that app calls by that name.
pub(crate) async fn of_sid(
    conn: &mut Conn,
    client_id: &str,
    sid: &str,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(OF_SID)
        .bind(sid)
        .bind(client_id)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("session")).transpose()?)
}

const PROVED: &str = "SELECT proved FROM idp_session_client WHERE session = $1 AND client_id = $2";

/// When the person last proved themself on a visit of this app, in this login.
pub(super) async fn proved(
    conn: &mut Conn,
    id_h: &str,
    client_id: &str,
) -> Result<Option<Timestamp>, Error> {
    let row = sqlx::query(PROVED)
        .bind(id_h)
        .bind(client_id)
        .fetch_optional(conn)
        .await?;
    let at: Option<Option<i64>> = row.map(|row| row.try_get("proved")).transpose()?;
    Ok(at.flatten().map(Timestamp::from_micros))
}

const PROVE: &str = "UPDATE idp_session_client SET proved = $3 \
    WHERE session = $1 AND client_id = $2";

/// Writes down that the proof was made on a visit of this app, which has a name for the login.
pub(crate) async fn prove(
    conn: &mut Conn,
    id_h: &str,
    client_id: &str,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(PROVE)
        .bind(id_h)
        .bind(client_id)
        .bind(at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const SWEEP_CLIENTS: &str = "DELETE FROM idp_session_client WHERE session IN \
    (SELECT id_h FROM idp_session WHERE ends <= $1 OR seen <= $2)";
const SWEEP: &str = "DELETE FROM idp_session WHERE ends <= $1 OR seen <= $2";

/// Deletes logins past their ends, and what apps called them. Only [`crate::logout::end`] calls it,
/// for apps are to be told.
pub(crate) async fn sweep(
    conn: &mut Conn,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<(), Error> {
    for statement in [SWEEP_CLIENTS, SWEEP] {
        sqlx::query(statement)
            .bind(now.micros())
            .bind(idle_since.micros())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn read(row: &AnyRow) -> Result<Login, Error> {
    let at = |name: &str| row.try_get::<i64, _>(name).map(Timestamp::from_micros);
    let acr: String = row.try_get("acr")?;
    Ok(Login {
        id_h: row.try_get("id_h")?,
        account: row.try_get("account")?,
        epoch: row.try_get("epoch")?,
        auth_time: at("auth_time")?,
        acr: Acr::parse(&acr).ok_or(Error::Corrupt("idp"))?,
        amr: row.try_get("amr")?,
        label: row.try_get("label")?,
        created: at("created")?,
        seen: at("seen")?,
        ends: at("ends")?,
    })
}
