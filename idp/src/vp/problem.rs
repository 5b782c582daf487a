//! Why a wallet's answer was refused, in the shape wallets read.

use crate::problem as flow;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use host::{
    Fault, Json,
    db::{self, Retryable},
};
use kernel::{Problem, problem};
use serde_json::json;

/// A no to a wallet's answer, or to the browser that comes back with its code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No open request has that `state`.
    #[error("no such request")]
    State,
    /// The request has its answer already.
    #[error("answered already")]
    Answered,
    /// The request was closed after too many refused answers, the wallet said no, or this was the
    /// fifth.
    #[error("closed")]
    Closed,
    /// An encrypted answer where a plain one was asked.
    #[error("encrypted")]
    Encrypted,
    /// Not one presentation for each thing asked.
    #[error("shape")]
    Shape,
    /// Not the number that stands beside the picture.
    #[error("number")]
    Number,
    /// A check of the presentation or token failed.
    #[error(transparent)]
    Card(#[from] credential::Refusal),
    /// What was asked is not in the presentation.
    #[error("claim not presented")]
    Claim,
    /// The card is good, but its account may not be used.
    #[error("account not usable")]
    Account,
    /// The key has no account and the app did not ask to join.
    #[error("wallet unknown")]
    Unknown,
    /// The code is used, late, or came to another browser.
    #[error("elsewhere")]
    Elsewhere,
    /// The asker may not ask that, or not so.
    #[error("purpose")]
    Purpose(&'static str),
    /// Joining was refused.
    #[error(transparent)]
    Admission(#[from] crate::pow::Refusal),
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
            _ => false,
        }
    }
}

impl Refusal {
    /// The word of the answer to a wallet; none for faults that are not the wallet's.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::State => Some("state"),
            Self::Answered => Some("answered"),
            Self::Closed => Some("wallet-refused"),
            Self::Encrypted => Some("response-encryption"),
            Self::Shape => Some("response-shape"),
            Self::Number => Some("number"),
            Self::Card(refusal) => Some(refusal.reason()),
            Self::Claim => Some("claim-not-presented"),
            Self::Account => Some("account"),
            Self::Unknown
            | Self::Elsewhere
            | Self::Purpose(_)
            | Self::Admission(_)
            | Self::Flow(_)
            | Self::Store(_) => None,
        }
    }

    /// Whether it is one of the five wrong answers a request may get. What does not prove that its
    /// sender ever saw the request, or comes after its end, is not.
    pub(super) const fn counts(&self) -> bool {
        matches!(
            self,
            Self::Shape | Self::Number | Self::Card(_) | Self::Claim | Self::Account
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => (&problem::WALLET_UNKNOWN).into(),
            Refusal::Elsewhere => (&problem::WRONG_BROWSER).into(),
            Refusal::Account => (&problem::ACCOUNT_LOCKED).into(),
            Refusal::Purpose(why) => Self::new(&problem::INVALID_FIELD).detail(why),
            Refusal::Admission(refusal) => refusal.into(),
            Refusal::Flow(refusal) => refusal.into(),
            Refusal::Store(error) => error.into(),
            other => Self::new(&problem::WALLET_REFUSED)
                .with("reason", other.reason().unwrap_or("wallet-refused")),
        }
    }
}

/// The answer to a wallet at `/vp/s` (OpenID4VP 1.0 section 8.2): `invalid_request` and a reason.
pub(super) fn answer(refusal: Refusal) -> Response {
    match refusal.reason() {
        Some(reason) => {
            let body = Json(json!({ "error": "invalid_request", "reason": reason }));
            (StatusCode::BAD_REQUEST, body).into_response()
        }
        None => Fault::from(refusal).into_response(),
    }
}
