//! Why a file is not taken.

use serde::{Deserialize, Serialize};

/// A reason, its sentence made for the person who handed in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "slug", content = "detail", rename_all = "kebab-case")]
pub enum Refused {
    /// No bytes at all.
    #[error("the file is empty")]
    AudioEmpty,
    /// No format that is read here.
    #[error("these bytes are no FLAC, WAV, AIFF, ALAC, AAC, MP3 or Ogg Vorbis: {0}")]
    AudioUnreadable(String),
    /// The name promises another format than the bytes hold.
    #[error("the name says {name}, the bytes are {bytes}")]
    AudioMislabelled {
        /// What the file's ending says.
        name: String,
        /// What its first bytes say.
        bytes: String,
    },
    /// Opus cannot be decoded here.
    #[error("Opus files are not taken: hand in the FLAC or WAV it was made from")]
    AudioOpus,
    /// The end is missing.
    #[error("the file ends too early: {0}")]
    AudioTruncated(String),
    /// Shorter than five seconds.
    #[error("the track is shorter than five seconds")]
    AudioTooShort,
    /// Longer than six hours.
    #[error("the track is longer than six hours")]
    AudioTooLong,
    /// More channels than two.
    #[error("the track has {0} channels; one or two are taken")]
    AudioChannels(u32),
    /// A sample rate outside 32 to 192 kHz.
    #[error("the sample rate is {0} Hz; 32000 to 192000 are taken")]
    AudioRate(u32),
    /// Nothing to hear.
    #[error("the track is silent from beginning to end")]
    AudioSilent,
    /// Decodes to far more than its size promises.
    #[error("the file decodes to far more sound than its size promises")]
    AudioBomb,
    /// The child broke a limit or was killed.
    #[error("reading the file took more memory or time than is allowed")]
    AudioLimits,
    /// A tag holds control characters.
    #[error("the tag {0} holds control characters; correct it and hand the file in again")]
    TagControl(String),
    /// A tag is too long.
    #[error("the tag {0} is longer than 500 characters")]
    TagLength(String),
    /// The picture is not taken.
    #[error("the picture is not taken: {0}")]
    Image(String),
    /// A tool is missing or our own output is wrong: our side, the file may be good.
    #[error("the import could not do its work: {0}")]
    Tool(String),
}

impl Refused {
    /// The word programs can rely on.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::AudioEmpty => "audio-empty",
            Self::AudioUnreadable(_) => "audio-unreadable",
            Self::AudioMislabelled { .. } => "audio-mislabelled",
            Self::AudioOpus => "audio-opus",
            Self::AudioTruncated(_) => "audio-truncated",
            Self::AudioTooShort => "audio-too-short",
            Self::AudioTooLong => "audio-too-long",
            Self::AudioChannels(_) => "audio-channels",
            Self::AudioRate(_) => "audio-rate",
            Self::AudioSilent => "audio-silent",
            Self::AudioBomb => "audio-bomb",
            Self::AudioLimits => "audio-limits",
            Self::TagControl(_) => "tag-control",
            Self::TagLength(_) => "tag-length",
            Self::Image(_) => "image",
            Self::Tool(_) => "tool",
        }
    }
}
