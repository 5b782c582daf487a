//! What the browser wallet's origin says it serves, and whether it does.

use kernel::hex;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// `release.json` of a wallet origin.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    format: String,
    /// Its version.
    pub version: String,
    /// SHA-256 in hex of each file, by path.
    pub files: BTreeMap<String, String>,
}

impl Release {
    /// Reads one; `None` for another format, or a path that leads to another place.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let release: Self = serde_json::from_slice(text).ok()?;
        let ours = |path: &String| path.starts_with('/') && !path.starts_with("//");
        let whole = release.format == "resonate-wallet-release/1" && !release.files.is_empty();
        (whole && release.files.keys().all(ours)).then_some(release)
    }

    /// Whether these bytes are the named file.
    #[must_use]
    pub fn holds(&self, path: &str, bytes: &[u8]) -> bool {
        let hash = hex::encode(Sha256::digest(bytes));
        self.files.get(path).is_some_and(|named| *named == hash)
    }
}

/// SHA-256 of the manifest itself, by which two people compare what they were served.
#[must_use]
pub fn hash(text: &[u8]) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_named_one_or_not() {
        let text = format!(
            r#"{{"format":"resonate-wallet-release/1","version":"1","files":{{"/a.js":"{}"}}}}"#,
            hash(b"x")
        );
        let release = Release::parse(text.as_bytes()).unwrap();
        assert!(release.holds("/a.js", b"x"));
        assert!(!release.holds("/a.js", b"y"));
        assert!(!release.holds("/b.js", b"x"));
        for (from, to) in [
            ("release/1", "release/2"),
            ("/a.js", "//evil/a.js"),
            ("/a.js", "a.js"),
        ] {
            assert_eq!(Release::parse(text.replace(from, to).as_bytes()), None);
        }
    }
}
