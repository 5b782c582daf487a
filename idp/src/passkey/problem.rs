//! Why a passkey, or joining with one, was refused.

use crate::{pow, problem as flow};
use host::db::{self, Retryable};
use kernel::{Problem, handle::HandleError, problem};

/// A no at a passkey's door.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Any check of the passkey failed, or the ceremony is unknown, used or over.
    #[error("the passkey is not accepted")]
    Refused,
    /// The counter of this account's passkey, which lives on one device, did not grow. Answered as
    /// [`Self::Refused`].
    #[error("the counter went back")]
    Counter(String),
    /// The browser says the passkey was not kept where it can be found.
    #[error("the passkey is not discoverable")]
    NotDiscoverable,
    /// The handle is taken.
    #[error("the handle is taken")]
    HandleTaken,
    /// The handle is not well-formed or is reserved.
    #[error(transparent)]
    Handle(#[from] HandleError),
    /// Admission is missing or not accepted.
    #[error(transparent)]
    Admission(#[from] pow::Refusal),
    /// The sign-in is not this browser's, has ended or has moved.
    #[error(transparent)]
    Flow(#[from] flow::Refusal),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Admission(refusal) => refusal.is_retryable(),
            Self::Flow(refusal) => refusal.is_retryable(),
            Self::Refused
            | Self::Counter(_)
            | Self::NotDiscoverable
            | Self::HandleTaken
            | Self::Handle(_) => false,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Refused | Refusal::Counter(_) => (&problem::PASSKEY_REFUSED).into(),
            Refusal::NotDiscoverable => (&problem::PASSKEY_NOT_DISCOVERABLE).into(),
            Refusal::HandleTaken => (&problem::HANDLE_TAKEN).into(),
            Refusal::Handle(why) => Self::new(&problem::HANDLE_REFUSED).detail(why.to_string()),
            Refusal::Admission(refusal) => refusal.into(),
            Refusal::Flow(refusal) => refusal.into(),
            Refusal::Store(error) => error.into(),
        }
    }
}
