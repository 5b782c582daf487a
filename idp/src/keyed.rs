//! Keyed hashes: HMAC-SHA-256 over a name for the use and its parts, a zero byte between them.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;

/// HMAC-SHA-256(key, use 00 part 00 part ..). The use keeps one key's hashes apart from another's.
pub(crate) fn mac(key: &Secret<[u8; 32]>, usage: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes any key length");
    mac.update(usage.as_bytes());
    for part in parts {
        mac.update(&[0]);
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
