//! Open files of renditions, by hash. A file is checked against its name before its first byte is
//! served, and again whenever the file on disk is another one.

use crate::{
    catalogue::{Kind, Rendition, object_key},
    store,
};
use bytes::Bytes;
use host::{Objects, db};
use http::HeaderValue;
use kernel::b64;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Files kept open.
const KEPT: usize = 512;
/// Bytes of renditions kept in memory where objects are not files of this machine.
const KEPT_BYTES: u64 = 256 << 20;

/// Where the bytes are.
pub enum Source {
    /// On this machine's disk.
    File(File),
    /// Fetched whole from an object store elsewhere.
    Memory(Bytes),
}

/// A rendition ready to be read.
pub struct Opened {
    /// Its bytes.
    pub source: Source,
    /// Their number.
    pub length: u64,
    /// Duration in milliseconds.
    pub ms: i64,
    /// What it is.
    pub kind: Kind,
    /// Media type.
    pub mime: HeaderValue,
    /// Strong ETag: the hash.
    pub etag: HeaderValue,
    used: AtomicU64,
}

/// Why a rendition cannot be read.
#[derive(Debug)]
pub enum OpenRefusal {
    /// No track has a file of that hash.
    Unknown,
    /// Missing, empty, of another size or another hash (ST15).
    Damaged(&'static str),
    /// The store failed.
    Store(db::Error),
}

impl From<db::Error> for OpenRefusal {
    fn from(error: db::Error) -> Self {
        Self::Store(error)
    }
}

/// A file that was checked: device, inode, length and modification time.
type Mark = (u64, u64, u64, i64, i64);

/// The open files of this node.
pub struct Files {
    objects: Objects,
    open: Mutex<HashMap<[u8; 32], Arc<Opened>>>,
    checked: Arc<Mutex<HashMap<[u8; 32], Mark>>>,
    clock: AtomicU64,
}

impl Files {
    /// Over the objects of the ground.
    #[must_use]
    pub fn new(objects: Objects) -> Self {
        Self {
            objects,
            open: Mutex::default(),
            checked: Arc::default(),
            clock: AtomicU64::new(0),
        }
    }

    /// The rendition, if it is open already.
    #[must_use]
    pub fn get(&self, hash: &[u8; 32]) -> Option<Arc<Opened>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.get(hash)?;
        found.used.store(
            self.clock.fetch_add(1, Ordering::Relaxed),
            Ordering::Relaxed,
        );
        Some(Arc::clone(found))
    }

    /// Opens a rendition and checks that it is what its name says.
    ///
    /// # Errors
    /// [`OpenRefusal`].
    pub async fn open(&self, db: &db::Db, hash: &[u8; 32]) -> Result<Arc<Opened>, OpenRefusal> {
        if let Some(open) = self.get(hash) {
            return Ok(open);
        }
        let found = store::rendition::by_hash(&mut *db.read().await?, hash).await?;
        let (_, rendition) = found.ok_or(OpenRefusal::Unknown)?;
        let source = self.source(&rendition).await?;
        let opened = Arc::new(Opened {
            source,
            length: rendition.bytes,
            ms: rendition.ms,
            kind: rendition.kind,
            mime: HeaderValue::from_str(&rendition.mime)
                .map_err(|_| OpenRefusal::Damaged("media type"))?,
            etag: HeaderValue::from_str(&format!("\"{}\"", b64::encode(hash)))
                .map_err(|_| OpenRefusal::Damaged("hash"))?,
            used: AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed)),
        });
        self.keep(*hash, &opened);
        Ok(opened)
    }

    /// Closes a rendition, so that it is checked anew.
    pub fn forget(&self, hash: &[u8; 32]) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(hash);
        self.checked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(hash);
    }

    async fn source(&self, rendition: &Rendition) -> Result<Source, OpenRefusal> {
        let key = object_key(&rendition.hash);
        let path = self
            .objects
            .local_path(&key)
            .map_err(|_| OpenRefusal::Damaged("key"))?;
        let Some(path) = path else {
            let bytes = self
                .objects
                .get(&key)
                .await
                .map_err(|_| OpenRefusal::Damaged("missing"))?;
            let good = Sha256::digest(&bytes)[..] == rendition.hash;
            return good
                .then_some(Source::Memory(bytes))
                .ok_or(OpenRefusal::Damaged("hash"));
        };
        let (want, checked) = (rendition.clone(), Arc::clone(&self.checked));
        let opened = tokio::task::spawn_blocking(move || {
            let file = File::open(path).map_err(|_| OpenRefusal::Damaged("missing"))?;
            check(file, &want, &checked)
        });
        opened
            .await
            .map_err(|_| OpenRefusal::Damaged("unreadable"))?
            .map(Source::File)
    }

    fn keep(&self, hash: [u8; 32], opened: &Arc<Opened>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(hash, Arc::clone(opened));
        let in_memory = |o: &Opened| match &o.source {
            Source::File(_) => 0,
            Source::Memory(bytes) => bytes.len() as u64,
        };
        while open.len() > KEPT || open.values().map(|o| in_memory(o)).sum::<u64>() > KEPT_BYTES {
            let oldest = open
                .iter()
                .filter(|(other, _)| **other != hash)
                .min_by_key(|(_, o)| o.used.load(Ordering::Relaxed))
                .map(|(other, _)| *other);
            let Some(oldest) = oldest else { break };
            open.remove(&oldest);
        }
    }
}

/// Size always, hash whenever the file is not the one that was checked before.
fn check(
    mut file: File,
    want: &Rendition,
    checked: &Mutex<HashMap<[u8; 32], Mark>>,
) -> Result<File, OpenRefusal> {
    let about = file
        .metadata()
        .map_err(|_| OpenRefusal::Damaged("unreadable"))?;
    if about.len() != want.bytes || want.bytes == 0 {
        return Err(OpenRefusal::Damaged("size"));
    }
    let mark: Mark = (
        about.dev(),
        about.ino(),
        about.len(),
        about.mtime(),
        about.mtime_nsec(),
    );
    let known = checked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&want.hash)
        == Some(&mark);
    if known {
        return Ok(file);
    }
    let hash = hash_of(&mut file).map_err(|_| OpenRefusal::Damaged("unreadable"))?;
    if hash != want.hash {
        return Err(OpenRefusal::Damaged("hash"));
    }
    checked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(want.hash, mark);
    Ok(file)
}

fn hash_of(file: &mut File) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            n => hash.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}
