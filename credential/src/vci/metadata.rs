//! What an issuer publishes.

use crate::{
    Refusal,
    jose::{Jwk, jwks_json, parse_jwks},
    json::put,
    versions::CARD_FORMAT,
    vocab::{Card, Form},
};
use base64ct::{Base64, Encoding};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Copies in one answer, at most.
pub const BATCH_SIZE: usize = 20;

/// `/.well-known/openid-credential-issuer` (section 12.2) for these types. `scope` is the one scope
/// that cards are asked with.
#[must_use]
pub fn issuer_metadata(issuer: &str, scope: &str, cards: &[&Card]) -> Value {
    let configurations: Map<String, Value> = cards
        .iter()
        .map(|card| (card.name.to_owned(), configuration(issuer, scope, card)))
        .collect();
    json!({
        "credential_issuer": issuer,
        "credential_endpoint": format!("{issuer}/credential"),
        "nonce_endpoint": format!("{issuer}/nonce"),
        "deferred_credential_endpoint": format!("{issuer}/deferred_credential"),
        "notification_endpoint": format!("{issuer}/notification"),
        "batch_credential_issuance": {"batch_size": BATCH_SIZE},
        "display": [
            {"name": "Resonate", "locale": "en"},
            {"name": "Resonate", "locale": "de"},
        ],
        "credential_configurations_supported": configurations,
    })
}

fn configuration(issuer: &str, scope: &str, card: &Card) -> Value {
    json!({
        "format": CARD_FORMAT,
        "vct": card.vct(issuer),
        "scope": scope,
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        "credential_metadata": {
            "display": display(card),
            "claims": claims(card, false),
        },
    })
}

/// The bytes served at the `vct` address, the same for everyone: what `vct#integrity` is over.
#[must_use]
pub fn type_text(issuer: &str, card: &Card) -> String {
    type_metadata(issuer, card).to_string()
}

/// `vct#integrity` of a card (SD-JWT VC draft 18 section 6, W3C Subresource Integrity).
#[must_use]
pub fn integrity(issuer: &str, card: &Card) -> String {
    let digest = Sha256::digest(type_text(issuer, card));
    format!("sha256-{}", Base64::encode_string(&digest))
}

/// The type metadata served at the `vct` address (SD-JWT VC draft 18 section 4).
#[must_use]
pub fn type_metadata(issuer: &str, card: &Card) -> Value {
    json!({
        "vct": card.vct(issuer),
        "name": card.title.en,
        "description": card.about.en,
        "display": display(card),
        "claims": claims(card, true),
    })
}

fn claims(card: &Card, sd: bool) -> Vec<Value> {
    let claim = |claim: &crate::vocab::Claim| {
        let path = match claim.form {
            Form::Places(_) => json!([claim.name, null]),
            _ => json!([claim.name]),
        };
        let mut json = json!({"path": path, "display": [
            {"name": claim.label, "locale": "en"},
            {"name": claim.label_de, "locale": "de"},
        ]});
        if sd {
            put(&mut json, "sd", "always");
        }
        json
    };
    card.claims.iter().map(claim).collect()
}

/// Name and sentence in both languages, and the colours of our cards.
fn display(card: &Card) -> Value {
    let one = |locale: &str, name: &str, about: &str| {
        json!({
            "locale": locale, "name": name, "description": about,
            "background_color": "#17324d", "text_color": "#ffffff",
        })
    };
    json!([
        one("en", card.title.en, card.about.en),
        one("de", card.title.de, card.about.de),
    ])
}

/// `/.well-known/jwt-vc-issuer` (SD-JWT VC draft 18 section 3.5).
#[must_use]
pub fn issuer_keys<'k>(issuer: &str, keys: impl IntoIterator<Item = &'k Jwk>) -> Value {
    json!({"issuer": issuer, "jwks": jwks_json(keys)})
}

/// Reads another's `/.well-known/jwt-vc-issuer`.
///
/// # Errors
/// [`Refusal::Issuer`] when `issuer` is not identical, when it holds both or neither of `jwks` and
/// `jwks_uri`, or keys that are not public. Keys behind `jwks_uri` are not followed.
pub fn read_issuer_keys(json: &Value, issuer: &str) -> Result<Vec<Jwk>, Refusal> {
    let named = json.get("issuer").and_then(Value::as_str) == Some(issuer);
    let jwks = json.get("jwks").filter(|_| json.get("jwks_uri").is_none());
    match jwks {
        Some(jwks) if named => parse_jwks(jwks).map_err(|_| Refusal::Issuer),
        _ => Err(Refusal::Issuer),
    }
}
