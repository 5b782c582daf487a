//! Signed offers: the bodies of `idp.offer/1` and `idp.withdraw/1`, by which a module tells the
//! issuer what a holder of a one-time key may fetch. `sub` and `jkt` are all both sides hold.

use crate::{
    Refusal,
    event::Event,
    trust::Sender,
    vocab::{self, topics},
};
use kernel::{Timestamp, b64};
use serde_json::{Map, Value};

/// A grant of one type of card.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The module's reference.
    pub reference: String,
    /// Grows with each change.
    pub ver: i64,
    /// The type.
    pub card: &'static vocab::Card,
    /// Thumbprint of the one-time key that may fetch.
    pub jkt: String,
    /// The claims, checked against the type's table.
    pub claims: Map<String, Value>,
    /// Its end.
    pub until: Timestamp,
    /// Whether cards may be issued already.
    pub state: OfferState,
}

/// Whether cards may be issued already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferState {
    /// Yes.
    Ready,
    /// Not before a higher `ver` says `ready`.
    Pending,
}

/// A grant taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The module's reference.
    pub reference: String,
    /// Higher than the offer's.
    pub ver: i64,
    /// Why.
    pub why: Why,
}

/// Why a grant is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Replaced; no right was lost.
    Changed,
    /// A right was lost in the ordinary course.
    Lapsed,
    /// A right was taken.
    Expelled,
    /// The holder's keys are no longer theirs.
    Rekeyed,
    /// The money went back.
    Refund,
    /// It should never have been.
    Error,
}

impl Why {
    /// Whether the next publication must show it, rather than one within two hours.
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Expelled | Self::Rekeyed)
    }
}

/// Reads an offer from a verified event.
///
/// # Errors
/// [`Refusal::AccessDenied`] for a type that is not the sender's to offer;
/// [`Refusal::InvalidRequest`] for an unknown version, type or claim, a value of another form, a
/// `jkt` that is no thumbprint, an unknown state, or an end that has passed.
pub fn read_offer(event: &Event, sender: &Sender, now: Timestamp) -> Result<Offer, Refusal> {
    const REFUSED: Refusal = Refusal::InvalidRequest;
    if event.topic != topics::IDP_OFFER || event.version != 1 {
        return Err(REFUSED);
    }
    let text = |name: &str| event.body.get(name).and_then(Value::as_str).ok_or(REFUSED);
    let known = [
        "sub",
        "ver",
        "configuration",
        "jkt",
        "claims",
        "until",
        "state",
    ];
    if event
        .body
        .keys()
        .any(|name| !known.contains(&name.as_str()))
    {
        return Err(REFUSED);
    }
    let card = vocab::card(text("configuration")?).ok_or(REFUSED)?;
    if !sender.configurations.iter().any(|name| name == card.name) {
        return Err(Refusal::AccessDenied);
    }
    let jkt = text("jkt")?;
    b64::decode_array::<32>(jkt).ok_or(REFUSED)?;
    let claims = event
        .body
        .get("claims")
        .and_then(Value::as_object)
        .ok_or(REFUSED)?;
    card.check(claims).map_err(|_| REFUSED)?;
    let until = event
        .body
        .get("until")
        .and_then(Value::as_i64)
        .ok_or(REFUSED)?;
    let state = match text("state")? {
        "ready" => OfferState::Ready,
        "pending" => OfferState::Pending,
        _ => return Err(REFUSED),
    };
    if until <= now.seconds() {
        return Err(REFUSED);
    }
    Ok(Offer {
        reference: event.sub.clone(),
        ver: event.ver,
        card,
        jkt: jkt.to_owned(),
        claims: claims.clone(),
        until: Timestamp::from_seconds(until),
        state,
    })
}

/// Reads a withdrawal from a verified event.
///
/// # Errors
/// [`Refusal::InvalidRequest`] for an unknown version or reason.
pub fn read_withdrawal(event: &Event) -> Result<Withdrawal, Refusal> {
    if event.topic != topics::IDP_WITHDRAW || event.version != 1 {
        return Err(Refusal::InvalidRequest);
    }
    let why = match event.body.get("reason").and_then(Value::as_str) {
        Some("changed") => Why::Changed,
        Some("lapsed") => Why::Lapsed,
        Some("expelled") => Why::Expelled,
        Some("rekeyed") => Why::Rekeyed,
        Some("refund") => Why::Refund,
        Some("error") => Why::Error,
        _ => return Err(Refusal::InvalidRequest),
    };
    Ok(Withdrawal {
        reference: event.sub.clone(),
        ver: event.ver,
        why,
    })
}
