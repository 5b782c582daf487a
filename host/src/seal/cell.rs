//! The bytes of one cell.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};

const VERSION: u8 = 1;
const HEAD: usize = 5;
const NONCE: usize = 12;

/// Where a cell stands.
pub(crate) struct Place<'a> {
    pub table: &'a str,
    pub column: &'a str,
    pub row_id: &'a str,
}

/// One data key, ready for use. The engine wipes its schedule when dropped.
pub(crate) struct Cipher(Aes256Gcm);

impl Cipher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    pub(crate) fn seal(&self, id: u32, place: &Place, plain: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
        let aad = place.aad(id);
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = self
            .0
            .encrypt(&nonce.into(), payload)
            .expect("a cell is far below 64 GiB");
        let mut cell = Vec::with_capacity(HEAD + NONCE + sealed.len());
        cell.push(VERSION);
        cell.extend(id.to_be_bytes());
        cell.extend(nonce);
        cell.extend(sealed);
        cell
    }

    /// `None` where anything differs from what was sealed.
    pub(crate) fn open(&self, id: u32, place: &Place, cell: &[u8]) -> Option<Vec<u8>> {
        let rest = cell.get(HEAD..)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let aad = place.aad(id);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        self.0.decrypt(&(*nonce).into(), payload).ok()
    }
}

/// The key a cell names; `None` for another form or version.
pub(crate) fn key_id(cell: &[u8]) -> Option<u32> {
    let (version, rest) = cell.split_first()?;
    let id = rest.first_chunk::<4>()?;
    (*version == VERSION).then(|| u32::from_be_bytes(*id))
}

impl Place<'_> {
    fn aad(&self, id: u32) -> Vec<u8> {
        let mut aad = Vec::with_capacity(64);
        for part in [self.table, self.column, self.row_id] {
            let length = u32::try_from(part.len()).expect("a name is shorter than 4 GiB");
            aad.extend(length.to_be_bytes());
            aad.extend(part.as_bytes());
        }
        aad.push(VERSION);
        aad.extend(id.to_be_bytes());
        aad
    }
}
