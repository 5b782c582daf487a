#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod cards;
pub mod derive;
pub mod failure;
pub mod history;
pub mod play;
pub mod present;
pub mod proof;
pub mod receive;
pub mod release;
pub mod request;
mod seal;
pub mod siop;
pub mod store;
pub mod vault;

pub use credential::{Refusal, jose};
pub use failure::Failure;
