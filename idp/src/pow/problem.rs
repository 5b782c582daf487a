//! Why admission was refused.

use host::db::{self, Retryable};
use kernel::{Problem, problem};

/// A no to someone who wants an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    /// No admission was given.
    #[error("admission is needed")]
    Needed,
    /// The work is wrong, old or was used.
    #[error("the work is not accepted")]
    Work,
    /// Many joined from there of late, so it takes more work by now.
    #[error("more work is needed")]
    More {
        /// Leading zero bits a new challenge asks for.
        bits: u8,
    },
    /// The invitation is unknown or used up.
    #[error("the invitation is not accepted")]
    Invite,
    /// The ticket is unknown, over or used.
    #[error("the ticket is not accepted")]
    Ticket,
    /// The outside provider's account admitted somebody before, or is a way in.
    #[error("the account elsewhere was used before")]
    Vouched,
}

/// Admission was denied, or the store could not say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<host::pow::Denied> for Denied {
    fn from(denied: host::pow::Denied) -> Self {
        use host::pow::Denied as Work;
        match denied {
            Work::Needed => Self::Needed,
            Work::Work => Self::Work,
            Work::More { bits } => Self::More { bits },
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Needed => Self::new(&problem::ADMISSION_NEEDED),
            Denied::Work => Self::new(&problem::POW_REFUSED),
            Denied::Invite => Self::new(&problem::INVITE_REFUSED),
            Denied::Ticket => Self::new(&problem::TICKET_USED),
            Denied::Vouched => Self::new(&problem::EXTERNAL_USED),
            // A new challenge may be asked for at once; what takes the time is the work.
            Denied::More { bits } => Self::new(&problem::TOO_MANY)
                .with("retry_after", 1)
                .with("bits", bits),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(denied) => denied.into(),
            Refusal::Store(error) => error.into(),
        }
    }
}
