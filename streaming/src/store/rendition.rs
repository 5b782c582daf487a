//! Renditions: the files of tracks.

use super::{broken, id};
use crate::catalogue::{Kind, Rendition, Track};
use host::db::{self, Conn};
use kernel::{Id, b64};
use sqlx::{Row, any::AnyRow};

const INSERT: &str = "INSERT INTO streaming_rendition (hash, track, kind, mime, bytes, ms) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const BY_HASH: &str =
    "SELECT hash, track, kind, mime, bytes, ms FROM streaming_rendition WHERE hash = $1";
const BY_TRACK: &str = "SELECT hash, track, kind, mime, bytes, ms FROM streaming_rendition WHERE track = $1 ORDER BY kind";
const AFTER: &str = "SELECT hash, track, kind, mime, bytes, ms FROM streaming_rendition \
     WHERE hash > $1 ORDER BY hash LIMIT 500";

pub const STATEMENTS: &[&str] = &[INSERT, BY_HASH, BY_TRACK, AFTER];

/// Stores a rendition; `false` if those bytes belong to a track already.
pub async fn insert(conn: &mut Conn, of: Id<Track>, file: &Rendition) -> Result<bool, db::Error> {
    let done = sqlx::query(INSERT)
        .bind(b64::encode(file.hash))
        .bind(of.to_string())
        .bind(file.kind.as_str())
        .bind(&file.mime)
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
        .bind(file.ms)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_hash(
    conn: &mut Conn,
    hash: &[u8; 32],
) -> Result<Option<(Id<Track>, Rendition)>, db::Error> {
    let row = sqlx::query(BY_HASH)
        .bind(b64::encode(hash))
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((id(&row, "track")?, read(&row)?)))
        .transpose()
}

pub async fn by_track(conn: &mut Conn, track: Id<Track>) -> Result<Vec<Rendition>, db::Error> {
    let rows = sqlx::query(BY_TRACK)
        .bind(track.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The next 500 renditions by the text of their hash.
pub async fn after(conn: &mut Conn, hash: &str) -> Result<Vec<Rendition>, db::Error> {
    let rows = sqlx::query(AFTER).bind(hash).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Rendition, db::Error> {
    let (hash, kind): (String, String) = (row.try_get("hash")?, row.try_get("kind")?);
    Ok(Rendition {
        hash: b64::decode_array(&hash).ok_or_else(|| broken("hash"))?,
        kind: Kind::parse(&kind).ok_or_else(|| broken("kind"))?,
        mime: row.try_get("mime")?,
        bytes: u64::try_from(row.try_get::<i64, _>("bytes")?).map_err(|_| broken("bytes"))?,
        ms: row.try_get("ms")?,
    })
}
