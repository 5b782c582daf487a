//! Proofs seen within the life of their nonces, in memory: a proof outlives its nonce by nothing,
//! and after a restart old nonces are old.

use kernel::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// A nonce lives through two buckets of 120 s; the clock may be 30 s off.
const KEPT_S: i64 = 300;

#[derive(Default)]
struct Marks {
    now: HashSet<String>,
    before: HashSet<String>,
    turned: i64,
}

/// Remembers proofs for at least the life of a nonce.
#[derive(Default)]
pub struct Seen(Mutex<Marks>);

impl Seen {
    /// Whether this is the first time that key showed that `jti`.
    pub fn is_first(&self, jkt: &str, jti: &str, now: Timestamp) -> bool {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.seconds() - marks.turned >= KEPT_S {
            marks.before = std::mem::take(&mut marks.now);
            marks.turned = now.seconds();
        }
        let mark = format!("{jkt}.{jti}");
        !marks.before.contains(&mark) && marks.now.insert(mark)
    }
}

/// Starts of each listener within a minute (ST43).
#[derive(Default)]
pub struct Starts(Mutex<HashMap<[u8; 32], (i64, u32)>>);

/// Starts a listener may make in a minute.
const A_MINUTE: u32 = 30;

impl Starts {
    /// Whether the listener may start once more; else the seconds to wait.
    pub fn take(&self, listener: &[u8; 32], now: Timestamp) -> Result<(), i64> {
        let minute = now.seconds().div_euclid(60);
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if starts.len() > 100_000 {
            starts.retain(|_, (at, _)| *at == minute);
        }
        let mine = starts.entry(*listener).or_insert((minute, 0));
        if mine.0 != minute {
            *mine = (minute, 0);
        }
        mine.1 += 1;
        if mine.1 > A_MINUTE {
            Err(60 - now.seconds().rem_euclid(60))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_first_once_while_its_nonce_lives() {
        let seen = Seen::default();
        let at = |s: i64| Timestamp::from_seconds(1_795_251_600 + s);
        assert!(seen.is_first("k", "a", at(0)));
        assert!(!seen.is_first("k", "a", at(1)), "ST27");
        assert!(seen.is_first("l", "a", at(1)));
        assert!(!seen.is_first("k", "a", at(301)), "ST27");
    }

    #[test]
    fn a_listener_starts_thirty_times_a_minute() {
        let starts = Starts::default();
        let at = |s: i64| Timestamp::from_seconds(1_795_251_600 + s);
        assert!((0..30).all(|_| starts.take(&[1; 32], at(10)).is_ok()));
        assert_eq!(starts.take(&[1; 32], at(10)), Err(50), "ST43");
        assert!(starts.take(&[2; 32], at(10)).is_ok());
        assert!(starts.take(&[1; 32], at(60)).is_ok());
    }
}
