//! SQL of `idp_grant`.

use super::Grant;
use crate::{account::Standing, client};
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::{Row, any::AnyRow};

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    TOGETHER,
    END,
    OF_ACCOUNT,
    END_OF_LOGIN,
    END_OF_EXPIRED,
    END_OF_APP,
    END_OF_ACCOUNT,
    CARRY,
    END_OF_CLIENT,
    SWEEP,
];

const INSERT: &str = "INSERT INTO idp_grant (id, account, client_id, scope, resource, auth_time, \
    acr, amr, session, epoch, created, ended, told) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12)";

/// Writes a grant.
pub(crate) async fn insert(conn: &mut Conn, grant: &Grant) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&grant.id)
        .bind(&grant.account)
        .bind(&grant.client_id)
        .bind(&grant.scope)
        .bind(&grant.resource)
        .bind(grant.auth_time.micros())
        .bind(&grant.acr)
        .bind(&grant.amr)
        .bind(&grant.session)
        .bind(grant.epoch)
        .bind(grant.created.micros())
        .bind(grant.told.map(Timestamp::micros))
        .execute(conn)
        .await?;
    Ok(())
}

const FIND: &str = "SELECT id, account, client_id, scope, resource, auth_time, acr, amr, session, \
    epoch, created, ended, told FROM idp_grant WHERE id = $1";

/// The grant of that id.
pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Grant>, Error> {
    let row = sqlx::query(FIND).bind(id).fetch_optional(conn).await?;
    Ok(row.as_ref().map(read).transpose()?)
}

fn read(row: &AnyRow) -> Result<Grant, sqlx::Error> {
    let ended: Option<i64> = row.try_get("ended")?;
    let told: Option<i64> = row.try_get("told")?;
    Ok(Grant {
        id: row.try_get("id")?,
        account: row.try_get("account")?,
        client_id: row.try_get("client_id")?,
        scope: row.try_get("scope")?,
        resource: row.try_get("resource")?,
        auth_time: Timestamp::from_micros(row.try_get("auth_time")?),
        acr: row.try_get("acr")?,
        amr: row.try_get("amr")?,
        session: row.try_get("session")?,
        epoch: row.try_get("epoch")?,
        created: Timestamp::from_micros(row.try_get("created")?),
        ended: ended.map(Timestamp::from_micros),
        told: told.map(Timestamp::from_micros),
    })
}

/// A grant and what it hangs on, read in one question: it is asked at each use of each token.
pub(super) struct Together {
    pub(super) grant: Grant,
    /// How its account stands.
    pub(super) account: Standing,
    pub(super) handle: String,
    pub(super) locale: Option<String>,
    /// The app's row, if it has one.
    pub(super) app: Option<client::store::Stored>,
    /// What the person agreed to for this app, and the name chosen for it.
    pub(super) agreed: Option<(String, Option<String>)>,
}

const TOGETHER: &str = "SELECT g.id, g.account, g.client_id, g.scope, g.resource, g.auth_time, \
    g.acr, g.amr, g.session, g.epoch, g.created, g.ended, g.told, \
    a.state AS account_state, a.epoch AS account_epoch, a.handle, a.locale, \
    c.metadata_json, c.secret_h, c.state AS app_state, c.until AS app_until, c.verified, c.high, \
    c.stranger, c.gone, n.scope AS agreed_scope, n.nickname \
    FROM idp_grant g JOIN idp_account a ON a.id = g.account \
    LEFT JOIN idp_client c ON c.client_id = g.client_id \
    LEFT JOIN idp_consent n ON n.account = g.account AND n.client_id = g.client_id \
    WHERE g.id = $1";

/// The grant of that id with its account, app and agreement.
pub(super) async fn together(conn: &mut Conn, id: &str) -> Result<Option<Together>, Error> {
    let row = sqlx::query(TOGETHER).bind(id).fetch_optional(conn).await?;
    let Some(row) = row else { return Ok(None) };
    let agreed: Option<String> = row.try_get("agreed_scope")?;
    let nickname: Option<String> = row.try_get("nickname")?;
    Ok(Some(Together {
        grant: read(&row)?,
        account: Standing::read(&row)?,
        handle: row.try_get("handle")?,
        locale: row.try_get("locale")?,
        app: client::store::Stored::read(&row)?,
        agreed: agreed.map(|scope| (scope, nickname)),
    }))
}

const END: &str = "UPDATE idp_grant SET ended = $2 WHERE id = $1 AND ended IS NULL";

/// Ends a grant, and with it every code and token that hangs on it.
pub(crate) async fn end(conn: &mut Conn, id: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query(END)
        .bind(id)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const OF_ACCOUNT: &str = "SELECT client_id, scope, created FROM idp_grant \
    WHERE account = $1 AND epoch = $2 AND ended IS NULL ORDER BY created DESC LIMIT 1000";

/// What an account has allowed and not ended: app, scope, since when; newest first.
pub(crate) async fn of_account(
    conn: &mut Conn,
    account: &str,
    epoch: i64,
) -> Result<Vec<(String, String, Timestamp)>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .bind(epoch)
        .fetch_all(conn)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let created = Timestamp::from_micros(row.try_get("created")?);
        Ok((row.try_get("client_id")?, row.try_get("scope")?, created))
    };
    rows.iter().map(read).collect()
}

const END_OF_LOGIN: &str = "UPDATE idp_grant SET ended = $2 WHERE session = $1 \
    AND ended IS NULL AND REPLACE(scope, 'offline_access', '') = scope";

/// Ends what hangs on a login; what is to outlive it (`offline_access`) stays.
pub(crate) async fn end_of_login(conn: &mut Conn, id_h: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query(END_OF_LOGIN)
        .bind(id_h)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const END_OF_EXPIRED: &str = "UPDATE idp_grant SET ended = $1 WHERE ended IS NULL \
    AND REPLACE(scope, 'offline_access', '') = scope AND session IN \
    (SELECT id_h FROM idp_session WHERE ends <= $1 OR seen <= $2)";

/// Ends what hangs on logins past their ends, as [`end_of_login`] does.
pub(crate) async fn end_of_expired(
    conn: &mut Conn,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<(), Error> {
    sqlx::query(END_OF_EXPIRED)
        .bind(now.micros())
        .bind(idle_since.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const END_OF_APP: &str = "UPDATE idp_grant SET ended = $3 \
    WHERE account = $1 AND client_id = $2 AND ended IS NULL";

/// Ends all that one person gave one app.
pub(crate) async fn end_of_app(
    conn: &mut Conn,
    account: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(END_OF_APP)
        .bind(account)
        .bind(client_id)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const END_OF_ACCOUNT: &str = "UPDATE idp_grant SET ended = $2 \
    WHERE account = $1 AND ended IS NULL";

/// Ends all that one person gave any app.
pub(crate) async fn end_of_account(
    conn: &mut Conn,
    account: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(END_OF_ACCOUNT)
        .bind(account)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const CARRY: &str = "UPDATE idp_grant SET session = $2 WHERE session = $1";

/// Hangs the grants of one login on the one that follows it.
pub(crate) async fn carry(conn: &mut Conn, old: &str, new: &str) -> Result<(), Error> {
    sqlx::query(CARRY).bind(old).bind(new).execute(conn).await?;
    Ok(())
}

const END_OF_CLIENT: &str = "UPDATE idp_grant SET ended = $2 \
    WHERE client_id = $1 AND ended IS NULL";

/// Ends every grant of an app.
pub(crate) async fn end_of_client(
    conn: &mut Conn,
    client_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let query = sqlx::query(END_OF_CLIENT)
        .bind(client_id)
        .bind(now.micros());
    query.execute(conn).await?;
    Ok(())
}

const SWEEP: &str = "DELETE FROM idp_grant WHERE created < $1 OR ended < $2";

/// Deletes grants that began before `created`, or ended before `ended`.
pub(crate) async fn sweep(
    conn: &mut Conn,
    created: Timestamp,
    ended: Timestamp,
) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(created.micros())
        .bind(ended.micros())
        .execute(conn)
        .await?;
    Ok(())
}
