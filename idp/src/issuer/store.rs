//! SQL of `idp_card_key` and `idp_issued`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[KEYS, PUT_KEY, ISSUED, SWEEP];

/// A card key as it stands.
pub(super) struct KeyRow {
    pub(super) kid: String,
    pub(super) public_jwk: String,
    pub(super) private_sealed: Option<Vec<u8>>,
    pub(super) active: bool,
}

const KEYS: &str = "SELECT kid, public_jwk, private_sealed, state FROM idp_card_key \
    ORDER BY public_at DESC, kid";

/// All card keys, the newest first.
pub(super) async fn keys(conn: &mut Conn) -> Result<Vec<KeyRow>, Error> {
    let rows = sqlx::query(KEYS).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let state: String = row.try_get("state")?;
            Ok(KeyRow {
                kid: row.try_get("kid")?,
                public_jwk: row.try_get("public_jwk")?,
                private_sealed: row.try_get("private_sealed")?,
                active: state == "active",
            })
        })
        .collect()
}

const PUT_KEY: &str = "INSERT INTO idp_card_key (kid, public_jwk, private_sealed, state, public_at) \
    VALUES ($1, $2, $3, 'active', $4)";

/// Writes a card key that signs from now on.
pub(super) async fn put_key(
    conn: &mut Conn,
    kid: &str,
    public_jwk: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(PUT_KEY)
        .bind(kid)
        .bind(public_jwk)
        .bind(sealed)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const ISSUED: &str = "INSERT INTO idp_issued (cnf_mac, sender, ref, list, idx, expires) \
    VALUES ($1, NULL, NULL, NULL, NULL, $2) ON CONFLICT DO NOTHING";

/// Notes that a key has its card; `false` if it had one before.
pub(super) async fn issued(
    conn: &mut Conn,
    cnf_mac: &str,
    expires: Timestamp,
) -> Result<bool, Error> {
    let done = sqlx::query(ISSUED)
        .bind(cnf_mac)
        .bind(expires.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const SWEEP: &str = "DELETE FROM idp_issued WHERE expires < $1";

/// Deletes notes on cards that ended before `before`.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}
