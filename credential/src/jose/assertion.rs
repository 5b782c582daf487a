//! `private_key_jwt`: a client proves itself by a signed assertion (RFC 7523 section 3).

use super::{Alg, Compact, Jwk, Rules, Typ, find_key};
use crate::{Refusal, versions::IAT_AHEAD_S};
use kernel::Timestamp;
use serde_json::Value;

/// What the provider knows about the client.
pub struct AssertionWant<'a> {
    /// `iss` and `sub`.
    pub client_id: &'a str,
    /// What `aud` may be: the issuer; for older profiles the token endpoint too.
    pub audiences: &'a [&'a str],
    /// The registered keys.
    pub keys: &'a [Jwk],
    /// The registered algorithm.
    pub alg: Alg,
    /// Farthest that `exp` may lie ahead, seconds.
    pub longest_s: i64,
    /// Now.
    pub now: Timestamp,
}

/// A good assertion. That `jti` is new is the caller's to check, until `exp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its own name.
    pub jti: String,
    /// Its end.
    pub exp: Timestamp,
}

/// Verifies a client assertion.
///
/// # Errors
/// [`Refusal::InvalidClient`] whatever is wrong: algorithm, key, signature, header members that
/// point elsewhere, `iss`, `sub`, `aud` that is a list, `exp` past or farther ahead than wanted,
/// `iat` more than 60 s ahead, no `jti`.
pub fn verify_client_assertion(
    token: &str,
    want: &AssertionWant<'_>,
) -> Result<Assertion, Refusal> {
    check(token, want).ok_or(Refusal::InvalidClient)
}

fn check(token: &str, want: &AssertionWant<'_>) -> Option<Assertion> {
    let compact = Compact::parse(token).ok()?;
    // RFC 7523 asks for no typ; "JWT" and the later explicit type are what clients send.
    let typ = Typ::Loosely(&["JWT", "client-authentication+jwt"]);
    let rules = Rules {
        typ,
        allowed: &[want.alg],
    };
    let key = find_key(want.keys, compact.header.kid.as_deref(), want.alg)?;
    let claims = compact.open(key, &rules).ok()?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let now = want.now.seconds();
    let named = text("iss")? == want.client_id && text("sub")? == want.client_id;
    let addressed = want.audiences.contains(&text("aud")?);
    let exp = number("exp")?;
    let alive = exp > now && exp <= now + want.longest_s + IAT_AHEAD_S;
    let made = match claims.get("iat") {
        None => true,
        Some(iat) => iat.as_i64()? <= now + IAT_AHEAD_S,
    };
    let begun = match claims.get("nbf") {
        None => true,
        Some(nbf) => nbf.as_i64()? <= now + IAT_AHEAD_S,
    };
    let jti = text("jti").filter(|jti| (1..=256).contains(&jti.len()))?;
    (named && addressed && alive && made && begun).then(|| Assertion {
        jti: jti.to_owned(),
        exp: Timestamp::from_seconds(exp),
    })
}
