//! SQL of `idp_issued`.

use host::db::{Conn, Error};
use kernel::Timestamp;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[ISSUED, SWEEP];

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
