//! PCM to renditions, by ffmpeg, which sees nothing else.

use crate::{
    Facts, PREVIEW_MS, Refused, check,
    sandbox::{self, Tools},
};
use sha2::{Digest, Sha256};
use std::{
    ffi::OsString,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// A form in which a track is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Opus, 128 kbit/s.
    Opus128,
    /// Opus, 64 kbit/s.
    Opus64,
    /// MP3, variable bit rate, quality 2.
    Mp3,
    /// At most 45 seconds, MP3: every browser plays it.
    Preview,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Opus128, Self::Opus64, Self::Mp3, Self::Preview];

    /// Its name in the catalogue.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus128 => "opus128",
            Self::Opus64 => "opus64",
            Self::Mp3 => "mp3",
            Self::Preview => "preview",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Opus128 | Self::Opus64 => "audio/ogg; codecs=opus",
            Self::Mp3 | Self::Preview => "audio/mpeg",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Opus128 => "128.opus",
            Self::Opus64 => "64.opus",
            Self::Mp3 => "full.mp3",
            Self::Preview => "preview.mp3",
        }
    }

    const fn codec(self) -> &'static [&'static str] {
        match self {
            Self::Opus128 => &["-c:a", "libopus", "-b:a", "128k", "-vbr", "on"],
            Self::Opus64 => &["-c:a", "libopus", "-b:a", "64k", "-vbr", "on"],
            Self::Mp3 => &["-c:a", "libmp3lame", "-q:a", "2"],
            Self::Preview => &["-c:a", "libmp3lame", "-q:a", "4"],
        }
    }
}

/// One encoded and checked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// Which form.
    pub kind: Kind,
    /// SHA-256 of its bytes: its name for ever.
    pub hash: [u8; 32],
    /// Its size.
    pub bytes: u64,
    /// Its length in milliseconds.
    pub ms: u64,
    /// Where it lies, below the work folder.
    pub file: PathBuf,
}

/// Where a preview starts and how long it is, in milliseconds: a third in, and at most half the
/// track.
pub(crate) fn preview_span(duration_ms: u64) -> (u64, u64) {
    let length = PREVIEW_MS.min(duration_ms / 2);
    ((duration_ms / 3).min(duration_ms - length), length)
}

/// Decodes `source` once more, pipes it to ffmpeg and checks what comes out.
///
/// # Errors
/// As the child says, or [`Refused::Tool`] when an output is not what it should be.
pub(crate) fn renditions(
    tools: &Tools,
    source: &Path,
    ending: &str,
    facts: &Facts,
    out: &Path,
) -> Result<Vec<Rendition>, Refused> {
    let mut child = tools.child("pcm", source, ending).spawn().map_err(tool)?;
    let pcm = child.stdout.take().expect("the child's output is a pipe");
    let ffmpeg = tools
        .ffmpeg(out, &arguments(facts, &tools.out(out)))
        .stdin(pcm)
        .spawn();
    let ffmpeg = match ffmpeg {
        Ok(ffmpeg) => ffmpeg,
        Err(e) => {
            child.kill().map_err(tool)?;
            child.wait().map_err(tool)?;
            return Err(tool(e));
        }
    };
    let encoded = ffmpeg.wait_with_output().map_err(tool)?;
    let decoded = child.wait_with_output().map_err(tool)?;
    if !decoded.status.success() {
        return Err(sandbox::refusal(decoded.status, &decoded.stderr));
    }
    if !encoded.status.success() {
        let text = String::from_utf8_lossy(&encoded.stderr);
        let last = text.lines().last().unwrap_or("no word").to_owned();
        return Err(Refused::Tool(format!("ffmpeg: {last}")));
    }
    Kind::ALL
        .into_iter()
        .map(|kind| finished(kind, facts, &out.join(kind.file())))
        .collect()
}

fn arguments(facts: &Facts, out: &Path) -> Vec<OsString> {
    let (start, length) = preview_span(facts.duration_ms);
    let mut all: Vec<OsString> = vec![];
    let mut say = |words: &[&str]| all.extend(words.iter().map(OsString::from));
    say(&[
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "error",
        "-protocol_whitelist",
        "file,pipe",
    ]);
    say(&[
        "-f",
        "f32le",
        "-ar",
        &facts.rate.to_string(),
        "-ac",
        &facts.channels.to_string(),
    ]);
    say(&["-i", "pipe:0"]);
    for kind in Kind::ALL {
        let mut say = |words: &[&str]| all.extend(words.iter().map(OsString::from));
        // Nothing of the source's own words goes along, and the same sound gives the same bytes.
        say(&[
            "-map_metadata",
            "-1",
            "-fflags",
            "+bitexact",
            "-flags:a",
            "+bitexact",
        ]);
        if kind == Kind::Preview {
            let fall = format!(
                "afade=t=in:d=0.5,afade=t=out:st={}:d=2",
                seconds(length - 2_000)
            );
            let trim = format!(
                "atrim={}:{},asetpts=PTS-STARTPTS,{fall}",
                seconds(start),
                seconds(start + length)
            );
            say(&["-af", &trim]);
        }
        say(kind.codec());
        all.push("-y".into());
        all.push(out.join(kind.file()).into_os_string());
    }
    all
}

/// Milliseconds as decimal seconds, without a float.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn finished(kind: Kind, facts: &Facts, file: &Path) -> Result<Rendition, Refused> {
    let expected = match kind {
        Kind::Preview => preview_span(facts.duration_ms).1,
        _ => facts.duration_ms,
    };
    let ms = check::duration_ms(file, kind)?;
    if ms.abs_diff(expected) > 100 {
        let name = kind.name();
        return Err(Refused::Tool(format!(
            "{name} came out {ms} ms long, not {expected}"
        )));
    }
    let (hash, bytes) = hash(file)?;
    Ok(Rendition {
        kind,
        hash,
        bytes,
        ms,
        file: file.to_owned(),
    })
}

/// SHA-256 and size of a file, read in pieces: six hours of MP3 need not fit in memory.
fn hash(file: &Path) -> Result<([u8; 32], u64), Refused> {
    let mut file = File::open(file).map_err(tool)?;
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut piece).map_err(tool)?;
        if read == 0 {
            return Ok((hash.finalize().into(), bytes));
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
}

fn tool(e: impl std::fmt::Display) -> Refused {
    Refused::Tool(e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_at_most_45_seconds_and_half_the_track() {
        assert_eq!(preview_span(180_000), (60_000, 45_000));
        assert_eq!(preview_span(60_000), (20_000, 30_000));
        assert_eq!(preview_span(5_000), (1_666, 2_500));
        let facts_seconds = seconds(61_005);
        assert_eq!(facts_seconds, "61.005");
    }
}
