//! A request signed by a vault's write key: the one request-bound proof (RFC 9449 with `bh`), and in
//! it which epoch and version the wallet speaks of.

use crate::{Core, Refusal};
use credential::{
    dpop::Proof,
    jose::{Alg, Jwk},
};
use host::{db::Tx, edge::classes, proof::Door};
use http::{HeaderMap, Method};
use kernel::{Timestamp, canonical};
use serde_json::Value;

/// A proof that stands for this request. It is still to be [`Written::spend`]t.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    proof: Proof,
    /// The nonce for the wallet's next proof.
    nonce: String,
    /// The key, as it is stored.
    pub key: String,
    pub epoch: i64,
    pub version: i64,
    /// The write key of a new epoch.
    pub next: Option<Key>,
}

/// A public key and its thumbprint.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub text: String,
    pub jkt: String,
}

/// What a request is, beside its body.
pub(crate) struct Asked {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
}

impl Written {
    /// Checks the proof of a request and counts it.
    ///
    /// # Errors
    /// [`Refusal::Proof`] whatever is wrong with it.
    pub fn check(core: &Core, asked: &Asked, body: &[u8], now: Timestamp) -> Result<Self, Refusal> {
        let proof = core
            .door
            .check(
                &asked.method,
                &asked.path,
                &asked.headers,
                Some(body),
                None,
                now,
            )
            .map_err(Refusal::Proof)?;
        let wrong = |why| Refusal::proof(why, core.door.nonce(now));
        if proof.jwk.alg() != Alg::EdDsa {
            return Err(wrong("alg"));
        }
        let count = |name: &str| proof.claims.get(name).and_then(Value::as_i64);
        let (Some(epoch), Some(version)) = (count("epoch"), count("version")) else {
            return Err(wrong("claims"));
        };
        let next = match proof.claims.get("next") {
            None => None,
            Some(jwk) => Some(key(jwk).ok_or_else(|| wrong("next"))?),
        };
        Ok(Self {
            key: text(&proof.jwk),
            nonce: core.door.nonce(now),
            epoch,
            version,
            next,
            proof,
        })
    }

    /// Thumbprint of the key.
    pub fn jkt(&self) -> &str {
        &self.proof.jkt
    }

    /// Uses the proof up, in the transaction that does what it asks.
    ///
    /// # Errors
    /// [`Refusal::Proof`] if it was used before.
    pub async fn spend(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Refusal> {
        if Door::spend(tx, &self.proof, now).await? {
            Ok(())
        } else {
            Err(Refusal::proof("replay", self.nonce.clone()))
        }
    }

    /// Counts a write by this key.
    ///
    /// # Errors
    /// 429.
    pub fn count(&self, core: &Core) -> Result<(), kernel::Problem> {
        core.ground.meter.take(&classes::VAULT_WRITE, self.jkt())
    }
}

fn key(jwk: &Value) -> Option<Key> {
    let jwk = Jwk::parse(jwk).ok().filter(|jwk| jwk.alg() == Alg::EdDsa)?;
    Some(Key {
        text: text(&jwk),
        jkt: jwk.thumbprint(),
    })
}

fn text(jwk: &Jwk) -> String {
    canonical::to_string(&jwk.public_json()).expect("a public key is made of texts")
}

/// The thumbprint of a stored key.
pub(crate) fn thumbprint(stored: &str) -> Option<String> {
    let json = serde_json::from_str(stored).ok()?;
    Jwk::parse(&json).ok().map(|jwk| jwk.thumbprint())
}
