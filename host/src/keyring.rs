//! Named secrets of 32 bytes, outside the database and its backup: wrapped under one key-encryption
//! key (KEK) in a file beside the data. Whoever has the database has none of them, and whoever has
//! the file needs the KEK.

mod file;
#[cfg(test)]
mod tests;

use crate::config::{ConfigError, private_file};
use credential::jose::SigningKey;
use file::Entries;
use kernel::{Secret, Timestamp, World, b64};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

/// The secrets of this node. Cloning shares them.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    world: World,
    place: Option<Place>,
    entries: RwLock<Entries>,
    /// Ed25519 keys made of entries, by name: making one costs more than a signature.
    signers: RwLock<HashMap<String, SigningKey>>,
}

/// Where the wrapped keys are kept.
struct Place {
    kek: Secret<[u8; 32]>,
    file: PathBuf,
}

/// One secret and what is known of it.
#[derive(Clone)]
pub struct Named {
    /// Its name: `idp/pairwise`.
    pub name: String,
    /// Its 32 bytes.
    pub key: Secret<[u8; 32]>,
    /// When it was made.
    pub made: Timestamp,
}

impl Keyring {
    /// Secrets that end with the process. For tests.
    #[must_use]
    pub fn memory(world: World) -> Self {
        Self(Arc::new(Inner {
            world,
            place: None,
            entries: RwLock::default(),
            signers: RwLock::default(),
        }))
    }

    /// Opens the key file with the KEK of `kek_file`. A file that is absent is never replaced by an
    /// empty one here: with other keys the data would be lost for good.
    ///
    /// # Errors
    /// [`ConfigError`]: a file is absent, readable by others, damaged, or of another KEK.
    pub fn open(kek_file: &Path, key_file: &Path, world: World) -> Result<Self, ConfigError> {
        let kek = read_kek(kek_file)?;
        private_file("keys.file", key_file)?;
        let entries = file::read(&kek, key_file)?;
        let place = Some(Place {
            kek,
            file: key_file.to_owned(),
        });
        Ok(Self(Arc::new(Inner {
            world,
            place,
            entries: RwLock::new(entries),
            signers: RwLock::default(),
        })))
    }

    /// Makes whichever of the two files is absent, then opens them. For `init` and the demo.
    ///
    /// # Errors
    /// As [`Keyring::open`]; a file cannot be made; a key file stands there without its KEK.
    pub fn create(kek_file: &Path, key_file: &Path, world: World) -> Result<Self, ConfigError> {
        if !kek_file.exists() {
            if key_file.exists() {
                return Err(ConfigError::new(
                    "keys.kek_file",
                    format!(
                        "{} is absent, yet its key file is there",
                        kek_file.display()
                    ),
                    "Restore the KEK from where it was copied to",
                ));
            }
            let kek = Secret::new(b64::encode(world.random::<32>()));
            file::write_private(kek_file, kek.expose().as_bytes())
                .map_err(|error| file::broken("keys.kek_file", kek_file, &error))?;
        }
        if !key_file.exists() {
            file::write(&read_kek(kek_file)?, key_file, &Entries::default(), &world)?;
        }
        Self::open(kek_file, key_file, world)
    }

    /// The secret of that name; drawn and stored at its first use. A key file that cannot be
    /// written then ends the process, as a broken disk does.
    #[must_use]
    pub fn key(&self, name: &str) -> Secret<[u8; 32]> {
        if let Some(entry) = self.read(|entries| entries.get(name).cloned()) {
            return entry.key;
        }
        self.change(|entries, world| {
            let made = || file::Entry {
                key: Secret::new(world.random()),
                made: world.now(),
                uses: 0,
            };
            entries
                .entry(name.to_owned())
                .or_insert_with(made)
                .key
                .clone()
        })
    }

    /// The secrets whose names begin with `prefix`, sorted by name.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Vec<Named> {
        self.read(|entries| {
            let under = entries.range(prefix.to_owned()..);
            under
                .take_while(|(name, _)| name.starts_with(prefix))
                .map(|(name, entry)| Named {
                    name: name.clone(),
                    key: entry.key.clone(),
                    made: entry.made,
                })
                .collect()
        })
    }

    /// The Ed25519 key whose seed is that secret, named `kid`.
    pub(crate) fn signer(&self, named: &Named, kid: &str) -> SigningKey {
        let known = self
            .0
            .signers
            .read()
            .unwrap_or_else(|lock| lock.into_inner());
        if let Some(signer) = known.get(&named.name) {
            return signer.clone();
        }
        drop(known);
        let signer = SigningKey::ed25519_from_seed(named.key.expose()).with_kid(kid);
        let mut known = self
            .0
            .signers
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        known.entry(named.name.clone()).or_insert(signer).clone()
    }

    /// Removes a secret for good: what only it opens is erased.
    pub fn destroy(&self, name: &str) {
        self.0
            .signers
            .write()
            .unwrap_or_else(|lock| lock.into_inner())
            .remove(name);
        self.change(|entries, _| entries.remove(name));
    }

    /// Wraps all secrets under a new KEK; the data is not touched. Other processes are stopped: they
    /// know the old one.
    ///
    /// # Errors
    /// [`ConfigError`]: the new KEK cannot be read, or the file not be written.
    pub fn rewrap(&self, new_kek_file: &Path) -> Result<(), ConfigError> {
        let Some(place) = &self.0.place else {
            return Ok(());
        };
        let kek = read_kek(new_kek_file)?;
        self.read(|entries| file::write(&kek, &place.file, entries, &self.0.world))
    }

    /// Counts one more use of a secret and answers how many there were.
    pub(crate) fn count_use(&self, name: &str) -> i64 {
        self.change(|entries, _| {
            entries.get_mut(name).map_or(0, |entry| {
                entry.uses += 1;
                entry.uses
            })
        })
    }

    /// Reads what another process of this platform may have added.
    pub(crate) fn reload(&self) {
        self.change(|_, _| ());
    }

    fn read<T>(&self, look: impl FnOnce(&Entries) -> T) -> T {
        look(
            &self
                .0
                .entries
                .read()
                .unwrap_or_else(|lock| lock.into_inner()),
        )
    }

    /// Changes the secrets under the file's lock, on top of what stands in the file by then.
    fn change<T>(&self, edit: impl FnOnce(&mut Entries, &World) -> T) -> T {
        let mut entries = self
            .0
            .entries
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        let Some(place) = &self.0.place else {
            return edit(&mut entries, &self.0.world);
        };
        let changed = file::change(&place.kek, &place.file, &self.0.world, |stored| {
            let done = edit(stored, &self.0.world);
            *entries = stored.clone();
            done
        });
        changed.unwrap_or_else(|error| {
            tracing::error!(%error, "the key file cannot be kept; ending");
            std::process::exit(74)
        })
    }
}

fn read_kek(path: &Path) -> Result<Secret<[u8; 32]>, ConfigError> {
    let text = private_file("keys.kek_file", path)?;
    b64::decode_array(text.expose().trim())
        .map(Secret::new)
        .ok_or_else(|| {
            ConfigError::new(
                "keys.kek_file",
                format!("{} does not hold 32 bytes in base64url", path.display()),
                "Restore it from where it was copied to",
            )
        })
}
