//! Suites across modules: one binary, because each one more costs a link of everything.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test that cannot go on stops; it has a clock, waits and an environment of its own"
)]

mod claims;
mod codes;
mod dependencies;
mod engines;
mod journeys;
mod layers;
mod source;
mod sql;
mod tidy;
