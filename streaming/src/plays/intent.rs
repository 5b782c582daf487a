//! The intent of a play: what the person signed to pay at most. Payments checks it against the
//! mandate; here it is refused early where it cannot be good, before money moves.

use super::{Hold, hold_text};
use credential::{
    dpop::Proof,
    jose::{self, Alg},
};
use kernel::{Amount, Id, Timestamp};
use serde_json::{Map, Value};

const TYP: &str = "play-intent+jwt";
const ALGS: &[Alg] = &[Alg::Es256, Alg::EdDsa];
const LEEWAY_S: i64 = 60;

/// What an intent must say.
#[derive(Clone, Copy)]
pub struct Want<'a> {
    /// Payments' name as an audience.
    pub aud: &'a str,
    /// The hold of the play.
    pub hold: Id<Hold>,
    /// What the play costs now.
    pub price: Amount,
    /// The proof the start came with; its key may be the mandate's.
    pub proof: &'a Proof,
    /// Now.
    pub now: Timestamp,
}

/// Why an intent is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentRefusal {
    /// Malformed, for something else, expired, or signed by another key (ST29).
    Invalid,
    /// The person saw a lower price (ST30).
    PriceChanged,
}

/// Checks an intent.
///
/// # Errors
/// [`IntentRefusal`].
pub fn check(intent: &str, want: &Want<'_>) -> Result<(), IntentRefusal> {
    let (header, claims) = jose::peek(intent).map_err(|_| IntentRefusal::Invalid)?;
    let typed = header.typ.as_deref() == Some(TYP) && ALGS.contains(&header.alg);
    let kid = header.kid.filter(|_| typed).ok_or(IntentRefusal::Invalid)?;
    if kid == want.proof.jkt {
        jose::verify(intent, &want.proof.jwk, TYP, ALGS).map_err(|_| IntentRefusal::Invalid)?;
    }
    if !says(&claims, want) {
        return Err(IntentRefusal::Invalid);
    }
    let max = claims
        .get("max")
        .and_then(Value::as_i64)
        .ok_or(IntentRefusal::Invalid)?;
    (max >= want.price.minor())
        .then_some(())
        .ok_or(IntentRefusal::PriceChanged)
}

fn says(claims: &Map<String, Value>, want: &Want<'_>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let exp = claims.get("exp").and_then(Value::as_i64);
    text("aud") == Some(want.aud)
        && text("hold") == Some(hold_text(want.hold).as_str())
        && exp.is_some_and(|exp| exp.saturating_add(LEEWAY_S) > want.now.seconds())
}
