//! Playing: the intent for one play, and the id of its hold.

use credential::jose::{self, SigningKey};
use kernel::hex;
use serde_json::json;
use sha2::{Digest, Sha256};

/// How long an intent is good, in seconds.
const INTENT_S: i64 = 300;

/// The id of the hold that belongs to a play: SHA-256 of
/// `"resonate/transfer-id/1" 00 "hold" 00 u32be(16) play`, its first 16 bytes.
#[must_use]
pub fn hold_of(play: &[u8; 16]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(b"resonate/transfer-id/1\0hold\0");
    hash.update(16_u32.to_be_bytes());
    hash.update(play);
    let digest = hash.finalize();
    std::array::from_fn(|i| digest[i])
}

/// The wish to pay at most `max` micro-credits for `play` under `mandate`, signed by the key the
/// mandate names. `now` in seconds.
#[must_use]
pub fn intent(
    key: &SigningKey,
    audience: &str,
    play: &[u8; 16],
    max: i64,
    mandate: &str,
    now: i64,
) -> String {
    let header = json!({ "typ": "play-intent+jwt", "kid": key.thumbprint() });
    let claims = json!({
        "aud": audience, "hold": hex::encode(hold_of(play)), "max": max, "mandate": mandate,
        "iat": now, "exp": now + INTENT_S,
    });
    jose::sign(key, &header, &claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hold_follows_from_the_play() {
        let play: [u8; 16] = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
        assert_eq!(
            hex::encode(hold_of(&play)),
            "3c4f87c8a3e98b7c7dcb81b3ea8ddda8"
        );
    }
}
