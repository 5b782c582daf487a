//! The platform's one OpenID4VP verifier, and the transport of self-issued tokens.
//!
//! A request to a wallet is a row; the wallet answers at `/vp/s`; a good answer moves the row from
//! `open` to `answered` once and gives the browser a code, taken once, in the browser that began.
//! Nothing of a card is stored in the row: what was verified lies behind the code for two minutes.

mod answer;
mod back;
mod pages;
mod peer;
mod picture;
mod problem;
pub(crate) mod qr;
mod qr_pages;
mod request;
pub(crate) mod store;
mod verify;

pub(crate) use problem::Refusal;
pub(crate) use request::begin;

use crate::core::Shared;
use axum::Router;
use kernel::Timestamp;

/// How long a wallet may take, in seconds.
const LIFE: i64 = 300;
/// How long the code of a good answer lives, in seconds.
const CODE_LIFE: i64 = 120;
/// At the fifth refused answer the request is closed.
const MOST_TRIES: i64 = 5;
/// Asker of sign-ins.
const OURSELVES: &str = "idp";

/// The public routes: where wallets answer and browsers come back.
pub(crate) fn routes(core: &Shared) -> Router {
    answer::routes(core.clone())
        .merge(back::routes(core.clone()))
        .merge(qr::routes(core.clone()))
}

/// The peer surface: modules ask for a presentation and fetch what was verified.
pub(crate) fn peer_routes(core: &Shared) -> Router {
    peer::routes(core.clone())
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A presentation of a card (OpenID4VP 1.0).
    Card,
    /// A self-issued ID Token (SIOPv2).
    SelfIssued,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "vp",
            Self::SelfIssued => "siop",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Card, Self::SelfIssued]
            .into_iter()
            .find(|m| m.as_str() == word)
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// An answer is awaited.
    Open,
    /// A good answer came.
    Answered,
    /// The wallet said no.
    Refused,
    /// Five answers were bad.
    Closed,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Answered, Self::Refused, Self::Closed]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// One request to a wallet.
#[derive(Clone, Debug)]
struct Transaction {
    /// Its name; `state` of the request.
    request_id: String,
    /// The module that asked, or [`OURSELVES`].
    asker: String,
    /// The sign-in it belongs to.
    ix: Option<String>,
    /// What is asked and why.
    purpose: String,
    /// Card or self-issued token.
    mode: Mode,
    /// What the answer must repeat.
    nonce: String,
    /// Where the browser goes after the answer.
    back: String,
    /// Transaction data, each string as sent.
    data: Vec<String>,
    /// Where it stands.
    status: Status,
    /// Its end.
    until: Timestamp,
    /// The two digits beside its picture, where it is for another device.
    number: Option<i64>,
}

impl Transaction {
    /// What the code of the answer is bound to: the sign-in, or this request.
    fn bound(&self) -> &str {
        self.ix.as_deref().unwrap_or(&self.request_id)
    }
}
