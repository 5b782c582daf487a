//! Key binding (RFC 9901 section 4.3): the holder signs what is shown, for whom, and when.

use crate::{
    Refusal,
    dcql::Path,
    dpop::NonceKey,
    jose::{Alg, Compact, Jwk, Rules, SigningKey, Typ, sha256_b64, sign},
    json::put,
    sdjwt,
    versions::{IAT_AHEAD_S, IAT_PAST_S, KB_TYP},
    vocab::transaction,
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

/// What a holder signs.
#[derive(Clone, Copy, Debug)]
pub struct KbParams<'a> {
    /// The verifier's `client_id` as its request sent it, with prefix.
    pub aud: &'a str,
    /// The request's nonce.
    pub nonce: &'a str,
    /// Now.
    pub iat: Timestamp,
    /// The transaction data for this card, as sent.
    pub transaction_data: &'a [String],
}

/// Which nonce a verifier takes.
#[derive(Clone, Copy)]
pub enum Nonce<'a> {
    /// The one of the request.
    Is(&'a str),
    /// Any that this key handed out lately, where no request is sent.
    Of(&'a NonceKey),
}

impl<'a> From<&'a str> for Nonce<'a> {
    fn from(nonce: &'a str) -> Self {
        Self::Is(nonce)
    }
}

/// What a verifier wants the holder to have signed.
pub(crate) struct KbWant<'a> {
    pub(crate) aud: &'a str,
    pub(crate) nonce: Nonce<'a>,
    pub(crate) transaction_data: &'a [String],
}

/// Discloses what `paths` lead to and binds it to the holder's key.
///
/// # Errors
/// What [`sdjwt::disclose`] refuses.
pub fn present(
    issued: &str,
    paths: &[Path],
    holder: &SigningKey,
    params: &KbParams<'_>,
) -> Result<String, Refusal> {
    let mut token = sdjwt::disclose(issued, paths)?;
    let binding = bind(&token, holder, params);
    token.push_str(&binding);
    Ok(token)
}

/// The key-binding token over `bound`, which ends in a tilde.
#[must_use]
pub fn bind(bound: &str, holder: &SigningKey, params: &KbParams<'_>) -> String {
    let mut claims = json!({
        "iat": params.iat.seconds(), "aud": params.aud, "nonce": params.nonce,
        "sd_hash": sha256_b64(bound),
    });
    if !params.transaction_data.is_empty() {
        let hashes: Vec<String> = params
            .transaction_data
            .iter()
            .map(|text| transaction::hash(text))
            .collect();
        put(&mut claims, "transaction_data_hashes", json!(hashes));
        if params
            .transaction_data
            .iter()
            .any(|text| transaction::names_hash(text))
        {
            put(
                &mut claims,
                "transaction_data_hashes_alg",
                transaction::SHA_256,
            );
        }
    }
    sign(holder, &json!({"typ": KB_TYP}), &claims)
}

/// Verifies a key-binding token over `bound` under the card's key.
pub(crate) fn verify(
    token: &str,
    bound: &str,
    holder: &Jwk,
    want: &KbWant<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let as_kb = |refusal| match refusal {
        Refusal::Alg => Refusal::KbAlg,
        Refusal::Typ => Refusal::KbTyp,
        Refusal::Signature => Refusal::KbSignature,
        other => other,
    };
    let rules = Rules {
        typ: Typ::Exactly(KB_TYP),
        allowed: &[Alg::Es256],
    };
    let compact = Compact::parse(token).map_err(as_kb)?;
    let claims = compact.open(holder, &rules).map_err(as_kb)?;
    if claims.get("aud").and_then(Value::as_str) != Some(want.aud) {
        return Err(Refusal::KbAud);
    }
    let nonce = claims
        .get("nonce")
        .and_then(Value::as_str)
        .ok_or(Refusal::KbNonce)?;
    let known = match want.nonce {
        Nonce::Is(ours) => ours.as_bytes().ct_eq(nonce.as_bytes()).into(),
        Nonce::Of(key) => key.accepts(nonce, now),
    };
    if !known {
        return Err(Refusal::KbNonce);
    }
    let iat = claims
        .get("iat")
        .and_then(Value::as_i64)
        .ok_or(Refusal::KbIat)?;
    let now = now.seconds();
    if iat < now - IAT_PAST_S || iat > now + IAT_AHEAD_S {
        return Err(Refusal::KbIat);
    }
    if claims.get("sd_hash").and_then(Value::as_str) != Some(sha256_b64(bound).as_str()) {
        return Err(Refusal::KbSdHash);
    }
    transactions(&claims, want.transaction_data)
}

/// Same count, same order, hashes of the strings as sent; the hash named where the request named it.
fn transactions(claims: &Map<String, Value>, asked: &[String]) -> Result<(), Refusal> {
    let hashes = claims.get("transaction_data_hashes");
    if asked.is_empty() {
        // Hashes nobody asked for would let a card stand for a transaction we never saw.
        return if hashes.is_none() {
            Ok(())
        } else {
            Err(Refusal::TransactionData)
        };
    }
    let hashes = hashes
        .and_then(Value::as_array)
        .ok_or(Refusal::TransactionData)?;
    let same = hashes.len() == asked.len()
        && hashes
            .iter()
            .zip(asked)
            .all(|(hash, text)| *hash == transaction::hash(text));
    let alg = claims.get("transaction_data_hashes_alg");
    let named = match alg {
        Some(alg) => *alg == transaction::SHA_256,
        None => !asked.iter().any(|text| transaction::names_hash(text)),
    };
    if same && named {
        Ok(())
    } else {
        Err(Refusal::TransactionData)
    }
}
