//! Proof by a key that a request comes from its holder: DPoP (RFC 9449), plus `bh` over the body.
//!
//! `bh` is base64url SHA-256 of the body, demanded where a proof stands without access token. One
//! verifier, one refusal.

use crate::{
    Refusal, address,
    jose::{Alg, Compact, Jwk, Rules, SigningKey, Typ, sha256_b64, sign},
    versions::{DPOP_TYP, IAT_PAST_S},
};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Secret, Timestamp, b64};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Seconds in which one nonce is handed out. It is accepted for twice as long.
pub const NONCE_BUCKET_S: i64 = 120;
/// Seconds a proof may be off, and so how long its `jti` must be remembered.
pub const WINDOW_S: i64 = IAT_PAST_S;

/// What the request is.
#[derive(Clone, Copy, Debug)]
pub struct Want<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The configured external URL of this door, without query.
    pub url: &'a str,
    /// Now.
    pub now: Timestamp,
    /// The access token beside the proof; demands `ath`.
    pub access_token: Option<&'a str>,
    /// The body, where it must be bound; demands `bh`.
    pub body: Option<&'a [u8]>,
}

/// A good proof. Whether `nonce` is one of ours and `jti` new is the caller's to check.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Thumbprint of the key.
    pub jkt: String,
    /// The key.
    pub jwk: Jwk,
    /// The proof's own name.
    pub jti: String,
    /// The server nonce in it.
    pub nonce: Option<String>,
    /// When it says it was made.
    pub iat: Timestamp,
    /// All its claims, for doors that bind more than a request.
    pub claims: Map<String, Value>,
}

/// Verifies the one `DPoP` header of a request.
///
/// # Errors
/// [`Refusal::Dpop`] whatever is wrong (RFC 9449 section 4.3): form, `typ`, algorithm, private key,
/// signature, `htm`, `htu`, `iat` more than 300 s off, missing `jti`, `ath`, `bh`.
pub fn verify(header_value: &str, want: &Want<'_>) -> Result<Proof, Refusal> {
    open(header_value, want).ok_or(Refusal::Dpop)
}

fn open(token: &str, want: &Want<'_>) -> Option<Proof> {
    let compact = Compact::parse(token).ok()?;
    let jwk = compact.header.jwk.clone()?;
    let rules = Rules {
        typ: Typ::Exactly(DPOP_TYP),
        allowed: &[Alg::Es256, Alg::EdDsa],
    };
    let claims = compact.open(&jwk, &rules).ok()?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let iat = Timestamp::from_seconds(claims.get("iat")?.as_i64()?);
    let fresh = want.now.seconds().abs_diff(iat.seconds()) <= WINDOW_S.unsigned_abs();
    let here = text("htm")? == want.method && same_place(text("htu")?, want.url);
    let hash_is = |name: &str, of: Option<&[u8]>| match of {
        None => true,
        Some(bytes) => text(name) == Some(sha256_b64(bytes).as_str()),
    };
    let bound = hash_is("ath", want.access_token.map(str::as_bytes)) && hash_is("bh", want.body);
    let jti = text("jti")
        .filter(|jti| (1..=256).contains(&jti.len()))?
        .to_owned();
    let nonce = match claims.get("nonce") {
        None => None,
        Some(nonce) => Some(nonce.as_str()?.to_owned()),
    };
    (fresh && here && bound).then(|| Proof {
        jkt: jwk.thumbprint(),
        jwk,
        jti,
        nonce,
        iat,
        claims,
    })
}

/// Scheme, host, port and path alike; query and fragment are cut (RFC 9449 section 4.3, 9).
fn same_place(claimed: &str, ours: &str) -> bool {
    let cut = |text: &str| {
        let plain = text.split(['?', '#']).next().unwrap_or_default();
        let url = address::parse(plain)?;
        let host = url.host_str()?.to_owned();
        Some((
            url.scheme().to_owned(),
            host,
            url.port_or_known_default(),
            url.path().to_owned(),
        ))
    };
    matches!((cut(claimed), cut(ours)), (Some(a), Some(b)) if a == b)
}

/// Makes a proof for one request. `url` without query.
#[must_use]
#[expect(
    clippy::too_many_arguments,
    reason = "each is one claim of RFC 9449 section 4.2"
)]
pub fn make(
    key: &SigningKey,
    method: &str,
    url: &str,
    nonce: Option<&str>,
    access_token: Option<&str>,
    body: Option<&[u8]>,
    jti: &str,
    now: Timestamp,
) -> String {
    let claims = Map::from_iter([("jti".to_owned(), Value::from(jti))]);
    let want = Want {
        method,
        url,
        now,
        access_token,
        body,
    };
    make_with(key, &want, nonce, claims)
}

/// As [`make`], with further `claims`; `jti` is among them.
#[must_use]
pub fn make_with(
    key: &SigningKey,
    want: &Want<'_>,
    nonce: Option<&str>,
    mut claims: Map<String, Value>,
) -> String {
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("htm", want.method.into());
    put("htu", want.url.into());
    put("iat", want.now.seconds().into());
    if let Some(nonce) = nonce {
        put("nonce", nonce.into());
    }
    if let Some(token) = want.access_token {
        put("ath", sha256_b64(token).into());
    }
    if let Some(body) = want.body {
        put("bh", sha256_b64(body).into());
    }
    let header = json!({"typ": DPOP_TYP, "jwk": key.public().public_json()});
    sign(key, &header, &Value::Object(claims))
}

/// Makes and knows the server nonces of one module: an HMAC over a bucket of 120 s. The current and
/// the previous bucket are accepted, so nothing is stored.
#[derive(Clone)]
pub struct NonceKey(Secret<[u8; 32]>);

impl NonceKey {
    /// Under a key of its own.
    #[must_use]
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The nonce to hand out now.
    #[must_use]
    pub fn nonce(&self, now: Timestamp) -> String {
        self.of(now.seconds().div_euclid(NONCE_BUCKET_S))
    }

    /// Whether `nonce` is ours and of this bucket or the one before.
    #[must_use]
    pub fn accepts(&self, nonce: &str, now: Timestamp) -> bool {
        let bucket = now.seconds().div_euclid(NONCE_BUCKET_S);
        [bucket, bucket - 1]
            .iter()
            .any(|b| self.of(*b).as_bytes().ct_eq(nonce.as_bytes()).into())
    }

    fn of(&self, bucket: i64) -> String {
        let bucket = bucket.to_be_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("HMAC takes any key");
        mac.update(b"resonate/dpop-nonce/v1\0");
        mac.update(&bucket);
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let tag: &[u8; 16] = tag.first_chunk().expect("16 of 32 bytes");
        b64::encode([&bucket[..], &tag[..]].concat())
    }
}
