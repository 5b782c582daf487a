//! Releases and their tracks' places.

use super::id;
use crate::catalogue::{Covers, Group, Party, State, Track, admit::NewGroup, fold::fold};
use host::db::{self, Conn};
use kernel::Id;
use sqlx::{Row, any::AnyRow};

const INSERT: &str = "INSERT INTO streaming_group (id, kind, title, folded, display_artist, party, \
     gtin, released, about, cover, state, rev) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ready', 1) ON CONFLICT DO NOTHING";
const PLACE: &str = "INSERT INTO streaming_item (grp, disc, pos, track) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING";
const BY_ID: &str = "SELECT id, kind, title, display_artist, party, released, about, cover, state, rev \
     FROM streaming_group WHERE id = $1";
const BY_PARTY: &str = "SELECT id, kind, title, display_artist, party, released, about, cover, state, \
     rev FROM streaming_group WHERE party = $1 AND state = 'published' \
     ORDER BY released DESC, id LIMIT 200";
const NEWEST: &str = "SELECT id, kind, title, display_artist, party, released, about, cover, state, rev \
     FROM streaming_group WHERE state = 'published' ORDER BY released DESC, id LIMIT $1";
const PUBLISH: &str = "UPDATE streaming_group SET state = 'published', rev = rev + 1 \
     WHERE state = 'ready' AND id IN (SELECT grp FROM streaming_item WHERE track = $1)";

pub const STATEMENTS: &[&str] = &[INSERT, PLACE, BY_ID, BY_PARTY, NEWEST, PUBLISH];

/// A release as pages show it.
#[derive(Clone, Debug)]
pub struct GroupRow {
    pub id: Id<Group>,
    pub kind: String,
    pub title: String,
    pub artist: String,
    pub party: Id<Party>,
    pub released: Option<String>,
    pub about: Option<String>,
    pub covers: Covers,
    pub state: State,
    pub rev: i64,
}

pub async fn insert(conn: &mut Conn, group: &NewGroup, party: Id<Party>) -> Result<(), db::Error> {
    sqlx::query(INSERT)
        .bind(group.id.to_string())
        .bind(group.kind)
        .bind(&group.title)
        .bind(fold(&group.title))
        .bind(&group.artist)
        .bind(party.to_string())
        .bind(group.gtin.as_deref())
        .bind(group.released.as_deref())
        .bind(group.about.as_deref())
        .bind(group.covers.stored())
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives a track its place; `false` if the place is taken.
pub async fn place(
    conn: &mut Conn,
    group: Id<Group>,
    disc: i64,
    pos: i64,
    track: Id<Track>,
) -> Result<bool, db::Error> {
    let done = sqlx::query(PLACE)
        .bind(group.to_string())
        .bind(disc)
        .bind(pos)
        .bind(track.to_string())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_id(conn: &mut Conn, group: Id<Group>) -> Result<Option<GroupRow>, db::Error> {
    let row = sqlx::query(BY_ID)
        .bind(group.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn by_party(conn: &mut Conn, party: Id<Party>) -> Result<Vec<GroupRow>, db::Error> {
    let rows = sqlx::query(BY_PARTY)
        .bind(party.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn newest(conn: &mut Conn, most: i64) -> Result<Vec<GroupRow>, db::Error> {
    let rows = sqlx::query(NEWEST).bind(most).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Publishes the releases a track stands on.
pub async fn publish_with(conn: &mut Conn, track: Id<Track>) -> Result<(), db::Error> {
    sqlx::query(PUBLISH)
        .bind(track.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<GroupRow, db::Error> {
    let state: String = row.try_get("state")?;
    let cover: Option<String> = row.try_get("cover")?;
    Ok(GroupRow {
        id: id(row, "id")?,
        kind: row.try_get("kind")?,
        title: row.try_get("title")?,
        artist: row.try_get("display_artist")?,
        party: id(row, "party")?,
        released: row.try_get("released")?,
        about: row.try_get("about")?,
        covers: Covers::read(cover.as_deref()),
        state: State::parse(&state).ok_or_else(|| super::broken("state"))?,
        rev: row.try_get("rev")?,
    })
}
