#![doc = include_str!("../README.md")]

mod browser;
mod house;
mod scratch;
mod world;

pub use browser::{Browser, Page};
pub use house::{House, ground_for_test, ground_of_node, test_origins};
pub use scratch::Scratch;
pub use world::{FixedClock, SeededEntropy, fixed_world};
