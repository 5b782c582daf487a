//! Public keys.

use super::{Alg, es256::Es256, sha256_b64};
use crate::{Refusal, json::put};
use josekit::jws::{EdDSA, JwsVerifier, RS256};
use kernel::b64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// Members that only a private key has (RFC 7518 section 6, and `k` of symmetric keys).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
/// Smallest and largest RSA modulus, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A public key that is what it says: a point on P-256, an Ed25519 key of full order, or an RSA
/// modulus of 2048 to 4096 bits. Cheap to clone; the engine's form of it is made once.
#[derive(Clone)]
pub struct Jwk(Arc<Inner>);

struct Inner {
    public: Public,
    kid: Option<String>,
    engine: OnceLock<Engine>,
    thumbprint: OnceLock<String>,
}

/// The form in which a signature is checked.
enum Engine {
    P256(Es256),
    Josekit(Box<dyn JwsVerifier>),
}

#[derive(PartialEq, Eq)]
enum Public {
    P256 { x: String, y: String },
    Ed25519 { x: String },
    Rsa { n: String, e: String },
}

impl Jwk {
    /// Reads a public JWK. Members besides the key itself are neither needed nor obeyed; `kid` is
    /// remembered.
    ///
    /// # Errors
    /// [`Refusal::Key`] for a private or symmetric key, a curve or kind not on the list, a point
    /// off its curve, a weak key, or a member that is not canonical base64url.
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let map = json.as_object().ok_or(Refusal::Key)?;
        if PRIVATE.iter().any(|name| map.contains_key(*name)) {
            return Err(Refusal::Key);
        }
        Self::from_members(map)
    }

    /// As [`Jwk::parse`], for the public members of a private key.
    pub(super) fn from_members(map: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| map.get(name).and_then(Value::as_str).ok_or(Refusal::Key);
        let public = match (text("kty")?, map.get("crv").and_then(Value::as_str)) {
            ("EC", Some("P-256")) => p256(text("x")?, text("y")?)?,
            ("OKP", Some("Ed25519")) => ed25519(text("x")?)?,
            ("RSA", _) => rsa(text("n")?, text("e")?)?,
            _ => return Err(Refusal::Key),
        };
        let kid = match map.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= 256 => Some(kid.clone()),
            Some(_) => return Err(Refusal::Key),
        };
        Ok(Self::of(public, kid))
    }

    /// From an uncompressed or compressed point (SEC 1 section 2.3.3).
    pub(crate) fn from_p256_point(sec1: &[u8]) -> Result<Self, Refusal> {
        let key = p256::PublicKey::from_sec1_bytes(sec1).map_err(|_| Refusal::Key)?;
        let (x, y) = coordinates(&key);
        Ok(Self::of(
            Public::P256 {
                x: b64::encode(x),
                y: b64::encode(y),
            },
            None,
        ))
    }

    /// From the 32 bytes of RFC 8032.
    pub(crate) fn from_ed25519(bytes: &[u8; 32]) -> Result<Self, Refusal> {
        Ok(Self::of(ed25519(&b64::encode(bytes))?, None))
    }

    fn of(public: Public, kid: Option<String>) -> Self {
        let (engine, thumbprint) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner {
            public,
            kid,
            engine,
            thumbprint,
        }))
    }

    /// The same key under a name.
    #[must_use]
    pub fn with_kid(&self, kid: &str) -> Self {
        let public = match &self.0.public {
            Public::P256 { x, y } => Public::P256 {
                x: x.clone(),
                y: y.clone(),
            },
            Public::Ed25519 { x } => Public::Ed25519 { x: x.clone() },
            Public::Rsa { n, e } => Public::Rsa {
                n: n.clone(),
                e: e.clone(),
            },
        };
        Self::of(public, Some(kid.to_owned()))
    }

    /// The name it came with.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// Whether `kid` names this key: its own name, or its thumbprint when it has none.
    #[must_use]
    pub fn is_named(&self, kid: &str) -> bool {
        self.kid()
            .map_or_else(|| self.thumbprint() == kid, |own| own == kid)
    }

    /// The required members alone (RFC 7638 section 3.2), without name or use.
    #[must_use]
    pub fn public_json(&self) -> Value {
        match &self.0.public {
            Public::P256 { x, y } => json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
            Public::Ed25519 { x } => json!({"kty": "OKP", "crv": "Ed25519", "x": x}),
            Public::Rsa { n, e } => json!({"kty": "RSA", "n": n, "e": e}),
        }
    }

    /// As it stands in a published key set: with `kid` (its name or thumbprint), `alg` and `use`.
    #[must_use]
    pub fn published_json(&self) -> Value {
        let mut json = self.public_json();
        put(
            &mut json,
            "kid",
            self.kid().unwrap_or_else(|| self.thumbprint_text()),
        );
        put(&mut json, "alg", self.alg().as_str());
        put(&mut json, "use", "sig");
        json
    }

    /// RFC 7638, SHA-256, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.thumbprint_text().to_owned()
    }

    pub(crate) fn thumbprint_text(&self) -> &str {
        self.0.thumbprint.get_or_init(|| {
            // Members in lexical order, no spaces; the values are base64url, so nothing to escape.
            sha256_b64(match &self.0.public {
                Public::P256 { x, y } => {
                    format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
                }
                Public::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
                Public::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            })
        })
    }

    /// The one algorithm this key is used with.
    #[must_use]
    pub fn alg(&self) -> Alg {
        match &self.0.public {
            Public::P256 { .. } => Alg::Es256,
            Public::Ed25519 { .. } => Alg::EdDsa,
            Public::Rsa { .. } => Alg::Rs256,
        }
    }

    /// The bytes of the key where it is a point: compressed P-256, or Ed25519.
    pub(crate) fn point(&self) -> Option<Vec<u8>> {
        match &self.0.public {
            Public::P256 { x, y } => {
                let (x, y) = (b64::decode(x)?, b64::decode(y)?);
                let sign = 2 + (y.last()? & 1);
                Some([&[sign], x.as_slice()].concat())
            }
            Public::Ed25519 { x } => b64::decode(x),
            Public::Rsa { .. } => None,
        }
    }

    /// Checks a JWS signature; the form is exact, so DER is refused for ES256.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        match self.engine() {
            Engine::P256(key) => key.verify(message, signature),
            Engine::Josekit(_) if self.alg() == Alg::EdDsa && signature.len() != 64 => {
                Err(Refusal::Signature)
            }
            Engine::Josekit(key) => key
                .verify(message, signature)
                .map_err(|_| Refusal::Signature),
        }
    }

    fn engine(&self) -> &Engine {
        self.0.engine.get_or_init(|| {
            const CHECKED: &str = "a key that was checked at parsing is one for the engine";
            let json = || match self.public_json() {
                Value::Object(map) => josekit::jwk::Jwk::from_map(map).expect(CHECKED),
                _ => josekit::jwk::Jwk::new("none"),
            };
            match &self.0.public {
                Public::P256 { x, y } => Engine::P256(Es256::new(x, y).expect(CHECKED)),
                Public::Ed25519 { .. } => {
                    Engine::Josekit(Box::new(EdDSA.verifier_from_jwk(&json()).expect(CHECKED)))
                }
                Public::Rsa { .. } => {
                    Engine::Josekit(Box::new(RS256.verifier_from_jwk(&json()).expect(CHECKED)))
                }
            }
        })
    }
}

fn p256(x: &str, y: &str) -> Result<Public, Refusal> {
    let bytes = |t: &str| b64::decode_array::<32>(t).ok_or(Refusal::Key);
    let mut point = [4; 65];
    let (head, tail) = point.split_at_mut(33);
    head.get_mut(1..)
        .expect("33 bytes")
        .copy_from_slice(&bytes(x)?);
    tail.copy_from_slice(&bytes(y)?);
    p256::PublicKey::from_sec1_bytes(&point).map_err(|_| Refusal::Key)?;
    Ok(Public::P256 {
        x: x.to_owned(),
        y: y.to_owned(),
    })
}

/// The two coordinates of a point.
pub(super) fn coordinates(key: &p256::PublicKey) -> ([u8; 32], [u8; 32]) {
    use p256::elliptic_curve::sec1::ToSec1Point;
    let point = key.to_sec1_point(false);
    let bytes = point.as_bytes();
    let x = bytes.get(1..33).and_then(|b| b.try_into().ok());
    let y = bytes.get(33..).and_then(|b| b.try_into().ok());
    x.zip(y).expect("an uncompressed point is 65 bytes")
}

fn ed25519(x: &str) -> Result<Public, Refusal> {
    let bytes = b64::decode_array::<32>(x).ok_or(Refusal::Key)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| Refusal::Key)?;
    // A key of small order verifies signatures nobody made.
    if key.is_weak() {
        return Err(Refusal::Key);
    }
    Ok(Public::Ed25519 { x: x.to_owned() })
}

fn rsa(n: &str, e: &str) -> Result<Public, Refusal> {
    let modulus = b64::decode(n).ok_or(Refusal::Key)?;
    let first = *modulus.first().ok_or(Refusal::Key)?;
    let bits = modulus.len() * 8 - first.leading_zeros() as usize;
    let exponent = b64::decode(e).ok_or(Refusal::Key)?;
    // 65537 alone: nothing else is in use, and small exponents have a history.
    if first == 0 || !RSA_BITS.contains(&bits) || exponent != [1, 0, 1] {
        return Err(Refusal::Key);
    }
    Ok(Public::Rsa {
        n: n.to_owned(),
        e: e.to_owned(),
    })
}

/// Reads a JWK Set (RFC 7517 section 5). Keys of other kinds or for encryption are left out, as
/// section 5 asks.
///
/// # Errors
/// [`Refusal::Malformed`] when it is no set; [`Refusal::Key`] when it holds a private key.
pub fn parse_jwks(json: &Value) -> Result<Vec<Jwk>, Refusal> {
    let keys = json
        .get("keys")
        .and_then(Value::as_array)
        .ok_or(Refusal::Malformed)?;
    let mut found = Vec::new();
    for key in keys {
        let map = key.as_object().ok_or(Refusal::Malformed)?;
        if PRIVATE.iter().any(|name| map.contains_key(*name)) {
            return Err(Refusal::Key);
        }
        if map.get("use").is_none_or(|u| u == "sig") {
            found.extend(Jwk::from_members(map));
        }
    }
    Ok(found)
}

/// A JWK Set of the published form of `keys`.
#[must_use]
pub fn jwks_json<'k>(keys: impl IntoIterator<Item = &'k Jwk>) -> Value {
    json!({"keys": keys.into_iter().map(Jwk::published_json).collect::<Vec<_>>()})
}

/// The key a header means: the one named `kid`; without a name, the only one of that algorithm.
#[must_use]
pub fn find_key<'k>(keys: &'k [Jwk], kid: Option<&str>, alg: Alg) -> Option<&'k Jwk> {
    let mut fit = keys
        .iter()
        .filter(|k| k.alg() == alg && kid.is_none_or(|kid| k.is_named(kid)));
    let first = fit.next()?;
    (kid.is_some() || fit.next().is_none()).then_some(first)
}

impl PartialEq for Jwk {
    /// The same key, whatever its name.
    fn eq(&self, other: &Self) -> bool {
        self.0.public == other.0.public
    }
}
impl Eq for Jwk {}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jwk({} {})", self.alg().as_str(), self.thumbprint_text())
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut json = self.public_json();
        if let Some(kid) = self.kid() {
            put(&mut json, "kid", kid);
        }
        json.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
