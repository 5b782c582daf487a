#![doc = include_str!("../README.md")]
#![deny(missing_docs, clippy::float_arithmetic)]

pub mod allocate;
mod config;
mod core;
pub mod fold;
pub mod hear;
pub mod hold;
mod http;
pub mod ids;
mod intent;
mod issuer;
mod job;
pub mod ladder;
pub mod ledger;
pub mod mandate;
pub mod manifest;
pub mod order;
mod part;
mod problem;
mod proof;
pub mod provider;
pub mod purse;
mod store;
mod token;
pub mod units;
mod words;

pub use config::{Config, Settings};
pub use core::Payments;
pub use part::MIGRATIONS;
pub use store::STATEMENTS;

use core::Core;
