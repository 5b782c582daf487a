//! SQL of `idp_passkey`.

use host::db::{Conn, Error};
use kernel::{Day, Timestamp};
use sqlx::Row;
use webauthn_rs::prelude::Passkey;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    BY_CREDENTIAL,
    USED,
    OF_ACCOUNT,
    LISTED,
    RENAME,
    REMOVE,
    NOTE,
];

/// A passkey as it stands in the table.
pub(super) struct Stored {
    pub(super) account: String,
    pub(super) passkey: Passkey,
    pub(super) suspended: bool,
}

const INSERT: &str = "INSERT INTO idp_passkey \
    (credential_id, account, passkey_json, name, be, bs, created_day, used_day, suspended) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL) ON CONFLICT DO NOTHING";

/// Writes a passkey; `false` if its credential id is known already, whoever owns it.
pub(super) async fn insert(
    conn: &mut Conn,
    credential_id: &str,
    account: &str,
    passkey: &Passkey,
    name: &str,
    day: Day,
) -> Result<bool, Error> {
    let (eligible, backed_up) = super::party::flags(passkey);
    let done = sqlx::query(INSERT)
        .bind(credential_id)
        .bind(account)
        .bind(
            serde_json::to_string(passkey)
                .map_err(|_| Error::Corrupt("idp_passkey.passkey_json"))?,
        )
        .bind(name)
        .bind(i64::from(eligible))
        .bind(i64::from(backed_up))
        .bind(day.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const BY_CREDENTIAL: &str =
    "SELECT account, passkey_json, suspended FROM idp_passkey WHERE credential_id = $1";

/// The passkey of that credential id.
pub(super) async fn by_credential(conn: &mut Conn, id: &str) -> Result<Option<Stored>, Error> {
    let row = sqlx::query(BY_CREDENTIAL)
        .bind(id)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let json: String = row.try_get("passkey_json")?;
    let suspended: Option<i64> = row.try_get("suspended")?;
    Ok(Some(Stored {
        account: row.try_get("account")?,
        passkey: serde_json::from_str(&json)
            .map_err(|_| Error::Corrupt("idp_passkey.passkey_json"))?,
        suspended: suspended.is_some(),
    }))
}

const USED: &str = "UPDATE idp_passkey SET passkey_json = $1, bs = $2, used_day = $3 \
    WHERE credential_id = $4";

/// Notes a use: the count, whether it is backed up, the day.
pub(super) async fn used(
    conn: &mut Conn,
    credential_id: &str,
    passkey: &Passkey,
    backed_up: bool,
    day: Day,
) -> Result<(), Error> {
    sqlx::query(USED)
        .bind(
            serde_json::to_string(passkey)
                .map_err(|_| Error::Corrupt("idp_passkey.passkey_json"))?,
        )
        .bind(i64::from(backed_up))
        .bind(day.to_string())
        .bind(credential_id)
        .execute(conn)
        .await?;
    Ok(())
}

const OF_ACCOUNT: &str = "SELECT credential_id FROM idp_passkey \
    WHERE account = $1 AND suspended IS NULL ORDER BY credential_id";

/// The credential ids that open an account, for the browser's own list.
pub(crate) async fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(account)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| Ok(row.try_get("credential_id")?))
        .collect()
}

/// A passkey as its owner sees it.
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Whether it may be kept on several devices.
    pub(crate) eligible: bool,
    /// Whether it is.
    pub(crate) backed_up: bool,
    pub(crate) created: Day,
    pub(crate) used: Option<Day>,
    pub(crate) suspended: bool,
}

const LISTED: &str = "SELECT credential_id, name, be, bs, created_day, used_day, suspended \
    FROM idp_passkey WHERE account = $1 ORDER BY created_day, credential_id";

/// The passkeys of an account, oldest first.
pub(crate) async fn listed(conn: &mut Conn, account: &str) -> Result<Vec<Listed>, Error> {
    let rows = sqlx::query(LISTED).bind(account).fetch_all(conn).await?;
    let day = |text: &str| Day::parse(text).ok_or(Error::Corrupt("idp_passkey.created_day"));
    let read = |row: &sqlx::any::AnyRow| {
        let created: String = row.try_get("created_day")?;
        let used: Option<String> = row.try_get("used_day")?;
        Ok(Listed {
            id: row.try_get("credential_id")?,
            name: row.try_get("name")?,
            eligible: row.try_get::<i64, _>("be")? == 1,
            backed_up: row.try_get::<i64, _>("bs")? == 1,
            created: day(&created)?,
            used: used.as_deref().map(day).transpose()?,
            suspended: row.try_get::<Option<i64>, _>("suspended")?.is_some(),
        })
    };
    rows.iter().map(read).collect()
}

const RENAME: &str = "UPDATE idp_passkey SET name = $3 WHERE credential_id = $1 AND account = $2";

/// Names a passkey of that account; `false` if it has none of that id.
pub(crate) async fn rename(
    conn: &mut Conn,
    id: &str,
    account: &str,
    name: &str,
) -> Result<bool, Error> {
    let done = sqlx::query(RENAME)
        .bind(id)
        .bind(account)
        .bind(name)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const REMOVE: &str = "DELETE FROM idp_passkey WHERE credential_id = $1 AND account = $2";

/// Deletes a passkey of that account; `false` if it has none of that id.
pub(crate) async fn remove(conn: &mut Conn, id: &str, account: &str) -> Result<bool, Error> {
    let done = sqlx::query(REMOVE)
        .bind(id)
        .bind(account)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const NOTE: &str = "INSERT INTO idp_event (account, id, kind, at, detail_json) \
    VALUES ($1, $2, 'passkey.counter', $3, NULL)";

/// Writes into the person's log that a passkey's counter went back: it may have been copied.
pub(super) async fn note_counter(
    conn: &mut Conn,
    account: &str,
    id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(NOTE)
        .bind(account)
        .bind(id)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}
