//! Ways in: what turns a passphrase, a passkey's secret or a written sheet into a key.

use super::VaultError;
use crate::derive::hkdf;
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Secret, b64};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The work a passphrase costs: Argon2id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kdf {
    /// Always `argon2id`.
    pub name: String,
    /// Memory in KiB; read from 19,456 to 1,048,576.
    pub m_kib: u32,
    /// Passes; read from 2 to 10.
    pub t: u32,
    /// Lanes.
    pub p: u32,
    /// 16 bytes, base64url.
    pub salt: String,
}

impl Kdf {
    /// What is written: 64 MiB, 3 passes, 1 lane, with a fresh salt.
    #[must_use]
    pub fn standard(salt: [u8; 16]) -> Self {
        Self {
            name: "argon2id".into(),
            m_kib: 65_536,
            t: 3,
            p: 1,
            salt: b64::encode(salt),
        }
    }

    /// The bounds are checked before any work.
    fn stretch(&self, passphrase: &str) -> Result<Secret<[u8; 32]>, VaultError> {
        if self.name != "argon2id" {
            return Err(VaultError::Format);
        }
        if self.m_kib < 19_456 || self.t < 2 || self.p < 1 {
            return Err(VaultError::KdfWeak);
        }
        if self.m_kib > 1 << 20 || self.t > 10 || self.p > 4 {
            return Err(VaultError::KdfHeavy);
        }
        let salt = b64::decode(&self.salt)
            .filter(|s| s.len() >= 16)
            .ok_or(VaultError::Format)?;
        let params = Params::new(self.m_kib, self.t, self.p, Some(32));
        let params = params.map_err(|_| VaultError::Format)?;
        let text = Secret::new(passphrase.nfkc().collect::<String>());
        let mut out = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(text.expose().as_bytes(), &salt, &mut out)
            .map_err(|_| VaultError::Format)?;
        Ok(Secret::new(out))
    }
}

/// One way in, as it stands in the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Slot {
    /// A passphrase.
    Passphrase {
        /// 16 bytes, base64url.
        id: String,
        /// The work.
        kdf: Kdf,
        /// DK, wrapped.
        day: String,
        /// VK, wrapped.
        root: String,
    },
    /// A passkey with the PRF extension (WebAuthn Level 3 section 10.1.4).
    Prf {
        /// 16 bytes, base64url.
        id: String,
        /// Which passkey.
        credential_id: String,
        /// 32 bytes, base64url.
        salt: String,
        /// DK, wrapped.
        day: String,
        /// VK, wrapped.
        root: String,
    },
    /// A sheet of 24 words.
    Sheet {
        /// 16 bytes, base64url.
        id: String,
        /// VK, wrapped.
        root: String,
    },
}

/// What the person gives to come in.
pub enum Way<'a> {
    /// Typed.
    Passphrase(&'a str),
    /// The 32 bytes behind 24 words.
    Sheet(&'a [u8; 32]),
    /// The outputs of a passkey's PRF for the day and for the root input.
    Prf {
        /// For `resonate/wallet/kek/v1`.
        day: &'a [u8; 32],
        /// For `resonate/wallet/guard/v1`.
        root: &'a [u8; 32],
    },
}

/// A way in that is to be added.
pub enum NewWay<'a> {
    /// A passphrase.
    Passphrase {
        /// As typed.
        text: &'a str,
        /// The work it costs.
        kdf: Kdf,
    },
    /// A passkey with PRF.
    Prf {
        /// Which passkey.
        credential_id: &'a str,
        /// Fresh and random.
        salt: [u8; 32],
        /// Its output for the day input.
        day: &'a [u8; 32],
        /// Its output for the root input.
        root: &'a [u8; 32],
    },
    /// The 32 bytes behind 24 words.
    Sheet(&'a [u8; 32]),
}

impl NewWay<'_> {
    /// The slot, without its wraps.
    pub(super) fn slot(&self, id: String) -> Slot {
        match self {
            Self::Passphrase { kdf, .. } => Slot::Passphrase {
                id,
                kdf: kdf.clone(),
                day: String::new(),
                root: String::new(),
            },
            Self::Prf {
                credential_id,
                salt,
                ..
            } => Slot::Prf {
                id,
                credential_id: (*credential_id).to_owned(),
                salt: b64::encode(salt),
                day: String::new(),
                root: String::new(),
            },
            Self::Sheet(_) => Slot::Sheet {
                id,
                root: String::new(),
            },
        }
    }

    /// What opens it from then on.
    pub(super) fn way(&self) -> Way<'_> {
        match self {
            Self::Passphrase { text, .. } => Way::Passphrase(text),
            Self::Prf { day, root, .. } => Way::Prf { day, root },
            Self::Sheet(words) => Way::Sheet(words),
        }
    }
}

pub(super) const KEK: &[u8] = b"resonate/wallet/kek/v1";
pub(super) const GUARD: &[u8] = b"resonate/wallet/guard/v1";
const SHEET: &[u8] = b"resonate/wallet/sheet/v1";

/// The keys that unwrap a slot: for the day where it has one, and for the root.
pub(super) struct Keks {
    pub day: Option<Secret<[u8; 32]>>,
    pub root: Secret<[u8; 32]>,
}

impl Slot {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Passphrase { id, .. } | Self::Prf { id, .. } | Self::Sheet { id, .. } => id,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase { .. } => "passphrase",
            Self::Prf { .. } => "prf",
            Self::Sheet { .. } => "sheet",
        }
    }

    pub(super) fn wraps(&self) -> (Option<&str>, &str) {
        match self {
            Self::Passphrase { day, root, .. } | Self::Prf { day, root, .. } => (Some(day), root),
            Self::Sheet { root, .. } => (None, root),
        }
    }

    /// The keys of this slot for that way, or `None` where the way is of another kind.
    pub(super) fn keks(&self, way: &Way) -> Result<Option<Keks>, VaultError> {
        match (self, way) {
            (Self::Passphrase { kdf, .. }, Way::Passphrase(typed)) => {
                let stretched = kdf.stretch(typed)?;
                Ok(Some(both(stretched.expose(), stretched.expose(), &[])))
            }
            (Self::Prf { salt, .. }, Way::Prf { day, root }) => {
                let salt = b64::decode(salt).ok_or(VaultError::Format)?;
                Ok(Some(both(day, root, &salt)))
            }
            (Self::Sheet { .. }, Way::Sheet(words)) => Ok(Some(Keks {
                day: None,
                root: hkdf(*words, &[], SHEET),
            })),
            _ => Ok(None),
        }
    }
}

fn both(day: &[u8; 32], root: &[u8; 32], salt: &[u8]) -> Keks {
    Keks {
        day: Some(hkdf(day, salt, KEK)),
        root: hkdf(root, salt, GUARD),
    }
}
