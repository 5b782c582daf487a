//! Private keys.

use super::{Alg, Jwk, jwk::coordinates};
use crate::Refusal;
use josekit::jws::{ES256, EdDSA, JwsSigner, RS256};
use kernel::{Entropy, Secret, b64};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};
use zeroize::Zeroize;

/// A private key and its public half. The text form is wiped when the last clone is dropped; the
/// engine clears its own.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    public: Jwk,
    private: Secret<String>,
    signer: Box<dyn JwsSigner>,
}

const MADE: &str = "a key made here is one for the engine";

impl SigningKey {
    /// A fresh P-256 key; the same entropy gives the same key.
    #[must_use]
    pub fn generate_es256(entropy: &dyn Entropy) -> Self {
        loop {
            let mut scalar = [0; 32];
            entropy.fill(&mut scalar);
            // Zero or past the order: once in 2^32 draws, so draw again.
            let drawn = p256::SecretKey::from_slice(&scalar);
            scalar.zeroize();
            if let Ok(secret) = drawn {
                return Self::of_p256(&secret).expect(MADE);
            }
        }
    }

    /// A fresh Ed25519 key; the same entropy gives the same key.
    #[must_use]
    pub fn generate_ed25519(entropy: &dyn Entropy) -> Self {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        let key = Self::ed25519_from_seed(&seed);
        seed.zeroize();
        key
    }

    /// The Ed25519 key of a seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn ed25519_from_seed(seed: &[u8; 32]) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let x = b64::encode(secret.verifying_key().as_bytes());
        let json = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "d": b64::encode(seed)});
        Self::build(json).expect(MADE)
    }

    /// A fresh RSA key of 2048 bits, drawn by OpenSSL: its own search for primes is the audited
    /// one, so this alone does not come from `Entropy`.
    #[must_use]
    pub fn generate_rs256() -> Self {
        let pair = RS256
            .generate_key_pair(2048)
            .expect("OpenSSL makes a key or aborts");
        let full: Map<String, Value> = pair.to_jwk_private_key().into();
        let members = ["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"];
        let json = members
            .iter()
            .filter_map(|m| Some(((*m).to_owned(), full.get(*m)?.clone())));
        Self::build(Value::Object(json.collect())).expect(MADE)
    }

    /// Reads a private JWK.
    ///
    /// # Errors
    /// [`Refusal::Key`] when it is not private, malformed, of another kind, or its public members
    /// are not those of its private one.
    pub fn from_private_json(json: &Value) -> Result<Self, Refusal> {
        let map = json.as_object().ok_or(Refusal::Key)?;
        let public = Jwk::from_members(map)?;
        let d = map.get("d").and_then(Value::as_str).ok_or(Refusal::Key)?;
        let key = match public.alg() {
            Alg::Es256 => {
                let scalar = Secret::new(b64::decode(d).ok_or(Refusal::Key)?);
                Self::of_p256(
                    &p256::SecretKey::from_slice(scalar.expose()).map_err(|_| Refusal::Key)?,
                )
            }
            Alg::EdDsa => {
                let seed = Secret::new(b64::decode_array(d).ok_or(Refusal::Key)?);
                Ok(Self::ed25519_from_seed(seed.expose()))
            }
            Alg::Rs256 => Self::build(json.clone()),
        }?;
        if key.public() != public {
            return Err(Refusal::Key);
        }
        Ok(match public.kid() {
            Some(kid) => key.with_kid(kid),
            None => key,
        })
    }

    fn of_p256(secret: &p256::SecretKey) -> Result<Self, Refusal> {
        let (x, y) = coordinates(&secret.public_key());
        let (x, y) = (b64::encode(x), b64::encode(y));
        Self::build(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y,
            "d": b64::encode(secret.to_bytes())}))
    }

    fn build(json: Value) -> Result<Self, Refusal> {
        let Value::Object(mut map) = json else {
            return Err(Refusal::Key);
        };
        // What the engine reads from these three we decide ourselves.
        for name in ["use", "key_ops", "alg"] {
            map.remove(name);
        }
        let public = Jwk::from_members(&map)?;
        let private = Secret::new(Value::Object(map.clone()).to_string());
        let key = josekit::jwk::Jwk::from_map(map).map_err(|_| Refusal::Key)?;
        let signer: Box<dyn JwsSigner> = match public.alg() {
            Alg::Es256 => Box::new(ES256.signer_from_jwk(&key).map_err(|_| Refusal::Key)?),
            Alg::EdDsa => Box::new(EdDSA.signer_from_jwk(&key).map_err(|_| Refusal::Key)?),
            Alg::Rs256 => Box::new(RS256.signer_from_jwk(&key).map_err(|_| Refusal::Key)?),
        };
        Ok(Self(Arc::new(Inner {
            public,
            private,
            signer,
        })))
    }

    /// The same key under a name.
    #[must_use]
    pub fn with_kid(&self, kid: &str) -> Self {
        let public = self.0.public.with_kid(kid);
        let (private, signer) = (self.0.private.clone(), self.0.signer.box_clone());
        Self(Arc::new(Inner {
            public,
            private,
            signer,
        }))
    }

    /// The whole key as JWK text, for sealing. The name is not part of it.
    #[must_use]
    pub fn private_json(&self) -> Secret<String> {
        self.0.private.clone()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> Jwk {
        self.0.public.clone()
    }

    /// The one algorithm this key is used with.
    #[must_use]
    pub fn alg(&self) -> Alg {
        self.0.public.alg()
    }

    /// RFC 7638 thumbprint of the public half.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.0.public.thumbprint()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0
            .signer
            .sign(message)
            .expect("a key the engine took signs")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.0.public)
    }
}
