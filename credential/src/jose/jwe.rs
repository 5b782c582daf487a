//! Sealed answers (RFC 7516 compact): ECDH-ES on P-256 with AES in GCM, and nothing else.
//!
//! The header is judged here before the engine sees it. The engine draws the sender's one-time key and
//! the initialisation vector itself, from OpenSSL.

use super::{Alg, Jwk, SigningKey};
use crate::{
    Refusal,
    json::{self, put},
    versions::{HEADER_MAX, TOKEN_MAX},
};
use josekit::jwe::{self, ECDH_ES, JweHeader};
use kernel::{Entropy, Secret, b64};
use serde_json::{Map, Value};

const ALG: &str = "ECDH-ES";
/// How the content is sealed, best first.
pub const ENCS: [&str; 2] = ["A256GCM", "A128GCM"];

/// The private key that opens the answer to one request, and nothing else.
#[derive(Clone, Debug)]
pub struct OpeningKey(SigningKey);

impl OpeningKey {
    /// A fresh key on P-256.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(SigningKey::generate_es256(entropy))
    }

    /// Reads what [`OpeningKey::private_json`] gave.
    ///
    /// # Errors
    /// [`Refusal::Key`] for anything but a private key on P-256.
    pub fn from_private_json(json: &Value) -> Result<Self, Refusal> {
        let key = SigningKey::from_private_json(json)?;
        match key.alg() {
            Alg::Es256 => Ok(Self(key)),
            Alg::EdDsa | Alg::Rs256 => Err(Refusal::Key),
        }
    }

    /// The whole key, for sealing.
    #[must_use]
    pub fn private_json(&self) -> Secret<String> {
        self.0.private_json()
    }

    /// Its name: the one it came with, else the thumbprint.
    #[must_use]
    pub fn kid(&self) -> String {
        let public = self.0.public();
        public
            .kid()
            .map_or_else(|| public.thumbprint(), str::to_owned)
    }

    /// As it stands in a request's `client_metadata.jwks`.
    #[must_use]
    pub fn public_json(&self) -> Value {
        let mut json = self.0.public().public_json();
        put(&mut json, "kid", self.kid());
        put(&mut json, "use", "enc");
        put(&mut json, "alg", ALG);
        json
    }

    /// Opens an answer that was sealed to this key.
    ///
    /// # Errors
    /// [`Refusal::ResponseEncryption`] for another `kid`, `alg` or `enc`, for `zip` or `crit`, and for
    /// what does not open or is no JSON object.
    pub fn open(&self, sealed: &str) -> Result<Map<String, Value>, Refusal> {
        const NO: Refusal = Refusal::ResponseEncryption;
        if header_kid(sealed)? != self.kid() {
            return Err(NO);
        }
        let engine = engine_key(&self.0.private_json())
            .and_then(|key| ECDH_ES.decrypter_from_jwk(&key).ok())
            .ok_or(NO)?;
        let (plain, _) = jwe::deserialize_compact(sealed, &engine).map_err(|_| NO)?;
        json::parse_object(&plain).map_err(|_| NO)
    }
}

/// The name of the key an answer says it is sealed to; the header is one we take.
///
/// # Errors
/// [`Refusal::ResponseEncryption`] for another form, `alg` or `enc`, for `zip` or `crit`.
pub fn header_kid(sealed: &str) -> Result<String, Refusal> {
    const NO: Refusal = Refusal::ResponseEncryption;
    let parts: Vec<&str> = sealed.split('.').collect();
    let [header, wrapped, _, _, _] = parts.as_slice() else {
        return Err(NO);
    };
    // Agreed directly, so no key travels.
    if sealed.len() > TOKEN_MAX || header.len() > HEADER_MAX || !wrapped.is_empty() {
        return Err(NO);
    }
    let header = json::parse_object(&b64::decode(header).ok_or(NO)?).map_err(|_| NO)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let enc = text("enc").is_some_and(|enc| ENCS.contains(&enc));
    let odd = ["zip", "crit", "jku", "x5u", "jwk"];
    if text("alg") != Some(ALG) || !enc || odd.iter().any(|name| header.contains_key(*name)) {
        return Err(NO);
    }
    text("kid").map(str::to_owned).ok_or(NO)
}

fn engine_key(json: &Secret<String>) -> Option<josekit::jwk::Jwk> {
    josekit::jwk::Jwk::from_bytes(json.expose()).ok()
}

/// Whom an answer is sealed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealTo {
    key: Jwk,
    kid: Option<String>,
    enc: &'static str,
}

impl SealTo {
    /// The first key of a request's `client_metadata` that an answer can be sealed to.
    ///
    /// # Errors
    /// [`Refusal::RequestEncryption`] when there is none, or no `enc` of ours among those it names
    /// (without the list it is A128GCM: OpenID4VP 1.0 section 5.1).
    pub fn choose(client_metadata: Option<&Value>) -> Result<Self, Refusal> {
        const NO: Refusal = Refusal::RequestEncryption;
        let metadata = client_metadata.ok_or(NO)?;
        let keys = metadata
            .pointer("/jwks/keys")
            .and_then(Value::as_array)
            .ok_or(NO)?;
        let usable = |key: &&Value| key["alg"] == ALG && key.get("use").is_none_or(|u| u == "enc");
        let found = keys.iter().filter(usable).find_map(|json| {
            let key = Jwk::parse(json)
                .ok()
                .filter(|key| key.alg() == Alg::Es256)?;
            Some((key, json["kid"].as_str().map(str::to_owned)))
        });
        let (key, kid) = found.ok_or(NO)?;
        let enc = match metadata.get("encrypted_response_enc_values_supported") {
            None => "A128GCM",
            Some(list) => {
                let list = list.as_array().ok_or(NO)?;
                let known = |enc: &&&str| list.iter().any(|named| named == **enc);
                ENCS.iter().find(known).copied().ok_or(NO)?
            }
        };
        Ok(Self { key, kid, enc })
    }

    /// Seals an answer.
    ///
    /// # Errors
    /// [`Refusal::RequestEncryption`] when the engine cannot use the key.
    pub fn seal(&self, answer: &Value) -> Result<String, Refusal> {
        const NO: Refusal = Refusal::RequestEncryption;
        let key = Secret::new(self.key.public_json().to_string());
        let engine = engine_key(&key)
            .and_then(|key| ECDH_ES.encrypter_from_jwk(&key).ok())
            .ok_or(NO)?;
        let mut header = JweHeader::new();
        header.set_content_encryption(self.enc);
        if let Some(kid) = &self.kid {
            header.set_key_id(kid);
        }
        jwe::serialize_compact(answer.to_string().as_bytes(), &header, &engine).map_err(|_| NO)
    }
}
