//! The only doors to time and chance. `host` makes the real ones, tests make fixed ones.

use crate::time::Timestamp;
use std::sync::Arc;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant, UTC. May be set back by an operator.
    fn now(&self) -> Timestamp;
    /// Microseconds of a clock that never goes back; only differences mean anything.
    fn tick(&self) -> i64;
}

/// Gives chance.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` from a cryptographic source. Cannot fail: a dead source aborts the process.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and chance, handed to every module at its making.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl World {
    /// Joins a clock and a source of chance.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// The present instant. A handler reads it once and passes it down.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Microseconds of the monotonic clock.
    #[must_use]
    pub fn tick(&self) -> i64 {
        self.clock.tick()
    }

    /// `N` random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The source of chance itself, for functions that draw a number of bytes of their own.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
}
