//! The life of a key: made, shown, promoted, retired, destroyed.

use super::{
    CACHED, Key, Kind, Ring,
    store::{self, Row, State},
};
use crate::core::Core;
use credential::jose::{Alg, SigningKey};
use host::{
    db::{self, Tx},
    seal::ModuleSeal,
};
use kernel::{Entropy, Timestamp};
use std::sync::Arc;

/// How long a key is shown before it signs, seconds; the demo does not wait.
const LEAD: i64 = 86_400;
/// Age at which a key is replaced, seconds.
const AGE: i64 = 90 * 86_400;

/// A key as an operator sees it. Times are absent where they have not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// `RS256`, `ES256`, `EdDSA` or `card`.
    pub kind: &'static str,
    /// Thumbprint of the key.
    pub kid: String,
    /// `pending`, `active` or `retired`.
    pub state: &'static str,
    /// When it was first shown.
    pub public_at: Timestamp,
    /// When it began to sign.
    pub active_at: Option<Timestamp>,
    /// When it ceased to sign.
    pub retired_at: Option<Timestamp>,
}

/// Why a key is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    /// There is none of its kind; it signs at once, unless another process was faster.
    First,
    /// In place of the active one, at once: the one that waits, else a new one.
    Instead,
    /// Beside the active one, which it follows when it was shown long enough.
    Beside,
}

/// Makes a key and seals its private half.
fn fresh(kind: Kind, seal: &ModuleSeal, entropy: &dyn Entropy, now: Timestamp) -> Row {
    let key = match kind.alg() {
        Alg::Rs256 => SigningKey::generate_rs256(),
        Alg::Es256 => SigningKey::generate_es256(entropy),
        Alg::EdDsa => SigningKey::generate_ed25519(entropy),
    };
    let kid = key.thumbprint();
    let private = key.private_json();
    let plain = private.expose().as_bytes();
    Row {
        kind,
        public_jwk: key.public().public_json().to_string(),
        private_sealed: Some(seal.seal(kind.cell(), "private_sealed", &kid, plain, entropy)),
        state: State::Pending,
        public_at: now,
        active_at: None,
        retired_at: None,
        kid,
    }
}

async fn put(tx: &mut Tx<'_>, row: &Row, put: Put, now: Timestamp) -> Result<(), db::Error> {
    let waiting = store::one(tx, row.kind, State::Pending).await?;
    match (put, waiting) {
        (Put::First, _) if store::one(tx, row.kind, State::Active).await?.is_some() => Ok(()),
        (Put::Beside, Some(_)) => Ok(()),
        (Put::Instead, Some(kid)) => store::promote(tx, row.kind, &kid, now).await,
        (Put::Beside, None) => store::insert(tx, row).await,
        (Put::First, _) | (Put::Instead, None) => {
            store::insert(tx, row).await?;
            store::promote(tx, row.kind, &row.kid, now).await
        }
    }
}

/// A key that was made to follow another, not put yet.
pub(crate) struct Replacement {
    row: Row,
    how: Put,
}

/// Puts it; `false` where another waits already.
///
/// # Errors
/// The store's own.
pub(crate) async fn place(
    tx: &mut Tx<'_>,
    new: &Replacement,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let waits = store::one(tx, new.row.kind, State::Pending)
        .await?
        .is_some();
    if waits && new.how == Put::Beside {
        return Ok(false);
    }
    put(tx, &new.row, new.how, now).await?;
    Ok(true)
}

impl Core {
    /// A key to follow the active one of `kind`: after 24 hours, in the demo at once.
    pub(crate) fn replacement(&self, kind: Kind, now: Timestamp) -> Replacement {
        let seal = self.ground.seals.module("idp");
        let row = fresh(kind, &seal, self.ground.world.entropy(), now);
        let how = match self.ground.demo {
            Some(_) => Put::Instead,
            None => Put::Beside,
        };
        Replacement { row, how }
    }

    /// Lets the next reader read the keys anew.
    pub(crate) async fn forget_ring(&self) {
        *self.keys.ring.write().await = None;
    }

    /// The keys now.
    ///
    /// # Errors
    /// The store's own; `Corrupt` for a cell that does not open.
    pub(crate) async fn ring(&self, now: Timestamp) -> Result<Arc<Ring>, db::Error> {
        if let Some((read_at, ring)) = &*self.keys.ring.read().await {
            let age = now.seconds() - read_at.seconds();
            if (0..CACHED).contains(&age) {
                return Ok(ring.clone());
            }
        }
        self.read_ring(now).await
    }

    /// Reads the keys from the table; makes the first of each kind.
    async fn read_ring(&self, now: Timestamp) -> Result<Arc<Ring>, db::Error> {
        let mut held = self.keys.ring.write().await;
        let mut rows = self.stored_keys().await?;
        let signs = |kind: &Kind| {
            let active = |row: &Row| row.kind == *kind && row.state == State::Active;
            rows.iter().any(active)
        };
        let missing: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| !signs(kind)).collect();
        for kind in &missing {
            self.put_key(*kind, Put::First, now).await?;
        }
        if !missing.is_empty() {
            rows = self.stored_keys().await?;
        }
        let seal = self.ground.seals.module("idp");
        let keys: Result<Vec<Key>, _> = rows.into_iter().map(|row| Key::read(row, &seal)).collect();
        let ring = Arc::new(Ring::new(keys?, now));
        *held = Some((now, ring.clone()));
        Ok(ring)
    }

    async fn stored_keys(&self) -> Result<Vec<Row>, db::Error> {
        let mut conn = self.ground.db.read().await?;
        store::all(&mut conn).await
    }

    /// Puts a new key. Where one waits already, or another process put the first, none is added.
    async fn put_key(&self, kind: Kind, how: Put, now: Timestamp) -> Result<(), db::Error> {
        let seal = self.ground.seals.module("idp");
        let row = fresh(kind, &seal, self.ground.world.entropy(), now);
        let row = &row;
        let write = self
            .ground
            .db
            .write(move |tx| Box::pin(put(tx, row, how, now)));
        write.await
    }

    /// Begins the replacement of the active key of `kind`: after 24 hours, or at once where that is
    /// asked and in the demo. Asked at once, apps with a cached set meet a key they do not know:
    /// that is for a key that leaked. Other processes follow within a minute.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn rotate(
        &self,
        kind: Kind,
        at_once: bool,
        now: Timestamp,
    ) -> Result<(), db::Error> {
        self.ring(now).await?;
        let how = if at_once || self.ground.demo.is_some() {
            Put::Instead
        } else {
            Put::Beside
        };
        self.put_key(kind, how, now).await?;
        *self.keys.ring.write().await = None;
        Ok(())
    }

    /// Every key that is not destroyed.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn key_lines(&self) -> Result<Vec<KeyLine>, db::Error> {
        let rows = self.stored_keys().await?;
        let line = |row: Row| KeyLine {
            kind: row.kind.as_str(),
            kid: row.kid,
            state: row.state.as_str(),
            public_at: row.public_at,
            active_at: row.active_at,
            retired_at: row.retired_at,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// The keys' hourly round: promotes what was shown long enough, replaces what is old, destroys
    /// what can verify nothing any more.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn tend_keys(&self, now: Timestamp) -> Result<(), db::Error> {
        let rows = self.stored_keys().await?;
        let waits = |kind: Kind| {
            let waits = |row: &Row| row.kind == kind && row.state == State::Pending;
            rows.iter().any(waits)
        };
        for row in &rows {
            let since = |at: Option<Timestamp>| at.map_or(0, |at| now.seconds() - at.seconds());
            let (kind, kid) = (row.kind, row.kid.as_str());
            match row.state {
                State::Pending if since(Some(row.public_at)) >= LEAD => {
                    let promote = self.ground.db.write(move |tx| {
                        Box::pin(async move { store::promote(tx, kind, kid, now).await })
                    });
                    promote.await?;
                }
                State::Active if since(row.active_at) >= AGE && !waits(kind) => {
                    self.put_key(kind, Put::Beside, now).await?;
                }
                State::Retired if since(row.retired_at) > kind.kept() => {
                    let destroy = self
                        .ground
                        .db
                        .write(move |tx| Box::pin(async move { store::destroy(tx, kid).await }));
                    destroy.await?;
                }
                State::Pending | State::Active | State::Retired | State::Destroyed => {}
            }
        }
        *self.keys.ring.write().await = None;
        Ok(())
    }
}
