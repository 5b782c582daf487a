//! Refusals as problems: each variant has one slug, matched exhaustively.

use crate::{hold, ledger, mandate, order, provider::Forged};
use kernel::{
    Problem,
    problem::{self, Slug},
};

/// The slug of a ledger's refusal; `internal` for the database's own.
#[must_use]
pub const fn ledger_slug(refusal: &ledger::Refusal) -> &'static Slug {
    use ledger::Refusal as R;
    match refusal {
        R::Insufficient { .. } => &problem::FUNDS,
        R::IdConflict => &problem::ID_CONFLICT,
        R::Amount => &problem::AMOUNT,
        R::SameAccount | R::AccountKind => &problem::ACCOUNT_KIND,
        R::NoHold => &problem::HOLD_UNKNOWN,
        R::AlreadyPosted => &problem::ALREADY_POSTED,
        R::AlreadyVoided => &problem::ALREADY_VOIDED,
        R::ExceedsHold => &problem::EXCEEDS_HOLD,
        R::HoldExpired => &problem::HOLD_EXPIRED,
        R::Store(_) => &problem::INTERNAL,
    }
}

impl From<ledger::Refusal> for Problem {
    fn from(refusal: ledger::Refusal) -> Self {
        match refusal {
            ledger::Refusal::Store(error) => error.into(),
            ledger::Refusal::Insufficient { available } => {
                Self::new(&problem::FUNDS).with("available", available.minor())
            }
            other => Self::new(ledger_slug(&other)),
        }
    }
}

impl From<hold::Refusal> for Problem {
    fn from(refusal: hold::Refusal) -> Self {
        use hold::Refusal as R;
        match refusal {
            R::Caller => Self::new(&problem::CALLER),
            R::Amount => Self::new(&problem::AMOUNT),
            R::Intent(reason) => Self::new(&problem::INTENT_INVALID).with("reason", reason),
            R::OffLadder => Self::new(&problem::OFF_LADDER),
            R::RuleUnknown => Self::new(&problem::RULE_UNKNOWN),
            R::Mandate => Self::new(&problem::MANDATE),
            R::PlayLimit { limit } => Self::new(&problem::MANDATE_LIMIT)
                .with("limit", limit.minor())
                .with("per", "play"),
            R::WindowLimit {
                limit,
                left,
                frees_on,
            } => {
                let named = Self::new(&problem::MANDATE_LIMIT)
                    .with("limit", limit.minor())
                    .with("left", left.minor())
                    .with("per", "window");
                match frees_on {
                    Some(day) => named.with("frees_on", day.to_string()),
                    None => named,
                }
            }
            R::Day => Self::new(&problem::INVALID_FIELD).with("field", "day"),
            R::DayClosed => Self::new(&problem::DAY_CLOSED),
            R::Funds { price, available } => Self::new(&problem::FUNDS)
                .with("price", price.minor())
                .with("available", available.minor()),
            R::IdConflict => Self::new(&problem::ID_CONFLICT),
            R::Ledger(refusal) => refusal.into(),
            R::Store(error) => error.into(),
        }
    }
}

impl From<order::Refusal> for Problem {
    fn from(refusal: order::Refusal) -> Self {
        use order::Refusal as R;
        match refusal {
            R::Amount => Self::new(&problem::TOPUP_AMOUNT),
            R::ReturnUrl => Self::new(&problem::RETURN_URL),
            R::NotFound => Self::new(&problem::NOT_FOUND),
            R::IdConflict => Self::new(&problem::ID_CONFLICT),
            R::Away => Self::new(&problem::PROVIDER_AWAY),
            R::Store(error) => error.into(),
        }
    }
}

impl From<mandate::Refusal> for Problem {
    fn from(refusal: mandate::Refusal) -> Self {
        use mandate::Refusal as R;
        match refusal {
            R::Field(name) => Self::new(&problem::INVALID_FIELD).with("field", name),
            R::ReturnUrl => Self::new(&problem::RETURN_URL),
            R::NotFound => Self::new(&problem::NOT_FOUND),
            R::Foreign => Self::new(&problem::MANDATE),
            R::Presentation(reason) => Self::new(&problem::PRESENTATION).with("reason", reason),
            R::Away => Self::new(&problem::PEER_AWAY),
            R::Store(error) => error.into(),
        }
    }
}

impl From<Forged> for Problem {
    fn from(forged: Forged) -> Self {
        Self::new(&problem::WEBHOOK_FORGED).with("reason", forged.0)
    }
}
