//! The wallet against the golden vectors, and its own laws.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test that calls them"
)]

mod merging;
mod requests;
mod signed;
mod vault;
mod vault_files;
