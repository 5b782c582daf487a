//! The wallet against the golden vectors, and its own laws.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test that calls them"
)]

mod requests;
mod vault;
