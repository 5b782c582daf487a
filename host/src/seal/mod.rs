//! Sealed cells: what the database must not show to whoever steals it.
//!
//! A cell is `1 | key id (4) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM. What is
//! authenticated beside it is its place: table, column and row id, each as 4-byte big-endian length
//! and bytes, then version and key id. A cell moved anywhere else does not open.

pub(crate) mod cell;
#[cfg(test)]
mod tests;

use crate::{db::Error, keyring::Keyring};
use cell::{Cipher, Place};
use kernel::{Entropy, Secret};
use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

/// Seals of one key are counted in blocks of this many: a block is written to the key file before
/// its first seal, so a restart never forgets seals.
const BLOCK: i64 = 1 << 20;
/// Blocks of one key. At 2^30 random nonces the chance that two are the same is about 2^-37.
const BLOCKS_MOST: i64 = 1 << 10;

/// The data keys of all modules.
#[derive(Clone)]
pub struct Seals {
    keys: Keyring,
    modules: Arc<RwLock<HashMap<String, ModuleSeal>>>,
}

impl Seals {
    /// Data keys kept in `keys`.
    #[must_use]
    pub fn new(keys: Keyring) -> Self {
        Self {
            keys,
            modules: Arc::default(),
        }
    }

    /// The seal of one module. Its first data key is made here if it has none.
    #[must_use]
    pub fn module(&self, module: &str) -> ModuleSeal {
        let mut modules = self
            .modules
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        let made = || ModuleSeal(Arc::new(Inner::new(self.keys.clone(), module)));
        modules
            .entry(module.to_owned())
            .or_insert_with(made)
            .clone()
    }
}

/// Seals and opens the cells of one module. Cloning shares it.
#[derive(Clone)]
pub struct ModuleSeal(Arc<Inner>);

struct Inner {
    keys: Keyring,
    module: String,
    /// Data keys by their number; the highest seals.
    ciphers: RwLock<Ciphers>,
    /// Seals left of the block that was written to the key file.
    left: AtomicI64,
}

#[derive(Default)]
struct Ciphers {
    by_id: HashMap<u32, Arc<Cipher>>,
    active: u32,
}

impl ModuleSeal {
    /// Seals `plain` for one place. It cannot fail; a key file that cannot be written when a block
    /// of seals is counted ends the process, as a broken disk does.
    #[must_use]
    pub fn seal(
        &self,
        table: &str,
        column: &str,
        row_id: &str,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let (id, cipher) = self.0.sealing();
        let mut nonce = [0; 12];
        entropy.fill(&mut nonce);
        cipher.seal(
            id,
            &Place {
                table,
                column,
                row_id,
            },
            plain,
            nonce,
        )
    }

    /// Opens the cell of one place.
    ///
    /// # Errors
    /// [`Error::Corrupt`]: another place, another module, a changed byte, an unknown key.
    pub fn open(
        &self,
        table: &str,
        column: &str,
        row_id: &str,
        cell: &[u8],
    ) -> Result<Secret<Vec<u8>>, Error> {
        let id = cell::key_id(cell).ok_or(Error::Corrupt("a sealed cell's form"))?;
        let cipher = self
            .0
            .opening(id)
            .ok_or(Error::Corrupt("a sealed cell's key"))?;
        let plain = cipher.open(
            id,
            &Place {
                table,
                column,
                row_id,
            },
            cell,
        );
        plain
            .map(Secret::new)
            .ok_or(Error::Corrupt("a sealed cell"))
    }

    /// Makes a new data key; older ones go on opening their cells.
    pub fn rotate(&self) {
        self.0.add();
        self.0.left.store(0, Ordering::SeqCst);
    }
}

impl Inner {
    fn new(keys: Keyring, module: &str) -> Self {
        let inner = Self {
            keys,
            module: module.to_owned(),
            ciphers: RwLock::default(),
            left: AtomicI64::new(0),
        };
        inner.load();
        if inner.read(|ciphers| ciphers.by_id.is_empty()) {
            inner.add();
        }
        inner
    }

    /// The key that seals now, with this seal counted.
    fn sealing(&self) -> (u32, Arc<Cipher>) {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.count_block();
        }
        self.read(|ciphers| {
            let cipher = ciphers.by_id.get(&ciphers.active);
            (
                ciphers.active,
                cipher.expect("a seal is made with a key").clone(),
            )
        })
    }

    /// Two threads may both count a block: the key then ends early, which is harmless.
    fn count_block(&self) {
        let active = self.read(|ciphers| ciphers.active);
        if self.keys.count_use(&self.name(active)) > BLOCKS_MOST {
            self.add();
            self.keys
                .count_use(&self.name(self.read(|ciphers| ciphers.active)));
        }
        self.left.store(BLOCK - 1, Ordering::SeqCst);
    }

    /// Another process of this platform may have made a key since: look once more.
    fn opening(&self, id: u32) -> Option<Arc<Cipher>> {
        let known = || self.read(|ciphers| ciphers.by_id.get(&id).cloned());
        known().or_else(|| {
            self.keys.reload();
            self.load();
            known()
        })
    }

    fn add(&self) {
        let next = self.read(|ciphers| ciphers.active) + 1;
        let _ = self.keys.key(&self.name(next));
        self.load();
    }

    fn load(&self) {
        let mut ciphers = self
            .ciphers
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        let prefix = format!("seal/{}/", self.module);
        for named in self.keys.below(&prefix) {
            let Some(id) = named
                .name
                .strip_prefix(&prefix)
                .and_then(|id| id.parse().ok())
            else {
                continue;
            };
            ciphers
                .by_id
                .entry(id)
                .or_insert_with(|| Arc::new(Cipher::new(named.key.expose())));
            ciphers.active = ciphers.active.max(id);
        }
    }

    fn name(&self, id: u32) -> String {
        format!("seal/{}/{id}", self.module)
    }

    fn read<T>(&self, look: impl FnOnce(&Ciphers) -> T) -> T {
        look(&self.ciphers.read().unwrap_or_else(|lock| lock.into_inner()))
    }
}
