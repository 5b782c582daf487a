//! The crate through its routers.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test that calls them"
)]

mod assets;
mod forms;
mod pages;
mod signin;
mod wallet;
