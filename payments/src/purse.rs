//! Purses: whose they are is a keyed hash, and the key lives outside the database and its backup.

use crate::ids::Bytes16;
use crate::ledger::{Account, Ledger};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Secret, hex};
use sha2::Sha256;

/// A purse: sixteen bytes that name nobody without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse(Bytes16);

impl Purse {
    /// From its stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: Bytes16) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes16 {
        &self.0
    }

    /// The account of its paid credit.
    #[must_use]
    pub fn account(&self) -> Account {
        Account::known(Ledger::Ucr, &format!("purse:{}", hex::encode(self.0)))
    }
}

/// Turns names into purses and thumbprints into marks.
pub struct PurseKey(Secret<[u8; 32]>);

impl PurseKey {
    /// Takes the key in.
    #[must_use]
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The purse of a listener: HMAC-SHA-256(key, name), first sixteen bytes. The name is the `sub`
    /// at the listen client, equal to the Listener card's claim `listener`.
    #[must_use]
    pub fn purse(&self, name: &str) -> Purse {
        Purse(self.mac(&[name.as_bytes()]))
    }

    /// The mark of a key that signs intents. The prefix keeps it apart from every purse.
    #[must_use]
    pub fn mark(&self, thumbprint: &str) -> Bytes16 {
        self.mac(&[b"resonate/mandate-key/1\0", thumbprint.as_bytes()])
    }

    fn mac(&self, parts: &[&[u8]]) -> Bytes16 {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(part);
        }
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let (head, _) = full.split_first_chunk::<16>().expect("32 bytes hold 16");
        *head
    }
}
