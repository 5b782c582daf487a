//! Keys and compact JWS (RFC 7515, 7517, 7518, 7638, 8037) behind an allow-list of algorithms.
//!
//! The only place that names `josekit` or `openssl`. The list is checked before the engine is
//! called, so what the engine also knows (`none`, RSA1_5, PBES2) cannot be reached.

mod assertion;
mod es256;
mod jwe;
mod jwk;
mod jws;
mod signing;
pub mod x509;

pub use assertion::{Assertion, AssertionWant, verify_client_assertion};
pub use jwe::{ENCS, OpeningKey, SealTo, header_kid};
pub use jwk::{Jwk, find_key, jwks_json, parse_jwks};
pub use jws::{Header, peek, sign, verify};
pub use signing::SigningKey;

pub(crate) use jws::{Compact, Rules, Typ};

use crate::Refusal;
use kernel::b64;
use sha2::{Digest, Sha256, Sha512};

/// The signature algorithms there are here. All else is refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alg {
    /// ECDSA on P-256 with SHA-256: cards, key binding, proofs.
    Es256,
    /// Ed25519: events, access tokens, self-issued tokens.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for ID tokens of clients that know nothing else.
    Rs256,
}

impl Alg {
    /// The name in a header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads the name in a header.
    ///
    /// # Errors
    /// [`Refusal::Alg`] for every name not on the list, `none` among them.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        match name {
            "ES256" => Ok(Self::Es256),
            "EdDSA" => Ok(Self::EdDsa),
            "RS256" => Ok(Self::Rs256),
            _ => Err(Refusal::Alg),
        }
    }
}

/// `at_hash` of an ID token (OpenID Connect Core 3.1.3.6): the left half of the hash that goes with
/// the ID token's algorithm; SHA-512 for Ed25519.
#[must_use]
pub fn at_hash(alg: Alg, access_token: &str) -> String {
    match alg {
        Alg::Es256 | Alg::Rs256 => {
            let hash: [u8; 32] = Sha256::digest(access_token).into();
            b64::encode(hash.first_chunk::<16>().expect("16 of 32 bytes"))
        }
        Alg::EdDsa => {
            let hash: [u8; 64] = Sha512::digest(access_token).into();
            b64::encode(hash.first_chunk::<32>().expect("32 of 64 bytes"))
        }
    }
}

/// SHA-256 as base64url, the form in which hashes stand in tokens.
pub(crate) fn sha256_b64(bytes: impl AsRef<[u8]>) -> String {
    b64::encode(Sha256::digest(bytes.as_ref()))
}
