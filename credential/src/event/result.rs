//! What a presentation proved, told by the identity provider to the module that asked for it.

use super::open;
use crate::{
    Refusal, Trust, Verified,
    jose::{SigningKey, sign},
    json::put,
    versions::PRESENTATION_TYP,
};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Seconds such a result lives.
const LIFE_S: i64 = 120;

/// One card that was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownCard {
    /// The id of the query it answers: `payer`.
    pub id: String,
    /// Its type.
    pub vct: String,
    /// Its issuer.
    pub iss: String,
    /// What it disclosed.
    pub claims: Map<String, Value>,
}

/// A finished presentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PresentationResult {
    /// The identity provider's issuer.
    pub iss: String,
    /// The module that asked.
    pub aud: String,
    /// Its own name; once.
    pub jti: String,
    /// The purpose it was asked for: `mandate`.
    pub purpose: String,
    /// `same` or `other`: the device the person sat at.
    pub device: String,
    /// The cards.
    pub credentials: Vec<ShownCard>,
    /// The transaction data as asked, byte for byte.
    pub transaction_data: Vec<String>,
    /// The presentations as sent, by query id, for a second check.
    pub presentation: Map<String, Value>,
    /// The nonce the presentations answer.
    pub nonce: String,
    /// The `client_id` they were made for.
    pub client_id: String,
}

/// Signs a result; it ends after two minutes.
#[must_use]
pub fn sign_presentation_result(
    key: &SigningKey,
    kid: &str,
    result: &PresentationResult,
    now: Timestamp,
) -> String {
    let mut payload = json!(result);
    put(&mut payload, "iat", now.seconds());
    put(&mut payload, "exp", now.plus_seconds(LIFE_S).seconds());
    sign(key, &json!({"typ": PRESENTATION_TYP, "kid": kid}), &payload)
}

/// Verifies a result meant for `aud`. `jti` once, the purpose and the presentations inside are the
/// caller's to check.
///
/// # Errors
/// The words of events; [`Refusal::InvalidRequest`] when it has ended.
pub fn verify_presentation_result(
    token: &str,
    aud: &str,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verified<PresentationResult>, Refusal> {
    let claims = open(token, PRESENTATION_TYP, |iss| {
        Ok(trust.sender(iss)?.keys.clone())
    })?;
    let exp = claims
        .get("exp")
        .and_then(Value::as_i64)
        .ok_or(Refusal::InvalidRequest)?;
    let result: PresentationResult =
        serde_json::from_value(Value::Object(claims)).map_err(|_| Refusal::InvalidRequest)?;
    if result.aud != aud {
        return Err(Refusal::InvalidAudience);
    }
    // No leeway ahead: the life is two minutes, so an end beyond three was not set by us.
    let left = exp - now.seconds();
    if !(0..=LIFE_S + 60).contains(&left) {
        return Err(Refusal::InvalidRequest);
    }
    Ok(Verified::new(result))
}
