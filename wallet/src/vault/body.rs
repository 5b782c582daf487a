//! What a vault holds: a day body for ordinary use and a root body for guarded acts.

use super::merge::Record;
use kernel::b64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Opened by ordinary unlocking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Always `resonate-vault-day/1`.
    pub format: String,
    /// The root body's version when this was written; an older one is refused.
    pub root_version: u64,
    /// 32 bytes, base64url: the keys of each persona derive from it.
    pub day_seed: String,
    /// Who the person is here. Nothing links two of them.
    pub personas: Vec<Persona>,
    /// What the wallet remembers on every device.
    pub records: Vec<Record>,
}

/// One pseudonym with keys of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// 16 bytes, base64url.
    pub id: String,
    /// Its name in this wallet.
    pub name: String,
}

impl Persona {
    /// The bytes of its id.
    #[must_use]
    pub fn bytes(&self) -> Option<[u8; 16]> {
        b64::decode_array(&self.id)
    }
}

/// Opened for one guarded act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Always `resonate-vault-root/1`.
    pub format: String,
    /// 32 bytes, base64url.
    pub vault_seed: String,
    /// Membership and recovery keys, once there are any.
    pub keys: Vec<Value>,
    /// Records of later kinds, kept as they are.
    pub records: Vec<Value>,
}

impl Day {
    /// A new wallet's: one persona.
    #[must_use]
    pub fn new(day_seed: [u8; 32], persona: [u8; 16], name: &str) -> Self {
        Self {
            format: "resonate-vault-day/1".into(),
            root_version: 1,
            day_seed: b64::encode(day_seed),
            personas: vec![Persona {
                id: b64::encode(persona),
                name: name.to_owned(),
            }],
            records: vec![],
        }
    }
}

impl Root {
    /// A new wallet's.
    #[must_use]
    pub fn new(vault_seed: [u8; 32]) -> Self {
        Self {
            format: "resonate-vault-root/1".into(),
            vault_seed: b64::encode(vault_seed),
            keys: vec![],
            records: vec![],
        }
    }
}

/// Bodies are padded to a multiple of this, so that their size tells little.
const PAGE: usize = 16_384;

/// `u32 length || JSON || zeros`.
pub(super) fn pad(json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).expect("a vault is far below 4 GiB");
    let mut out = length.to_be_bytes().to_vec();
    out.extend(json);
    out.resize(out.len().next_multiple_of(PAGE), 0);
    out
}

/// The JSON inside; `None` when the length lies or the padding is not zeros.
pub(super) fn unpad(plain: &[u8]) -> Option<&[u8]> {
    let (length, rest) = plain.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (json, zeros) = rest.split_at_checked(length)?;
    zeros.iter().all(|byte| *byte == 0).then_some(json)
}
