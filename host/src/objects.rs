//! Objects: audio, covers and other large things, outside the database.
//!
//! A key is a relative path of plain letters (`tracks/ab/abcd.opus`). An object appears whole or
//! not at all, and never changes: write under a new key instead.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use kernel::{Problem, Secret, problem};
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart, aws::AmazonS3Builder,
    local::LocalFileSystem, memory::InMemory, path::Path as Key,
};
use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::io::AsyncReadExt;

/// Where objects are kept. Cloning shares the store.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    local: Option<Arc<LocalFileSystem>>,
}

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no object of that key.
    #[error("no such object")]
    Absent,
    /// The key is not a plain relative path.
    #[error("an object key is a plain relative path")]
    Key,
    /// The disk is full; nothing was stored.
    #[error("the object store is full")]
    Full,
    /// The store failed; the text is for the log.
    #[error("object store: {0}")]
    Store(String),
}

/// A bucket and how to sign in to it.
#[derive(Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Endpoint for stores other than AWS; http is allowed on loopback only.
    pub endpoint: Option<String>,
    /// Access key id.
    pub access_key: String,
    /// Secret key.
    pub secret_key: Secret<String>,
}

/// Parts in which a stream is uploaded.
const PART: usize = 5 << 20;

impl Objects {
    /// In a folder, which is made if absent. Writes are flushed to disk before they appear.
    ///
    /// # Errors
    /// The folder cannot be made or opened.
    pub fn local(root: &Path) -> Result<Self, Error> {
        fs::create_dir_all(root).map_err(|e| from_io(&e))?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(from_store)?;
        let store = Arc::new(store.with_fsync(true).with_automatic_cleanup(true));
        Ok(Self {
            store: store.clone(),
            local: Some(store),
        })
    }

    /// In memory, for tests.
    #[must_use]
    pub fn memory() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            local: None,
        }
    }

    /// In a bucket of S3 or a store like it.
    ///
    /// # Errors
    /// The settings do not make a client.
    pub fn bucket(bucket: &Bucket) -> Result<Self, Error> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.access_key)
            .with_secret_access_key(bucket.secret_key.expose());
        if let Some(endpoint) = &bucket.endpoint {
            let loopback = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"];
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(loopback.iter().any(|start| endpoint.starts_with(start)));
        }
        let store = builder.build().map_err(from_store)?;
        Ok(Self {
            store: Arc::new(store),
            local: None,
        })
    }

    /// Stores bytes; an object of that key is replaced.
    ///
    /// # Errors
    /// [`Error`]; nothing of the object is visible then.
    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<(), Error> {
        let payload = PutPayload::from_bytes(bytes.into());
        self.store
            .put(&plain(key)?, payload)
            .await
            .map_err(from_store)?;
        Ok(())
    }

    /// Stores the content of a local file, read in parts.
    ///
    /// # Errors
    /// [`Error`]; nothing of the object is visible then.
    pub async fn put_file(&self, key: &str, from: &Path) -> Result<(), Error> {
        let key = plain(key)?;
        let mut file = tokio::fs::File::open(from).await.map_err(|e| from_io(&e))?;
        let upload = self.store.put_multipart(&key).await.map_err(from_store)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut buffer = vec![0; 256 << 10];
        loop {
            match file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(n) => upload.write(buffer.get(..n).unwrap_or_default()),
                Err(error) => {
                    let _ = upload.abort().await;
                    return Err(from_io(&error));
                }
            }
            upload.wait_for_capacity(2).await.map_err(from_store)?;
        }
        upload.finish().await.map_err(from_store)?;
        Ok(())
    }

    /// The whole object. For small ones: covers, manifests.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get(&self, key: &str) -> Result<Bytes, Error> {
        let found = self.store.get(&plain(key)?).await.map_err(from_store)?;
        found.bytes().await.map_err(from_store)
    }

    /// The bytes `range.start .. range.end` of an object.
    ///
    /// # Errors
    /// [`Error`]; a range past the end is [`Error::Store`].
    pub async fn range(&self, key: &str, range: Range<u64>) -> Result<Bytes, Error> {
        self.store
            .get_range(&plain(key)?, range)
            .await
            .map_err(from_store)
    }

    /// A range as a stream of parts, for long ones.
    ///
    /// # Errors
    /// [`Error`], here or in the stream.
    pub async fn stream(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let options = GetOptions::new().with_range(Some(range));
        let found = self
            .store
            .get_opts(&plain(key)?, options)
            .await
            .map_err(from_store)?;
        Ok(found.into_stream().map_err(from_store).boxed())
    }

    /// Bytes of an object, or `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Store`].
    pub async fn size(&self, key: &str) -> Result<Option<u64>, Error> {
        match self.store.head(&plain(key)?).await.map_err(from_store) {
            Ok(about) => Ok(Some(about.size)),
            Err(Error::Absent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes an object; one that is absent is removed already.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Store`].
    pub async fn remove(&self, key: &str) -> Result<(), Error> {
        match self.store.delete(&plain(key)?).await.map_err(from_store) {
            Ok(()) | Err(Error::Absent) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Keys below `prefix`, sorted.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Store`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let prefix = plain(prefix)?;
        let found = self
            .store
            .list(Some(&prefix))
            .map_ok(|about| about.location.to_string());
        let mut keys: Vec<String> = found.try_collect().await.map_err(from_store)?;
        keys.sort();
        Ok(keys)
    }

    /// The object's place on this machine's disk, where objects are kept in a folder. For bytes
    /// that go straight from a file to a socket.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn local_path(&self, key: &str) -> Result<Option<PathBuf>, Error> {
        let key = plain(key)?;
        let place = self
            .local
            .as_ref()
            .map(|store| store.path_to_filesystem(&key));
        place.transpose().map_err(from_store)
    }

    /// Opens the object as a file, where objects are kept in a folder; blocks on the disk.
    ///
    /// # Errors
    /// [`Error::Absent`], [`Error::Key`], [`Error::Store`].
    pub fn open(&self, key: &str) -> Result<Option<fs::File>, Error> {
        let Some(place) = self.local_path(key)? else {
            return Ok(None);
        };
        fs::File::open(place).map(Some).map_err(|e| from_io(&e))
    }
}

/// `..`, an absolute path, an empty step or a foreign character never reaches the store.
fn plain(key: &str) -> Result<Key, Error> {
    let step = |s: &str| {
        let good = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
        !s.is_empty() && !s.starts_with('.') && s.bytes().all(good)
    };
    if key.len() > 512 || !key.split('/').all(step) {
        return Err(Error::Key);
    }
    Key::parse(key).map_err(|_| Error::Key)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn from_store(error: object_store::Error) -> Error {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return Error::Absent;
    }
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return from_io(io);
        }
        source = inner.source();
    }
    Error::Store(error.to_string())
}

fn from_io(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::Absent,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::Store(error.to_string()),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Absent => Self::new(&problem::NOT_FOUND),
            Error::Full => Self::new(&problem::STORAGE_FULL),
            Error::Key | Error::Store(_) => {
                tracing::error!(%error, "object store failed");
                Self::new(&problem::INTERNAL)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn keeps(objects: Objects) {
        objects
            .put("a/b.bin", Bytes::from_static(b"0123456789"))
            .await
            .unwrap();
        assert_eq!(objects.size("a/b.bin").await.unwrap(), Some(10));
        assert_eq!(objects.range("a/b.bin", 2..5).await.unwrap(), "234");
        let parts: Vec<Bytes> = objects
            .stream("a/b.bin", 4..10)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(parts.concat(), b"456789");
        assert_eq!(objects.list("a").await.unwrap(), ["a/b.bin"]);
        objects.remove("a/b.bin").await.unwrap();
        objects.remove("a/b.bin").await.unwrap();
        assert!(matches!(objects.get("a/b.bin").await, Err(Error::Absent)));
        for bad in [
            "/etc/passwd",
            "a/../b",
            "a//b",
            "",
            "a b",
            "a/.hidden",
            "a\\b",
        ] {
            assert!(matches!(objects.get(bad).await, Err(Error::Key)), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_folder_and_memory_keep_objects_alike() {
        keeps(Objects::memory()).await;
        let root = std::env::temp_dir().join(format!("resonate-objects-{}", std::process::id()));
        let objects = Objects::local(&root).unwrap();
        keeps(objects.clone()).await;
        let source = root.join("source");
        let long = vec![7; 700_000];
        fs::write(&source, &long).unwrap();
        objects.put_file("t/long", &source).await.unwrap();
        assert_eq!(objects.get("t/long").await.unwrap(), long);
        assert!(objects.open("t/long").unwrap().is_some());
        assert!(matches!(objects.open("t/other"), Err(Error::Absent)));
        fs::remove_dir_all(&root).unwrap();
    }
}
