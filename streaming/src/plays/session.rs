//! Play sessions: a key that speaks for a listener for a while.

use host::db::{self, Retryable};
use kernel::{Timestamp, problem::Problem};

/// The longest life of a session opened by a login.
pub const LONGEST_S: i64 = 10 * 86_400;

/// Why a session is not opened. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no login and no card.
    #[error("there is neither a login nor a card")]
    NoLogin,
    /// The proof of the key was used before.
    #[error("the proof of the key was used before")]
    Replayed,
    /// This copy of the card was shown before (ST28).
    #[error("this copy of the card was shown before")]
    Spent,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use kernel::problem;
        match refusal {
            Refusal::NoLogin => Self::new(&problem::SESSION_NEEDED),
            Refusal::Replayed => Self::new(&problem::INVALID_DPOP_PROOF).with("reason", "replay"),
            Refusal::Spent => Self::new(&problem::PRESENTATION_SPENT),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// When a session ends that rests on something ending at `ends`.
#[must_use]
pub fn until(ends: Timestamp, now: Timestamp) -> Timestamp {
    ends.min(now.plus_seconds(LONGEST_S))
}
