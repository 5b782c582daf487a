//! AES-256-GCM cells: `nonce(12) || ciphertext || tag(16)`, bound to what they belong to.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use kernel::Secret;

/// Seals `plain`; `nonce` is fresh and random, `aad` names the place.
pub(crate) fn close(key: &Secret<[u8; 32]>, nonce: [u8; 12], plain: &[u8], aad: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new(key.expose().into());
    let sealed = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad });
    let mut cell = nonce.to_vec();
    cell.extend(sealed.expect("a vault is far below the cipher's limit of 64 GiB"));
    cell
}

/// Opens a cell; `None` when the key, the place or a bit is another.
pub(crate) fn open(key: &Secret<[u8; 32]>, cell: &[u8], aad: &[u8]) -> Option<Secret<Vec<u8>>> {
    let (nonce, sealed) = cell.split_first_chunk::<12>()?;
    let cipher = Aes256Gcm::new(key.expose().into());
    cipher
        .decrypt(&(*nonce).into(), Payload { msg: sealed, aad })
        .ok()
        .map(Secret::new)
}
