//! The document: slots, and two sealed bodies.

use super::{
    Day, DayKey, Kdf, NewWay, Root, RootKey, Slot, VaultError, Way,
    body::{pad, unpad},
    slot::Keks,
};
use crate::{derive::hkdf, seal};
use kernel::{Entropy, Secret, b64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

const FORMAT: &str = "resonate-vault/1";
const MOST_SLOTS: usize = 8;

/// Which of the two bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Ordinary use.
    Day = 1,
    /// Guarded acts.
    Root = 2,
}

/// A sealed body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Grows with each change.
    pub version: u64,
    salt: String,
    nonce: String,
    ct: String,
}

/// A vault as it is stored anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    format: String,
    vault_id: String,
    epoch: u32,
    /// Grows with each change of the document.
    pub version: u64,
    slots: Vec<Slot>,
    readers: Vec<String>,
    pub(super) day: Sealed,
    pub(super) root: Sealed,
}

impl Document {
    /// A new vault with one passphrase as its way in; `token` reads it where it is stored.
    ///
    /// # Errors
    /// [`VaultError`] if the key derivation cannot run with `kdf`.
    pub fn create(
        passphrase: &str,
        kdf: Kdf,
        token: &[u8; 32],
        (day, root): (&Day, &Root),
        entropy: &dyn Entropy,
    ) -> Result<(Self, DayKey), VaultError> {
        let (mut vk, mut vault_id) = ([0; 32], [0; 16]);
        entropy.fill(&mut vk);
        entropy.fill(&mut vault_id);
        let root_key = RootKey(Secret::new(vk));
        let day_key = root_key.day();
        let blank = || Sealed {
            version: 0,
            salt: String::new(),
            nonce: String::new(),
            ct: String::new(),
        };
        let mut document = Self {
            format: FORMAT.into(),
            vault_id: b64::encode(vault_id),
            epoch: 1,
            version: 0,
            slots: vec![],
            readers: vec![],
            day: blank(),
            root: blank(),
        };
        let way = NewWay::Passphrase {
            text: passphrase,
            kdf,
        };
        document.add_way(&root_key, &way, token, entropy)?;
        document.put(Level::Root, &root_key.0, root, entropy)?;
        document.put(Level::Day, &day_key.0, day, entropy)?;
        Ok((document, day_key))
    }

    /// Adds a way in, with a read token of its own: a guarded act.
    ///
    /// # Errors
    /// [`VaultError::Full`] past eight; the key derivation's.
    pub fn add_way(
        &mut self,
        root: &RootKey,
        way: &NewWay<'_>,
        token: &[u8; 32],
        entropy: &dyn Entropy,
    ) -> Result<(), VaultError> {
        if self.slots.len() >= MOST_SLOTS {
            return Err(VaultError::Full);
        }
        let mut id = [0; 16];
        entropy.fill(&mut id);
        let slot = way.slot(b64::encode(id));
        let keks = slot.keks(&way.way())?.ok_or(VaultError::Format)?;
        let slot = self.wrapped(slot, &keks, root, entropy)?;
        self.slots.push(slot);
        self.readers.push(b64::encode(Sha256::digest(token)));
        self.version += 1;
        Ok(())
    }

    /// The vault's name, base64url.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.vault_id
    }

    /// Which root key it is under.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Kind and id of each way in.
    #[must_use]
    pub fn ways(&self) -> Vec<(&'static str, &str)> {
        self.slots.iter().map(|s| (s.kind(), s.id())).collect()
    }

    /// Takes ways in, readers and a newer root body of the same vault; whether any were new.
    ///
    /// # Errors
    /// [`VaultError::Full`] past eight ways.
    pub(super) fn take_ways(&mut self, other: &Self) -> Result<bool, VaultError> {
        let mut grown = false;
        for slot in &other.slots {
            if !self.slots.iter().any(|own| own.id() == slot.id()) {
                self.slots.push(slot.clone());
                grown = true;
            }
        }
        for reader in &other.readers {
            if !self.readers.contains(reader) {
                self.readers.push(reader.clone());
                grown = true;
            }
        }
        if other.root.version > self.root.version {
            self.root = other.root.clone();
            grown = true;
        }
        if self.slots.len() > MOST_SLOTS {
            return Err(VaultError::Full);
        }
        Ok(grown)
    }

    /// Reads a stored document. Its parts are checked when they are opened.
    ///
    /// # Errors
    /// [`VaultError::Format`].
    pub fn parse(text: &[u8]) -> Result<Self, VaultError> {
        let document: Self = serde_json::from_slice(text).map_err(|_| VaultError::Format)?;
        let slots = document.slots.len();
        if document.format != FORMAT || slots == 0 || slots > MOST_SLOTS {
            return Err(VaultError::Format);
        }
        Ok(document)
    }

    /// The document as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a document is plain JSON")
    }

    /// The day key, by a way in.
    ///
    /// # Errors
    /// [`VaultError::Way`] when no slot of that kind opens; the key derivation's bounds.
    pub fn unlock(&self, way: &Way) -> Result<DayKey, VaultError> {
        if let Way::Sheet(_) = way {
            return self.unlock_root(way).map(|root| root.day());
        }
        self.unwrap_with(way, Level::Day).map(DayKey)
    }

    /// The root key, by a way in: for one guarded act.
    ///
    /// # Errors
    /// As [`Document::unlock`].
    pub fn unlock_root(&self, way: &Way) -> Result<RootKey, VaultError> {
        self.unwrap_with(way, Level::Root).map(RootKey)
    }

    fn unwrap_with(&self, way: &Way, level: Level) -> Result<Secret<[u8; 32]>, VaultError> {
        for slot in &self.slots {
            let Some(keks) = slot.keks(way)? else {
                continue;
            };
            let (day, root) = slot.wraps();
            let (kek, wrap) = match level {
                Level::Root => (&keks.root, root),
                Level::Day => match (&keks.day, day) {
                    (Some(kek), Some(wrap)) => (kek, wrap),
                    _ => continue,
                },
            };
            let cell = b64::decode(wrap).ok_or(VaultError::Corrupt)?;
            if let Some(key) = seal::open(kek, &cell, &self.slot_aad(slot, level)?) {
                let bytes: [u8; 32] = key
                    .expose()
                    .as_slice()
                    .try_into()
                    .map_err(|_| VaultError::Corrupt)?;
                return Ok(Secret::new(bytes));
            }
        }
        // A wrong passphrase and an altered wrap look alike: that is what sealing means.
        Err(VaultError::Way)
    }

    /// The day body.
    ///
    /// # Errors
    /// [`VaultError::Corrupt`].
    pub fn day(&self, key: &DayKey) -> Result<Day, VaultError> {
        self.get(Level::Day, &key.0, &self.day)
    }

    /// The root body, which must not be older than `day` says.
    ///
    /// # Errors
    /// [`VaultError::Corrupt`], [`VaultError::Older`].
    pub fn root(&self, key: &RootKey, day: &Day) -> Result<Root, VaultError> {
        if self.root.version < day.root_version {
            return Err(VaultError::Older);
        }
        self.get(Level::Root, &key.0, &self.root)
    }

    /// Replaces the day body; document and body versions grow.
    ///
    /// # Errors
    /// [`VaultError::Format`] if the document's ids are malformed.
    pub fn put_day(
        &mut self,
        key: &DayKey,
        day: &Day,
        entropy: &dyn Entropy,
    ) -> Result<(), VaultError> {
        self.put(Level::Day, &key.0, day, entropy)
    }

    fn put(
        &mut self,
        level: Level,
        key: &Secret<[u8; 32]>,
        body: &impl Serialize,
        entropy: &dyn Entropy,
    ) -> Result<(), VaultError> {
        let json = Secret::new(serde_json::to_vec(body).expect("a body is plain JSON"));
        let (mut salt, mut nonce) = ([0; 32], [0; 12]);
        entropy.fill(&mut salt);
        entropy.fill(&mut nonce);
        let old = if level == Level::Day {
            &self.day
        } else {
            &self.root
        };
        let version = old.version + 1;
        let body_key = hkdf(key.expose(), &salt, BODY);
        let plain = Secret::new(pad(json.expose()));
        let cell = seal::close(
            &body_key,
            nonce,
            plain.expose(),
            &self.body_aad(level, version)?,
        );
        let sealed = Sealed {
            version,
            salt: b64::encode(salt),
            nonce: b64::encode(nonce),
            ct: b64::encode(&cell[12..]),
        };
        match level {
            Level::Day => self.day = sealed,
            Level::Root => self.root = sealed,
        }
        self.version += 1;
        Ok(())
    }

    fn get<T: DeserializeOwned>(
        &self,
        level: Level,
        key: &Secret<[u8; 32]>,
        sealed: &Sealed,
    ) -> Result<T, VaultError> {
        let read = |text: &str| b64::decode(text).ok_or(VaultError::Corrupt);
        let body_key = hkdf(key.expose(), &read(&sealed.salt)?, BODY);
        let mut cell = read(&sealed.nonce)?;
        cell.extend(read(&sealed.ct)?);
        let aad = self.body_aad(level, sealed.version)?;
        let plain = seal::open(&body_key, &cell, &aad).ok_or(VaultError::Corrupt)?;
        let json = unpad(plain.expose()).ok_or(VaultError::Corrupt)?;
        serde_json::from_slice(json).map_err(|_| VaultError::Corrupt)
    }

    fn wrapped(
        &self,
        slot: Slot,
        keks: &Keks,
        root: &RootKey,
        entropy: &dyn Entropy,
    ) -> Result<Slot, VaultError> {
        let wrap = |level, kek: &Secret<[u8; 32]>, key: &Secret<[u8; 32]>| {
            let mut nonce = [0; 12];
            entropy.fill(&mut nonce);
            let aad = self.slot_aad(&slot, level)?;
            Ok::<_, VaultError>(b64::encode(seal::close(kek, nonce, key.expose(), &aad)))
        };
        let root_wrap = wrap(Level::Root, &keks.root, &root.0)?;
        let day_wrap = match &keks.day {
            Some(kek) => wrap(Level::Day, kek, &root.day().0)?,
            None => String::new(),
        };
        Ok(match slot {
            Slot::Passphrase { id, kdf, .. } => Slot::Passphrase {
                id,
                kdf,
                day: day_wrap,
                root: root_wrap,
            },
            Slot::Prf {
                id,
                credential_id,
                salt,
                ..
            } => Slot::Prf {
                id,
                credential_id,
                salt,
                day: day_wrap,
                root: root_wrap,
            },
            Slot::Sheet { id, .. } => Slot::Sheet {
                id,
                root: root_wrap,
            },
        })
    }

    fn slot_aad(&self, slot: &Slot, level: Level) -> Result<Vec<u8>, VaultError> {
        let mut aad = self.aad(b"resonate/vault/slot/1")?;
        aad.extend(b64::decode_array::<16>(slot.id()).ok_or(VaultError::Format)?);
        aad.push(level as u8);
        Ok(aad)
    }

    fn body_aad(&self, level: Level, version: u64) -> Result<Vec<u8>, VaultError> {
        let mut aad = self.aad(b"resonate/vault/body/1")?;
        aad.extend(version.to_be_bytes());
        aad.push(level as u8);
        Ok(aad)
    }

    fn aad(&self, purpose: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut aad = purpose.to_vec();
        aad.push(0);
        aad.extend(b64::decode_array::<16>(&self.vault_id).ok_or(VaultError::Format)?);
        aad.extend(self.epoch.to_be_bytes());
        Ok(aad)
    }
}

const BODY: &[u8] = b"resonate/vault/body/1";
