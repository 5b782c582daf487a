//! `[streaming]` of the configuration.

use host::ConfigError;
use serde::Deserialize;
use std::path::PathBuf;

/// `[streaming]`, as it stands in the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of this edge; grants of another edge open nothing here. `m1` where it is absent.
    pub edge: Option<String>,
    /// Refuse to take music in unless decoding is confined by bubblewrap.
    pub require_sandbox: bool,
    /// Folder for files in the making; the system's folder for such where it is absent.
    pub work_dir: Option<PathBuf>,
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of this edge.
    pub edge: String,
    /// Refuse to take music in unless decoding is confined.
    pub require_sandbox: bool,
    /// Folder for files in the making.
    pub work_dir: Option<PathBuf>,
}

impl Config {
    /// # Errors
    /// [`ConfigError`] for an edge name that is not 1 to 32 of `a-z 0-9 -`.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        let edge = settings.edge.unwrap_or_else(|| "m1".to_owned());
        let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if edge.is_empty() || edge.len() > 32 || !edge.bytes().all(good) {
            return Err(ConfigError::new(
                "streaming.edge",
                "an edge is named by 1 to 32 of a-z, 0-9 and -",
                "Correct the name",
            ));
        }
        Ok(Self {
            edge,
            require_sandbox: settings.require_sandbox,
            work_dir: settings.work_dir,
        })
    }
}
