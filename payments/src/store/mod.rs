//! SQL, one file an aggregate: static texts over the functions that run them.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod bell;
pub(crate) mod day;
pub(crate) mod fake;
pub(crate) mod mandate;
pub(crate) mod order;
pub(crate) mod transfer;

use crate::ids::Bytes16;
use host::db;
use kernel::Timestamp;
use sqlx::{Row as _, any::AnyRow};

/// Every statement of this module, for the test that prepares each on both engines.
pub const STATEMENTS: &[&[&str]] = &[
    account::STATEMENTS,
    audit::STATEMENTS,
    bell::STATEMENTS,
    day::STATEMENTS,
    fake::STATEMENTS,
    mandate::STATEMENTS,
    order::STATEMENTS,
    transfer::STATEMENTS,
];

fn bytes16(row: &AnyRow, column: &str) -> Result<Bytes16, db::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    bytes
        .try_into()
        .map_err(|_| db::Error::Corrupt("payments: 16 bytes"))
}

fn maybe_bytes16(row: &AnyRow, column: &str) -> Result<Option<Bytes16>, db::Error> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    bytes
        .map(|b| {
            b.try_into()
                .map_err(|_| db::Error::Corrupt("payments: 16 bytes"))
        })
        .transpose()
}

fn maybe_instant(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, db::Error> {
    let micros: Option<i64> = row.try_get(column)?;
    Ok(micros.map(Timestamp::from_micros))
}
