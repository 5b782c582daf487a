//! Finders: a sealed note of where a vault is, under a name that only a sheet of words gives.

use crate::{derive::hkdf, seal};
use kernel::Secret;

const FIND: &[u8] = b"resonate/vault/find/1";
const FIND_KEY: &[u8] = b"resonate/vault/find-key/1";

/// The name of the sheet's finder.
#[must_use]
pub fn id(sheet: &[u8; 32]) -> [u8; 16] {
    *hkdf::<16>(sheet, &[], FIND).expose()
}

fn aad() -> Vec<u8> {
    [FIND, &[0]].concat()
}

/// Seals vault and read token for the sheet; `nonce` is fresh and random.
#[must_use]
pub fn close(sheet: &[u8; 32], vault: &[u8; 16], token: &[u8; 32], nonce: [u8; 12]) -> Vec<u8> {
    let plain = Secret::new([vault.as_slice(), token].concat());
    let key = hkdf(sheet, &[], FIND_KEY);
    seal::close(&key, nonce, plain.expose(), &aad())
}

/// Opens the box; `None` when it is another sheet's or was altered.
#[must_use]
pub fn open(sheet: &[u8; 32], sealed: &[u8]) -> Option<([u8; 16], Secret<[u8; 32]>)> {
    let plain = seal::open(&hkdf(sheet, &[], FIND_KEY), sealed, &aad())?;
    let (vault, token) = plain.expose().split_first_chunk::<16>()?;
    Some((*vault, Secret::new(token.try_into().ok()?)))
}
