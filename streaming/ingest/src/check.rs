//! What ffmpeg made, read again before it counts.

use crate::{Kind, Refused, decode};
use std::{fs, path::Path};

/// The length of a rendition in milliseconds: MP3 is decoded, Opus is walked page by page.
///
/// # Errors
/// [`Refused::Tool`]: the file is ours, so a fault is ours too.
pub fn duration_ms(file: &Path, kind: Kind) -> Result<u64, Refused> {
    match kind {
        Kind::Opus128 | Kind::Opus64 => opus_ms(&fs::read(file).map_err(bad)?),
        Kind::Mp3 | Kind::Preview => mp3_ms(file),
    }
}

fn mp3_ms(file: &Path) -> Result<u64, Refused> {
    let (mut frames, mut rate) = (0_u64, 1);
    decode::decode(file, "mp3", |sound, samples| {
        frames += samples.len() as u64 / u64::from(sound.channels);
        rate = sound.rate;
        Ok(())
    })
    .map_err(bad)?;
    Ok(frames * 1000 / u64::from(rate))
}

/// Ogg Opus counts in 48 kHz samples; the last page's position less the pre-skip is the length
/// (RFC 7845 section 4).
fn opus_ms(bytes: &[u8]) -> Result<u64, Refused> {
    let (mut at, mut position, mut skip, mut pages, mut ended) = (0, 0_u64, 0_u64, 0, false);
    while at < bytes.len() {
        let header = bytes.get(at..at + 27).ok_or_else(|| bad("a page is cut"))?;
        if &header[..4] != b"OggS" || ended {
            return Err(bad("a page is out of place"));
        }
        let segments = usize::from(header[26]);
        let lengths = bytes
            .get(at + 27..at + 27 + segments)
            .ok_or_else(|| bad("a page is cut"))?;
        let body: usize = lengths.iter().map(|l| usize::from(*l)).sum();
        let from = at + 27 + segments;
        let content = bytes
            .get(from..from + body)
            .ok_or_else(|| bad("a page is cut"))?;
        if pages == 0 {
            let head = content
                .get(..12)
                .filter(|head| head.starts_with(b"OpusHead"));
            let head = head.ok_or_else(|| bad("it is no Opus stream"))?;
            skip = u64::from(u16::from_le_bytes([head[10], head[11]]));
        }
        let here = header[6..14]
            .try_into()
            .expect("eight bytes of a slice of 27");
        position = u64::from_le_bytes(here);
        ended = header[5] & 4 != 0;
        pages += 1;
        at = from + body;
    }
    if pages < 3 || !ended {
        return Err(bad("the stream has no end"));
    }
    Ok(position.saturating_sub(skip) / 48)
}

fn bad(e: impl std::fmt::Display) -> Refused {
    Refused::Tool(format!("a rendition came out wrong: {e}"))
}
