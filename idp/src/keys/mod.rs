//! Keys of tokens and cards: one active of each kind; pending, active, retired, destroyed.
//!
//! `kid` is the thumbprint (RFC 7638). A pending key is shown 24 hours before it signs, so that an app
//! with a cached set never meets an unknown one (in the demo at once); a retired one has lost its
//! private half and is shown until the last thing it signed is over. Retired token keys verify hints
//! for 90 days. The algorithm comes from our row, never from a header.

pub(crate) mod http;
mod kind;
mod life;
pub(crate) mod store;

pub(crate) use kind::Kind;
pub use life::KeyLine;
pub(crate) use life::{Replacement, place};

use axum::body::Bytes;
use credential::jose::{self, Alg, Jwk, SigningKey};
use host::{db, seal::ModuleSeal};
use kernel::Timestamp;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use store::{Row, State};
use tokio::sync::RwLock;

/// How long a set read from the table is used, seconds.
const CACHED: i64 = 60;

/// The keys, read from the table and kept for a minute.
#[derive(Default)]
pub(crate) struct Keys {
    ring: RwLock<Option<(Timestamp, Arc<Ring>)>>,
}

/// The keys at one moment.
pub(crate) struct Ring {
    keys: Vec<Key>,
    /// The public set at the moment the keys were read.
    shown: Bytes,
}

struct Key {
    kid: String,
    kind: Kind,
    public: Jwk,
    state: State,
    retired_at: Option<Timestamp>,
    signer: Option<SigningKey>,
}

impl Ring {
    /// Signs `claims` with the active key of `alg`. `None` if there is none, which start prevents.
    pub(crate) fn sign(&self, alg: Alg, typ: &str, claims: &Value) -> Option<String> {
        let key = self.active(Kind::Token(alg))?;
        let header = json!({ "typ": typ, "kid": key.kid });
        Some(jose::sign(key.signer.as_ref()?, &header, claims))
    }

    fn active(&self, kind: Kind) -> Option<&Key> {
        let active = |key: &&Key| key.kind == kind && key.state == State::Active;
        self.keys.iter().find(active)
    }

    /// Whether a key of `kind` signs.
    pub(crate) fn signs(&self, kind: Kind) -> bool {
        self.active(kind).is_some_and(|key| key.signer.is_some())
    }

    /// The key that signs cards, with its name. `None` if there is none, which start prevents.
    pub(crate) fn card_signer(&self) -> Option<(&str, &SigningKey)> {
        let key = self.active(Kind::Card)?;
        Some((&key.kid, key.signer.as_ref()?))
    }

    /// The public keys of cards, with their names, as long as a card of theirs may hold.
    pub(crate) fn cards(&self, now: Timestamp) -> Vec<Jwk> {
        let shown = |key: &&Key| key.kind == Kind::Card && key.is_shown(now);
        let keys = self.keys.iter().filter(shown);
        keys.map(|key| key.public.clone().with_kid(&key.kid))
            .collect()
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
            .find(|key| key.kid == kid && key.kind != Kind::Card && key.verifies(now))?;
        jose::verify(token, &key.public, typ, &[key.kind.alg()]).ok()
    }

    fn new(keys: Vec<Key>, now: Timestamp) -> Self {
        let shown = Self::public(&keys, now).to_string().into();
        Self { keys, shown }
    }

    /// The public set (RFC 7517), as `/jwks` shows it: the text of the moment the keys were read,
    /// at most a minute ago.
    pub(crate) fn shown(&self) -> Bytes {
        self.shown.clone()
    }

    fn public(keys: &[Key], now: Timestamp) -> Value {
        let shown = |key: &&Key| key.kind != Kind::Card && key.is_shown(now);
        let shown = keys.iter().filter(shown).map(|key| {
            let mut jwk = key.public.public_json();
            jwk["kid"] = key.kid.clone().into();
            jwk["alg"] = key.kind.alg().as_str().into();
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
        let kept = self.kind.kept();
        self.state != State::Destroyed && self.retired_since(now).is_none_or(|age| age <= kept)
    }

    fn is_shown(&self, now: Timestamp) -> bool {
        let shown = self.kind.shown();
        self.state != State::Destroyed && self.retired_since(now).is_none_or(|age| age <= shown)
    }

    fn read(row: Row, seal: &ModuleSeal) -> Result<Self, db::Error> {
        let kind = row.kind;
        let public = credential::json::parse(row.public_jwk.as_bytes());
        let public = public
            .ok()
            .and_then(|jwk| Jwk::parse(&jwk).ok())
            .ok_or(db::Error::Corrupt("idp"))?;
        let signer = match &row.private_sealed {
            None => None,
            Some(cell) => {
                let plain = seal.open(kind.cell(), "private_sealed", &row.kid, cell)?;
                let json = credential::json::parse(plain.expose())
                    .map_err(|_| db::Error::Corrupt("idp"))?;
                Some(SigningKey::from_private_json(&json).map_err(|_| db::Error::Corrupt("idp"))?)
            }
        };
        let (kid, state, retired_at) = (row.kid, row.state, row.retired_at);
        Ok(Self {
            kid,
            kind,
            public,
            state,
            retired_at,
            signer,
        })
    }
}
