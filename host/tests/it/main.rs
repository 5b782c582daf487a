//! The ground, on the engine that the environment names.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its ground is not as it should be"
)]

mod door;
mod doubt;
mod edge;
mod envelope;
mod jobs;
mod migrations;
mod once;
mod outbox;
mod peers;
mod proof;
