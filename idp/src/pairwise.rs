//! Subjects: another name for the same person at each sector, made by a key and kept nowhere.

use crate::keyed;
use kernel::{Secret, b64};

/// The key of all subjects: outside the database, in the operator's backup, never rotated.
pub(crate) struct Pairwise(Secret<[u8; 32]>);

/// A sector or account that may not be hashed: it holds the separator, or upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sector or account id is not in its canonical form")]
pub(crate) struct NotCanonical;

impl Pairwise {
    pub(crate) const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// `b64url(HMAC-SHA-256(K, "resonate/pairwise/v1" 00 sector 00 account))`, 43 characters.
    ///
    /// # Errors
    /// [`NotCanonical`] for the byte 00 in either, or upper case in the account: nothing is folded
    /// silently.
    pub(crate) fn sub(&self, sector: &str, account: &str) -> Result<String, NotCanonical> {
        let folded = |text: &str| !text.bytes().any(|c| c.is_ascii_uppercase());
        let clean = |text: &str| !text.is_empty() && !text.contains('\0');
        if !clean(sector) || !clean(account) || !folded(account) {
            return Err(NotCanonical);
        }
        let parts: [&[u8]; 2] = [sector.as_bytes(), account.as_bytes()];
        Ok(b64::encode(keyed::mac(
            &self.0,
            "resonate/pairwise/v1",
            &parts,
        )))
    }
}
