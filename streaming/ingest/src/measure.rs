//! What a track is like: length, loudness, peaks, and the hash of its sound.

use crate::{LONGEST_MS, Refused, SHORTEST_MS, decode::Sound};
use ebur128::{EbuR128, Mode};
use kernel::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Number of bars of a waveform.
pub const BARS: usize = 1_000;

/// Facts of a decoded track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Length in milliseconds.
    pub duration_ms: u64,
    /// Samples a second.
    pub rate: u32,
    /// 1 or 2.
    pub channels: u32,
    /// Whether the source had lost nothing before (FLAC, WAV, AIFF).
    pub is_lossless: bool,
    /// Integrated loudness in thousandths of LUFS (EBU R 128).
    pub lufs_milli: i64,
    /// True peak in thousandths of full scale.
    pub peak_milli: i64,
    /// Samples at full scale.
    pub clipped: u64,
    /// 1,000 bars of 0 to 127, lower-case hex.
    pub waveform: String,
    /// SHA-256 of the PCM, lower-case hex: two files of the same sound share it.
    pub pcm_hash: String,
}

/// Listens to a track once.
pub(crate) struct Ear {
    sound: Option<Sound>,
    meter: Option<EbuR128>,
    frames: u64,
    clipped: u64,
    loudest: f32,
    /// The loudest sample of each run of `RUN` frames, folded to `BARS` at the end.
    runs: Vec<f32>,
    hash: Sha256,
}

/// Frames of a run.
const RUN: u64 = 2_048;
/// Quieter than this throughout is silence: -80 dB of full scale.
const SILENCE: f32 = 0.0001;

impl Ear {
    pub fn new() -> Self {
        Self {
            sound: None,
            meter: None,
            frames: 0,
            clipped: 0,
            loudest: 0.0,
            runs: vec![],
            hash: Sha256::new(),
        }
    }

    /// Takes interleaved samples.
    pub fn hear(&mut self, sound: Sound, samples: &[f32]) -> Result<(), Refused> {
        let first = *self.sound.get_or_insert(sound);
        if (first.rate, first.channels) != (sound.rate, sound.channels) {
            return Err(Refused::AudioUnreadable(
                "its rate or channels change midway".into(),
            ));
        }
        if self.meter.is_none() {
            let made = EbuR128::new(sound.channels, sound.rate, Mode::I | Mode::TRUE_PEAK);
            self.meter = Some(made.map_err(meter)?);
        }
        if let Some(ear) = &mut self.meter {
            ear.add_frames_f32(samples).map_err(meter)?;
        }
        for frame in samples.chunks_exact(sound.channels as usize) {
            let here = frame.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
            let run = (self.frames / RUN) as usize;
            if self.runs.len() <= run {
                self.runs.push(0.0);
            }
            self.runs[run] = self.runs[run].max(here);
            self.loudest = self.loudest.max(here);
            self.clipped += u64::from(here >= 1.0);
            self.frames += 1;
        }
        for sample in samples {
            self.hash.update(sample.to_le_bytes());
        }
        Ok(())
    }

    /// What was heard.
    ///
    /// # Errors
    /// Too short, too long, or silent.
    pub fn facts(self) -> Result<Facts, Refused> {
        let (Some(sound), Some(ear)) = (self.sound, self.meter) else {
            return Err(Refused::AudioUnreadable("no sound was decoded".into()));
        };
        let duration_ms = self.frames * 1000 / u64::from(sound.rate);
        if duration_ms < SHORTEST_MS {
            return Err(Refused::AudioTooShort);
        }
        if duration_ms > LONGEST_MS {
            return Err(Refused::AudioTooLong);
        }
        if self.loudest < SILENCE {
            return Err(Refused::AudioSilent);
        }
        let lufs = ear.loudness_global().map_err(meter)?;
        let mut peak = 0.0_f64;
        for channel in 0..sound.channels {
            peak = peak.max(ear.true_peak(channel).map_err(meter)?);
        }
        Ok(Facts {
            duration_ms,
            rate: sound.rate,
            channels: sound.channels,
            is_lossless: sound.is_lossless,
            // Very quiet music measures minus infinity: the gate of EBU R 128 lets nothing pass.
            lufs_milli: (lufs.max(-100.0) * 1000.0) as i64,
            peak_milli: (peak.min(16.0) * 1000.0) as i64,
            clipped: self.clipped,
            waveform: hex::encode(bars(&self.runs, self.loudest)),
            pcm_hash: hex::encode(self.hash.finalize()),
        })
    }
}

/// The runs folded to `BARS`, scaled so that the loudest is 127.
fn bars(runs: &[f32], loudest: f32) -> Vec<u8> {
    (0..BARS)
        .map(|bar| {
            let from = bar * runs.len() / BARS;
            let to = ((bar + 1) * runs.len() / BARS).clamp(from + 1, runs.len().max(from + 1));
            let most = runs
                .get(from..to.min(runs.len()))
                .unwrap_or(&[])
                .iter()
                .copied();
            let most = most.fold(0.0_f32, f32::max);
            (most / loudest * 127.0) as u8
        })
        .collect()
}

fn meter(e: ebur128::Error) -> Refused {
    Refused::Tool(format!("measuring loudness: {e:?}"))
}
