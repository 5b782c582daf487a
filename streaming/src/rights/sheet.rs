//! Split sheets: how the artist side of a track's income is shared, signed by every payee.

use crate::catalogue::{Party, Track};
use credential::jose::{self, Alg, Jwk};
use kernel::{Id, canonical, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// The whole, in hundredths of a percent.
const WHOLE: i64 = 10_000;
/// Type of a signed sheet.
pub const SHEET_TYP: &str = "split-sheet+jwt";
/// Type of a signed rule file.
pub const RULE_TYP: &str = "rights-rule+jwt";
/// A public identity may sign with these.
const ALGS: &[Alg] = &[Alg::EdDsa, Alg::Es256];

/// A split sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Whose income.
    pub track: Id<Track>,
    /// Newest is in force.
    pub version: i64,
    /// Who gets how many hundredths of a percent.
    pub lines: Vec<(Id<Party>, i64)>,
}

/// Why a sheet or a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetRefusal {
    /// The shares do not make the whole, or a payee stands twice, or a share is not positive.
    #[error("the shares must be positive, one a payee, and sum to 10000")]
    Sum,
    /// Signed by another key, or other words were signed.
    #[error("the signature is not the payee's under this text")]
    Signature,
}

impl Sheet {
    /// All of it to one payee.
    #[must_use]
    pub fn single(track: Id<Track>, payee: Id<Party>) -> Self {
        Self {
            track,
            version: 1,
            lines: vec![(payee, WHOLE)],
        }
    }

    /// # Errors
    /// [`SheetRefusal::Sum`] (ST60).
    pub fn check(&self) -> Result<(), SheetRefusal> {
        let payees: HashSet<_> = self.lines.iter().map(|(payee, _)| payee).collect();
        let sum = self
            .lines
            .iter()
            .try_fold(0_i64, |sum, (_, bps)| sum.checked_add(*bps));
        let positive = self.lines.iter().all(|(_, bps)| *bps > 0);
        let good = positive && payees.len() == self.lines.len() && sum == Some(WHOLE);
        good.then_some(()).ok_or(SheetRefusal::Sum)
    }

    /// What a payee signs.
    #[must_use]
    pub fn payload(&self) -> Value {
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|(payee, bps)| json!({ "payee": payee, "bps": bps }))
            .collect();
        json!({ "track": self.track, "version": self.version, "lines": lines })
    }

    /// SHA-256 of the canonical payload, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let text =
            canonical::to_string(&self.payload()).expect("a sheet holds small integers only");
        hex::encode(Sha256::digest(text))
    }

    /// Checks one payee's signature.
    ///
    /// # Errors
    /// [`SheetRefusal::Signature`] (ST61, ST62).
    pub fn verify(&self, jws: &str, key: &Jwk) -> Result<(), SheetRefusal> {
        signed(jws, key, SHEET_TYP, &self.payload())
    }
}

/// The hash by which a rule file is named.
#[must_use]
pub fn rule_hash(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

/// What is signed to put a rule file in force for a track.
#[must_use]
pub fn rule_payload(track: Id<Track>, body: &str) -> Value {
    json!({ "track": track, "rule": rule_hash(body) })
}

/// Checks the signature that puts a rule file in force.
///
/// # Errors
/// [`SheetRefusal::Signature`].
pub fn verify_rule(track: Id<Track>, body: &str, jws: &str, key: &Jwk) -> Result<(), SheetRefusal> {
    signed(jws, key, RULE_TYP, &rule_payload(track, body))
}

fn signed(jws: &str, key: &Jwk, typ: &str, payload: &Value) -> Result<(), SheetRefusal> {
    let read = jose::verify(jws, key, typ, ALGS).map_err(|_| SheetRefusal::Signature)?;
    (Value::Object(read) == *payload)
        .then_some(())
        .ok_or(SheetRefusal::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(n: u8) -> Id<Party> {
        Id::from_bytes([n; 16])
    }

    #[test]
    fn the_shares_make_the_whole() {
        let track = Id::from_bytes([9; 16]);
        assert_eq!(Sheet::single(track, party(1)).check(), Ok(()));
        let sheet = |lines: &[(u8, i64)]| Sheet {
            track,
            version: 1,
            lines: lines.iter().map(|(p, bps)| (party(*p), *bps)).collect(),
        };
        assert_eq!(sheet(&[(1, 5000), (2, 3333), (3, 1667)]).check(), Ok(()));
        for bad in [
            &[][..],
            &[(1, 9999)],
            &[(1, 5000), (1, 5000)],
            &[(1, 10_000), (2, 0)],
            &[(1, 10_001), (2, -1)],
            &[(1, i64::MAX), (2, i64::MAX)],
        ] {
            assert_eq!(sheet(bad).check(), Err(SheetRefusal::Sum), "ST60 {bad:?}");
        }
    }

    #[test]
    fn a_sheet_is_signed_by_its_payee_word_for_word() {
        let key = jose::SigningKey::ed25519_from_seed(&[1; 32]);
        let sheet = Sheet::single(Id::from_bytes([9; 16]), party(1));
        let jws = jose::sign(&key, &json!({ "typ": SHEET_TYP }), &sheet.payload());
        assert_eq!(sheet.verify(&jws, &key.public()), Ok(()));
        let other = jose::SigningKey::ed25519_from_seed(&[2; 32]).public();
        assert_eq!(
            sheet.verify(&jws, &other),
            Err(SheetRefusal::Signature),
            "ST62"
        );
        let changed = Sheet {
            version: 2,
            ..sheet
        };
        assert_eq!(
            changed.verify(&jws, &key.public()),
            Err(SheetRefusal::Signature),
            "ST61"
        );
    }
}
