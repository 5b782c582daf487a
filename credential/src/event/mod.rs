//! Signed things between modules: events (RFC 8417), bodies of calls, results of presentations.
//!
//! One Ed25519 key a module signs all three; `typ` tells them apart.

mod peer;
mod result;
mod set;

pub use peer::{Letter, sign_peer, verify_peer};
pub use result::{
    PresentationResult, ShownCard, sign_presentation_result, verify_presentation_result,
};
pub use set::{Event, TOPIC_URN, sign, verify};

use crate::{
    Refusal,
    jose::{Alg, Compact, Jwk, Rules, Typ},
};
use serde_json::{Map, Value};

/// The words of RFC 8935 section 2.4 for what goes wrong before the claims.
fn open(token: &str, typ: &str, keys: impl FnOnce(&str) -> Result<Vec<Jwk>, Refusal>) -> Opened {
    let compact = Compact::parse(token).map_err(|refusal| match refusal {
        Refusal::Alg => Refusal::InvalidKey,
        _ => Refusal::InvalidRequest,
    })?;
    compact
        .obey(&Rules {
            typ: Typ::Exactly(typ),
            allowed: &[Alg::EdDsa],
        })
        .map_err(|refusal| match refusal {
            Refusal::Alg => Refusal::InvalidKey,
            _ => Refusal::InvalidRequest,
        })?;
    let (claims, float) = compact.payload().map_err(|_| Refusal::InvalidRequest)?;
    let iss = claims
        .get("iss")
        .and_then(Value::as_str)
        .ok_or(Refusal::InvalidRequest)?;
    let keys = keys(iss)?;
    let kid = compact.header.kid.as_deref().ok_or(Refusal::InvalidKey)?;
    let key = keys
        .iter()
        .find(|key| key.is_named(kid))
        .ok_or(Refusal::InvalidKey)?;
    compact.check(key).map_err(|_| Refusal::InvalidKey)?;
    if float {
        return Err(Refusal::InvalidRequest);
    }
    Ok(claims)
}

type Opened = Result<Map<String, Value>, Refusal>;
