//! What is wrong with the configuration, where, and what to do.

use std::fmt;

/// Ends the process with code 2: place (file and line, or variable), what is wrong, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// `resonate.toml line 3`, `RESONATE_ORIGINS__ID` or a key.
    pub place: String,
    /// One sentence.
    pub what: String,
    /// What the operator should do.
    pub remedy: String,
}

impl ConfigError {
    /// All three parts.
    pub fn new(
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Where saying what is wrong says what to do: `rule` is what the value must be.
    pub fn at(place: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::new(place, rule, "Correct it")
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.place, self.what, self.remedy)
    }
}

impl std::error::Error for ConfigError {}
