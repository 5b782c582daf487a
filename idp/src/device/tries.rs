//! Wrong codes typed by one account: five cost nothing, each further one costs a piece of work.

use kernel::Timestamp;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Wrong codes that cost nothing.
const FREE: u32 = 5;
/// How long a wrong code counts, seconds: as long as a code lives.
const WINDOW: i64 = super::LIFE;
/// Accounts above which those whose window is over are forgotten.
const MANY: usize = 4096;

/// Counts in memory, on this node; nobody else is slowed down by an account's guesses.
#[derive(Default)]
pub(crate) struct Tries(Mutex<HashMap<String, Wrong>>);

#[derive(Clone, Copy)]
struct Wrong {
    count: u32,
    since: Timestamp,
}

impl Tries {
    /// Whether the account has to work before its next try.
    pub(super) fn cost_work(&self, account: &str, now: Timestamp) -> bool {
        let held = self.held();
        let wrong = held.get(account).filter(|wrong| wrong.counts(now));
        wrong.is_some_and(|wrong| wrong.count >= FREE)
    }

    /// Counts a wrong code.
    pub(super) fn wrong(&self, account: &str, now: Timestamp) {
        let mut held = self.held();
        if held.len() >= MANY {
            held.retain(|_, wrong| wrong.counts(now));
        }
        let wrong = held.entry(account.to_owned()).or_insert(Wrong {
            count: 0,
            since: now,
        });
        if !wrong.counts(now) {
            *wrong = Wrong {
                count: 0,
                since: now,
            };
        }
        wrong.count = wrong.count.saturating_add(1);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Wrong>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wrong {
    fn counts(&self, now: Timestamp) -> bool {
        now < self.since.plus_seconds(WINDOW)
    }
}
