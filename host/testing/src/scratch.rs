//! A fresh database a test.

use host::{
    Migrations,
    db::{Db, Engine},
    migrate,
};
use kernel::{Entropy, hex};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A fresh, migrated database: a SQLite file in a folder of its own, or a schema of its own where
/// `RESONATE_TEST_POSTGRES` holds a `postgres:` URL. The folder is removed on drop; the schema goes
/// with its throw-away cluster.
pub struct Scratch {
    db: Db,
    url: String,
    folder: PathBuf,
}

impl Scratch {
    /// Makes it, with the tables of `host` and of `modules`.
    ///
    /// # Panics
    /// It cannot be made.
    pub async fn new(modules: &[&'static Migrations]) -> Self {
        match postgres_url() {
            Some(url) => Self::postgres(&url, modules).await,
            None => Self::sqlite(modules).await,
        }
    }

    /// One on SQLite, whatever the environment says.
    ///
    /// # Panics
    /// It cannot be made.
    pub async fn sqlite(modules: &[&'static Migrations]) -> Self {
        let folder = folder();
        let url = format!("sqlite:{}", folder.join("scratch.sqlite3").display());
        Self::open(url, folder, modules).await
    }

    /// One in a new schema of the PostgreSQL database at `url`.
    ///
    /// # Panics
    /// It cannot be made.
    pub async fn postgres(url: &str, modules: &[&'static Migrations]) -> Self {
        let schema = format!("scratch_{}", name());
        let admin = Db::open(url)
            .await
            .expect("RESONATE_TEST_POSTGRES names a running server");
        migrate::make_schema(&admin, &schema)
            .await
            .expect("a schema can be made");
        admin.close().await;
        let join = if url.contains('?') { '&' } else { '?' };
        Self::open(
            format!("{url}{join}options[search_path]={schema}"),
            folder(),
            modules,
        )
        .await
    }

    async fn open(url: String, folder: PathBuf, modules: &[&'static Migrations]) -> Self {
        let db = Db::open(&url).await.expect("a scratch database opens");
        migrate::run(&db, modules)
            .await
            .expect("a scratch database migrates");
        Self { db, url, folder }
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// Its URL, for a second door to the same data.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder of this test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of PostgreSQL by the environment"
)]
fn postgres_url() -> Option<String> {
    std::env::var("RESONATE_TEST_POSTGRES")
        .ok()
        .filter(|url| !url.is_empty())
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("resonate-scratch-{}", name()));
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

/// Unlike all others, of other processes too: the seed of a test does not reach it.
fn name() -> String {
    let mut bytes = [0; 8];
    host::world::SystemEntropy.fill(&mut bytes);
    hex::encode(bytes)
}
