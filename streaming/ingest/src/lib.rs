#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sound is measured in floats and reported in integers, clamped before"
)]

pub mod check;
pub mod child;
mod cover;
mod decode;
mod encode;
pub mod folder;
mod identify;
mod measure;
mod refused;
pub mod sandbox;
mod tags;
mod track;

pub use cover::Picture;
pub use encode::{Kind, Rendition};
pub use measure::Facts;
pub use refused::Refused;
pub use sandbox::{Confinement, Tools};
pub use tags::Tags;
pub use track::{Made, cover, track};

/// Shortest track, in milliseconds.
pub const SHORTEST_MS: u64 = 5_000;
/// Longest track, in milliseconds: six hours.
pub const LONGEST_MS: u64 = 6 * 3_600_000;
/// Longest preview, in milliseconds.
pub const PREVIEW_MS: u64 = 45_000;
