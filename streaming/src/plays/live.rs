//! Plays that are being read, in memory, so that no byte costs a query. The table is a copy: what
//! must last is written by beats and state changes, and a play that is not here is loaded.

use super::{Play, PlayRow, State, qualify::Terms};
use kernel::{Id, Timestamp};
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
};

/// Connections that may read one play at once.
pub const CONNECTIONS: u32 = 4;
/// A play nobody reads for so long is forgotten here.
const IDLE_S: i64 = 2 * 3600;
const OPEN: u8 = 0;
const COUNTED: u8 = 1;
const DEAD: u8 = 2;
const NEVER: i64 = i64::MIN;

/// A play that is being read.
pub struct Live {
    /// Its id.
    pub play: Id<Play>,
    /// What it must reach to count.
    pub terms: Terms,
    /// It counts with its first byte.
    pub paid_at_start: bool,
    state: AtomicU8,
    /// Bytes sent since they were last written down.
    unwritten: AtomicU64,
    first_at: AtomicI64,
    used_at: AtomicI64,
    connections: AtomicU32,
}

impl Live {
    /// A copy of a stored play.
    #[must_use]
    pub fn of(row: &PlayRow, terms: Terms, now: Timestamp) -> Self {
        Self {
            play: row.play,
            terms,
            paid_at_start: row.paid_at_start,
            state: AtomicU8::new(code(row.state)),
            unwritten: AtomicU64::new(0),
            first_at: AtomicI64::new(row.first_at.map_or(NEVER, Timestamp::micros)),
            used_at: AtomicI64::new(now.micros()),
            connections: AtomicU32::new(0),
        }
    }

    /// A play that is unknown or was purged: no byte is served for it.
    #[must_use]
    pub fn dead(play: Id<Play>, now: Timestamp) -> Self {
        Self {
            play,
            terms: Terms {
                qualify_ms: 0,
                qualify_bytes: 0,
            },
            paid_at_start: false,
            state: AtomicU8::new(DEAD),
            unwritten: AtomicU64::new(0),
            first_at: AtomicI64::new(NEVER),
            used_at: AtomicI64::new(now.micros()),
            connections: AtomicU32::new(0),
        }
    }

    /// Takes over the state of the stored play.
    pub fn set(&self, state: State) {
        self.state.store(code(state), Ordering::Release);
    }

    /// Whether bytes are served for it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state.load(Ordering::Acquire) != DEAD
    }

    /// Whether it counted, so that its gate is open.
    #[must_use]
    pub fn has_counted(&self) -> bool {
        self.state.load(Ordering::Acquire) == COUNTED
    }

    /// Notes bytes handed to the connection.
    pub fn sent(&self, bytes: u64, now: Timestamp) {
        self.unwritten.fetch_add(bytes, Ordering::Relaxed);
        // Only the first one sets it; a lost race is the same instant.
        let _ = self.first_at.compare_exchange(
            NEVER,
            now.micros(),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }

    /// Bytes not yet written down, and the first byte's instant.
    #[must_use]
    pub fn unwritten(&self) -> (u64, Option<Timestamp>) {
        let first = self.first_at.load(Ordering::Relaxed);
        let first = (first != NEVER).then(|| Timestamp::from_micros(first));
        (self.unwritten.load(Ordering::Relaxed), first)
    }

    /// Those bytes are written down now.
    pub fn written(&self, bytes: u64) {
        self.unwritten.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A seat for one more connection; `None` when all are taken.
    #[must_use]
    pub fn connect(self: &Arc<Self>, now: Timestamp) -> Option<Seat> {
        self.used_at.store(now.micros(), Ordering::Relaxed);
        let taken = self
            .connections
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
                (taken < CONNECTIONS).then_some(taken + 1)
            });
        taken.is_ok().then(|| Seat {
            live: Arc::clone(self),
            now,
        })
    }
}

const fn code(state: State) -> u8 {
    match state {
        State::Granted | State::Playing => OPEN,
        State::Qualified => COUNTED,
        State::Ended | State::Superseded | State::Expired | State::Voided => DEAD,
    }
}

/// One connection's right to read a play, given back when dropped.
pub struct Seat {
    live: Arc<Live>,
    now: Timestamp,
}

impl Seat {
    /// Notes bytes handed to the connection.
    pub fn sent(&self, bytes: u64) {
        self.live.sent(bytes, self.now);
    }

    /// Whether the play still lives; a running answer stops when it does not.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live.is_live()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.live.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

/// All plays that are being read on this node.
#[derive(Default)]
pub struct Lives {
    plays: RwLock<HashMap<[u8; 16], Arc<Live>>>,
}

impl Lives {
    /// The play, where it is here.
    #[must_use]
    pub fn get(&self, play: &[u8; 16]) -> Option<Arc<Live>> {
        self.plays
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(play)
            .cloned()
    }

    /// Adds a play; one that is here already stays.
    pub fn add(&self, live: Live) -> Arc<Live> {
        let mut plays = self.plays.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            plays
                .entry(*live.play.bytes())
                .or_insert_with(|| Arc::new(live)),
        )
    }

    /// Forgets a play, so that it is loaded anew.
    pub fn forget(&self, play: &[u8; 16]) {
        self.plays
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(play);
    }

    /// Takes over the state of a stored play, if it is here.
    pub fn set(&self, play: Id<Play>, state: State) {
        if let Some(live) = self.get(play.bytes()) {
            live.set(state);
        }
    }

    /// Forgets plays that nobody reads any more.
    pub fn sweep(&self, now: Timestamp) {
        let before = now.plus_seconds(-IDLE_S).micros();
        self.plays
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, live| {
                live.used_at.load(Ordering::Relaxed) >= before
                    || live.connections.load(Ordering::Relaxed) > 0
            });
    }
}
