//! The pieces: which notes sound when, and on what.

/// A release of one artist.
pub struct Album {
    /// Who plays.
    pub artist: &'static str,
    /// The release's title.
    pub title: &'static str,
    /// In order.
    pub pieces: Vec<Piece>,
}

/// The instruments and the manner of an artist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Band {
    /// Slow pads under a plucked arpeggio.
    Tide,
    /// Drums, saw bass and a short lead.
    Machine,
    /// Three plucked strings in waltz time.
    Strings,
}

/// One composition.
pub struct Piece {
    /// Its title.
    pub title: &'static str,
    /// Its place on the release, from 1.
    pub number: u32,
    pub(crate) band: Band,
    pub(crate) bpm: f32,
    pub(crate) bars: u32,
    /// MIDI note of the tonic.
    pub(crate) tonic: i32,
    pub(crate) scale: [i32; 7],
    /// Scale degrees of the chords, one a bar, repeated.
    pub(crate) chords: &'static [i32],
    pub(crate) seed: u64,
}

/// What sounds a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Voice {
    Pluck,
    Pad,
    Bass,
    Lead,
    Kick,
    Snare,
    Hat,
}

/// One note of a piece.
pub(crate) struct Note {
    pub voice: Voice,
    /// Seconds from the start of the piece.
    pub at: f32,
    pub seconds: f32,
    pub hertz: f32,
    pub gain: f32,
    /// -1 left to 1 right.
    pub pan: f32,
}

const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const DORIAN: [i32; 7] = [0, 2, 3, 5, 7, 9, 10];

/// Every release of the demo.
#[must_use]
pub fn albums() -> Vec<Album> {
    vec![tide(), machine(), strings()]
}

fn tide() -> Album {
    let band = Band::Tide;
    Album {
        artist: "Tidal Assembly",
        title: "Low Water, High Water",
        pieces: vec![
            band.piece(1, "Slack Tide", (72.0, 30), (50, DORIAN), &[0, 3, 6, 4]),
            band.piece(
                2,
                "Lantern on the Weir",
                (84.0, 32),
                (53, MAJOR),
                &[0, 5, 3, 4],
            ),
            band.piece(
                3,
                "What the Estuary Said",
                (66.0, 34),
                (47, MINOR),
                &[0, 5, 2, 6],
            ),
        ],
    }
}

fn machine() -> Album {
    let band = Band::Machine;
    Album {
        artist: "Rosa Voltaje",
        title: "Everyone Gets a Key",
        pieces: vec![
            band.piece(1, "Quorum", (124.0, 40), (45, MINOR), &[0, 0, 5, 6]),
            band.piece(
                2,
                "Nine Plays Later",
                (128.0, 48),
                (48, MINOR),
                &[0, 3, 5, 4],
            ),
            band.piece(
                3,
                "One Member One Beat",
                (118.0, 36),
                (43, DORIAN),
                &[0, 2, 3, 6],
            ),
        ],
    }
}

fn strings() -> Album {
    let band = Band::Strings;
    Album {
        artist: "The Copper Kettle Trio",
        title: "Waltzes for a Small Kitchen",
        pieces: vec![
            band.piece(
                1,
                "Steam",
                (138.0, 48),
                (55, MAJOR),
                &[0, 3, 4, 0, 5, 1, 4, 0],
            ),
            band.piece(
                2,
                "The Third Chair",
                (126.0, 56),
                (57, MINOR),
                &[0, 5, 3, 4],
            ),
            band.piece(
                3,
                "Flour on the Radio",
                (150.0, 64),
                (52, DORIAN),
                &[0, 3, 0, 4, 2, 3],
            ),
        ],
    }
}

impl Band {
    /// A piece: its number and title, (beats a minute, bars), (tonic, scale), chords.
    fn piece(
        self,
        number: u32,
        title: &'static str,
        (bpm, bars): (f32, u32),
        (tonic, scale): (i32, [i32; 7]),
        chords: &'static [i32],
    ) -> Piece {
        // A tens digit for each band, as a label on a tape.
        let seed = u64::from(number) + 10 * (self as u64 + 1);
        Piece {
            title,
            number,
            band: self,
            bpm,
            bars,
            tonic,
            scale,
            chords,
            seed,
        }
    }
}

impl Piece {
    fn beats_a_bar(&self) -> u32 {
        if self.band == Band::Strings { 3 } else { 4 }
    }

    fn beat(&self) -> f32 {
        60.0 / self.bpm
    }

    /// Length in seconds, with two for the last notes to fade.
    #[must_use]
    pub fn seconds(&self) -> f32 {
        (self.bars * self.beats_a_bar()) as f32 * self.beat() + 2.0
    }

    /// Frequency of a scale degree above the tonic; degrees past an octave go on upwards.
    fn hertz(&self, degree: i32, octave: i32) -> f32 {
        let step = self.scale[degree.rem_euclid(7) as usize];
        let midi = self.tonic + step + 12 * (octave + degree.div_euclid(7));
        440.0 * ((midi - 69) as f32 / 12.0).exp2()
    }

    /// All notes, in no particular order.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut chance = Chance(self.seed);
        for bar in 0..self.bars {
            let chord = self.chords[bar as usize % self.chords.len()];
            let start = (bar * self.beats_a_bar()) as f32 * self.beat();
            // Instruments enter one after the other, and the middle and the end thin out.
            let part = bar * 8 / self.bars;
            match self.band {
                Band::Tide => self.tide(&mut notes, &mut chance, start, chord, part),
                Band::Machine => self.machine(&mut notes, &mut chance, start, chord, part),
                Band::Strings => self.strings(&mut notes, &mut chance, start, chord, part),
            }
        }
        notes
    }

    fn tide(&self, notes: &mut Vec<Note>, chance: &mut Chance, start: f32, chord: i32, part: u32) {
        let bar = 4.0 * self.beat();
        for (i, third) in [0, 2, 4, 6].into_iter().enumerate() {
            notes.push(Note {
                voice: Voice::Pad,
                at: start,
                seconds: bar * 1.3,
                gain: 0.11,
                hertz: self.hertz(chord + third, 0),
                pan: i as f32 * 0.4 - 0.6,
            });
        }
        if part == 0 || part == 7 {
            return;
        }
        for eighth in 0..8 {
            if part != 4 && chance.below(4) == 0 {
                continue;
            }
            let degree = chord + [0, 4, 2, 7, 4, 9, 7, 2][eighth];
            notes.push(Note {
                voice: Voice::Pluck,
                at: start + eighth as f32 * self.beat() / 2.0,
                seconds: 2.4,
                gain: 0.30 + chance.unit() * 0.1,
                hertz: self.hertz(degree, 1),
                pan: chance.unit() * 1.4 - 0.7,
            });
        }
        if part % 2 == 1 {
            notes.push(Note {
                voice: Voice::Lead,
                at: start + self.beat() * chance.below(3) as f32,
                seconds: self.beat() * 1.5,
                gain: 0.10,
                pan: 0.2,
                hertz: self.hertz(chord + [4, 7, 9][chance.below(3)], 1),
            });
        }
    }

    fn machine(
        &self,
        notes: &mut Vec<Note>,
        chance: &mut Chance,
        start: f32,
        chord: i32,
        part: u32,
    ) {
        let beat = self.beat();
        let mut hit = |voice, at: f32, seconds, gain, hertz, pan| {
            notes.push(Note {
                voice,
                at: start + at * beat,
                seconds,
                gain,
                hertz,
                pan,
            });
        };
        for b in 0..4 {
            if part != 3 {
                hit(Voice::Kick, b as f32, 0.35, 0.85, 52.0, 0.0);
            }
            if part > 0 {
                hit(Voice::Hat, b as f32 + 0.5, 0.06, 0.20, 0.0, 0.3);
                if b % 2 == 1 && part != 3 {
                    hit(Voice::Snare, b as f32, 0.18, 0.42, 190.0, -0.1);
                }
            }
        }
        for step in [0, 3, 6, 8, 11, 14] {
            let octave = if step % 8 == 6 { 0 } else { -1 };
            hit(
                Voice::Bass,
                step as f32 / 4.0,
                beat * 0.45,
                0.34,
                self.hertz(chord, octave),
                0.0,
            );
        }
        if part >= 2 && part != 7 {
            for step in 0..8 {
                if chance.below(3) > 0 {
                    let degree = chord + [0, 2, 4, 7][chance.below(4)];
                    let pan = chance.unit() - 0.5;
                    hit(
                        Voice::Lead,
                        step as f32 / 2.0,
                        beat * 0.3,
                        0.13,
                        self.hertz(degree, 1),
                        pan,
                    );
                }
            }
        }
    }

    fn strings(
        &self,
        notes: &mut Vec<Note>,
        chance: &mut Chance,
        start: f32,
        chord: i32,
        part: u32,
    ) {
        let beat = self.beat();
        let mut pluck = |at: f32, hertz, gain, pan| {
            notes.push(Note {
                voice: Voice::Pluck,
                at: start + at * beat,
                seconds: 2.2,
                gain,
                hertz,
                pan,
            });
        };
        pluck(0.0, self.hertz(chord, -1), 0.55, -0.3);
        for b in [1.0, 2.0] {
            for third in [2, 4] {
                pluck(b, self.hertz(chord + third, 0), 0.24, 0.35);
            }
        }
        if part == 0 || part == 4 {
            return;
        }
        let mut degree = chord + [4, 7, 9][chance.below(3)];
        for half in 0..6 {
            if half % 2 == 1 && chance.below(2) == 0 {
                continue;
            }
            degree += [-2, -1, 1, 2][chance.below(4)];
            degree = degree.clamp(chord + 2, chord + 11);
            pluck(half as f32 / 2.0, self.hertz(degree, 1), 0.36, 0.05);
        }
    }
}

/// A small repeatable source of variation (xorshift64*); not for secrets.
pub(crate) struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u32 << 24) as f32
    }
}
