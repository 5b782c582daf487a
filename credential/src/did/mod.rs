//! Identifiers that are keys (did:key, did:jwk) or addresses (did:web, did:webvh, address only).

mod base58;
mod web;

pub use web::document_url;

use crate::{Refusal, jose::Jwk, json};
use kernel::b64;
use serde_json::Value;

/// Longest identifier read.
const DID_MAX: usize = 2048;
/// Multicodec prefixes, as unsigned varints: `p256-pub` 0x1200 and `ed25519-pub` 0xed.
const P256: [u8; 2] = [0x80, 0x24];
const ED25519: [u8; 2] = [0xed, 0x01];

/// The key of a `did:key` or `did:jwk`, written as DID or as its verification method with fragment.
///
/// # Errors
/// [`Refusal::Did`] for another method, multicodec, length, a point off the curve, a private key,
/// or a fragment that is not the one the method defines.
pub fn key(did: &str) -> Result<Jwk, Refusal> {
    read(did).ok_or(Refusal::Did)
}

fn read(did: &str) -> Option<Jwk> {
    if did.len() > DID_MAX {
        return None;
    }
    let (body, fragment) = match did.split_once('#') {
        Some((did, fragment)) => (did, Some(fragment)),
        None => (did, None),
    };
    if let Some(text) = body.strip_prefix("did:key:") {
        let named = fragment.is_none_or(|f| f == text);
        return named.then(|| multikey(text))?;
    }
    let text = body.strip_prefix("did:jwk:")?;
    let json = json::parse(&b64::decode(text)?).ok()?;
    fragment
        .is_none_or(|f| f == "0")
        .then(|| Jwk::parse(&json).ok())?
}

/// A key as base58btc multibase (`z..`) with its multicodec.
fn multikey(text: &str) -> Option<Jwk> {
    let bytes = base58::decode(text.strip_prefix('z')?)?;
    let (codec, key) = bytes.split_first_chunk::<2>()?;
    match *codec {
        P256 if key.len() == 33 => Jwk::from_p256_point(key).ok(),
        ED25519 => Jwk::from_ed25519(key.try_into().ok()?).ok(),
        _ => None,
    }
}

/// The `did:key` of a P-256 or Ed25519 key.
///
/// # Errors
/// [`Refusal::Did`] for an RSA key.
pub fn of_key(jwk: &Jwk) -> Result<String, Refusal> {
    let point = jwk.point().ok_or(Refusal::Did)?;
    let codec = if point.len() == 33 { P256 } else { ED25519 };
    Ok(format!(
        "did:key:z{}",
        base58::encode(&[&codec[..], &point].concat())
    ))
}

/// The verification method of a `did:key` or `did:jwk`.
///
/// # Errors
/// As [`key`].
pub fn verification_method(did: &str) -> Result<String, Refusal> {
    key(did)?;
    let did = did.split('#').next().unwrap_or(did);
    match did.strip_prefix("did:key:") {
        Some(body) => Ok(format!("{did}#{body}")),
        None => Ok(format!("{did}#0")),
    }
}

/// The `did:jwk` of a public JWK, with the bytes of `json` as they are written.
///
/// # Errors
/// [`Refusal::Did`] when it is no public key accepted here.
pub fn of_jwk(json: &Value) -> Result<String, Refusal> {
    Jwk::parse(json).map_err(|_| Refusal::Did)?;
    Ok(format!("did:jwk:{}", b64::encode(json.to_string())))
}
