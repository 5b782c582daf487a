//! Configuration: one TOML file, an overlay from the environment, nothing guessed.
//!
//! A module has `Settings` (serde, `deny_unknown_fields`) that become its validated `Config`. The
//! composition root joins the settings of host and modules in one struct and gives it to [`load()`].

mod error;
mod load;
mod secret;
mod settings;
mod table;

pub use error::ConfigError;
pub use load::{Overlay, load, overlay};
pub use secret::{SecretSource, private_file};
pub use settings::{Database, Keys, Objects, Origins, Peer, Serve};
pub use table::{HOST_KEYS, Key, Kind, sample, schema};
