//! The vault document: one format for a server, a backup file and the command line.
//!
//! A root key VK opens the root body; the day key DK, derived from it, opens the day body. Each way
//! in (a slot) wraps DK and VK apart, so ordinary unlocking never has VK in memory.

mod body;
mod document;
pub mod finder;
pub mod merge;
mod slot;
pub mod sync;

pub use body::{Day, Persona, Root};
pub use document::{Document, Level, Sealed};
pub use slot::{Kdf, NewWay, Slot, Way};

use kernel::Secret;

/// Opens and closes the day body.
#[derive(Clone)]
pub struct DayKey(pub(crate) Secret<[u8; 32]>);

/// Opens and closes the root body; lives for one guarded act.
pub struct RootKey(pub(crate) Secret<[u8; 32]>);

impl RootKey {
    /// The day key that follows from it.
    #[must_use]
    pub fn day(&self) -> DayKey {
        DayKey(crate::derive::hkdf(
            self.0.expose(),
            &[],
            b"resonate/vault/day/1",
        ))
    }
}

impl DayKey {
    /// The key of local files beside the vault.
    #[must_use]
    pub fn store(&self) -> Secret<[u8; 32]> {
        crate::derive::hkdf(self.0.expose(), &[], b"resonate/wallet/store/1")
    }

    /// The seed of the Ed25519 key that signs writes to the vault store.
    #[must_use]
    pub fn auth_seed(&self) -> Secret<[u8; 32]> {
        crate::derive::hkdf(self.0.expose(), &[], b"resonate/vault/auth/1")
    }
}

/// Why a vault does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not this format, or no slot of a known kind.
    #[error("vault-format: this is no vault of a version known here")]
    Format,
    /// Altered, cut, or parts of two vaults.
    #[error("vault-corrupt: the vault was altered or is damaged")]
    Corrupt,
    /// The wrong passphrase, or no such way in.
    #[error("vault-way: this way in does not open the vault")]
    Way,
    /// The root body is older than the day body says.
    #[error("vault-older: a part of the vault is older than it should be")]
    Older,
    /// Eight ways in are the most.
    #[error("vault-slots: this vault has as many ways in as it can have")]
    Full,
    /// Guessing the passphrase would be too cheap.
    #[error("vault-kdf-weak: the vault asks for too little work")]
    KdfWeak,
    /// The work asked for would stop this machine.
    #[error("vault-kdf-heavy: the vault asks for too much work")]
    KdfHeavy,
}
