//! The credential request and its answer (section 8).

use crate::{Refusal, json};
use serde_json::{Map, Value, json};

/// A read request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRequest {
    /// What is asked for.
    pub requested: Requested,
    /// The key proofs, unverified.
    pub proofs: Vec<String>,
    /// Whether the answer is asked to be encrypted, which this issuer does not do.
    pub encrypted: bool,
}

/// By which of its two names a card is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requested {
    /// `credential_configuration_id`.
    Configuration(String),
    /// `credential_identifier`, where the token response gave some.
    Identifier(String),
}

/// Reads a credential request. Unknown members are ignored, as section 8.2 says.
///
/// # Errors
/// [`Refusal::InvalidCredentialRequest`] when it is no JSON object or has both or neither name;
/// [`Refusal::InvalidProof`] when `proofs` is missing, empty, or holds another type than `jwt`.
pub fn credential_request(body: &[u8]) -> Result<CredentialRequest, Refusal> {
    let map = json::parse_object(body).map_err(|_| Refusal::InvalidCredentialRequest)?;
    let text = |name: &str| match map.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::InvalidCredentialRequest),
    };
    let requested = match (
        text("credential_configuration_id")?,
        text("credential_identifier")?,
    ) {
        (Some(id), None) => Requested::Configuration(id),
        (None, Some(id)) => Requested::Identifier(id),
        _ => return Err(Refusal::InvalidCredentialRequest),
    };
    let proofs = map
        .get("proofs")
        .and_then(Value::as_object)
        .and_then(jwt_proofs);
    Ok(CredentialRequest {
        requested,
        proofs: proofs.ok_or(Refusal::InvalidProof)?,
        encrypted: map.contains_key("credential_response_encryption"),
    })
}

fn jwt_proofs(proofs: &Map<String, Value>) -> Option<Vec<String>> {
    let list = proofs
        .get("jwt")
        .filter(|_| proofs.len() == 1)?
        .as_array()?;
    let list: Vec<String> = list
        .iter()
        .map(|p| p.as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    (!list.is_empty()).then_some(list)
}

/// The answer with the cards, in the order of the proofs.
#[must_use]
pub fn credential_response(cards: &[String], notification_id: &str) -> Value {
    let list: Vec<Value> = cards
        .iter()
        .map(|card| json!({"credential": card}))
        .collect();
    json!({"credentials": list, "notification_id": notification_id})
}
