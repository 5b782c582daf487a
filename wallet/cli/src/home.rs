//! The wallet's folder: locked, private, and whole after a crash at any instant.

use anyhow::{Context, bail, ensure};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The vault document.
pub const VAULT: &str = "vault.json";
/// Card copies and their keys, sealed.
pub const CARDS: &str = "cards.bin";
/// What was shown to whom, sealed.
pub const HISTORY: &str = "history.bin";

/// Another process holds the wallet.
#[derive(Debug, thiserror::Error)]
#[error("another resonate-wallet is using this wallet; wait until it has ended")]
pub struct Locked;

/// One wallet's folder, held by this process alone.
pub struct Home {
    folder: PathBuf,
    _lock: File,
}

impl Home {
    /// Opens (or makes) `<base>/resonate-wallet/<name>`, mode 0700, and locks it.
    pub fn open(base: &Path, name: &str) -> anyhow::Result<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ensure!(
            !name.is_empty() && name.chars().all(plain),
            "a wallet's name is a-z, 0-9, - and _"
        );
        let folder = base.join("resonate-wallet").join(name);
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| shown(&folder))?;
        private(&folder)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(folder.join("lock"))
            .with_context(|| shown(&folder))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Locked.into()),
            Err(TryLockError::Error(e)) => Err(e).context("locking the wallet"),
        }
    }

    /// Whether a wallet has been made here.
    pub fn is_made(&self) -> bool {
        self.folder.join(VAULT).exists() || self.folder.join(previous(VAULT)).exists()
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file, read by `open`; if that fails, the last good copy. `None` when there is neither.
    pub fn read<T>(
        &self,
        name: &str,
        open: impl Fn(&[u8]) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        let mut first_fault = None;
        for name in [name.to_owned(), previous(name)] {
            let path = self.folder.join(&name);
            if !path.exists() {
                continue;
            }
            private(&path)?;
            let bytes = fs::read(&path).with_context(|| shown(&path))?;
            match open(&bytes) {
                Ok(value) => return Ok(Some(value)),
                Err(e) => first_fault = first_fault.or(Some(e.context(shown(&path)))),
            }
        }
        first_fault.map_or(Ok(None), Err)
    }

    /// Replaces a file. A crash leaves the old or the new one, and the one before as `.prev`.
    pub fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (path, fresh) = (
            self.folder.join(name),
            self.folder.join(format!("{name}.new")),
        );
        // What a crash left half-written; it may even be somebody else's doing.
        if fresh.exists() {
            fs::remove_file(&fresh).with_context(|| shown(&fresh))?;
        }
        let file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&fresh);
        let mut file = file.with_context(|| shown(&fresh))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .with_context(|| shown(&fresh))?;
        if path.exists() {
            // A rename, not a copy: at no instant is either name half-written.
            fs::rename(&path, self.folder.join(previous(name))).with_context(|| shown(&path))?;
        }
        fs::rename(&fresh, &path).with_context(|| shown(&path))?;
        let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
        folder.with_context(|| shown(&self.folder))
    }
}

fn previous(name: &str) -> String {
    format!("{name}.prev")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Refuses what others on this machine could read.
fn private(path: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(path).with_context(|| shown(path))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "{} can be read by others (mode {mode:o}); run: chmod go= {0}",
            path.display()
        );
    }
    Ok(())
}

/// `$XDG_DATA_HOME`, else `~/.local/share`.
pub fn base() -> anyhow::Result<PathBuf> {
    let named = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    if let Some(base) = named("XDG_DATA_HOME") {
        return Ok(base);
    }
    let home = named("HOME").context("HOME is not set; name a folder with --data")?;
    Ok(home.join(".local/share"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn scratch(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("resonate-home-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    fn read(home: &Home) -> Option<String> {
        let open = |bytes: &[u8]| match bytes {
            b"torn" => bail!("torn"),
            bytes => Ok(String::from_utf8(bytes.to_vec())?),
        };
        home.read("a", open).unwrap()
    }

    #[test]
    fn one_of_two_copies_always_opens() {
        let base = scratch("copies");
        let home = Home::open(&base, "main").unwrap();
        assert_eq!(read(&home), None);
        home.write("a", b"one").unwrap();
        home.write("a", b"two").unwrap();
        assert_eq!(read(&home).as_deref(), Some("two"));
        // What a crash can leave: the fresh file not yet renamed, the old one moved away.
        fs::write(home.folder().join("a.new"), b"torn").unwrap();
        fs::rename(home.folder().join("a"), home.folder().join("a.prev")).unwrap();
        fs::set_permissions(
            home.folder().join("a.prev"),
            fs::Permissions::from_mode(0o600),
        )
        .unwrap();
        assert_eq!(read(&home).as_deref(), Some("two"));
        home.write("a", b"torn").unwrap();
        assert_eq!(read(&home).as_deref(), Some("two"));
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn a_second_process_and_open_permissions_are_refused() {
        let base = scratch("locked");
        let home = Home::open(&base, "main").unwrap();
        assert!(Home::open(&base, "main").is_err_and(|e| e.is::<Locked>()));
        home.write("a", b"one").unwrap();
        let wide = fs::Permissions::from_mode(0o644);
        fs::set_permissions(home.folder().join("a"), wide).unwrap();
        let refused = home.read("a", |_| Ok(())).expect_err("others can read it");
        assert!(refused.to_string().contains("chmod"), "{refused}");
        assert!(Home::open(&base, "../x").is_err());
        drop(home);
        fs::remove_dir_all(base).unwrap();
    }
}
