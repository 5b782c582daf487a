//! The real clock, the clock a demo can push forward, the system's chance, and waiting. Nowhere
//! else does the platform read a clock, draw chance or sleep.

use kernel::{Clock, Entropy, Timestamp, World};
use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reading of the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
        };
        Timestamp::from_micros(micros)
    }

    fn tick(&self) -> i64 {
        tick()
    }
}

/// The machine's clock and an offset that only grows. For the demo.
#[derive(Clone, Debug, Default)]
pub struct OffsetClock(Arc<AtomicI64>);

impl OffsetClock {
    /// Begins without an offset.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pushes the clock forward; a negative number of seconds changes nothing.
    pub fn advance(&self, seconds: i64) {
        let more = seconds.max(0).saturating_mul(kernel::time::SECOND);
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now().micros();
        Timestamp::from_micros(now.saturating_add(self.0.load(Ordering::Relaxed)))
    }

    fn tick(&self) -> i64 {
        tick()
    }
}

/// The system's source of chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Going on would mean guessable keys.
            std::process::abort();
        }
    }
}

/// The machine's clock and chance.
#[must_use]
pub fn system() -> World {
    World::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
}

/// Microseconds since the process first asked.
pub(crate) fn tick() -> i64 {
    i64::try_from(START.elapsed().as_micros()).unwrap_or(i64::MAX)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one reading of the monotonic clock"
)]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Waits; for retries and the ticker.
#[expect(clippy::disallowed_methods, reason = "the one place that waits")]
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Chance for jitter, where no outcome depends on it.
pub(crate) fn chance() -> u32 {
    let mut bytes = [0; 4];
    SystemEntropy.fill(&mut bytes);
    u32::from_le_bytes(bytes)
}
