//! What a file is, by its first bytes, and whether its name agrees.

use crate::Refused;

/// A format that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Flac,
    Wav,
    Aiff,
    Mp4,
    Mp3,
    Vorbis,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Flac => "FLAC",
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
            Self::Mp4 => "MP4 (ALAC or AAC)",
            Self::Mp3 => "MP3",
            Self::Vorbis => "Ogg Vorbis",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Flac => &["flac"],
            Self::Wav => &["wav", "wave"],
            Self::Aiff => &["aif", "aiff"],
            Self::Mp4 => &["m4a", "mp4", "alac", "aac"],
            Self::Mp3 => &["mp3"],
            Self::Vorbis => &["ogg", "oga"],
        }
    }

    /// Whether nothing was lost before it came here.
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::Flac | Self::Wav | Self::Aiff)
    }
}

/// All endings of names that are looked at.
pub(crate) fn is_audio_name(ending: &str) -> bool {
    ending == "opus" || ALL.iter().any(|format| format.endings().contains(&ending))
}

const ALL: [Format; 6] = [
    Format::Flac,
    Format::Wav,
    Format::Aiff,
    Format::Mp4,
    Format::Mp3,
    Format::Vorbis,
];

/// The format of a file from its first bytes (at least 512 where it has them) and its name's
/// ending in lower case.
///
/// # Errors
/// Empty, Opus, mislabelled or unreadable.
pub(crate) fn identify(head: &[u8], ending: &str) -> Result<Format, Refused> {
    if head.is_empty() {
        return Err(Refused::AudioEmpty);
    }
    let format = by_bytes(head)?;
    if format.endings().contains(&ending) {
        return Ok(format);
    }
    let named = ALL.iter().find(|f| f.endings().contains(&ending));
    let name = named.map_or(ending, |f| f.name());
    Err(Refused::AudioMislabelled {
        name: name.to_owned(),
        bytes: format.name().to_owned(),
    })
}

fn by_bytes(head: &[u8]) -> Result<Format, Refused> {
    let at = |from: usize, magic: &[u8]| head.get(from..from + magic.len()) == Some(magic);
    let holds = |magic: &[u8]| head.windows(magic.len()).any(|w| w == magic);
    if at(0, b"fLaC") {
        return Ok(Format::Flac);
    }
    if (at(0, b"RIFF") || at(0, b"RF64")) && at(8, b"WAVE") {
        return Ok(Format::Wav);
    }
    if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        return Ok(Format::Aiff);
    }
    if at(4, b"ftyp") {
        return Ok(Format::Mp4);
    }
    if at(0, b"OggS") {
        // The first page holds the codec's own header (RFC 3533 section 4).
        if holds(b"OpusHead") {
            return Err(Refused::AudioOpus);
        }
        if holds(b"\x01vorbis") {
            return Ok(Format::Vorbis);
        }
        return Err(Refused::AudioUnreadable(
            "an Ogg file of another codec".into(),
        ));
    }
    // ID3v2 stands before MP3; a bare stream starts with a frame's eleven set bits of layer III.
    let frame = head.len() > 1 && head[0] == 0xff && head[1] & 0xe6 == 0xe2;
    if at(0, b"ID3") || frame {
        return Ok(Format::Mp3);
    }
    Err(Refused::AudioUnreadable("no known first bytes".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes_must_agree_st55() {
        assert_eq!(identify(b"fLaC....", "flac"), Ok(Format::Flac));
        assert_eq!(identify(b"", "flac"), Err(Refused::AudioEmpty));
        let mut opus = b"OggS".to_vec();
        opus.extend([0; 24]);
        opus.extend(b"OpusHead");
        assert_eq!(identify(&opus, "ogg"), Err(Refused::AudioOpus));
        assert!(matches!(
            identify(b"fLaC", "mp3"),
            Err(Refused::AudioMislabelled { .. })
        ));
        for bad in [b"PK\x03\x04", b"GIF8", b"<htm"] {
            assert!(matches!(
                identify(bad, "mp3"),
                Err(Refused::AudioUnreadable(_))
            ));
        }
    }
}
