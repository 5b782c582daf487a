//! Identifiers computed from what they name, so a job that runs twice, late or across a clock
//! change pays once.

use crate::ledger::Ledger;
use sha2::{Digest, Sha256};

/// Sixteen bytes naming an account, a transfer or a purse.
pub type Bytes16 = [u8; 16];

/// SHA-256("resonate/account/1" 00 ledger 00 name), first sixteen bytes.
#[must_use]
pub fn account(ledger: Ledger, name: &str) -> Bytes16 {
    let mut hash = Sha256::new();
    hash.update(b"resonate/account/1\0");
    hash.update(ledger.as_str());
    hash.update(b"\0");
    hash.update(name);
    cut(hash)
}

/// SHA-256("resonate/transfer-id/1" 00 kind 00, then each part with its length as u32be), first
/// sixteen bytes.
#[must_use]
pub fn transfer(kind: &str, parts: &[&[u8]]) -> Bytes16 {
    let mut hash = Sha256::new();
    hash.update(b"resonate/transfer-id/1\0");
    hash.update(kind);
    hash.update(b"\0");
    for part in parts {
        let len = u32::try_from(part.len()).expect("parts are short texts and hashes");
        hash.update(len.to_be_bytes());
        hash.update(part);
    }
    cut(hash)
}

fn cut(hash: Sha256) -> Bytes16 {
    let full: [u8; 32] = hash.finalize().into();
    let (head, _) = full.split_first_chunk::<16>().expect("32 bytes hold 16");
    *head
}
