//! Why a play does not start, and how a person is told.

use host::db::{self, Retryable};
use kernel::{Amount, Problem, Timestamp, problem};

/// Why a play does not start.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// More than thirty starts in a minute.
    #[error("too many starts")]
    Often(i64),
    /// No such track for this listener.
    #[error("no such track")]
    Unknown,
    /// Blocked by a legal order.
    #[error("blocked")]
    Blocked,
    /// Withdrawn, or its time is over.
    #[error("withdrawn")]
    Withdrawn,
    /// Opens later.
    #[error("not open yet")]
    NotYet(Timestamp),
    /// Not offered in the region.
    #[error("not offered there")]
    Territory,
    /// The listener does not want explicit tracks.
    #[error("explicit tracks are off")]
    ExplicitOff,
    /// The rights do not include it.
    #[error("the rights do not include it")]
    RightsOff,
    /// The intent is missing or not for this.
    #[error("the intent is not for this play")]
    Intent,
    /// The price is above what was signed.
    #[error("the price changed")]
    PriceChanged(Amount, i64),
    /// The play id is another's or has ended.
    #[error("the play id was used")]
    Reused,
    /// Payments said no.
    #[error("payments refused")]
    Hold(Box<Problem>),
    /// Payments cannot be reached.
    #[error("payments is away")]
    Away,
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
        match refusal {
            Refusal::Often(wait) => Self::new(&problem::TOO_MANY).with("retry_after", wait),
            Refusal::Unknown => Self::new(&problem::NOT_FOUND),
            Refusal::Blocked => Self::new(&problem::BLOCKED),
            Refusal::Withdrawn => Self::new(&problem::WITHDRAWN),
            Refusal::NotYet(at) => Self::new(&problem::NOT_YET).with("opens_at", at.seconds()),
            Refusal::Territory => Self::new(&problem::TERRITORY),
            Refusal::ExplicitOff => Self::new(&problem::EXPLICIT_OFF),
            Refusal::RightsOff => Self::new(&problem::RIGHTS_OFF),
            Refusal::Intent => Self::new(&problem::INTENT_INVALID),
            Refusal::PriceChanged(price, n) => Self::new(&problem::PRICE_CHANGED)
                .with("price", price.minor())
                .with("n", n),
            Refusal::Reused => Self::new(&problem::PLAY_REUSED),
            Refusal::Hold(problem) => *problem,
            Refusal::Away => Self::new(&problem::PEER_AWAY),
            Refusal::Store(error) => error.into(),
        }
    }
}
