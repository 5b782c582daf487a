//! How people stand in the tables: never by name.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;

/// Hashes listeners' names and key thumbprints under a key that lives outside the database and its
/// backup.
pub struct Names {
    key: Hmac<Sha256>,
}

impl Names {
    /// With the module's key for this.
    #[must_use]
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        let key = Hmac::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
        Self { key }
    }

    /// The listener whose name here, the pairwise subject, is `name`.
    #[must_use]
    pub fn listener(&self, name: &str) -> [u8; 32] {
        self.hash(b"listener\0", name)
    }

    /// The key whose RFC 7638 thumbprint is `jkt`.
    #[must_use]
    pub fn key(&self, jkt: &str) -> [u8; 32] {
        self.hash(b"jkt\0", jkt)
    }

    fn hash(&self, what: &[u8], text: &str) -> [u8; 32] {
        let mut mac = self.key.clone();
        mac.update(what);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}
