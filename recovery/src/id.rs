//! Names of vaults and of finders: 16 random bytes, base64url.

use kernel::b64;
use sha2::{Digest, Sha256};

/// A vault's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VaultId(pub [u8; 16]);

/// A finder's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FinderId(pub [u8; 16]);

impl VaultId {
    pub fn parse(text: &str) -> Option<Self> {
        b64::decode_array(text).map(Self)
    }

    pub fn row(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl FinderId {
    pub fn parse(text: &str) -> Option<Self> {
        b64::decode_array(text).map(Self)
    }

    pub fn row(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// SHA-256 of a token that may read a vault: what the document and the table hold of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader(pub [u8; 32]);

impl Reader {
    /// Of the token in a header. What is no token of 32 bytes gives a hash that nobody has, so that
    /// it takes the same way and the same time as a wrong one.
    pub fn of(token: &str) -> Self {
        let bytes: [u8; 32] = b64::decode_array(token).unwrap_or_default();
        let hash = Sha256::new_with_prefix(bytes);
        Self(hash.finalize().into())
    }

    pub fn row(self) -> Vec<u8> {
        self.0.to_vec()
    }
}
