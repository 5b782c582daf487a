//! SQL of `idp_invite`.

use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, IS_GOOD, TAKE, ALL, END, SWEEP];

/// An invitation as staff see it. Its hash names it; no token can be made from that.
#[derive(Clone, Debug)]
pub(crate) struct Invite {
    pub(crate) token_h: String,
    pub(crate) made: i64,
    pub(crate) left: i64,
    pub(crate) made_at: Timestamp,
    pub(crate) until: Timestamp,
}

const INSERT: &str = "INSERT INTO idp_invite (token_h, made_n, left_n, made_at, until) \
    VALUES ($1, $2, $2, $3, $4)";

/// Writes an invitation for `uses` accounts.
pub(crate) async fn insert(
    conn: &mut Conn,
    token_h: &str,
    uses: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(token_h)
        .bind(uses)
        .bind(now.micros())
        .bind(until.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const IS_GOOD: &str =
    "SELECT left_n FROM idp_invite WHERE token_h = $1 AND left_n > 0 AND until > $2";

/// Whether it would give one more account.
pub(super) async fn is_good(conn: &mut Conn, token_h: &str, now: Timestamp) -> Result<bool, Error> {
    let row = sqlx::query(IS_GOOD)
        .bind(token_h)
        .bind(now.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

const TAKE: &str = "UPDATE idp_invite SET left_n = left_n - 1 \
    WHERE token_h = $1 AND left_n > 0 AND until > $2";

/// Takes one account's worth of it; `false` if there is none.
pub(super) async fn take(conn: &mut Conn, token_h: &str, now: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(TAKE)
        .bind(token_h)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

const ALL: &str = "SELECT token_h, made_n, left_n, made_at, until FROM idp_invite \
    WHERE until > $1 ORDER BY made_at DESC, token_h LIMIT 200";

/// Invitations that have not ended, the newest first.
pub(crate) async fn all(conn: &mut Conn, now: Timestamp) -> Result<Vec<Invite>, Error> {
    let rows = sqlx::query(ALL).bind(now.micros()).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let at = |name: &str| row.try_get(name).map(Timestamp::from_micros);
            Ok(Invite {
                token_h: row.try_get("token_h")?,
                made: row.try_get("made_n")?,
                left: row.try_get("left_n")?,
                made_at: at("made_at")?,
                until: at("until")?,
            })
        })
        .collect()
}

const END: &str = "DELETE FROM idp_invite WHERE token_h = $1";

/// Ends an invitation; `false` if there was none.
pub(crate) async fn end(conn: &mut Conn, token_h: &str) -> Result<bool, Error> {
    let done = sqlx::query(END).bind(token_h).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

const SWEEP: &str = "DELETE FROM idp_invite WHERE until < $1";

/// Deletes invitations that have ended.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP).bind(now.micros()).execute(conn).await?;
    Ok(())
}
