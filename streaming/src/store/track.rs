//! Tracks.

use super::{id, maybe_instant};
use crate::catalogue::{Covers, Group, Party, Shown, State, Track, admit::NewTrack, fold::fold};
use host::db::{self, Conn};
use kernel::{Id, Timestamp};
use sqlx::{Row, any::AnyRow};

/// The columns a page or a start needs; a track on several releases shows the first.
macro_rules! shown {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.title, t.version, t.display_artist, t.payee, t.isrc, t.lang, t.explicit, ",
            "t.licence, t.duration_ms, t.qualify_ms, t.lufs_milli, t.peak_milli, t.rights, t.state, ",
            "t.opens_at, t.rev, g.id AS grp, g.title AS grp_title, g.cover, i.pos ",
            "FROM streaming_track t LEFT JOIN streaming_item i ON i.track = t.id ",
            "LEFT JOIN streaming_group g ON g.id = i.grp ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO streaming_track (id, title, folded, version, display_artist, payee, \
     isrc, lang, explicit, licence, duration_ms, qualify_ms, lufs_milli, peak_milli, waveform, \
     pcm_hash, state, rev, added_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'ready', 1, $17) \
     ON CONFLICT DO NOTHING";
const BY_ID: &str = shown!("WHERE t.id = $1 ORDER BY g.id LIMIT 1");
const BY_GROUP: &str =
    shown!("WHERE i.grp = $1 AND t.state IN ('published', 'scheduled') ORDER BY i.disc, i.pos");
const NEWEST: &str =
    shown!("WHERE t.state = 'published' ORDER BY t.added_at DESC, g.id, i.disc, i.pos LIMIT $1");
const FOUND: &str = shown!(
    "WHERE t.state = 'published' AND t.folded >= $1 AND t.folded < $2 ORDER BY t.folded, t.id LIMIT $3"
);
const OWNED: &str = shown!(
    "JOIN streaming_tally y ON y.track = t.id WHERE y.listener = $1 AND y.n > 0 \
     AND t.state <> 'blocked' ORDER BY y.n DESC, t.folded, t.id LIMIT 1000"
);
const WAVEFORM: &str = "SELECT waveform FROM streaming_track WHERE id = $1";
const READY_OF: &str =
    "SELECT id FROM streaming_track WHERE payee = $1 AND state = 'ready' ORDER BY id";
const SAME_SOUND: &str =
    "SELECT id, payee FROM streaming_track WHERE pcm_hash = $1 ORDER BY id LIMIT 1";
const PUBLISH: &str = "UPDATE streaming_track SET state = 'published', rights = $2, opens_at = $3, \
     qualify_ms = COALESCE($4, qualify_ms), rev = rev + 1 WHERE id = $1 AND state = 'ready'";
const SET_STATE: &str = "UPDATE streaming_track SET state = $2, rev = rev + 1 WHERE id = $1";

pub const STATEMENTS: &[&str] = &[
    INSERT, BY_ID, BY_GROUP, NEWEST, FOUND, OWNED, WAVEFORM, READY_OF, SAME_SOUND, PUBLISH,
    SET_STATE,
];

/// Stores a track as ready; `false` if its id or ISRC is taken.
pub async fn insert(
    conn: &mut Conn,
    track: &NewTrack,
    id: Id<Track>,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let done = sqlx::query(INSERT)
        .bind(id.to_string())
        .bind(&track.title)
        .bind(fold(&track.title))
        .bind(track.version.as_deref())
        .bind(&track.artist)
        .bind(track.party.to_string())
        .bind(track.isrc.as_deref())
        .bind(track.lang.as_deref())
        .bind(i64::from(track.explicit))
        .bind(track.licence.as_deref().unwrap_or("all-rights-reserved"))
        .bind(track.duration_ms)
        .bind(crate::plays::qualify::default_ms(track.duration_ms))
        .bind(track.lufs_milli)
        .bind(track.peak_milli)
        .bind(track.waveform.clone())
        .bind(track.pcm_hash.as_deref())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_id(conn: &mut Conn, track: Id<Track>) -> Result<Option<Shown>, db::Error> {
    let row = sqlx::query(BY_ID)
        .bind(track.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

pub async fn by_group(conn: &mut Conn, group: Id<Group>) -> Result<Vec<Shown>, db::Error> {
    let rows = sqlx::query(BY_GROUP)
        .bind(group.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn newest(conn: &mut Conn, most: i64) -> Result<Vec<Shown>, db::Error> {
    let rows = sqlx::query(NEWEST).bind(most).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Published tracks whose folded title lies in `[from, to)`.
pub async fn found(
    conn: &mut Conn,
    from: &str,
    to: &str,
    most: i64,
) -> Result<Vec<Shown>, db::Error> {
    let rows = sqlx::query(FOUND)
        .bind(from)
        .bind(to)
        .bind(most)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Tracks the listener owns or is on the way to own.
pub async fn of_listener(conn: &mut Conn, listener: &[u8; 32]) -> Result<Vec<Shown>, db::Error> {
    let rows = sqlx::query(OWNED)
        .bind(listener.to_vec())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn waveform(conn: &mut Conn, track: Id<Track>) -> Result<Option<Vec<u8>>, db::Error> {
    let row = sqlx::query(WAVEFORM)
        .bind(track.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row
        .map(|row| row.try_get("waveform"))
        .transpose()?
        .flatten())
}

pub async fn ready_of(conn: &mut Conn, party: Id<Party>) -> Result<Vec<Id<Track>>, db::Error> {
    let rows = sqlx::query(READY_OF)
        .bind(party.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// The track with that decoded sound, and who is paid for it.
pub async fn same_sound(
    conn: &mut Conn,
    pcm_hash: &str,
) -> Result<Option<(Id<Track>, Id<Party>)>, db::Error> {
    let row = sqlx::query(SAME_SOUND)
        .bind(pcm_hash)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((id(&row, "id")?, id(&row, "payee")?)))
        .transpose()
}

/// Moves a ready track to published; `false` if it is not ready.
pub async fn publish(
    conn: &mut Conn,
    track: Id<Track>,
    rights: &str,
    opens_at: Option<Timestamp>,
    qualify_ms: Option<i64>,
) -> Result<bool, db::Error> {
    let done = sqlx::query(PUBLISH)
        .bind(track.to_string())
        .bind(rights)
        .bind(opens_at.map(Timestamp::micros))
        .bind(qualify_ms)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_state(conn: &mut Conn, track: Id<Track>, state: State) -> Result<(), db::Error> {
    sqlx::query(SET_STATE)
        .bind(track.to_string())
        .bind(state.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Shown, db::Error> {
    let state: String = row.try_get("state")?;
    let cover: Option<String> = row.try_get("cover")?;
    let group: Option<String> = row.try_get("grp")?;
    let release = match group {
        Some(_) => Some((
            id(row, "grp")?,
            row.try_get("grp_title")?,
            row.try_get("pos")?,
        )),
        None => None,
    };
    Ok(Shown {
        id: id(row, "id")?,
        title: row.try_get("title")?,
        version: row.try_get("version")?,
        artist: row.try_get("display_artist")?,
        payee: id(row, "payee")?,
        release,
        covers: Covers::read(cover.as_deref()),
        isrc: row.try_get("isrc")?,
        lang: row.try_get("lang")?,
        explicit: row.try_get::<i64, _>("explicit")? == 1,
        licence: row.try_get("licence")?,
        duration_ms: row.try_get("duration_ms")?,
        qualify_ms: row.try_get("qualify_ms")?,
        lufs_milli: row.try_get("lufs_milli")?,
        peak_milli: row.try_get("peak_milli")?,
        rights: row.try_get("rights")?,
        state: State::parse(&state).ok_or_else(|| super::broken("state"))?,
        opens_at: maybe_instant(row, "opens_at")?,
        rev: row.try_get("rev")?,
    })
}
