//! Compact JWS (RFC 7515 section 7.1).

use super::{Alg, Jwk, SigningKey};
use crate::{
    Refusal, json,
    versions::{DPOP_TYP, HEADER_MAX, TOKEN_MAX, VCI_PROOF_TYP},
};
use kernel::b64;
use serde_json::{Map, Value};

/// Header members that would let the sender choose how or with what we verify.
const FORBIDDEN: &[&str] = &["crit", "b64", "jku", "x5u"];

/// A parsed header. Nothing in it is proven by being here.
#[derive(Clone, Debug)]
pub struct Header {
    /// From the allow-list.
    pub alg: Alg,
    /// The kind of token.
    pub typ: Option<String>,
    /// The key's name.
    pub kid: Option<String>,
    /// The key itself, where the kind of token carries it.
    pub jwk: Option<Jwk>,
    /// All members.
    pub raw: Map<String, Value>,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let raw = json::parse_object(bytes)?;
        let text = |name: &str, refusal| match raw.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(refusal),
        };
        let alg = Alg::parse(raw.get("alg").and_then(Value::as_str).ok_or(Refusal::Alg)?)?;
        let (typ, kid) = (text("typ", Refusal::Typ)?, text("kid", Refusal::Header)?);
        let jwk = raw
            .get("jwk")
            .map(Jwk::parse)
            .transpose()
            .map_err(|_| Refusal::Header)?;
        Ok(Self {
            alg,
            typ,
            kid,
            jwk,
            raw,
        })
    }
}

/// A token cut into its parts; the payload is not read yet.
pub(crate) struct Compact<'t> {
    pub(crate) header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// Which `typ` a place accepts.
#[derive(Clone, Copy)]
pub(crate) enum Typ<'a> {
    /// This one.
    Exactly(&'a str),
    /// One of these, or none: older profiles do not demand it.
    Loosely(&'a [&'a str]),
}

/// What a header must be, for one kind of token.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) typ: Typ<'a>,
    pub(crate) allowed: &'a [Alg],
}

impl<'t> Compact<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, Refusal> {
        Self::parse_within(token, TOKEN_MAX)
    }

    /// As [`Compact::parse`], for a kind of token with a limit of its own.
    pub(crate) fn parse_within(token: &'t str, most: usize) -> Result<Self, Refusal> {
        if token.len() > most {
            return Err(Refusal::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        if payload.contains('.') {
            return Err(Refusal::Malformed);
        }
        if header.len() > HEADER_MAX {
            return Err(Refusal::TooLarge);
        }
        let header = Header::parse(&b64::decode(header).ok_or(Refusal::Malformed)?)?;
        Ok(Self {
            header,
            signed,
            payload,
            signature,
        })
    }

    /// Checks algorithm, `typ` and the members a sender may not use. The engine comes after.
    pub(crate) fn obey(&self, rules: &Rules<'_>) -> Result<(), Refusal> {
        let header = &self.header;
        if !rules.allowed.contains(&header.alg) {
            return Err(Refusal::Alg);
        }
        let typ = header.typ.as_deref();
        let good = match rules.typ {
            Typ::Exactly(want) => typ == Some(want),
            Typ::Loosely(some) => typ.is_none_or(|typ| some.contains(&typ)),
        };
        if !good {
            return Err(Refusal::Typ);
        }
        let carries_key = matches!(typ, Some(DPOP_TYP | VCI_PROOF_TYP));
        let odd = FORBIDDEN.iter().any(|name| header.raw.contains_key(*name));
        if odd || (header.raw.contains_key("jwk") && !carries_key) {
            return Err(Refusal::Header);
        }
        Ok(())
    }

    /// The payload and whether a float stands in it. Unverified.
    pub(crate) fn payload(&self) -> Result<(Map<String, Value>, bool), Refusal> {
        let (value, float) = json::read(&b64::decode(self.payload).ok_or(Refusal::Malformed)?)?;
        Ok((json::object(value)?, float))
    }

    /// Checks the signature under `key`, whose kind must fit the header.
    pub(crate) fn check(&self, key: &Jwk) -> Result<(), Refusal> {
        if key.alg() != self.header.alg {
            return Err(Refusal::Alg);
        }
        let signature = b64::decode(self.signature).ok_or(Refusal::Malformed)?;
        key.verify(self.signed.as_bytes(), &signature)
    }

    /// Header rules, then signature, then payload.
    pub(crate) fn open(&self, key: &Jwk, rules: &Rules<'_>) -> Result<Map<String, Value>, Refusal> {
        self.obey(rules)?;
        self.check(key)?;
        Ok(self.payload()?.0)
    }
}

/// Reads header and payload of a token **without verifying it**, for looking up the key by `kid`
/// and `iss`.
///
/// # Errors
/// [`Refusal::TooLarge`], [`Refusal::Malformed`], [`Refusal::DuplicateName`]; [`Refusal::Alg`] when
/// the algorithm is not on the list.
pub fn peek(token: &str) -> Result<(Header, Map<String, Value>), Refusal> {
    let compact = Compact::parse(token)?;
    let payload = compact.payload()?.0;
    Ok((compact.header, payload))
}

/// Verifies a compact JWS and gives its payload. Times, `iss` and `aud` are the caller's.
///
/// # Errors
/// [`Refusal::Alg`] when the algorithm is not in `allowed` or does not fit the key;
/// [`Refusal::Typ`] when `typ` is not exactly this; [`Refusal::Header`] for `crit`, `b64`, `jku`,
/// `x5u`, or `jwk` where this `typ` does not carry a key; [`Refusal::Signature`]; and what
/// [`peek`] refuses.
pub fn verify(
    token: &str,
    key: &Jwk,
    typ: &str,
    allowed: &[Alg],
) -> Result<Map<String, Value>, Refusal> {
    Compact::parse(token)?.open(
        key,
        &Rules {
            typ: Typ::Exactly(typ),
            allowed,
        },
    )
}

/// Signs `payload` as compact JWS. `header` gives `typ`, `kid`, `jwk` and others; `alg` is the
/// key's own and stands first.
#[must_use]
pub fn sign(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let mut full = Map::new();
    full.insert("alg".to_owned(), key.alg().as_str().into());
    if let Some(given) = header.as_object() {
        let rest = given.iter().filter(|(name, _)| *name != "alg");
        full.extend(rest.map(|(name, value)| (name.clone(), value.clone())));
    }
    let mut token = b64::encode(Value::Object(full).to_string());
    token.push('.');
    token.push_str(&b64::encode(payload.to_string()));
    let signature = key.sign(token.as_bytes());
    token.push('.');
    token.push_str(&b64::encode(signature));
    token
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_algorithm_off_the_list_never_reaches_the_engine() {
        let key = SigningKey::ed25519_from_seed(&[7; 32]);
        let good = sign(&key, &json!({"typ": "x"}), &json!({"a": 1}));
        assert_eq!(
            verify(&good, &key.public(), "x", &[Alg::EdDsa]).unwrap()["a"],
            1
        );
        assert_eq!(
            verify(&good, &key.public(), "x", &[Alg::Es256]),
            Err(Refusal::Alg)
        );
        assert_eq!(
            verify(&good, &key.public(), "y", &[Alg::EdDsa]),
            Err(Refusal::Typ)
        );
        for alg in [
            "none",
            "HS256",
            "RS512",
            "ES384",
            "eddsa",
            "PBES2-HS256+A128KW",
        ] {
            let header = b64::encode(json!({"alg": alg, "typ": "x"}).to_string());
            let token = format!("{header}.e30.");
            assert_eq!(
                verify(&token, &key.public(), "x", &[Alg::EdDsa]),
                Err(Refusal::Alg),
                "{alg}"
            );
        }
    }
}
