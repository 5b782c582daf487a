//! SQL of `idp_key`.

use super::Kind;
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row as _;

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, ALL, ONE, RETIRE, PROMOTE, DESTROY];

/// A key's stage of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Shown, not signing yet.
    Pending,
    /// Signing.
    Active,
    /// Verifying only; its private half is gone.
    Retired,
    /// Nothing any more.
    Destroyed,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Destroyed => "destroyed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "pending" => Some(Self::Pending),
            "active" => Some(Self::Active),
            "retired" => Some(Self::Retired),
            "destroyed" => Some(Self::Destroyed),
            _ => None,
        }
    }
}

/// A key as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) kid: String,
    pub(crate) kind: Kind,
    pub(crate) public_jwk: String,
    pub(crate) private_sealed: Option<Vec<u8>>,
    pub(crate) state: State,
    pub(crate) public_at: Timestamp,
    pub(crate) active_at: Option<Timestamp>,
    pub(crate) retired_at: Option<Timestamp>,
}

const INSERT: &str = "INSERT INTO idp_key \
    (kid, alg, purpose, public_jwk, private_sealed, state, public_at, active_at, retired_at) \
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, NULL, NULL)";

/// Writes a key that waits.
pub(super) async fn insert(conn: &mut Conn, row: &Row) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(&row.kid)
        .bind(row.kind.alg().as_str())
        .bind(row.kind.purpose())
        .bind(&row.public_jwk)
        .bind(row.private_sealed.as_deref())
        .bind(row.public_at.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const ALL: &str = "SELECT kid, alg, purpose, public_jwk, private_sealed, state, public_at, active_at, \
    retired_at FROM idp_key WHERE state <> 'destroyed' ORDER BY public_at, kid";

/// Every key that is not destroyed.
pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query(ALL).fetch_all(conn).await?;
    let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    rows.iter()
        .map(|row| {
            let state: String = row.try_get("state")?;
            let (alg, purpose): (String, String) = (row.try_get("alg")?, row.try_get("purpose")?);
            Ok(Row {
                kid: row.try_get("kid")?,
                kind: Kind::of_row(&alg, &purpose).ok_or(Error::Corrupt("idp"))?,
                public_jwk: row.try_get("public_jwk")?,
                private_sealed: row.try_get("private_sealed")?,
                state: State::parse(&state).ok_or(Error::Corrupt("idp"))?,
                public_at: Timestamp::from_micros(row.try_get("public_at")?),
                active_at: at(row.try_get("active_at")?),
                retired_at: at(row.try_get("retired_at")?),
            })
        })
        .collect()
}

const ONE: &str = "SELECT kid FROM idp_key WHERE alg = $1 AND purpose = $2 AND state = $3 \
    ORDER BY public_at, kid LIMIT 1";

/// The first key of that kind in that stage.
pub(super) async fn one(
    conn: &mut Conn,
    kind: Kind,
    state: State,
) -> Result<Option<String>, Error> {
    let row = sqlx::query(ONE)
        .bind(kind.alg().as_str())
        .bind(kind.purpose())
        .bind(state.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.try_get("kid")).transpose()?)
}

const RETIRE: &str = "UPDATE idp_key SET state = 'retired', retired_at = $3, \
    private_sealed = NULL WHERE alg = $1 AND purpose = $2 AND state = 'active'";
const PROMOTE: &str = "UPDATE idp_key SET state = 'active', active_at = $2 \
    WHERE kid = $1 AND state = 'pending'";

/// Lets `kid` sign from now on and retires the one before it; its private half is wiped.
pub(super) async fn promote(
    conn: &mut Conn,
    kind: Kind,
    kid: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(RETIRE)
        .bind(kind.alg().as_str())
        .bind(kind.purpose())
        .bind(now.micros())
        .execute(&mut *conn)
        .await?;
    sqlx::query(PROMOTE)
        .bind(kid)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const DESTROY: &str = "UPDATE idp_key SET state = 'destroyed' \
    WHERE kid = $1 AND state = 'retired'";

/// Destroys a retired key.
pub(super) async fn destroy(conn: &mut Conn, kid: &str) -> Result<(), Error> {
    sqlx::query(DESTROY).bind(kid).execute(conn).await?;
    Ok(())
}
