//! Self-issued ID tokens (SIOPv2 draft 13), isolated: a key says who it is, for first contact.
//!
//! Thumbprint subjects only: `iss == sub == urn:ietf:params:oauth:jwk-thumbprint:sha-256:..`.

use crate::{
    Refusal, Verified,
    jose::{Alg, Compact, Jwk, Rules, SigningKey, Typ, sign},
    versions::{IAT_AHEAD_S, LEEWAY_S, THUMBPRINT_URN},
};
use kernel::Timestamp;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

/// Seconds a token made here lives.
const LIFE_S: i64 = 300;
/// Seconds between `iat` and `exp` that are accepted, and so the age of a token.
const LIFE_MAX_S: i64 = 600;

/// A key that introduced itself.
#[derive(Clone, Debug)]
pub struct SelfIssued {
    /// The URN of its thumbprint.
    pub sub: String,
    /// Its thumbprint.
    pub jkt: String,
    /// The key.
    pub jwk: Jwk,
}

/// Makes a token for one request.
#[must_use]
pub fn make(key: &SigningKey, client_id: &str, nonce: &str, now: Timestamp) -> String {
    let sub = format!("{THUMBPRINT_URN}{}", key.thumbprint());
    let payload = json!({
        "iss": sub, "sub": sub, "aud": client_id, "nonce": nonce,
        "iat": now.seconds(), "exp": now.plus_seconds(LIFE_S).seconds(),
        "sub_jwk": key.public().public_json(),
    });
    sign(key, &json!({"typ": "JWT"}), &payload)
}

/// Verifies a token that answers the request of `client_id` (as sent, with prefix) with `nonce`.
/// Claims about the person are self-asserted and ignored.
///
/// # Errors
/// [`Refusal::Alg`], [`Refusal::SiopSub`] when the subject is not the thumbprint of the public key
/// inside, [`Refusal::Signature`], [`Refusal::SiopAud`], [`Refusal::SiopNonce`],
/// [`Refusal::SiopTime`]; and what reading a JWS refuses.
pub fn verify(
    token: &str,
    client_id: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<Verified<SelfIssued>, Refusal> {
    let compact = Compact::parse(token)?;
    let typ = Typ::Loosely(&["JWT"]);
    compact.obey(&Rules {
        typ,
        allowed: &[Alg::Es256, Alg::EdDsa],
    })?;
    let (claims, _) = compact.payload()?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let jwk = claims.get("sub_jwk").ok_or(Refusal::SiopSub)?;
    let jwk = Jwk::parse(jwk).map_err(|_| Refusal::SiopSub)?;
    let jkt = jwk.thumbprint();
    let sub = format!("{THUMBPRINT_URN}{jkt}");
    if text("iss") != Some(&sub) || text("sub") != Some(&sub) {
        return Err(Refusal::SiopSub);
    }
    compact.check(&jwk)?;
    if text("aud") != Some(client_id) {
        return Err(Refusal::SiopAud);
    }
    if !text("nonce").is_some_and(|n| n.as_bytes().ct_eq(nonce.as_bytes()).into()) {
        return Err(Refusal::SiopNonce);
    }
    let number = |name: &str| {
        claims
            .get(name)
            .and_then(Value::as_i64)
            .ok_or(Refusal::SiopTime)
    };
    let (iat, exp, now) = (number("iat")?, number("exp")?, now.seconds());
    let alive = exp > now.saturating_sub(LEEWAY_S) && iat <= now.saturating_add(IAT_AHEAD_S);
    if !alive || exp.saturating_sub(iat) > LIFE_MAX_S {
        return Err(Refusal::SiopTime);
    }
    Ok(Verified::new(SelfIssued { sub, jkt, jwk }))
}
