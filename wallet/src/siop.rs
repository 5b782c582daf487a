//! Joining and signing in by a key of the wallet's own: a self-issued ID token (SIOPv2 draft 13).

use crate::{Failure, request::Asked};
use credential::{jose::SigningKey, siop, vp::Ask};
use kernel::{Secret, Timestamp};

/// The context of the key that answers: the host of the `response_uri`, so that two providers see
/// two keys.
///
/// # Errors
/// F1 when the request names no host.
pub fn context(asked: &Asked) -> Result<String, Failure> {
    asked
        .request()
        .host()
        .ok_or(Failure::Request("request-response-uri"))
}

/// The form fields of the answer. `seed` is the persona's, for [`context`].
///
/// # Errors
/// F1 when cards are asked for, not a key.
pub fn answer(
    asked: &Asked,
    seed: &Secret<[u8; 32]>,
    now: Timestamp,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let request = asked.request();
    if request.ask != Ask::SelfIssued {
        return Err(Failure::Request("request-query"));
    }
    let key = SigningKey::ed25519_from_seed(seed.expose());
    let token = siop::make(&key, &request.client_id, &request.nonce, now);
    Ok(vec![("state", request.state.clone()), ("id_token", token)])
}
