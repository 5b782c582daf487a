//! Notes to stereo PCM.

use crate::{
    score::Piece,
    voices::{RATE, sound},
};

/// Interleaved stereo samples at 44.1 kHz.
pub(crate) fn piece(piece: &Piece) -> Vec<i16> {
    let frames = (piece.seconds() * RATE) as usize;
    let mut mix = vec![[0.0_f32; 2]; frames];
    for (i, note) in piece.notes().iter().enumerate() {
        let seed = piece.seed.wrapping_mul(1_000_003).wrapping_add(i as u64);
        let (left, right) = ((1.0 - note.pan).min(1.0), (1.0 + note.pan).min(1.0));
        let from = (note.at * RATE) as usize;
        for (frame, sample) in mix.iter_mut().skip(from).zip(sound(note, seed)) {
            frame[0] += sample * left;
            frame[1] += sample * right;
        }
    }
    echo(&mut mix, (60.0 / piece.bpm * 0.75 * RATE) as usize);
    let peak = mix
        .iter()
        .flatten()
        .fold(0.01_f32, |peak, s| peak.max(s.abs()));
    // A soft knee, so that one loud moment does not make the rest quiet.
    let drive = 1.6 / peak;
    mix.iter()
        .flatten()
        .map(|s| ((s * drive).tanh() * 29_000.0) as i16)
        .collect()
}

/// One echo, crossed to the other side.
fn echo(mix: &mut [[f32; 2]], delay: usize) {
    for i in delay..mix.len() {
        let [left, right] = mix[i - delay];
        mix[i][0] += right * 0.18;
        mix[i][1] += left * 0.18;
    }
}
