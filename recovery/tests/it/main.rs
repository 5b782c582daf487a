//! The vault store through its door, on SQLite and, where `RESONATE_TEST_POSTGRES` is set,
//! PostgreSQL.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test that calls them"
)]

mod device;
mod finders;
mod house;
mod leaving;
mod old;
mod refusals;
mod same_time;
mod writes;
