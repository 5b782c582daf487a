//! Rule files: what a payee permits, as TOML that the payee signs.

use super::{Download, Stream};
use kernel::Timestamp;
use serde::Deserialize;

/// The template most artists choose: paid, worldwide, preview on.
pub const PAID: &str =
    "stream = \"paid\"\ndownload = \"owners\"\nworldwide = true\npreview = true\n";
/// Free for everyone.
pub const FREE: &str = "stream = \"free\"\ndownload = \"free\"\nworldwide = true\npreview = true\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stream: String,
    download: String,
    opens_at: Option<String>,
    closes_at: Option<String>,
    worldwide: Option<bool>,
    territories: Option<Vec<String>>,
    preview: bool,
    qualify_ms: Option<i64>,
}

/// A rule file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// How the track may be played.
    pub stream: Stream,
    /// Who may download it.
    pub download: Download,
    /// From when.
    pub opens_at: Option<Timestamp>,
    /// Until when.
    pub closes_at: Option<Timestamp>,
    /// Whether every territory is meant.
    pub worldwide: bool,
    /// ISO 3166 codes where not.
    pub territories: Vec<String>,
    /// Whether there is a preview.
    pub preview: bool,
    /// Heard time after which a play counts, where the artist sets one.
    pub qualify_ms: Option<i64>,
}

/// Why a text is no rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule file is not understood: {0}")]
pub struct NotARule(pub String);

impl RuleFile {
    /// Reads a rule file.
    ///
    /// # Errors
    /// [`NotARule`]: not TOML, an unknown key or word, neither or both of `worldwide` and
    /// `territories`, an end before the beginning.
    pub fn parse(text: &str) -> Result<Self, NotARule> {
        let no = |what: &str| NotARule(what.to_owned());
        let file: File = toml::from_str(text).map_err(|e| NotARule(e.message().to_owned()))?;
        let stream = match file.stream.as_str() {
            "paid" => Stream::Paid,
            "free" => Stream::Free,
            "off" => Stream::Off,
            _ => return Err(no("stream is paid, free or off")),
        };
        let download = match file.download.as_str() {
            "owners" => Download::Owners,
            "free" => Download::Free,
            _ => return Err(no("download is owners or free")),
        };
        let worldwide = file.worldwide.unwrap_or(false);
        let territories = file.territories.unwrap_or_default();
        let code = |t: &String| t.len() == 2 && t.bytes().all(|c| c.is_ascii_uppercase());
        if worldwide != territories.is_empty() || !territories.iter().all(code) {
            return Err(no("either worldwide = true or a list of territories"));
        }
        let (opens_at, closes_at) = (instant(file.opens_at)?, instant(file.closes_at)?);
        if matches!((opens_at, closes_at), (Some(o), Some(c)) if c <= o) {
            return Err(no("closes_at lies before opens_at"));
        }
        if file
            .qualify_ms
            .is_some_and(|ms| !(1000..=45_000).contains(&ms))
        {
            return Err(no("qualify_ms lies between 1000 and 45000"));
        }
        Ok(Self {
            stream,
            download,
            opens_at,
            closes_at,
            worldwide,
            territories,
            preview: file.preview,
            qualify_ms: file.qualify_ms,
        })
    }
}

fn instant(text: Option<String>) -> Result<Option<Timestamp>, NotARule> {
    let read =
        |t: String| Timestamp::parse(&t).ok_or_else(|| NotARule(format!("{t} is no instant")));
    text.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_rule_files() {
        let paid = RuleFile::parse(PAID).unwrap();
        assert_eq!(
            (paid.stream, paid.worldwide, paid.preview),
            (Stream::Paid, true, true)
        );
        assert_eq!(RuleFile::parse(FREE).unwrap().stream, Stream::Free);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let base = "download = \"owners\"\npreview = true\n";
        for bad in [
            "stream = \"cheap\"\nworldwide = true\n",
            "stream = \"paid\"\n",
            "stream = \"paid\"\nworldwide = true\nterritories = [\"PT\"]\n",
            "stream = \"paid\"\nterritories = [\"Portugal\"]\n",
            "stream = \"paid\"\nworldwide = true\nopens_at = \"soon\"\n",
            "stream = \"paid\"\nworldwide = true\nqualify_ms = 1\n",
            "stream = \"paid\"\nworldwide = true\ncolour = \"red\"\n",
            "stream = \"paid\"\nworldwide = true\nopens_at = \"2026-11-21T00:00:00Z\"\n\
             closes_at = \"2026-11-20T00:00:00Z\"\n",
        ] {
            assert!(RuleFile::parse(&format!("{base}{bad}")).is_err(), "{bad}");
        }
    }
}
