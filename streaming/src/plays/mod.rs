//! Plays: from a start to what counts.

pub mod beat;
pub mod end;
pub mod found;
pub mod intent;
pub mod ladder;
pub mod live;
pub mod post;
pub mod qualify;
pub mod refusal;
pub mod session;
pub mod start;

pub use refusal::Refusal;

use crate::{catalogue::Track, days::Plan};
use kernel::{Amount, Day, Id, Timestamp, hex};
use sha2::{Digest, Sha256};

/// Lapsed starts a day; after more a start is paid with its first byte.
pub const LAPSES_MOST: i64 = 20;
/// Seconds from its start for which a play that counted goes on free.
pub const RESUMES_S: i64 = 86_400;

/// Names a play; drawn by the player.
pub struct Play;
/// Names a hold at payments.
pub struct Hold;

/// The hold of a play: SHA-256 of the transfer namespace, the kind and the play, cut to 16 bytes.
#[must_use]
pub fn hold_of(play: Id<Play>) -> Id<Hold> {
    let mut hash = Sha256::new();
    hash.update(b"resonate/transfer-id/1\0hold\0");
    hash.update(16_u32.to_be_bytes());
    hash.update(play.bytes());
    let whole: [u8; 32] = hash.finalize().into();
    let mut cut = [0; 16];
    cut.copy_from_slice(&whole[..16]);
    Id::from_bytes(cut)
}

/// Where a play stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Started; no byte was read.
    Granted,
    /// Being read.
    Playing,
    /// Counted.
    Qualified,
    /// Over, after it counted.
    Ended,
    /// Another start took its place.
    Superseded,
    /// Nobody finished it.
    Expired,
    /// Ended before it counted, or refused.
    Voided,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Granted,
        Self::Playing,
        Self::Qualified,
        Self::Ended,
        Self::Superseded,
        Self::Expired,
        Self::Voided,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Playing => "playing",
            Self::Qualified => "qualified",
            Self::Ended => "ended",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Voided => "voided",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether it may still count.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Granted | Self::Playing)
    }

    /// Whether bytes are served for it.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Granted | Self::Playing | Self::Qualified)
    }
}

/// A stored play.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayRow {
    /// Its id.
    pub play: Id<Play>,
    /// Whose it is, keyed-hashed.
    pub listener: [u8; 32],
    /// What is played.
    pub track: Id<Track>,
    /// The file that is played.
    pub rendition: [u8; 32],
    /// How it is paid.
    pub plan: Plan,
    /// Which play of the track it is.
    pub n: i64,
    /// Micro-credits held for it.
    pub price: Amount,
    /// The hold at payments.
    pub hold: Id<Hold>,
    /// Where it stands.
    pub state: State,
    /// Why it was ended or cannot count.
    pub why: Option<String>,
    /// Rules of the decision to let it start.
    pub rules: String,
    /// Keyed hash of the key that started it.
    pub jkt: [u8; 32],
    /// UTC day of the start.
    pub day: Day,
    /// Counted with its first byte.
    pub paid_at_start: bool,
    /// Start.
    pub granted_at: Timestamp,
    /// First byte.
    pub first_at: Option<Timestamp>,
    /// When it counted.
    pub qualified_at: Option<Timestamp>,
    /// Heard time reported.
    pub heard_ms: i64,
    /// Bytes sent.
    pub served: i64,
}

/// Why a play cannot count although it goes on: an impossible beat.
pub const TAINTED: &str = "beat-impossible";

impl PlayRow {
    /// Whether payments holds its price.
    #[must_use]
    pub fn has_hold(&self) -> bool {
        self.plan == Plan::S2o
    }

    /// What the pure rules look at.
    #[must_use]
    pub fn progress(&self) -> qualify::Progress {
        qualify::Progress {
            granted_at: self.granted_at,
            first_at: self.first_at,
            heard_ms: self.heard_ms,
            served: u64::try_from(self.served).unwrap_or(0),
            tainted: self.why.as_deref() == Some(TAINTED),
        }
    }
}

/// A hold as the peer call and the events name it.
#[must_use]
pub fn hold_text(hold: Id<Hold>) -> String {
    hex::encode(hold.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hold_of_a_play_is_as_published() {
        let play = Id::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        assert_eq!(hold_text(hold_of(play)), "3c4f87c8a3e98b7c7dcb81b3ea8ddda8");
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }
}
