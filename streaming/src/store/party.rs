//! Parties.

use super::id;
use crate::catalogue::{Party, fold::fold};
use host::db::{self, Conn};
use kernel::Id;
use sqlx::{Row, any::AnyRow};

const INSERT: &str = "INSERT INTO streaming_party (id, kind, name, sort, folded, country, did, bio, \
     state, rev) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'published', 1) ON CONFLICT DO NOTHING";
const BY_ID: &str =
    "SELECT id, kind, name, country, did, bio, rev FROM streaming_party WHERE id = $1";
const ALL: &str = "SELECT id, kind, name, country, did, bio, rev FROM streaming_party \
     WHERE kind = 'artist' AND folded >= $1 AND folded < $2 ORDER BY sort, id LIMIT $3";

pub const STATEMENTS: &[&str] = &[INSERT, BY_ID, ALL];

/// A party as pages show it.
#[derive(Clone, Debug)]
pub struct PartyRow {
    pub id: Id<Party>,
    pub kind: String,
    pub name: String,
    pub country: Option<String>,
    pub did: Option<String>,
    pub bio: Option<String>,
    pub rev: i64,
}

/// A party that enters the catalogue.
#[derive(Clone, Debug)]
pub struct NewParty {
    pub id: Id<Party>,
    pub kind: &'static str,
    pub name: String,
    pub country: Option<String>,
    pub did: Option<String>,
    pub bio: Option<String>,
}

pub async fn insert(conn: &mut Conn, party: &NewParty) -> Result<(), db::Error> {
    sqlx::query(INSERT)
        .bind(party.id.to_string())
        .bind(party.kind)
        .bind(&party.name)
        .bind(fold(&party.name))
        .bind(fold(&party.name))
        .bind(party.country.as_deref())
        .bind(party.did.as_deref())
        .bind(party.bio.as_deref())
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn by_id(conn: &mut Conn, party: Id<Party>) -> Result<Option<PartyRow>, db::Error> {
    let row = sqlx::query(BY_ID)
        .bind(party.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Artists whose folded name lies in `[from, to)`.
pub async fn artists(
    conn: &mut Conn,
    from: &str,
    to: &str,
    most: i64,
) -> Result<Vec<PartyRow>, db::Error> {
    let rows = sqlx::query(ALL)
        .bind(from)
        .bind(to)
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<PartyRow, db::Error> {
    Ok(PartyRow {
        id: id(row, "id")?,
        kind: row.try_get("kind")?,
        name: row.try_get("name")?,
        country: row.try_get("country")?,
        did: row.try_get("did")?,
        bio: row.try_get("bio")?,
        rev: row.try_get("rev")?,
    })
}
