//! Handles: the pseudonyms people choose.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Words that would pass for the house itself, sorted.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "anonymous",
    "api",
    "artist",
    "board",
    "co-op",
    "coop",
    "everyone",
    "guardian",
    "help",
    "host",
    "id",
    "info",
    "listen",
    "listener",
    "mail",
    "member",
    "moderator",
    "nobody",
    "null",
    "official",
    "operator",
    "owner",
    "postmaster",
    "privacy",
    "resonate",
    "root",
    "secretary",
    "security",
    "staff",
    "support",
    "system",
    "team",
    "undefined",
    "verify",
    "wallet",
    "webmaster",
    "www",
];

/// A pseudonym: 3 to 30 of `a-z 0-9`, single inner hyphens, not reserved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Handle(String);

/// Why a text is no handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// Shorter than 3 or longer than 30.
    #[error("a handle has 3 to 30 characters")]
    Length,
    /// Another character, or a hyphen at an end or beside another.
    #[error("a handle uses a-z, 0-9 and single hyphens inside")]
    Form,
    /// It would pass for the house.
    #[error("this handle is kept for the co-op")]
    Reserved,
}

impl Handle {
    /// Folds ASCII upper case, then checks; other scripts are refused, never folded.
    ///
    /// # Errors
    /// [`HandleError`] says which rule is broken.
    pub fn parse(typed: &str) -> Result<Self, HandleError> {
        let text = typed.to_ascii_lowercase();
        if !(3..=30).contains(&text.len()) {
            return Err(HandleError::Length);
        }
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.chars().all(good) || text.split('-').any(str::is_empty) {
            return Err(HandleError::Form);
        }
        if RESERVED.binary_search(&text.as_str()).is_ok() {
            return Err(HandleError::Reserved);
        }
        Ok(Self(text))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn a_handle_is_well_formed_or_refused_with_its_reason() {
        assert_eq!(
            Handle::parse("Quiet-Heron").map(|h| h.to_string()),
            Ok("quiet-heron".into())
        );
        for (bad, why) in [
            ("ab", HandleError::Length),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", HandleError::Length),
            ("-ab", HandleError::Form),
            ("ab-", HandleError::Form),
            ("a--b", HandleError::Form),
            ("p\u{430}ypal", HandleError::Form),
            ("<b>x</b>", HandleError::Form),
            ("admin", HandleError::Reserved),
        ] {
            assert_eq!(Handle::parse(bad), Err(why), "{bad}");
        }
    }
}
