//! The ground, on the engine that the environment names.

mod door;
mod jobs;
mod migrations;
mod once;
mod outbox;
mod peers;
