//! SQL, one file an aggregate: static texts over the functions that run them.

pub(crate) mod audit;
pub(crate) mod finder;
pub(crate) mod old;
pub(crate) mod reader;
pub(crate) mod vault;

use host::db;
use kernel::Timestamp;
use sqlx::{Row as _, any::AnyRow};

/// Every statement of this module, for the test that prepares each on both engines.
pub const STATEMENTS: &[&[&str]] = &[
    audit::STATEMENTS,
    finder::STATEMENTS,
    old::STATEMENTS,
    reader::STATEMENTS,
    vault::STATEMENTS,
];

fn id(row: &AnyRow, column: &str) -> Result<[u8; 16], db::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes
        .try_into()
        .map_err(|_| db::Error::Corrupt("recovery: 16 bytes"))
}

/// The start of the day: no finer than the promise to forget needs.
fn day(now: Timestamp) -> i64 {
    now.day().start().micros()
}
