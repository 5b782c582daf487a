//! `c_nonce`: given out without memory, known again by its MAC (section 7).

use hmac::{Hmac, KeyInit, Mac};
use kernel::{Entropy, Secret, Timestamp, b64};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Seconds a `c_nonce` lives.
const LIFE_S: i64 = 300;

/// Makes and knows the nonces of one issuer. Only used ones need to be stored, until they end.
#[derive(Clone)]
pub struct CNonceKey(Secret<[u8; 32]>);

impl CNonceKey {
    /// Under a key of its own.
    #[must_use]
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// A fresh nonce: time, 16 random bytes, MAC.
    #[must_use]
    pub fn nonce(&self, entropy: &dyn Entropy, now: Timestamp) -> String {
        let mut random = [0; 16];
        entropy.fill(&mut random);
        let told = [&now.seconds().to_be_bytes()[..], &random[..]].concat();
        b64::encode([&told[..], &self.tag(&told)[..]].concat())
    }

    /// Whether `nonce` is ours and not older than 5 minutes. Whether it was used is the caller's.
    #[must_use]
    pub fn accepts(&self, nonce: &str, now: Timestamp) -> bool {
        let Some(bytes) = b64::decode_array::<40>(nonce) else {
            return false;
        };
        let (told, tag) = bytes.split_at(24);
        let made = told
            .first_chunk()
            .map_or(i64::MIN, |b| i64::from_be_bytes(*b));
        let age = now.seconds().saturating_sub(made);
        let ours: bool = self.tag(told).ct_eq(tag).into();
        // A little ahead is another node's clock.
        ours && (-5..=LIFE_S).contains(&age)
    }

    fn tag(&self, told: &[u8]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("HMAC takes any key");
        mac.update(b"resonate/c-nonce/v1\0");
        mac.update(told);
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        *tag.first_chunk().expect("16 of 32 bytes")
    }
}
