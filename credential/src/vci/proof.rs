//! Key proofs of a wallet that asks for cards (section 8.2, appendix F.1).

use super::BATCH_SIZE;
use crate::{
    Refusal, Verified,
    jose::{Alg, Compact, Jwk, Rules, SigningKey, Typ, sign},
    json::put,
    versions::{IAT_AHEAD_S, IAT_PAST_S, VCI_PROOF_TYP},
};
use kernel::Timestamp;
use serde_json::{Value, json};

/// What an issuer wants proven.
#[derive(Clone, Copy)]
pub struct ProofWant<'a> {
    /// The credential issuer: `aud`.
    pub issuer: &'a str,
    /// The client of the access token: `iss`, if sent.
    pub client_id: &'a str,
    /// Whether a `c_nonce` is ours and not too old.
    pub accepts: &'a dyn Fn(&str) -> bool,
    /// Now.
    pub now: Timestamp,
}

/// Good proofs of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proofs {
    /// The keys, in the order of the proofs; all different.
    pub keys: Vec<Jwk>,
    /// The one nonce in all of them; to be spent once, by the caller.
    pub nonce: String,
}

/// Makes the proof of one key.
#[must_use]
pub fn make_proof(
    key: &SigningKey,
    issuer: &str,
    client_id: Option<&str>,
    c_nonce: &str,
    now: Timestamp,
) -> String {
    let mut claims = json!({"aud": issuer, "iat": now.seconds(), "nonce": c_nonce});
    if let Some(client) = client_id {
        put(&mut claims, "iss", client);
    }
    let header = json!({"typ": VCI_PROOF_TYP, "jwk": key.public().public_json()});
    sign(key, &header, &claims)
}

/// Verifies the proofs of one request: 1 to 20, each of another P-256 key, all with one nonce.
///
/// # Errors
/// [`Refusal::InvalidProof`] whatever is wrong with a proof, their number, or a key twice;
/// [`Refusal::InvalidNonce`] when a nonce is missing, not accepted, or not the same in all.
pub fn verify_proofs(proofs: &[&str], want: &ProofWant<'_>) -> Result<Verified<Proofs>, Refusal> {
    if !(1..=BATCH_SIZE).contains(&proofs.len()) {
        return Err(Refusal::InvalidProof);
    }
    let mut keys: Vec<Jwk> = Vec::with_capacity(proofs.len());
    let mut shared: Option<String> = None;
    for proof in proofs {
        let (key, nonce) = open(proof, want).ok_or(Refusal::InvalidProof)?;
        if keys.contains(&key) {
            return Err(Refusal::InvalidProof);
        }
        let nonce = nonce
            .filter(|n| (want.accepts)(n))
            .ok_or(Refusal::InvalidNonce)?;
        if shared.get_or_insert_with(|| nonce.clone()) != &nonce {
            return Err(Refusal::InvalidNonce);
        }
        keys.push(key);
    }
    let nonce = shared.ok_or(Refusal::InvalidNonce)?;
    Ok(Verified::new(Proofs { keys, nonce }))
}

fn open(proof: &str, want: &ProofWant<'_>) -> Option<(Jwk, Option<String>)> {
    let compact = Compact::parse(proof).ok()?;
    let jwk = compact.header.jwk.clone()?;
    // One key, given one way.
    if ["kid", "x5c", "trust_chain"]
        .iter()
        .any(|name| compact.header.raw.contains_key(*name))
    {
        return None;
    }
    let rules = Rules {
        typ: Typ::Exactly(VCI_PROOF_TYP),
        allowed: &[Alg::Es256],
    };
    let claims = compact.open(&jwk, &rules).ok()?;
    let addressed = claims.get("aud").and_then(Value::as_str) == Some(want.issuer);
    let by = claims.get("iss").is_none_or(|iss| iss == want.client_id);
    let age = want
        .now
        .seconds()
        .saturating_sub(claims.get("iat")?.as_i64()?);
    let fresh = (-IAT_AHEAD_S..=IAT_PAST_S).contains(&age);
    let nonce = match claims.get("nonce") {
        Some(nonce) => Some(nonce.as_str()?.to_owned()),
        None => None,
    };
    (addressed && by && fresh).then_some((jwk, nonce))
}
