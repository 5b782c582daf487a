//! Rule files and split sheets.

use super::{broken, id};
use crate::catalogue::{Party, Track};
use crate::rights::sheet::Sheet;
use host::db::{self, Conn};
use kernel::{Id, Timestamp};
use sqlx::Row;

const INSERT: &str = "INSERT INTO streaming_right (hash, kind, body, jws, since) \
     VALUES ($1, 'rights', $2, $3, $4) ON CONFLICT DO NOTHING";
const BODY: &str = "SELECT body FROM streaming_right WHERE hash = $1";
const SIGN: &str = "INSERT INTO streaming_split (track, version, payee, bps, jws) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const SHEET: &str = "SELECT s.version, s.payee, s.bps, s.jws, p.did FROM streaming_split s \
     JOIN streaming_party p ON p.id = s.payee WHERE s.track = $1 AND s.version = \
     (SELECT MAX(version) FROM streaming_split WHERE track = $1) ORDER BY s.payee";

pub const STATEMENTS: &[&str] = &[INSERT, BODY, SIGN, SHEET];

pub async fn insert(
    conn: &mut Conn,
    hash: &str,
    body: &str,
    jws: &str,
    since: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query(INSERT)
        .bind(hash)
        .bind(body.as_bytes().to_vec())
        .bind(jws)
        .bind(since.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// The text of a rule file.
pub async fn body(conn: &mut Conn, hash: &str) -> Result<Option<String>, db::Error> {
    let row = sqlx::query(BODY).bind(hash).fetch_optional(conn).await?;
    let Some(row) = row else { return Ok(None) };
    String::from_utf8(row.try_get("body")?)
        .map(Some)
        .map_err(|_| broken("body"))
}

/// Stores the signature of one payee under a sheet.
pub async fn sign(
    conn: &mut Conn,
    sheet: &Sheet,
    payee: Id<Party>,
    bps: i64,
    jws: &str,
) -> Result<(), db::Error> {
    sqlx::query(SIGN)
        .bind(sheet.track.to_string())
        .bind(sheet.version)
        .bind(payee.to_string())
        .bind(bps)
        .bind(jws)
        .execute(conn)
        .await?;
    Ok(())
}

/// A payee's line with its signature and public identity.
#[derive(Clone, Debug)]
pub struct SignedLine {
    pub payee: Id<Party>,
    pub bps: i64,
    pub jws: String,
    pub did: Option<String>,
}

/// The sheet in force and who signed it.
pub async fn sheet(
    conn: &mut Conn,
    track: Id<Track>,
) -> Result<Option<(Sheet, Vec<SignedLine>)>, db::Error> {
    let rows = sqlx::query(SHEET)
        .bind(track.to_string())
        .fetch_all(conn)
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let version = first.try_get("version")?;
    let signed = rows
        .iter()
        .map(|row| {
            Ok(SignedLine {
                payee: id(row, "payee")?,
                bps: row.try_get("bps")?,
                jws: row.try_get("jws")?,
                did: row.try_get("did")?,
            })
        })
        .collect::<Result<Vec<_>, db::Error>>()?;
    let lines = signed.iter().map(|line| (line.payee, line.bps)).collect();
    Ok(Some((
        Sheet {
            track,
            version,
            lines,
        },
        signed,
    )))
}
