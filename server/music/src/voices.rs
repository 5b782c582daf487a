//! The instruments: each adds one note to a mono line.

use crate::score::{Chance, Note, Voice};
use std::f32::consts::TAU;

pub(crate) const RATE: f32 = 44_100.0;

/// The samples of one note, its own gain applied.
pub(crate) fn sound(note: &Note, seed: u64) -> Vec<f32> {
    let length = (note.seconds * RATE) as usize;
    let mut samples = match note.voice {
        Voice::Pluck => pluck(note.hertz, length, seed),
        Voice::Pad => pad(note.hertz, length),
        Voice::Bass => saw(note.hertz, length, 600.0),
        Voice::Lead => saw(note.hertz, length, 3_000.0),
        Voice::Kick => kick(note.hertz, length),
        Voice::Snare => noise(length, seed, 14.0),
        Voice::Hat => noise(length, seed, 60.0),
    };
    for sample in &mut samples {
        *sample *= note.gain;
    }
    samples
}

/// Karplus-Strong: a burst of noise in a delay line that loses its edge at every turn.
fn pluck(hertz: f32, length: usize, seed: u64) -> Vec<f32> {
    let mut chance = Chance(seed | 1);
    let period = (RATE / hertz).max(2.0) as usize;
    let mut line: Vec<f32> = (0..period).map(|_| chance.unit() * 2.0 - 1.0).collect();
    let mut out = Vec::with_capacity(length);
    for i in 0..length {
        let here = i % period;
        let value = line[here];
        line[here] = (value + line[(here + 1) % period]) * 0.498;
        out.push(value);
    }
    fade(&mut out, 40, 2_000);
    out
}

/// Three detuned sines and a fifth partial that swells, for a soft pad.
fn pad(hertz: f32, length: usize) -> Vec<f32> {
    let mut out: Vec<f32> = (0..length)
        .map(|i| {
            let t = i as f32 / RATE;
            let swell = (t * 0.7).sin() * 0.2;
            (TAU * hertz * t).sin()
                + (TAU * hertz * 1.004 * t).sin() * 0.7
                + (TAU * hertz * 0.498 * t).sin() * 0.5
                + (TAU * hertz * 2.0 * t).sin() * swell
        })
        .collect();
    fade(&mut out, length / 4, length / 3);
    out
}

/// A saw wave through a one-pole low-pass that closes as the note dies.
fn saw(hertz: f32, length: usize, cutoff: f32) -> Vec<f32> {
    let mut low = 0.0;
    let mut out: Vec<f32> = (0..length)
        .map(|i| {
            let t = i as f32 / RATE;
            let open = cutoff * (1.0 - 0.7 * i as f32 / length.max(1) as f32);
            let wave = 2.0 * (t * hertz).fract() - 1.0;
            low += (wave - low) * (1.0 - (-TAU * open / RATE).exp());
            low
        })
        .collect();
    fade(&mut out, 80, length / 3);
    out
}

/// A sine that falls from four times its pitch.
fn kick(hertz: f32, length: usize) -> Vec<f32> {
    let mut phase = 0.0;
    let mut out: Vec<f32> = (0..length)
        .map(|i| {
            let t = i as f32 / RATE;
            phase += hertz * (1.0 + 3.0 * (-t * 38.0).exp()) / RATE;
            (TAU * phase).sin() * (-t * 9.0).exp()
        })
        .collect();
    fade(&mut out, 10, 400);
    out
}

fn noise(length: usize, seed: u64, decay: f32) -> Vec<f32> {
    let mut chance = Chance(seed | 1);
    let mut before = 0.0;
    (0..length)
        .map(|i| {
            let white = chance.unit() * 2.0 - 1.0;
            let bright = white - before;
            before = white;
            bright * (-(i as f32) / RATE * decay).exp()
        })
        .collect()
}

/// Ramps over so many samples at both ends, so that no note clicks.
fn fade(samples: &mut [f32], rise: usize, fall: usize) {
    let length = samples.len();
    for (i, sample) in samples.iter_mut().enumerate() {
        let up = (i as f32 / rise.max(1) as f32).min(1.0);
        let down = ((length - i) as f32 / fall.max(1) as f32).min(1.0);
        *sample *= up * down;
    }
}
