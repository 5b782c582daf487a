//! Sealed local files: `version(8) || nonce(12) || AES-256-GCM`, bound to the file's name and version.

use crate::{seal, vault::DayKey};
use kernel::{Entropy, Secret};

fn aad(name: &str, version: u64) -> Vec<u8> {
    let mut aad = b"resonate/wallet/file/1\0".to_vec();
    aad.extend(name.as_bytes());
    aad.push(0);
    aad.extend(version.to_be_bytes());
    aad
}

/// Seals the content of the file `name`; `version` grows with each write.
#[must_use]
pub fn close(
    key: &DayKey,
    name: &str,
    version: u64,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    let mut file = version.to_be_bytes().to_vec();
    file.extend(seal::close(&key.store(), nonce, plain, &aad(name, version)));
    file
}

/// Opens a file: its version and content. `None` when it was altered or is another's.
#[must_use]
pub fn open(key: &DayKey, name: &str, file: &[u8]) -> Option<(u64, Secret<Vec<u8>>)> {
    let (version, cell) = file.split_first_chunk::<8>()?;
    let version = u64::from_be_bytes(*version);
    seal::open(&key.store(), cell, &aad(name, version)).map(|plain| (version, plain))
}
