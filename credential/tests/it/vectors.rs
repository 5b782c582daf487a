//! The shared vectors, and small things tests need: a clock, entropy, keys.

use credential::{
    Refusal, Trust,
    jose::{Jwk, SigningKey},
    status::StatusView,
    trust::{Issuer, State},
    vc::StatusRef,
};
use kernel::{Entropy, Timestamp};
use serde_json::Value;
use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

pub static CREDENTIALS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../tests/vectors/credentials.json")).unwrap()
});
pub static IDENTITY: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../tests/vectors/identity.json")).unwrap()
});
pub static PAYMENTS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../tests/vectors/payments.json")).unwrap()
});

/// 2026-11-21T09:00:00Z, the clock of all vectors.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is text in {value}"))
}

pub fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name} is a list"))
}

pub fn texts(value: &Value, name: &str) -> Vec<String> {
    list(value, name)
        .iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// A private key of the vectors.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_private_json(&CREDENTIALS["keys"][name]).unwrap()
}

pub fn keys(list: &Value) -> Vec<Jwk> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|k| Jwk::parse(k).unwrap())
        .collect()
}

/// The trust list of a policy.
pub fn trust(policy: &Value) -> Trust {
    let issuer = |i: &Value| Issuer {
        iss: text(i, "iss").to_owned(),
        vcts: texts(i, "vcts"),
        keys: keys(&i["keys"]),
        status_keys: Vec::new(),
        state: State::Active,
    };
    Trust {
        issuers: list(policy, "issuers").iter().map(issuer).collect(),
        senders: Vec::new(),
    }
}

/// A status view that says the same of every card.
pub struct Says(pub Result<(), Refusal>);

impl StatusView for Says {
    fn check(&self, _: &Issuer, _: &StatusRef, now: Timestamp) -> Result<Timestamp, Refusal> {
        self.0.map(|()| now)
    }
}

/// The same bytes every run: SplitMix64 from a seed.
pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)).to_le_bytes()[0];
        }
    }
}
