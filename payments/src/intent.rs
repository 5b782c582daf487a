//! Play intents: a listener's key says what one play may cost at most. Checked here, never stored, so
//! that a streaming module in foreign hands cannot spend a purse.

use crate::{hold::Refusal, ids::Bytes16, purse::PurseKey};
use credential::jose::{self, Alg, Jwk};
use kernel::{Amount, Timestamp, hex};
use serde_json::{Map, Value};

const TYP: &str = "play-intent+jwt";
/// Seconds clocks may differ.
const LEEWAY_S: i64 = 60;
/// The longest an intent may live, in seconds.
const LIFE_S: i64 = 600;

/// What a checked intent allows.
#[derive(Clone, Debug)]
pub struct Intent {
    /// For which hold.
    pub hold: Bytes16,
    /// At most this.
    pub max: Amount,
    /// Under which mandate.
    pub mandate: String,
}

/// The mandate an intent names, before its key is known. Trust nothing else of it yet.
///
/// # Errors
/// [`Refusal::Intent`] when the token cannot be read.
pub fn named_mandate(token: &str) -> Result<String, Refusal> {
    let (_, claims) = jose::peek(token).map_err(|_| Refusal::Intent("form"))?;
    text(&claims, "mandate").map(str::to_owned)
}

/// Checks the intent by the mandate's key: `typ`, algorithm, key mark, signature, `aud`, times.
/// That hold and amount fit is checked with the request.
///
/// # Errors
/// [`Refusal::Intent`] with the check that failed.
pub fn check(
    token: &str,
    key: &Jwk,
    mark: &Bytes16,
    purses: &PurseKey,
    audience: &str,
    now: Timestamp,
) -> Result<Intent, Refusal> {
    if purses.mark(&key.thumbprint()) != *mark {
        return Err(Refusal::Intent("key"));
    }
    let claims = jose::verify(token, key, TYP, &[Alg::Es256, Alg::EdDsa])
        .map_err(|_| Refusal::Intent("signature"))?;
    if text(&claims, "aud")? != audience {
        return Err(Refusal::Intent("aud"));
    }
    let (iat, exp) = (number(&claims, "iat")?, number(&claims, "exp")?);
    let at = now.seconds();
    if exp <= at - LEEWAY_S {
        return Err(Refusal::Intent("expired"));
    }
    if iat > at + LEEWAY_S || exp.saturating_sub(iat) > LIFE_S {
        return Err(Refusal::Intent("iat"));
    }
    let hold = hex::decode_array(text(&claims, "hold")?).ok_or(Refusal::Intent("hold"))?;
    let max = Amount::new(number(&claims, "max")?);
    Ok(Intent {
        hold,
        max,
        mandate: text(&claims, "mandate")?.to_owned(),
    })
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Refusal> {
    claims
        .get(name)
        .and_then(Value::as_str)
        .ok_or(Refusal::Intent(name))
}

fn number(claims: &Map<String, Value>, name: &'static str) -> Result<i64, Refusal> {
    claims
        .get(name)
        .and_then(Value::as_i64)
        .ok_or(Refusal::Intent(name))
}
