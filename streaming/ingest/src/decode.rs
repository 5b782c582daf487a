//! Decoding in safe Rust (symphonia). Runs in the child only.

use crate::{LONGEST_MS, Refused, identify};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};
use symphonia::core::{
    codecs::audio::{AudioDecoder, AudioDecoderOptions},
    errors::Error,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::MediaSourceStream,
    meta::MetadataOptions,
};

/// The most that sound may exceed its file: 16-bit samples for each byte. Speech in the leanest
/// accepted codec stays below fifty.
const MOST_PER_BYTE: u64 = 200;

/// What the sound is, known after the first packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    pub rate: u32,
    pub channels: u32,
    pub is_lossless: bool,
}

/// Decodes `path` and hands each run of interleaved samples to `hear`.
///
/// # Errors
/// The reasons of [`Refused`] that concern format, length and truncation.
pub(crate) fn decode(
    path: &Path,
    ending: &str,
    mut hear: impl FnMut(Sound, &[f32]) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut head = vec![0; 4096];
    let read = file.read(&mut head).map_err(unreadable)?;
    let format = identify::identify(&head[..read], ending)?;
    if format == identify::Format::Vorbis {
        whole_ogg(&mut file, size)?;
    }
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let (mut reader, mut decoder, track, promised) = open(file, ending)?;
    let mut samples: Vec<f32> = vec![];
    let mut frames = 0_u64;
    let mut failed = None;
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(e) => {
                failed = Some(e.to_string());
                break;
            }
        };
        if packet.track_id != track {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let spec = buffer.spec();
                let channels = u32::try_from(spec.channels().count()).unwrap_or(u32::MAX);
                let sound = Sound {
                    rate: spec.rate(),
                    channels,
                    is_lossless: format.is_lossless(),
                };
                taken(sound)?;
                frames += buffer.frames() as u64;
                within(frames, sound, size)?;
                samples.resize(buffer.samples_interleaved(), 0.0);
                buffer.copy_to_slice_interleaved(&mut samples);
                hear(sound, &samples)?;
            }
            // One broken packet is heard as a click; a row of them is seen by the count below.
            Err(Error::DecodeError(_)) => {}
            Err(e) => {
                failed = Some(e.to_string());
                break;
            }
        }
    }
    complete(frames, promised, failed)
}

type Opened = (
    Box<dyn FormatReader>,
    Box<dyn AudioDecoder>,
    u32,
    Option<u64>,
);

fn open(file: File, ending: &str) -> Result<Opened, Refused> {
    let mut hint = Hint::new();
    hint.with_extension(ending);
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let reader = symphonia::default::get_probe()
        .probe(
            &hint,
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(unreadable)?;
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or_else(|| Refused::AudioUnreadable("it holds no sound".into()))?;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
    let parameters =
        parameters.ok_or_else(|| Refused::AudioUnreadable("its codec is not said".into()))?;
    let promised = track.num_frames;
    if let (Some(frames), Some(rate)) = (promised, parameters.sample_rate)
        && rate > 0
        && frames / u64::from(rate) > LONGEST_MS / 1000
    {
        return Err(Refused::AudioTooLong);
    }
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(unreadable)?;
    let id = track.id;
    Ok((reader, decoder, id, promised))
}

fn taken(sound: Sound) -> Result<(), Refused> {
    if !(1..=2).contains(&sound.channels) {
        return Err(Refused::AudioChannels(sound.channels));
    }
    if !(32_000..=192_000).contains(&sound.rate) {
        return Err(Refused::AudioRate(sound.rate));
    }
    Ok(())
}

fn within(frames: u64, sound: Sound, size: u64) -> Result<(), Refused> {
    if frames * 1000 / u64::from(sound.rate) > LONGEST_MS {
        return Err(Refused::AudioTooLong);
    }
    // Half a minute is always allowed: silence at a start is honest and compresses to nothing.
    let grace = u64::from(sound.rate) * 30;
    if frames > grace && frames * u64::from(sound.channels) * 2 > size.saturating_mul(MOST_PER_BYTE)
    {
        return Err(Refused::AudioBomb);
    }
    Ok(())
}

/// Refuses sound that stopped before its promise.
fn complete(frames: u64, promised: Option<u64>, failed: Option<String>) -> Result<(), Refused> {
    if frames == 0 {
        let why = failed.unwrap_or_else(|| "no packet could be decoded".into());
        return Err(Refused::AudioUnreadable(why));
    }
    // A codec's delay and padding may leave the count a few frames apart.
    if let Some(promised) = promised
        && frames + 8_192 < promised
    {
        let share = u128::from(frames) * 100 / u128::from(promised.max(1));
        return Err(Refused::AudioTruncated(format!(
            "{share} % of the promised sound is there"
        )));
    }
    match failed {
        Some(why) => Err(Refused::AudioTruncated(why)),
        None => Ok(()),
    }
}

/// An Ogg stream is whole when its last page says so and is all there (RFC 3533 section 6). Its
/// header promises no length, so a cut would otherwise pass for an early end.
fn whole_ogg(file: &mut File, size: u64) -> Result<(), Refused> {
    const LARGEST_PAGE: u64 = 65_307;
    let from = size.saturating_sub(LARGEST_PAGE);
    file.seek(SeekFrom::Start(from)).map_err(unreadable)?;
    let mut tail = vec![];
    file.take(LARGEST_PAGE)
        .read_to_end(&mut tail)
        .map_err(unreadable)?;
    let cut = || Refused::AudioTruncated("the last Ogg page is missing or cut".into());
    let at = tail
        .windows(4)
        .rposition(|w| w == b"OggS")
        .ok_or_else(cut)?;
    let page = &tail[at..];
    let flags = page.get(5).ok_or_else(cut)?;
    let segments = usize::from(*page.get(26).ok_or_else(cut)?);
    let lengths = page.get(27..27 + segments).ok_or_else(cut)?;
    let body: usize = lengths.iter().map(|l| usize::from(*l)).sum();
    if flags & 4 == 0 || page.len() < 27 + segments + body {
        return Err(cut());
    }
    Ok(())
}

fn unreadable(e: impl std::fmt::Display) -> Refused {
    Refused::AudioUnreadable(e.to_string())
}
