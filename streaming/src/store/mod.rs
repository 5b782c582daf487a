//! SQL, one file an aggregate. Row structs stay inside.

pub mod day;
pub mod group;
pub mod lapse;
pub mod manager;
pub mod party;
pub mod play;
pub mod rendition;
pub mod right;
pub mod session;
pub mod tally;
pub mod track;

use host::db;
use kernel::{Id, Timestamp};
use sqlx::{Row, any::AnyRow};

/// Every statement, for the test that prepares each on both engines.
pub const STATEMENTS: &[&[&str]] = &[
    day::STATEMENTS,
    group::STATEMENTS,
    lapse::STATEMENTS,
    manager::STATEMENTS,
    party::STATEMENTS,
    play::STATEMENTS,
    rendition::STATEMENTS,
    right::STATEMENTS,
    session::STATEMENTS,
    tally::STATEMENTS,
    track::STATEMENTS,
];

/// A stored value that cannot be what we wrote.
fn broken(column: &str) -> db::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: "not in its form".into(),
    }
    .into()
}

fn id<T>(row: &AnyRow, column: &str) -> Result<Id<T>, db::Error> {
    Id::parse(row.try_get(column)?).ok_or_else(|| broken(column))
}

fn bytes<const N: usize>(row: &AnyRow, column: &str) -> Result<[u8; N], db::Error> {
    let stored: Vec<u8> = row.try_get(column)?;
    stored.try_into().map_err(|_| broken(column))
}

fn instant(row: &AnyRow, column: &str) -> Result<Timestamp, db::Error> {
    Ok(Timestamp::from_micros(row.try_get(column)?))
}

fn maybe_instant(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, db::Error> {
    Ok(row
        .try_get::<Option<i64>, _>(column)?
        .map(Timestamp::from_micros))
}
