#![doc = include_str!("../README.md")]
#![deny(missing_docs, clippy::float_arithmetic)]

pub mod amount;
pub mod b64;
pub mod canonical;
pub mod handle;
pub mod hex;
pub mod id;
pub mod problem;
pub mod secret;
pub mod time;
pub mod world;

pub use amount::Amount;
pub use handle::Handle;
pub use id::Id;
pub use problem::Problem;
pub use secret::Secret;
pub use time::{Day, Timestamp};
pub use world::{Clock, Entropy, World};
