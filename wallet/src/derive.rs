//! Keys out of keys: HKDF-SHA-256 (RFC 5869), each purpose with a text of its own.

use hkdf::Hkdf;
use kernel::Secret;
use sha2::Sha256;

/// `N` bytes from `ikm` for the purpose `info`.
pub(crate) fn hkdf<const N: usize>(ikm: &[u8], salt: &[u8], info: &[u8]) -> Secret<[u8; N]> {
    let mut okm = [0; N];
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand(info, &mut okm)
        .expect("at most 255 blocks are asked for");
    Secret::new(okm)
}

/// The seed of an Ed25519 key derived for a persona: `label` says what it is for, `context` where.
/// For `siop` the context is the host of the `response_uri`, lower case, without port.
#[must_use]
pub fn seed(
    day_seed: &[u8; 32],
    label: &str,
    persona: &[u8; 16],
    context: &str,
) -> Secret<[u8; 32]> {
    let mut info = format!("resonate/{label}/v1").into_bytes();
    info.push(0);
    info.extend(persona);
    info.push(0);
    info.extend(context.as_bytes());
    hkdf(day_seed, &[], &info)
}
