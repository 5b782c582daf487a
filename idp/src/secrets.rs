//! Tokens: a prefix for secret scanners and 256 random bits; stored as a hash.

use kernel::{World, b64};
use sha2::{Digest, Sha256};

/// A fresh token: `prefix` and 43 characters of base64url.
pub(crate) fn token(prefix: &str, world: &World) -> String {
    format!("{prefix}{}", b64::encode(world.random::<32>()))
}

/// base64url of SHA-256 over the ASCII token, prefix included: the form in which it is stored.
pub(crate) fn hash(token: &str) -> String {
    b64::encode(Sha256::digest(token.as_bytes()))
}

/// Whether `text` has the form of a token with that prefix. Saves a read for what cannot be one.
pub(crate) fn has_form(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| kernel::b64::decode_array::<32>(rest).is_some())
}
