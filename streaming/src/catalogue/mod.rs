//! What there is to hear: parties, releases, tracks, their files and who is paid.

pub mod admit;
pub mod check;
pub mod fold;
pub mod publish;

use kernel::{Id, Timestamp};

/// Names a party: an artist, a label, a person.
pub struct Party;
/// Names a release or another group of tracks.
pub struct Group;
/// Names a track.
pub struct Track;

/// Where a track or release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being written.
    Draft,
    /// Being taken in.
    Processing,
    /// All stages done, not yet published.
    Ready,
    /// Published at a later instant.
    Scheduled,
    /// For everyone whom its rights permit.
    Published,
    /// Taken back by the artist; owners keep it.
    Withdrawn,
    /// Forbidden by a legal order, for everyone.
    Blocked,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Draft,
        Self::Processing,
        Self::Ready,
        Self::Scheduled,
        Self::Published,
        Self::Withdrawn,
        Self::Blocked,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::Blocked => "blocked",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether people other than its artist may know that it exists.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(
            self,
            Self::Scheduled | Self::Published | Self::Withdrawn | Self::Blocked
        )
    }
}

/// Kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opus at 128 kbit/s in Ogg.
    Opus128,
    /// Opus at 64 kbit/s in Ogg.
    Opus64,
    /// MP3, variable rate.
    Mp3,
    /// FLAC, for owners.
    Flac,
    /// The preview, a file of its own.
    Preview,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Opus128,
        Self::Opus64,
        Self::Mp3,
        Self::Flac,
        Self::Preview,
    ];
    /// The kinds a play may ask for, best first.
    pub const PLAYED: [Self; 3] = [Self::Opus128, Self::Mp3, Self::Opus64];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opus128 => "opus128",
            Self::Opus64 => "opus64",
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
            Self::Preview => "preview",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A file of a track, named by the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// SHA-256 of the bytes.
    pub hash: [u8; 32],
    /// What it is.
    pub kind: Kind,
    /// Media type.
    pub mime: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Duration in milliseconds.
    pub ms: i64,
}

/// Where the bytes of a rendition or cover are kept among the objects.
#[must_use]
pub fn object_key(hash: &[u8; 32]) -> String {
    let name = kernel::hex::encode(hash);
    format!("streaming/{}/{name}", name.get(..2).unwrap_or("00"))
}

/// Cover sizes in pixels and the hash of each JPEG.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covers(pub Vec<(u32, [u8; 32])>);

impl Covers {
    /// The sizes covers are made in.
    pub const SIZES: [u32; 3] = [96, 256, 640];

    /// As it is stored: JSON of sizes to base64url hashes; `None` where there is no cover.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let members = self.0.iter().map(|(size, hash)| {
            (
                size.to_string(),
                serde_json::Value::String(kernel::b64::encode(hash)),
            )
        });
        Some(serde_json::Value::Object(members.collect()).to_string())
    }

    /// Reads the stored form; an entry that cannot be read is left out.
    #[must_use]
    pub fn read(stored: Option<&str>) -> Self {
        let members: serde_json::Map<String, serde_json::Value> = stored
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let mut sizes: Vec<(u32, [u8; 32])> = members
            .iter()
            .filter_map(|(size, hash)| {
                Some((
                    size.parse().ok()?,
                    kernel::b64::decode_array(hash.as_str()?)?,
                ))
            })
            .collect();
        sizes.sort_unstable();
        Self(sizes)
    }

    /// The smallest picture at least `width` wide, else the widest.
    #[must_use]
    pub fn fitting(&self, width: u32) -> Option<&[u8; 32]> {
        let wide = self
            .0
            .iter()
            .find(|(size, _)| *size >= width)
            .or(self.0.last());
        wide.map(|(_, hash)| hash)
    }
}

/// A track as pages and starts need it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: Id<Track>,
    /// Shown title.
    pub title: String,
    /// Remix, live and the like.
    pub version: Option<String>,
    /// Artist as printed.
    pub artist: String,
    /// The party that is paid.
    pub payee: Id<Party>,
    /// Release it stands on, with its title and place.
    pub release: Option<(Id<Group>, String, i64)>,
    /// Its pictures.
    pub covers: Covers,
    /// ISRC.
    pub isrc: Option<String>,
    /// BCP 47 tag.
    pub lang: Option<String>,
    /// Words not for everyone.
    pub explicit: bool,
    /// Licence.
    pub licence: String,
    /// Length.
    pub duration_ms: i64,
    /// Heard time after which a play counts.
    pub qualify_ms: i64,
    /// Loudness in thousandths of LUFS.
    pub lufs_milli: Option<i64>,
    /// True peak in thousandths of dBTP.
    pub peak_milli: Option<i64>,
    /// Hash of its rule file.
    pub rights: Option<String>,
    /// Where it stands.
    pub state: State,
    /// From when it may be played.
    pub opens_at: Option<Timestamp>,
    /// Raised by each edit.
    pub rev: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        let covers = Covers(vec![(96, [1; 32]), (640, [2; 32])]);
        assert_eq!(Covers::read(covers.stored().as_deref()), covers);
        assert_eq!(covers.fitting(256), Some(&[2; 32]));
        assert_eq!(covers.fitting(2000), Some(&[2; 32]));
        assert_eq!(Covers::default().stored(), None);
    }
}
