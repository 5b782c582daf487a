//! Real files, real ffmpeg, the real sandbox.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests fail the test that calls them"
)]

mod accepted;
mod refused;
mod sounds;
