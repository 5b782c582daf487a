//! SQL of `idp_logout`: apps that are to be told of an ended login.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    NOTE_LOGIN,
    NOTE_APP,
    NOTE_GRANTS,
    NOTE_GRANTS_OF_APP,
    NOTE_CLIENT,
    NOTE_GRANTS_OF_CLIENT,
    NOTE_EXPIRED,
    OF_ACCOUNT,
    OF_CLIENT,
    DUE,
    CLAIM,
    DONE,
];

/// Someone who is to be told.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) id: String,
    pub(super) client_id: String,
    pub(super) account: String,
    pub(super) sid: Option<String>,
    pub(super) tries: i64,
}

const NOTE_LOGIN: &str = "INSERT INTO idp_logout (id, client_id, account, sid, tries, due) \
    SELECT c.sid, c.client_id, s.account, c.sid, 0, CAST($2 AS BIGINT) \
    FROM idp_session_client c JOIN idp_session s ON s.id_h = c.session \
    WHERE s.id_h = $1 ON CONFLICT DO NOTHING";

/// Notes the apps of a login.
pub(super) async fn note_login(conn: &mut Conn, id_h: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query(NOTE_LOGIN)
        .bind(id_h)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const NOTE_APP: &str = "INSERT INTO idp_logout (id, client_id, account, sid, tries, due) \
    SELECT c.sid, c.client_id, s.account, c.sid, 0, CAST($3 AS BIGINT) \
    FROM idp_session_client c JOIN idp_session s ON s.id_h = c.session \
    WHERE s.account = $1 AND c.client_id = $2 ON CONFLICT DO NOTHING";

/// Notes one app for each login of an account in which it has part.
pub(super) async fn note_app(
    conn: &mut Conn,
    account: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(NOTE_APP)
        .bind(account)
        .bind(client_id)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const NOTE_GRANTS: &str = "INSERT INTO idp_logout (id, client_id, account, sid, tries, due) \
    SELECT MIN(g.id), g.client_id, g.account, NULL, 0, CAST($2 AS BIGINT) FROM idp_grant g \
    WHERE g.account = $1 AND g.ended IS NULL AND NOT EXISTS (SELECT 1 FROM idp_logout l \
    WHERE l.account = g.account AND l.client_id = g.client_id) \
    GROUP BY g.client_id, g.account ON CONFLICT DO NOTHING";
const NOTE_GRANTS_OF_APP: &str = "INSERT INTO idp_logout (id, client_id, account, sid, tries, due) \
    SELECT MIN(g.id), g.client_id, g.account, NULL, 0, CAST($2 AS BIGINT) FROM idp_grant g \
    WHERE g.account = $1 AND g.client_id = $3 AND g.ended IS NULL AND NOT EXISTS (SELECT 1 \
    FROM idp_logout l WHERE l.account = g.account AND l.client_id = g.client_id) \
    GROUP BY g.client_id, g.account ON CONFLICT DO NOTHING";

/// Notes apps that stay connected though the login is long gone: they are told of the person, not
/// of a login. All of them, or one.
pub(super) async fn note_grants(
    conn: &mut Conn,
    account: &str,
    client_id: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let noted = match client_id {
        None => sqlx::query(NOTE_GRANTS).bind(account).bind(now.micros()),
        Some(client_id) => sqlx::query(NOTE_GRANTS_OF_APP)
            .bind(account)
            .bind(now.micros())
            .bind(client_id),
    };
    noted.execute(conn).await?;
    Ok(())
}

const NOTE_CLIENT: &str = "INSERT INTO idp_logout (id, client_id, account, sid, tries, due) \
    SELECT c.sid, c.client_id, s.account, c.sid, 0, CAST($2 AS BIGINT) \
    FROM idp_session_client c JOIN idp_session s ON s.id_h = c.session \
    WHERE c.client_id = $1 ON CONFLICT DO NOTHING";
const NOTE_GRANTS_OF_CLIENT: &str = "INSERT INTO idp_logout \
    (id, client_id, account, sid, tries, due) \
    SELECT MIN(g.id), g.client_id, g.account, NULL, 0, CAST($2 AS BIGINT) FROM idp_grant g \
    WHERE g.client_id = $1 AND g.ended IS NULL AND NOT EXISTS (SELECT 1 FROM idp_logout l \
    WHERE l.account = g.account AND l.client_id = g.client_id) \
    GROUP BY g.client_id, g.account ON CONFLICT DO NOTHING";

/// Notes one app for everybody it knows: for each login it has part in, and for each person where it
/// only stays connected.
pub(super) async fn note_client(
    conn: &mut Conn,
    client_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    for statement in [NOTE_CLIENT, NOTE_GRANTS_OF_CLIENT] {
        sqlx::query(statement)
            .bind(client_id)
            .bind(now.micros())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

const NOTE_EXPIRED: &str = "INSERT INTO idp_logout (id, client_id, account, sid, tries, due) \
    SELECT c.sid, c.client_id, s.account, c.sid, 0, CAST($1 AS BIGINT) \
    FROM idp_session_client c JOIN idp_session s ON s.id_h = c.session \
    WHERE s.ends <= $1 OR s.seen <= $2 ON CONFLICT DO NOTHING";

/// Notes the apps of logins past their ends.
pub(super) async fn note_expired(
    conn: &mut Conn,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<(), Error> {
    sqlx::query(NOTE_EXPIRED)
        .bind(now.micros())
        .bind(idle_since.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const OF_CLIENT: &str = "SELECT id, client_id, account, sid, tries FROM idp_logout \
    WHERE client_id = $1 AND due <= $2 ORDER BY due, id LIMIT 200";

/// What is due of one app.
pub(super) async fn of_client(
    conn: &mut Conn,
    client_id: &str,
    now: Timestamp,
) -> Result<Vec<Notice>, Error> {
    let rows = sqlx::query(OF_CLIENT)
        .bind(client_id)
        .bind(now.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const OF_ACCOUNT: &str = "SELECT id, client_id, account, sid, tries FROM idp_logout \
    WHERE account = $1 AND due <= $2 ORDER BY due, id LIMIT 200";

/// What is due of one account.
pub(super) async fn of_account(
    conn: &mut Conn,
    account: &str,
    now: Timestamp,
) -> Result<Vec<Notice>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .bind(now.micros())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

const DUE: &str = "SELECT id, client_id, account, sid, tries FROM idp_logout \
    WHERE due <= $1 ORDER BY due, id LIMIT 200";

/// What is due of anyone.
pub(super) async fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Notice>, Error> {
    let rows = sqlx::query(DUE).bind(now.micros()).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

const CLAIM: &str = "UPDATE idp_logout SET tries = tries + 1, due = $3 \
    WHERE id = $1 AND tries = $2";

/// Takes a try for oneself; `false` where another was faster.
pub(super) async fn claim(
    conn: &mut Conn,
    notice: &Notice,
    next: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(CLAIM)
        .bind(&notice.id)
        .bind(notice.tries)
        .bind(next.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const DONE: &str = "DELETE FROM idp_logout WHERE id = $1";

/// Forgets a notice: heard, or given up.
pub(super) async fn done(conn: &mut Conn, id: &str) -> Result<(), Error> {
    sqlx::query(DONE).bind(id).execute(conn).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Notice, Error> {
    Ok(Notice {
        id: row.try_get("id")?,
        client_id: row.try_get("client_id")?,
        account: row.try_get("account")?,
        sid: row.try_get("sid")?,
        tries: row.try_get("tries")?,
    })
}
