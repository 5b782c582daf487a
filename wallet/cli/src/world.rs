//! The command line's own time and chance.

use kernel::{Clock, Entropy, Timestamp, World};
use std::{sync::Arc, time::Instant};

struct Device {
    /// Seconds ahead of this device's clock: the demo's clock can be moved, and proofs must agree.
    offset_s: i64,
    started: Instant,
}

impl Clock for Device {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one clock of this program")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let micros = since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
        Timestamp::from_micros(micros).plus_seconds(self.offset_s)
    }

    fn tick(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

struct System;

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) {
        let filled = getrandom::fill(bytes);
        // Going on without chance would give keys that others can guess.
        if filled.is_err() {
            std::process::abort();
        }
    }
}

/// Time and chance of this device.
pub fn world(offset_s: i64) -> World {
    #[expect(clippy::disallowed_methods, reason = "the one clock of this program")]
    let started = Instant::now();
    World::new(Arc::new(Device { offset_s, started }), Arc::new(System))
}
