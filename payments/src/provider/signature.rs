//! Signatures of deliveries: `t=<seconds>,v1=<hex HMAC-SHA-256 over "t.body">`, any one good `v1`.

use super::Forged;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Timestamp, hex};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Seconds a delivery may be old, or ahead.
const LEEWAY: i64 = 300;

/// Checks `header` over the raw `body`.
///
/// # Errors
/// [`Forged`]: `absent`, `no-t`, `two-t`, `no-v1`, `stale`, `future` or `signature`.
pub fn check(secret: &[u8], header: &str, body: &[u8], now: Timestamp) -> Result<(), Forged> {
    if header.is_empty() {
        return Err(Forged("absent"));
    }
    let pairs = || {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let mut times = pairs()
        .filter(|(name, _)| *name == "t")
        .map(|(_, value)| value);
    let t = times.next().ok_or(Forged("no-t"))?;
    if times.next().is_some() {
        return Err(Forged("two-t"));
    }
    let mut marks = pairs()
        .filter(|(name, _)| *name == "v1")
        .map(|(_, value)| value)
        .peekable();
    if marks.peek().is_none() {
        return Err(Forged("no-v1"));
    }
    let good = mac(secret, t, body);
    // Every mark is compared, so time tells nothing of which one was close.
    let fits = marks
        .filter_map(hex::decode_array::<32>)
        .fold(false, |any, mark| any | bool::from(mark.ct_eq(&good)));
    if !fits {
        return Err(Forged("signature"));
    }
    let at: i64 = t.parse().map_err(|_| Forged("no-t"))?;
    match now.seconds().saturating_sub(at) {
        age if age > LEEWAY => Err(Forged("stale")),
        age if age < -LEEWAY => Err(Forged("future")),
        _ => Ok(()),
    }
}

/// The header a provider sends with `body`.
#[must_use]
pub fn make(secret: &[u8], body: &[u8], at: Timestamp) -> String {
    let t = at.seconds().to_string();
    format!("t={t},v1={}", hex::encode(mac(secret, &t, body)))
}

fn mac(secret: &[u8], t: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(t.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}
