//! Token keys: one active for each algorithm; pending, active, retired, destroyed.
//!
//! `kid` is the thumbprint (RFC 7638). A pending key is shown 24 hours before it signs, so that an app
//! with a cached set never meets an unknown one (in the demo at once); a retired one is shown until
//! the last token it signed is over, and verifies hints for 90 days. The algorithm comes from our row,
//! never from a header.

pub(crate) mod http;
pub(crate) mod store;

use crate::core::Core;
use credential::jose::{self, Alg, Jwk, SigningKey};
use host::{db, seal::ModuleSeal};
use kernel::{Entropy, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use store::{Row, State};
use tokio::sync::RwLock;

/// Every algorithm of ID Tokens.
pub(crate) const ALGS: [Alg; 3] = [Alg::Rs256, Alg::Es256, Alg::EdDsa];
/// How long a set read from the table is used, seconds.
const CACHED: i64 = 60;
/// How long a key is shown before it signs, seconds; the demo does not wait.
const LEAD: i64 = 86_400;
/// How long a retired key is still shown: longest token and clock difference, seconds.
const SHOWN: i64 = 600 + 300;
/// How long a retired key verifies hints, seconds.
const HINTS: i64 = 90 * 86_400;
/// Age at which a key is replaced, seconds.
const AGE: i64 = 90 * 86_400;

/// The token keys, read from the table and kept for a minute.
#[derive(Default)]
pub(crate) struct Keys {
    ring: RwLock<Option<(Timestamp, Arc<Ring>)>>,
}

/// The keys at one moment.
pub(crate) struct Ring {
    keys: Vec<Key>,
}

struct Key {
    kid: String,
    alg: Alg,
    public: Jwk,
    state: State,
    retired_at: Option<Timestamp>,
    signer: Option<SigningKey>,
}

impl Ring {
    /// Signs `claims` with the active key of `alg`. `None` if there is none, which start prevents.
    pub(crate) fn sign(&self, alg: Alg, typ: &str, claims: &Value) -> Option<String> {
        let active = |key: &&Key| key.alg == alg && key.state == State::Active;
        let key = self.keys.iter().find(active)?;
        let header = json!({ "typ": typ, "kid": key.kid });
        Some(jose::sign(key.signer.as_ref()?, &header, claims))
    }

    /// Whether a key of `alg` signs.
    pub(crate) fn signs(&self, alg: Alg) -> bool {
        let ready = |key: &Key| key.state == State::Active && key.signer.is_some();
        self.keys.iter().any(|key| key.alg == alg && ready(key))
    }

    /// The claims of a token of ours, whatever its `exp`; retired keys count.
    pub(crate) fn verify(
        &self,
        token: &str,
        typ: &str,
        now: Timestamp,
    ) -> Option<Map<String, Value>> {
        let (header, _) = jose::peek(token).ok()?;
        let kid = header.kid?;
        let key = self
            .keys
            .iter()
            .find(|key| key.kid == kid && key.verifies(now))?;
        jose::verify(token, &key.public, typ, &[key.alg]).ok()
    }

    /// The public set (RFC 7517), as `/jwks` shows it.
    pub(crate) fn public(&self, now: Timestamp) -> Value {
        let shown = self.keys.iter().filter(|key| key.is_shown(now)).map(|key| {
            let mut jwk = key.public.public_json();
            jwk["kid"] = key.kid.clone().into();
            jwk["alg"] = key.alg.as_str().into();
            jwk["use"] = "sig".into();
            jwk
        });
        json!({ "keys": shown.collect::<Vec<_>>() })
    }
}

impl Key {
    fn retired_since(&self, now: Timestamp) -> Option<i64> {
        self.retired_at.map(|at| now.seconds() - at.seconds())
    }

    fn verifies(&self, now: Timestamp) -> bool {
        self.state != State::Destroyed && self.retired_since(now).is_none_or(|age| age <= HINTS)
    }

    fn is_shown(&self, now: Timestamp) -> bool {
        self.state != State::Destroyed && self.retired_since(now).is_none_or(|age| age <= SHOWN)
    }

    fn read(row: Row, seal: &ModuleSeal) -> Result<Self, db::Error> {
        let alg = Alg::parse(&row.alg).map_err(|_| db::Error::Corrupt("idp"))?;
        let public = credential::json::parse(row.public_jwk.as_bytes());
        let public = public
            .ok()
            .and_then(|jwk| Jwk::parse(&jwk).ok())
            .ok_or(db::Error::Corrupt("idp"))?;
        let signer = match &row.private_sealed {
            None => None,
            Some(cell) => {
                let plain = seal.open("idp_key", "private_sealed", &row.kid, cell)?;
                let json = credential::json::parse(plain.expose())
                    .map_err(|_| db::Error::Corrupt("idp"))?;
                Some(SigningKey::from_private_json(&json).map_err(|_| db::Error::Corrupt("idp"))?)
            }
        };
        let (kid, state, retired_at) = (row.kid, row.state, row.retired_at);
        Ok(Self {
            kid,
            alg,
            public,
            state,
            retired_at,
            signer,
        })
    }
}

/// Why a key is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    /// There is none of its algorithm; it signs at once, unless another process was faster.
    First,
    /// In place of the active one, at once.
    Instead,
    /// Beside the active one, which it follows when it was shown long enough.
    Beside,
}

/// Makes a key and seals its private half.
fn fresh(alg: Alg, seal: &ModuleSeal, entropy: &dyn Entropy, now: Timestamp) -> Row {
    let key = match alg {
        Alg::Rs256 => SigningKey::generate_rs256(),
        Alg::Es256 => SigningKey::generate_es256(entropy),
        Alg::EdDsa => SigningKey::generate_ed25519(entropy),
    };
    let kid = key.thumbprint();
    let private = key.private_json();
    let cell = seal.seal(
        "idp_key",
        "private_sealed",
        &kid,
        private.expose().as_bytes(),
        entropy,
    );
    Row {
        alg: alg.as_str().to_owned(),
        public_jwk: key.public().public_json().to_string(),
        private_sealed: Some(cell),
        state: State::Pending,
        public_at: now,
        active_at: None,
        retired_at: None,
        kid,
    }
}

impl Core {
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

    /// Reads the keys from the table; makes the first of each algorithm.
    async fn read_ring(&self, now: Timestamp) -> Result<Arc<Ring>, db::Error> {
        let mut held = self.keys.ring.write().await;
        let mut rows = self.stored_keys().await?;
        let is_active = |rows: &[Row], alg: Alg| {
            rows.iter()
                .any(|row| row.alg == alg.as_str() && row.state == State::Active)
        };
        for alg in ALGS {
            if !is_active(&rows, alg) {
                self.put_key(alg, Put::First, now).await?;
            }
        }
        if rows.len() < ALGS.len() {
            rows = self.stored_keys().await?;
        }
        let seal = self.ground.seals.module("idp");
        let keys: Result<Vec<Key>, _> = rows.into_iter().map(|row| Key::read(row, &seal)).collect();
        let ring = Arc::new(Ring { keys: keys? });
        *held = Some((now, ring.clone()));
        Ok(ring)
    }

    async fn stored_keys(&self) -> Result<Vec<Row>, db::Error> {
        let mut conn = self.ground.db.read().await?;
        store::all(&mut conn).await
    }

    /// Puts a new key. Where one waits already, or another process put the first, nothing changes.
    async fn put_key(&self, alg: Alg, put: Put, now: Timestamp) -> Result<(), db::Error> {
        let seal = self.ground.seals.module("idp");
        let row = fresh(alg, &seal, self.ground.world.entropy(), now);
        let row = &row;
        self.ground
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let needless = match put {
                        Put::First => store::has(tx, alg.as_str(), State::Active).await?,
                        Put::Instead => false,
                        Put::Beside => store::has(tx, alg.as_str(), State::Pending).await?,
                    };
                    if needless {
                        return Ok(());
                    }
                    store::insert(tx, row).await?;
                    if put != Put::Beside {
                        store::promote(tx, alg.as_str(), &row.kid, now).await?;
                    }
                    Ok::<_, db::Error>(())
                })
            })
            .await
    }

    /// Begins the replacement of the active key of `alg`: at once in the demo, else after 24 hours.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn rotate(&self, alg: Alg, now: Timestamp) -> Result<(), db::Error> {
        self.ring(now).await?;
        let put = if self.ground.demo.is_some() {
            Put::Instead
        } else {
            Put::Beside
        };
        self.put_key(alg, put, now).await?;
        *self.keys.ring.write().await = None;
        Ok(())
    }

    /// The keys' daily round: promotes what was shown long enough, replaces what is old, destroys
    /// what can verify nothing any more.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn tend_keys(&self, now: Timestamp) -> Result<(), db::Error> {
        for row in self.stored_keys().await? {
            let Ok(alg) = Alg::parse(&row.alg) else {
                continue;
            };
            let since = |at: Option<Timestamp>| at.map_or(0, |at| now.seconds() - at.seconds());
            match row.state {
                State::Pending if since(Some(row.public_at)) >= LEAD => {
                    let kid = row.kid.as_str();
                    self.ground
                        .db
                        .write(move |tx| Box::pin(store::promote(tx, alg.as_str(), kid, now)))
                        .await?;
                }
                State::Active if since(row.active_at) >= AGE => {
                    self.put_key(alg, Put::Beside, now).await?;
                }
                _ => {}
            }
        }
        self.ground
            .db
            .write(move |tx| Box::pin(store::destroy(tx, now.plus_seconds(-HINTS))))
            .await?;
        *self.keys.ring.write().await = None;
        Ok(())
    }
}
