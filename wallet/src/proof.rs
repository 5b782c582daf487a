//! Proofs of a key for one request (RFC 9449).

use credential::{dpop, jose::SigningKey};
use kernel::{Timestamp, World, b64};

/// What a request is, for its proof.
#[derive(Clone, Copy, Default)]
pub struct Target<'a> {
    /// `GET`, `POST`, `DELETE`.
    pub method: &'a str,
    /// URL; query and fragment are left out of the proof.
    pub url: &'a str,
    /// The server's last nonce.
    pub nonce: Option<&'a str>,
    /// The token the proof accompanies.
    pub token: Option<&'a str>,
    /// The body, where the server wants it bound.
    pub body: Option<&'a [u8]>,
}

/// The value of the `DPoP` header.
#[must_use]
pub fn dpop(key: &SigningKey, target: Target, world: &World, now: Timestamp) -> String {
    let jti = b64::encode(world.random::<16>());
    let url = target.url.split(['?', '#']).next().unwrap_or(target.url);
    dpop::make(
        key,
        target.method,
        url,
        target.nonce,
        target.token,
        target.body,
        &jti,
        now,
    )
}
