//! The provider's public keys: of tokens and of cards. Fetched over the back channel, kept for five
//! minutes; a name that is not among them asks anew, at most once a minute.

use bytes::Bytes;
use credential::jose::{self, Jwk};
use host::{Ground, Origin};
use kernel::{Problem, Timestamp, problem};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

const KEPT_S: i64 = 300;
const AGAIN_S: i64 = 60;

/// Which set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// ID Tokens and access tokens.
    Tokens,
    /// Cards.
    Cards,
}

#[derive(Clone, Default)]
struct Kept {
    keys: Vec<Jwk>,
    at: Option<Timestamp>,
}

/// Both sets of the provider.
pub(crate) struct IssuerKeys {
    ground: Ground,
    tokens: Mutex<Kept>,
    cards: Mutex<Kept>,
}

impl IssuerKeys {
    pub fn new(ground: &Ground) -> Self {
        Self {
            ground: ground.clone(),
            tokens: Mutex::default(),
            cards: Mutex::default(),
        }
    }

    /// The key of that name; `None` if the provider has none.
    pub async fn key(&self, set: Set, kid: &str, now: Timestamp) -> Result<Option<Jwk>, Problem> {
        let find = |keys: &[Jwk]| keys.iter().find(|key| key.is_named(kid)).cloned();
        Ok(find(&self.all(set, Some(kid), now).await?))
    }

    /// All keys of a set; fetched anew if they are old, or `kid` is not among them.
    pub async fn all(
        &self,
        set: Set,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Jwk>, Problem> {
        let kept = self.kept(set);
        let age = kept.at.map(|at| now.seconds() - at.seconds());
        let known = kid.is_none_or(|kid| kept.keys.iter().any(|key| key.is_named(kid)));
        let most = if known { KEPT_S } else { AGAIN_S };
        if age.is_some_and(|age| (0..most).contains(&age)) {
            return Ok(kept.keys);
        }
        let keys = self.fetch(set).await?;
        let fresh = Kept {
            keys: keys.clone(),
            at: Some(now),
        };
        *self
            .place(set)
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(keys)
    }

    fn kept(&self, set: Set) -> Kept {
        self.place(set)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    const fn place(&self, set: Set) -> &Mutex<Kept> {
        match set {
            Set::Tokens => &self.tokens,
            Set::Cards => &self.cards,
        }
    }

    async fn fetch(&self, set: Set) -> Result<Vec<Jwk>, Problem> {
        let path = match set {
            Set::Tokens => "/jwks",
            Set::Cards => "/.well-known/jwt-vc-issuer",
        };
        let body = get(&self.ground, path).await?;
        let issuer = body.get("issuer").and_then(Value::as_str);
        if set == Set::Cards && issuer != Some(self.ground.origins.id.as_str()) {
            tracing::error!("the card issuer's metadata names another issuer");
            return Err(Problem::new(&problem::PEER_AWAY));
        }
        let jwks = if set == Set::Cards {
            body.get("jwks").unwrap_or(&Value::Null)
        } else {
            &body
        };
        jose::parse_jwks(jwks).map_err(|_| Problem::new(&problem::PEER_AWAY))
    }
}

/// GET of a JSON document at the provider's origin.
async fn get(ground: &Ground, path: &str) -> Result<Value, Problem> {
    let url = format!("{}{path}", ground.origins.id);
    let request = http::Request::get(url)
        .body(Bytes::new())
        .map_err(|_| Problem::new(&problem::INTERNAL))?;
    let answer = ground.peers.origin(Origin::Id, request).await;
    let answer = answer.map_err(|_| Problem::new(&problem::PEER_AWAY))?;
    if !answer.status().is_success() {
        return Err(Problem::new(&problem::PEER_AWAY));
    }
    credential::json::parse(answer.body()).map_err(|_| Problem::new(&problem::PEER_AWAY))
}
