//! Signed bodies of calls between modules, and their answers.

use super::open;
use crate::{
    Refusal, Trust, Verified,
    jose::{SigningKey, sign},
    json::put,
    versions::PEER_TYP,
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// Seconds a letter may lie behind or ahead: it is read at once.
const WINDOW_S: u64 = 120;

/// A call's body or its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// The writer, named as in events.
    pub iss: String,
    /// The reader.
    pub aud: String,
    /// Its own name.
    pub jti: String,
    /// When it was signed.
    pub iat: Timestamp,
    /// Method and path of the call, `POST /peer/holds`; the same in its answer.
    pub act: String,
    /// In an answer, the `jti` of the call: an answer cannot stand for another call.
    pub re: Option<String>,
    /// What is said.
    pub body: Value,
}

/// Signs a letter.
#[must_use]
pub fn sign_peer(key: &SigningKey, kid: &str, letter: &Letter) -> String {
    let mut payload = json!({
        "iss": letter.iss, "aud": letter.aud, "jti": letter.jti, "iat": letter.iat.seconds(),
        "act": letter.act, "body": letter.body,
    });
    if let Some(re) = &letter.re {
        put(&mut payload, "re", re.as_str());
    }
    sign(key, &json!({"typ": PEER_TYP, "kid": kid}), &payload)
}

/// Verifies a letter to `aud`. What it may ask, that `act` is this door and, in an answer, that
/// `re` is the call's `jti` is the caller's to check.
///
/// # Errors
/// The words of events: [`Refusal::InvalidKey`], [`Refusal::InvalidIssuer`],
/// [`Refusal::InvalidAudience`], [`Refusal::InvalidRequest`] (form, `iat` more than 2 minutes off).
pub fn verify_peer(
    token: &str,
    aud: &str,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verified<Letter>, Refusal> {
    let claims = open(token, PEER_TYP, |iss| Ok(trust.sender(iss)?.keys.clone()))?;
    let letter = read(claims).ok_or(Refusal::InvalidRequest)?;
    if letter.aud != aud {
        return Err(Refusal::InvalidAudience);
    }
    if letter.iat.seconds().abs_diff(now.seconds()) > WINDOW_S {
        return Err(Refusal::InvalidRequest);
    }
    Ok(Verified::new(letter))
}

fn read(mut claims: Map<String, Value>) -> Option<Letter> {
    let text = |name: &str| Some(claims.get(name)?.as_str()?.to_owned());
    let (iss, aud, jti, act) = (text("iss")?, text("aud")?, text("jti")?, text("act")?);
    let iat = Timestamp::from_seconds(claims.get("iat")?.as_i64()?);
    let re = match claims.get("re") {
        None => None,
        Some(re) => Some(re.as_str()?.to_owned()),
    };
    let named = (1..=64).contains(&jti.len());
    let body = claims.remove("body").filter(|_| named)?;
    Some(Letter {
        iss,
        aud,
        jti,
        iat,
        act,
        re,
        body,
    })
}
