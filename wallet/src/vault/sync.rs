//! Saving elsewhere: what to do with the vault that is stored, and the proof a write needs.

use super::{DayKey, Document, VaultError, merge};
use credential::{
    dpop::{self, Want},
    jose::SigningKey,
};
use kernel::{Entropy, World, b64};
use serde_json::{Map, Value};

/// What follows from looking at the stored vault.
pub enum Next {
    /// Both are the same.
    Nothing,
    /// The stored one holds all there is here.
    Adopt(Box<Document>),
    /// This one goes to the store, following `follows`.
    Write {
        /// The merged vault.
        document: Box<Document>,
        /// The version it replaces.
        follows: u64,
    },
}

/// Merges the vault here with the stored one. `known` is the highest version ever seen stored.
///
/// # Errors
/// [`VaultError::Older`] when the stored one is older than it should be: what is here stays.
/// [`VaultError::Corrupt`] for parts of another vault; [`VaultError::Way`] when the root key was
/// renewed elsewhere and the wallet must be opened anew.
pub fn reconcile(
    here: &Document,
    stored: &Document,
    key: &DayKey,
    known: u64,
    entropy: &dyn Entropy,
) -> Result<Next, VaultError> {
    if stored.id() != here.id() {
        return Err(VaultError::Corrupt);
    }
    if stored.version < known || stored.epoch() < here.epoch() {
        return Err(VaultError::Older);
    }
    if stored.epoch() > here.epoch() {
        return Err(VaultError::Way);
    }
    let (own, theirs) = (here.day(key)?, stored.day(key)?);
    if stored.root.version < own.root_version {
        return Err(VaultError::Older);
    }
    let merged = merge::days(&own, &theirs);
    let mut document = stored.clone();
    let grown = document.take_ways(here)?;
    if merged == merge::days(&theirs, &theirs) && !grown {
        return Ok(if here.to_text() == stored.to_text() {
            Next::Nothing
        } else {
            Next::Adopt(Box::new(document))
        });
    }
    document.version = here.version.max(stored.version);
    document.day.version = here.day.version.max(stored.day.version);
    document.put_day(key, &merged, entropy)?;
    Ok(Next::Write {
        document: Box::new(document),
        follows: stored.version,
    })
}

/// The key that signs writes.
#[must_use]
pub fn write_key(key: &DayKey) -> SigningKey {
    SigningKey::ed25519_from_seed(key.auth_seed().expose())
}

/// A request to the vault store.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    /// `POST`, `PUT`, `DELETE`.
    pub method: &'a str,
    /// URL without query.
    pub url: &'a str,
    /// The store's last nonce.
    pub nonce: &'a str,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

/// The `DPoP` header of a write of `document`.
#[must_use]
pub fn proof(key: &DayKey, document: &Document, write: &Written<'_>, world: &World) -> String {
    let want = Want {
        method: write.method,
        url: write.url,
        now: world.now(),
        access_token: None,
        body: Some(write.body),
    };
    let claims = Map::from_iter([
        (
            "jti".to_owned(),
            Value::from(b64::encode(world.random::<16>())),
        ),
        ("epoch".to_owned(), document.epoch().into()),
        ("version".to_owned(), document.version.into()),
    ]);
    dpop::make_with(&write_key(key), &want, Some(write.nonce), claims)
}

/// The code by which another device finds the vault: its id and a read token. It opens nothing.
#[must_use]
pub fn code(vault: &[u8; 16], token: &[u8; 32]) -> String {
    b64::encode([vault.as_slice(), token].concat())
}

/// Reads such a code.
#[must_use]
pub fn read_code(code: &str) -> Option<([u8; 16], [u8; 32])> {
    let bytes: [u8; 48] = b64::decode_array(code)?;
    let (vault, token) = bytes.split_first_chunk::<16>()?;
    Some((*vault, token.try_into().ok()?))
}
