//! Checking ES256 signatures, straight on OpenSSL.
//!
//! Every card brings a fresh key. josekit turns each into DER and lets OpenSSL's general decoder
//! read it back, which costs more than the check itself; so the point goes in as a point here.

use crate::Refusal;
use kernel::b64;
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    ecdsa::EcdsaSig,
    error::ErrorStack,
    nid::Nid,
    pkey::Public,
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The curve's constants, never changed.
static P256: LazyLock<EcGroup> =
    LazyLock::new(|| EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("OpenSSL knows P-256"));

/// A P-256 public key as OpenSSL holds it.
pub(super) struct Es256(EcKey<Public>);

impl Es256 {
    /// From canonical base64url coordinates; `None` off the curve.
    pub(super) fn new(x: &str, y: &str) -> Option<Self> {
        let (x, y) = (b64::decode_array::<32>(x)?, b64::decode_array::<32>(y)?);
        point(&[&[4], &x[..], &y[..]].concat()).ok().map(Self)
    }

    /// Checks the 64 bytes `r || s` (RFC 7518 section 3.4).
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let halves = signature
            .split_first_chunk::<32>()
            .filter(|(_, s)| s.len() == 32);
        let (r, s) = halves.ok_or(Refusal::Signature)?;
        let hash = Sha256::digest(message);
        let verdict = BigNum::from_slice(r)
            .and_then(|r| EcdsaSig::from_private_components(r, BigNum::from_slice(s)?))
            .and_then(|signature| signature.verify(&hash, &self.0));
        if matches!(verdict, Ok(true)) {
            Ok(())
        } else {
            Err(Refusal::Signature)
        }
    }
}

fn point(sec1: &[u8]) -> Result<EcKey<Public>, ErrorStack> {
    let mut scratch = BigNumContext::new()?;
    let point = EcPoint::from_bytes(&P256, sec1, &mut scratch)?;
    EcKey::from_public_key(&P256, &point)
}
