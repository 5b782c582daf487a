//! The wallet against the golden vectors, and its own laws.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test that calls them"
)]

mod merging;
mod requests;
mod vault;
mod vault_files;
