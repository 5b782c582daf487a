//! The wallet against the golden vectors, and its own laws.

mod requests;
mod vault;
