//! PKCE, S256 only (RFC 7636).

use crate::{Refusal, jose::sha256_b64};
use kernel::{Entropy, b64};
use subtle::ConstantTimeEq;

/// A fresh verifier of 43 characters.
#[must_use]
pub fn draw_verifier(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    b64::encode(bytes)
}

/// The S256 challenge of a verifier.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    sha256_b64(verifier)
}

/// Checks what a client sent to the authorization endpoint.
///
/// # Errors
/// [`Refusal::InvalidRequest`] when one of the two is missing, the method is not exactly `S256`, or
/// the challenge is not 43 characters of canonical base64url.
pub fn check_challenge(challenge: Option<&str>, method: Option<&str>) -> Result<(), Refusal> {
    let good = method == Some("S256")
        && challenge.is_some_and(|c| c.len() == 43 && b64::decode_array::<32>(c).is_some());
    if good {
        Ok(())
    } else {
        Err(Refusal::InvalidRequest)
    }
}

/// Checks a verifier against the challenge stored with the code.
///
/// # Errors
/// [`Refusal::InvalidGrant`] when it is not 43 to 128 unreserved characters (RFC 7636 section 4.1)
/// or of another challenge.
pub fn check_verifier(verifier: &str, challenge: &str) -> Result<(), Refusal> {
    let unreserved = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
    let formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    let same: bool = self::challenge(verifier)
        .as_bytes()
        .ct_eq(challenge.as_bytes())
        .into();
    if formed && same {
        Ok(())
    } else {
        Err(Refusal::InvalidGrant)
    }
}
