#![doc = include_str!("../README.md")]
#![deny(missing_docs, clippy::float_arithmetic)]

mod core;
mod document;
mod finder;
mod http;
mod id;
mod job;
mod kept;
mod part;
mod problem;
mod refusal;
mod store;
mod vault;
mod written;

pub use core::Recovery;
pub use part::MIGRATIONS;
pub use refusal::Refusal;
pub use store::STATEMENTS;

use core::Core;
