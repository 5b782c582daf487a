//! How a command ends: 0 done, 1 refused or failed, 2 usage or configuration.

use host::ConfigError;
use std::process::ExitCode;

/// Why a command did not do its work, with the words for the person who called it.
#[derive(Debug)]
pub enum Failure {
    /// Usage or configuration: exit 2.
    Usage(String),
    /// Anything else: exit 1.
    Failed(anyhow::Error),
}

/// The result of a command.
pub type Outcome = Result<ExitCode, Failure>;

impl Failure {
    /// Usage or configuration.
    pub fn usage(words: impl Into<String>) -> Self {
        Self::Usage(words.into())
    }

    /// Says it on stderr and gives the exit code.
    #[must_use]
    pub fn tell(&self) -> ExitCode {
        match self {
            Self::Usage(words) => {
                eprintln!("resonate: {words}");
                ExitCode::from(2)
            }
            Self::Failed(error) => {
                eprintln!("resonate: {error:#}");
                ExitCode::from(1)
            }
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<ConfigError>() {
            Ok(config) => config.into(),
            Err(error) => Self::Failed(error),
        }
    }
}
