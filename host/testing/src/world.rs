//! Time that stands still and chance that repeats.

use kernel::{Clock, Entropy, Timestamp, World};
use sha2::{Digest, Sha256};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// A clock that moves when told. Cloning shares it.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// Stands at an instant of RFC 3339: `2026-11-21T09:00:00Z`.
    ///
    /// # Panics
    /// The text is no instant.
    #[must_use]
    pub fn at(text: &str) -> Self {
        let at = Timestamp::parse(text).expect("a test names an instant of RFC 3339");
        Self(Arc::new(AtomicI64::new(at.micros())))
    }

    /// Moves forward, or back if negative.
    pub fn advance(&self, seconds: i64) {
        self.0
            .fetch_add(seconds * kernel::time::SECOND, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn tick(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Chance drawn from a seed: SHA-256 of the seed and a counter. Same seed, same run.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    count: Mutex<u64>,
}

impl SeededEntropy {
    /// Begins the run of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            count: Mutex::new(0),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.count.lock().unwrap_or_else(|lock| lock.into_inner());
        for part in bytes.chunks_mut(32) {
            *count += 1;
            let hash =
                Sha256::new_with_prefix(self.seed.to_be_bytes()).chain_update(count.to_be_bytes());
            part.copy_from_slice(&hash.finalize()[..part.len()]);
        }
    }
}

/// The world of a clock, with chance of seed 1.
#[must_use]
pub fn fixed_world(clock: &FixedClock) -> World {
    World::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(1)))
}
