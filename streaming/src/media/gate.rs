//! The gate: until a play has counted, no byte past it is served.
//!
//! A client could fetch a file, report nothing and let its hold lapse. So the bytes end a little
//! after the time at which an honest listener's play counts, and go on from there once it has.

use super::range::Part;

/// The most that is served beyond the qualifying time, in milliseconds.
const MARGIN_MS: i64 = 30_000;

/// Seconds of sound before which the bytes of an uncounted play end: the qualifying time and the
/// lesser of 30 s and half of the rest. Rounded up, so that the qualifying time always fits.
#[must_use]
pub fn seconds(qualify_ms: i64, duration_ms: i64) -> u16 {
    let rest = (duration_ms - qualify_ms).max(0);
    let gate_ms = qualify_ms + MARGIN_MS.min(rest / 2);
    u16::try_from(gate_ms.saturating_add(999) / 1000).unwrap_or(u16::MAX - 1)
}

/// The first byte that is not served: seconds map to bytes proportionally.
#[must_use]
pub fn bytes(gate_s: u16, length: u64, duration_ms: i64) -> u64 {
    let gate_ms = u128::from(gate_s) * 1000;
    let duration = u128::try_from(duration_ms.max(1)).unwrap_or(1);
    u64::try_from(u128::from(length) * gate_ms / duration)
        .unwrap_or(u64::MAX)
        .min(length)
}

/// What an uncounted play gets of the part it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// This much.
    Part(Part),
    /// Nothing yet: the part begins at or beyond the gate.
    Closed,
}

/// Cuts a part at the gate (ST13).
#[must_use]
pub fn cut(part: Part, gate: u64) -> Passage {
    if part.first >= gate {
        return Passage::Closed;
    }
    Passage::Part(Part {
        first: part.first,
        last: part.last.min(gate - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_lies_between_the_qualifying_time_and_the_end() {
        assert_eq!(seconds(45_000, 180_000), 75);
        assert_eq!(seconds(45_000, 65_000), 55);
        assert_eq!(seconds(4_500, 5_000), 5);
        assert_eq!(seconds(45_000, 45_000), 45);
        assert_eq!(bytes(75, 1_800_000, 180_000), 750_000);
        assert_eq!(bytes(75, 1000, 60_000), 1000);
        assert_eq!(bytes(1, 10, 0), 10);
    }

    #[test]
    fn a_part_is_cut_at_the_gate() {
        let part = |first, last| Part { first, last };
        assert_eq!(cut(part(0, 9), 5), Passage::Part(part(0, 4)), "ST13");
        assert_eq!(cut(part(0, 4), 5), Passage::Part(part(0, 4)));
        assert_eq!(cut(part(4, 4), 5), Passage::Part(part(4, 4)));
        assert_eq!(cut(part(5, 9), 5), Passage::Closed, "ST13");
        assert_eq!(cut(part(0, 0), 0), Passage::Closed);
    }
}
