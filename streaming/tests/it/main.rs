//! The module through its routers, with the provider and payments played at the peer boundary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may panic, its helpers too"
)]

mod beats;
mod bytes;
mod catalogue;
mod days;
mod room;
mod sessions;
mod starts;
mod stored;
