//! Certificates of verifiers (RFC 5280), as far as requests need them: a leaf that leads to a pinned
//! anchor, its key, and the names it vouches for.

use super::{Jwk, sha256_b64};
use crate::Refusal;
use kernel::Timestamp;
use openssl::{
    base64,
    bn::BigNumContext,
    ec::PointConversionForm,
    error::ErrorStack,
    nid::Nid,
    stack::Stack,
    x509::{
        X509, X509StoreContext, X509VerifyResult,
        store::{X509Store, X509StoreBuilder},
        verify::X509VerifyParam,
    },
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Certificates of one `x5c`: a leaf and its intermediates, no more.
const CHAIN_MAX: usize = 4;

/// A leaf that leads to a pinned anchor, at the moment it was looked at.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its key, on P-256.
    pub key: Jwk,
    /// The host names it vouches for.
    pub names: Vec<String>,
    /// SHA-256 of its DER, base64url: what follows `x509_hash:`.
    pub hash: String,
}

/// SHA-256 of a certificate's DER, base64url.
#[must_use]
pub fn hash(der: &[u8]) -> String {
    sha256_b64(der)
}

/// The value of an `x5c` header: base64 with padding, leaf first (RFC 7515 section 4.1.6).
#[must_use]
pub fn x5c(chain: &[&[u8]]) -> Vec<String> {
    chain.iter().map(|der| base64::encode_block(der)).collect()
}

impl Leaf {
    /// Reads an `x5c` and follows it to one of `anchors` (DER).
    ///
    /// # Errors
    /// [`Refusal::RequestClient`] when it is no list of certificates, the leaf is self-signed or on
    /// another curve, an anchor stands in it, or it leads to none of the anchors at `now`.
    pub fn open(x5c: &[String], anchors: &[Vec<u8>], now: Timestamp) -> Result<Self, Refusal> {
        const NO: Refusal = Refusal::RequestClient;
        let ders: Option<Vec<Vec<u8>>> = x5c.iter().map(|text| decode(text)).collect();
        let ders = ders.ok_or(NO)?;
        let (first, rest) = ders.split_first().ok_or(NO)?;
        if ders.len() > CHAIN_MAX || ders.iter().any(|der| anchors.contains(der)) {
            return Err(NO);
        }
        let leaf = certificate(first).ok_or(NO)?;
        let between: Option<Vec<X509>> = rest.iter().map(|der| certificate(der)).collect();
        let between = between.ok_or(NO)?;
        // One's own signature vouches for nothing.
        if leaf.issued(&leaf) == X509VerifyResult::OK
            || !leads(&leaf, between, anchors, now).unwrap_or(false)
        {
            return Err(NO);
        }
        let point = point(&leaf).map_err(|_| NO)?.ok_or(NO)?;
        Ok(Self {
            key: Jwk::from_p256_point(&point).map_err(|_| NO)?,
            names: names(&leaf),
            hash: hash(first),
        })
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let der = base64::decode_block(text).ok()?;
    (base64::encode_block(&der) == text).then_some(der)
}

/// A certificate and nothing after it.
fn certificate(der: &[u8]) -> Option<X509> {
    let read = X509::from_der(der).ok()?;
    (read.to_der().ok()? == der).then_some(read)
}

fn leads(
    leaf: &X509,
    between: Vec<X509>,
    anchors: &[Vec<u8>],
    now: Timestamp,
) -> Result<bool, ErrorStack> {
    let mut chain = Stack::new()?;
    for certificate in between {
        chain.push(certificate)?;
    }
    let store = store(anchors, now)?;
    X509StoreContext::new()?.init(&store, leaf, &chain, |context| context.verify_cert())
}

fn store(anchors: &[Vec<u8>], now: Timestamp) -> Result<X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for anchor in anchors.iter().filter_map(|der| certificate(der)) {
        store.add_cert(anchor)?;
    }
    let mut rules = X509VerifyParam::new()?;
    rules.set_time(now.seconds());
    store.set_param(&rules)?;
    Ok(store.build())
}

/// The point of its key, if that is on P-256.
fn point(leaf: &X509) -> Result<Option<Vec<u8>>, ErrorStack> {
    let Ok(key) = leaf.public_key()?.ec_key() else {
        return Ok(None);
    };
    if key.group().curve_name() != Some(Nid::X9_62_PRIME256V1) {
        return Ok(None);
    }
    let mut scratch = BigNumContext::new()?;
    let form = PointConversionForm::UNCOMPRESSED;
    let bytes = key.public_key().to_bytes(key.group(), form, &mut scratch)?;
    Ok(Some(bytes))
}

fn names(leaf: &X509) -> Vec<String> {
    let Some(stack) = leaf.subject_alt_names() else {
        return Vec::new();
    };
    let name = |name: &openssl::x509::GeneralNameRef| {
        let dns = name.dnsname().map(str::to_ascii_lowercase);
        dns.or_else(|| name.ipaddress().and_then(address))
    };
    stack.iter().filter_map(name).collect()
}

/// An address as it stands in a URL.
fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(format!("[{}]", Ipv6Addr::from(sixteen)))
}
