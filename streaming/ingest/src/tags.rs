//! What a file says of itself: suggestions only. Runs in the child.

use crate::Refused;
use lofty::{
    file::TaggedFileExt,
    prelude::{Accessor, ItemKey},
    probe::Probe,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Longest tag taken, in characters.
const LONGEST: usize = 500;

/// The tags that are used; absent ones stay empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// The track's title.
    pub title: Option<String>,
    /// Who plays.
    pub artist: Option<String>,
    /// The release.
    pub album: Option<String>,
    /// Place on the release, from 1.
    pub number: Option<u32>,
    /// Recording code, as written.
    pub isrc: Option<String>,
}

/// Reads the tags of `path`. A file without readable tags has none: that is no fault.
///
/// # Errors
/// A tag with control characters or of more than 500 characters, by name.
pub(crate) fn read(path: &Path) -> Result<Tags, Refused> {
    // By content: inside the sandbox the file has no ending.
    let opened = Probe::open(path).and_then(|probe| probe.guess_file_type().map_err(Into::into));
    let Ok(file) = opened.and_then(Probe::read) else {
        return Ok(Tags::default());
    };
    let Some(tag) = file.primary_tag().or_else(|| file.first_tag()) else {
        return Ok(Tags::default());
    };
    Ok(Tags {
        title: text("title", tag.title().as_deref())?,
        artist: text("artist", tag.artist().as_deref())?,
        album: text("album", tag.album().as_deref())?,
        number: tag.track().filter(|n| (1..=999).contains(n)),
        isrc: text("ISRC", tag.get_string(ItemKey::Isrc))?,
    })
}

fn text(name: &str, value: Option<&str>) -> Result<Option<String>, Refused> {
    let Some(value) = value.map(str::trim).filter(|v| !v.is_empty()) else {
        return Ok(None);
    };
    // Also the invisible marks that turn the direction of text: they forge what a page shows.
    let turning = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if value.chars().any(|c| c.is_control() || turning(c)) {
        return Err(Refused::TagControl(name.to_owned()));
    }
    if value.chars().count() > LONGEST {
        return Err(Refused::TagLength(name.to_owned()));
    }
    Ok(Some(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_plain_text_or_refused_by_name() {
        assert_eq!(text("title", Some("  Tide ")), Ok(Some("Tide".into())));
        assert_eq!(text("title", Some(" ")), Ok(None));
        for bad in ["a\u{7}b", "a\nb", "\u{202e}gpj"] {
            assert_eq!(
                text("title", Some(bad)),
                Err(Refused::TagControl("title".into()))
            );
        }
        let long = "x".repeat(501);
        assert_eq!(
            text("album", Some(&long)),
            Err(Refused::TagLength("album".into()))
        );
    }
}
