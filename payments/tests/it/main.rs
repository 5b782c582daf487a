//! The module through its doors, on SQLite and, where `RESONATE_TEST_POSTGRES` is set, PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test that calls them"
)]

mod holds;
mod house;
mod ledger;
mod mandates;
mod model;
mod outside;
mod topups;
mod vectors;
