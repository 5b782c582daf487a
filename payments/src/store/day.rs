//! Rows of `payments_day`, `payments_fold`, `payments_line` and `payments_stray`.

use host::db::{self, Conn};
use kernel::{Amount, Day, Timestamp};
use sqlx::{Row as _, any::AnyRow};

/// How far a closed day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Heard,
    Differs,
    Folding,
    Folded,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Heard, Self::Differs, Self::Folding, Self::Folded];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Differs => "differs",
            Self::Folding => "folding",
            Self::Folded => "folded",
        }
    }
}

/// A day that streaming closed.
#[derive(Clone, Debug)]
pub(crate) struct Closed {
    pub day: Day,
    pub hash: String,
    pub manifest: Option<String>,
    pub stage: Stage,
    pub note: Option<String>,
    pub artists: Amount,
    pub coop: Amount,
}

const HEARD: &str = "INSERT INTO payments_day (day, hash, manifest, state, note, artists, coop, heard_at, folded_at)
    VALUES ($1, $2, NULL, 'heard', NULL, 0, 0, $3, NULL) ON CONFLICT DO NOTHING";

/// Notes that a day was closed; no when it was known.
pub(crate) async fn heard(
    conn: &mut Conn,
    day: Day,
    hash: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let query = sqlx::query(HEARD)
        .bind(day.to_string())
        .bind(hash)
        .bind(now.micros());
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const FIND: &str =
    "SELECT day, hash, manifest, state, note, artists, coop FROM payments_day WHERE day = $1";

/// That day, if it was closed.
pub(crate) async fn find(conn: &mut Conn, day: Day) -> Result<Option<Closed>, db::Error> {
    let row = sqlx::query(FIND)
        .bind(day.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(|r| read(&r)).transpose()
}

const TO_FOLD: &str = "SELECT day, hash, manifest, state, note, artists, coop FROM payments_day
    WHERE state IN ('heard', 'folding') ORDER BY day LIMIT 8";

/// Days that wait to be shared out.
pub(crate) async fn to_fold(conn: &mut Conn) -> Result<Vec<Closed>, db::Error> {
    sqlx::query(TO_FOLD)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

const LATEST: &str = "SELECT day, hash, manifest, state, note, artists, coop FROM payments_day
    ORDER BY day DESC LIMIT $1";

/// The latest closed days.
pub(crate) async fn latest(conn: &mut Conn, most: i64) -> Result<Vec<Closed>, db::Error> {
    sqlx::query(LATEST)
        .bind(most)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

const DIFFERS: &str = "UPDATE payments_day SET state = 'differs', note = $2, manifest = $3
    WHERE day = $1 AND state = 'heard'";

/// Stops a day whose numbers do not fit.
pub(crate) async fn differs(
    conn: &mut Conn,
    day: Day,
    note: &str,
    manifest: &str,
) -> Result<(), db::Error> {
    sqlx::query(DIFFERS)
        .bind(day.to_string())
        .bind(note)
        .bind(manifest)
        .execute(conn)
        .await?;
    Ok(())
}

const FOLDING: &str = "UPDATE payments_day SET state = 'folding', manifest = $2
    WHERE day = $1 AND state IN ('heard', 'folding')";

/// Keeps the manifest: from now on the day is shared out, whatever is interrupted.
pub(crate) async fn folding(conn: &mut Conn, day: Day, manifest: &str) -> Result<(), db::Error> {
    sqlx::query(FOLDING)
        .bind(day.to_string())
        .bind(manifest)
        .execute(conn)
        .await?;
    Ok(())
}

const FOLDED: &str = "UPDATE payments_day SET state = 'folded', folded_at = $2,
    artists = (SELECT CAST(COALESCE(SUM(f.artists), 0) AS BIGINT) FROM payments_fold f WHERE f.day = $1),
    coop = (SELECT CAST(COALESCE(SUM(f.coop), 0) AS BIGINT) FROM payments_fold f WHERE f.day = $1)
    WHERE day = $1 AND state = 'folding'";

/// Marks a day as shared out.
pub(crate) async fn folded(conn: &mut Conn, day: Day, now: Timestamp) -> Result<(), db::Error> {
    sqlx::query(FOLDED)
        .bind(day.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// One track's share-out of a day.
#[derive(Clone, Debug)]
pub(crate) struct Fold<'a> {
    pub day: Day,
    pub track: &'a str,
    pub ucr: Amount,
    pub artists: Amount,
    pub coop: Amount,
    pub sheet: &'a str,
}

const FOLD: &str = "INSERT INTO payments_fold (day, track, ucr, artists, coop, sheet)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

/// Writes a track's share-out; no when it stands.
pub(crate) async fn fold(conn: &mut Conn, fold: &Fold<'_>) -> Result<bool, db::Error> {
    let query = sqlx::query(FOLD)
        .bind(fold.day.to_string())
        .bind(fold.track)
        .bind(fold.ucr.minor());
    let query = query
        .bind(fold.artists.minor())
        .bind(fold.coop.minor())
        .bind(fold.sheet);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const FOLDS: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM payments_fold WHERE day = $1";

/// How many tracks earned on a day.
pub(crate) async fn folds(conn: &mut Conn, day: Day) -> Result<i64, db::Error> {
    Ok(sqlx::query(FOLDS)
        .bind(day.to_string())
        .fetch_one(conn)
        .await?
        .try_get("total")?)
}

const LINE: &str = "INSERT INTO payments_line (payee, period, kind, ref, plays, ucr)
    VALUES ($1, $2, 's2o', $3, $4, $5) ON CONFLICT DO NOTHING";

/// Writes a payee's line for a track and day.
pub(crate) async fn line(
    conn: &mut Conn,
    payee: &str,
    fold: &Fold<'_>,
    plays: i64,
    ucr: Amount,
) -> Result<(), db::Error> {
    let query = sqlx::query(LINE)
        .bind(payee)
        .bind(fold.day.to_string())
        .bind(fold.track);
    query.bind(plays).bind(ucr.minor()).execute(conn).await?;
    Ok(())
}

const TOTALS: &str = "SELECT CAST(COALESCE(SUM(artists), 0) AS BIGINT) AS artists,
    CAST(COALESCE(SUM(coop), 0) AS BIGINT) AS coop FROM payments_day WHERE state = 'folded'";

/// What all shared-out days gave to the artist side and to the co-op.
pub(crate) async fn totals(conn: &mut Conn) -> Result<(Amount, Amount), db::Error> {
    let row = sqlx::query(TOTALS).fetch_one(conn).await?;
    Ok((
        Amount::new(row.try_get("artists")?),
        Amount::new(row.try_get("coop")?),
    ))
}

const STRAY: &str = "INSERT INTO payments_stray (id, topic, subject, why, at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

/// Keeps an event that could not be carried out, for a person.
pub(crate) async fn stray(
    conn: &mut Conn,
    topic: &str,
    subject: &str,
    why: &str,
    now: Timestamp,
) -> Result<(), db::Error> {
    let query = sqlx::query(STRAY)
        .bind(format!("{topic} {subject} {why}"))
        .bind(topic)
        .bind(subject);
    query.bind(why).bind(now.micros()).execute(conn).await?;
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[
    HEARD, FIND, TO_FOLD, LATEST, DIFFERS, FOLDING, FOLDED, FOLD, FOLDS, LINE, TOTALS, STRAY,
];

fn read(row: &AnyRow) -> Result<Closed, db::Error> {
    let (day, state): (String, String) = (row.try_get("day")?, row.try_get("state")?);
    Ok(Closed {
        day: Day::parse(&day).ok_or(db::Error::Corrupt("payments_day"))?,
        hash: row.try_get("hash")?,
        manifest: row.try_get("manifest")?,
        stage: Stage::ALL
            .into_iter()
            .find(|s| s.as_str() == state)
            .ok_or(db::Error::Corrupt("payments_day"))?,
        note: row.try_get("note")?,
        artists: Amount::new(row.try_get("artists")?),
        coop: Amount::new(row.try_get("coop")?),
    })
}
