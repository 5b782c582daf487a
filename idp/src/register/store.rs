//! SQL of `idp_registration`, `idp_client_logo` and `idp_initial_token`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[
    FIND,
    OF_OWNER,
    INSERT,
    DELETE,
    LOGO,
    PUT_LOGO,
    DELETE_LOGO,
    ADMITS,
    TAKE,
    ADMIT,
    SWEEP_TOKENS,
];

/// What is kept of a registration beside the app itself.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// Hash of the token that manages it.
    pub(crate) token_h: Option<String>,
    /// Hash of the secret that opens the list of its requests.
    pub(crate) inspect_h: Option<String>,
    /// The account that registered it while signed in.
    pub(crate) owner: Option<String>,
    /// When it was registered.
    pub(crate) created: Timestamp,
}

const FIND: &str = "SELECT token_h, inspect_h, owner, created FROM idp_registration \
    WHERE client_id = $1";

/// The registration of that app.
pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Registration>, Error> {
    let Some(row) = sqlx::query(FIND).bind(id).fetch_optional(conn).await? else {
        return Ok(None);
    };
    Ok(Some(Registration {
        token_h: row.try_get("token_h")?,
        inspect_h: row.try_get("inspect_h")?,
        owner: row.try_get("owner")?,
        created: Timestamp::from_micros(row.try_get("created")?),
    }))
}

const OF_OWNER: &str = "SELECT client_id FROM idp_registration WHERE owner = $1 \
    ORDER BY created DESC, client_id LIMIT 50";

/// The apps an account registered, newest first.
pub(crate) async fn of_owner(conn: &mut Conn, account: &str) -> Result<Vec<String>, Error> {
    let rows = sqlx::query(OF_OWNER).bind(account).fetch_all(conn).await?;
    rows.iter()
        .map(|row| Ok(row.try_get("client_id")?))
        .collect()
}

const INSERT: &str = "INSERT INTO idp_registration (client_id, token_h, inspect_h, owner, created) \
    VALUES ($1, $2, $3, $4, $5)";

/// Writes a registration.
pub(crate) async fn insert(conn: &mut Conn, id: &str, row: &Registration) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(id)
        .bind(row.token_h.as_deref())
        .bind(row.inspect_h.as_deref())
        .bind(row.owner.as_deref())
        .bind(row.created.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const DELETE: &str = "DELETE FROM idp_registration WHERE client_id = $1";

/// Deletes a registration.
pub(crate) async fn delete(conn: &mut Conn, id: &str) -> Result<(), Error> {
    sqlx::query(DELETE).bind(id).execute(conn).await?;
    Ok(())
}

const LOGO: &str = "SELECT png FROM idp_client_logo WHERE client_id = $1";

/// The picture of an app.
pub(super) async fn logo(conn: &mut Conn, id: &str) -> Result<Option<Vec<u8>>, Error> {
    let row = sqlx::query(LOGO).bind(id).fetch_optional(conn).await?;
    row.map_or(Ok(None), |row| Ok(Some(row.try_get("png")?)))
}

const PUT_LOGO: &str = "INSERT INTO idp_client_logo (client_id, png) VALUES ($1, $2)";

/// Writes the picture of an app that has none.
pub(super) async fn put_logo(conn: &mut Conn, id: &str, png: &[u8]) -> Result<(), Error> {
    sqlx::query(PUT_LOGO)
        .bind(id)
        .bind(png)
        .execute(conn)
        .await?;
    Ok(())
}

const DELETE_LOGO: &str = "DELETE FROM idp_client_logo WHERE client_id = $1";

/// Deletes the picture of an app.
pub(super) async fn delete_logo(conn: &mut Conn, id: &str) -> Result<(), Error> {
    sqlx::query(DELETE_LOGO).bind(id).execute(conn).await?;
    Ok(())
}

const ADMITS: &str = "SELECT left_n FROM idp_initial_token \
    WHERE token_h = $1 AND left_n > 0 AND until > $2";

/// Whether an initial access token would admit a registration.
pub(super) async fn admits(conn: &mut Conn, hash: &str, now: Timestamp) -> Result<bool, Error> {
    let query = sqlx::query(ADMITS).bind(hash).bind(now.micros());
    Ok(query.fetch_optional(conn).await?.is_some())
}

const TAKE: &str = "UPDATE idp_initial_token SET left_n = left_n - 1 \
    WHERE token_h = $1 AND left_n > 0 AND until > $2";

/// Uses an initial access token once; `false` where it admits nothing.
pub(super) async fn take_admission(
    conn: &mut Conn,
    hash: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let query = sqlx::query(TAKE).bind(hash).bind(now.micros());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const ADMIT: &str = "INSERT INTO idp_initial_token (token_h, left_n, until) VALUES ($1, $2, $3)";

/// Writes an initial access token for `uses` registrations.
pub(super) async fn admit(
    conn: &mut Conn,
    hash: &str,
    uses: i64,
    until: Timestamp,
) -> Result<(), Error> {
    let query = sqlx::query(ADMIT)
        .bind(hash)
        .bind(uses)
        .bind(until.micros());
    query.execute(conn).await?;
    Ok(())
}

const SWEEP_TOKENS: &str = "DELETE FROM idp_initial_token WHERE until <= $1 OR left_n <= 0";

/// Forgets initial access tokens that admit nothing any more.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP_TOKENS)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}
