//! The key file: JSON, each key wrapped by AES-256-GCM with its name authenticated. It is replaced
//! whole, by renaming, under a lock that other processes of the platform respect.

use crate::{
    config::ConfigError,
    seal::cell::{Cipher, Place},
};
use kernel::{Secret, Timestamp, World, b64};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Secrets by name.
pub(super) type Entries = BTreeMap<String, Entry>;

#[derive(Clone)]
pub(super) struct Entry {
    pub key: Secret<[u8; 32]>,
    pub made: Timestamp,
    pub uses: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    keys: Vec<Wrapped>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    name: String,
    made: Timestamp,
    uses: i64,
    wrapped: String,
}

/// Reads and unwraps the file.
pub(super) fn read(kek: &Secret<[u8; 32]>, path: &Path) -> Result<Entries, ConfigError> {
    let text = fs::read_to_string(path).map_err(|error| broken("keys.file", path, &error))?;
    let stored: Stored = serde_json::from_str(&text).map_err(|_| damaged(path))?;
    if stored.version != 1 {
        return Err(damaged(path));
    }
    let cipher = Cipher::new(kek.expose());
    let unwrap = |wrapped: Wrapped| {
        let cell = b64::decode(&wrapped.wrapped)?;
        let plain = Secret::new(cipher.open(0, &place(&wrapped.name), &cell)?);
        let key = Secret::new(plain.expose().as_slice().try_into().ok()?);
        Some((
            wrapped.name,
            Entry {
                key,
                made: wrapped.made,
                uses: wrapped.uses,
            },
        ))
    };
    stored
        .keys
        .into_iter()
        .map(unwrap)
        .collect::<Option<_>>()
        .ok_or_else(|| damaged(path))
}

/// Wraps and replaces the file.
pub(super) fn write(
    kek: &Secret<[u8; 32]>,
    path: &Path,
    entries: &Entries,
    world: &World,
) -> Result<(), ConfigError> {
    let cipher = Cipher::new(kek.expose());
    let keys = entries.iter().map(|(name, entry)| Wrapped {
        name: name.clone(),
        made: entry.made,
        uses: entry.uses,
        wrapped: b64::encode(cipher.seal(0, &place(name), entry.key.expose(), world.random())),
    });
    let stored = Stored {
        version: 1,
        keys: keys.collect(),
    };
    let text = serde_json::to_vec_pretty(&stored).expect("plain data is JSON");
    let fresh = beside(path, "new");
    write_private(&fresh, &text)
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| File::open(folder(path))?.sync_all())
        .map_err(|error| broken("keys.file", path, &error))
}

/// Runs `edit` on what the file holds now, and replaces the file where that changed it.
pub(super) fn change<T>(
    kek: &Secret<[u8; 32]>,
    path: &Path,
    world: &World,
    edit: impl FnOnce(&mut Entries) -> T,
) -> Result<T, ConfigError> {
    let lock = lock(path).map_err(|error| broken("keys.file", path, &error))?;
    let mut entries = read(kek, path)?;
    let before = marks(&entries);
    let done = edit(&mut entries);
    if marks(&entries) != before {
        write(kek, path, &entries, world)?;
    }
    drop(lock);
    Ok(done)
}

/// What tells a changed ring from an unchanged one: a key never changes under its name.
fn marks(entries: &Entries) -> Vec<(String, i64)> {
    entries
        .iter()
        .map(|(name, entry)| (name.clone(), entry.uses))
        .collect()
}

/// A lock on a file of its own: the key file itself is replaced by renaming.
fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(beside(path, "lock"))?;
    file.lock()?;
    Ok(file)
}

/// Writes a file that only its owner can read, flushed to disk.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn place(name: &str) -> Place<'_> {
    Place {
        table: "keys",
        column: "wrapped",
        row_id: name,
    }
}

fn damaged(path: &Path) -> ConfigError {
    ConfigError::new(
        "keys.file",
        format!(
            "{} is damaged, or was wrapped under another KEK",
            path.display()
        ),
        "Restore the key file and the KEK that belong together",
    )
}

pub(super) fn broken(key: &str, path: &Path, error: &io::Error) -> ConfigError {
    ConfigError::new(
        key,
        format!("{} cannot be used ({})", path.display(), error.kind()),
        "Check its folder, owner and free space",
    )
}
