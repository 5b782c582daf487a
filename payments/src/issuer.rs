//! The identity provider's public keys, of tokens and of cards: fetched over the back channel, kept for
//! five minutes; a name that is not among them asks anew, at most once a minute.

use crate::Core;
use bytes::Bytes;
use credential::jose::{self, Jwk};
use host::Origin;
use http::Request;
use kernel::{Problem, Timestamp, problem};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

const KEPT_S: i64 = 300;
const AGAIN_S: i64 = 60;

/// One published set.
pub(crate) struct Keys {
    path: &'static str,
    /// The member that holds the set; none where the document is the set.
    member: Option<&'static str>,
    kept: Mutex<Kept>,
}

#[derive(Clone, Default)]
struct Kept {
    keys: Vec<Jwk>,
    at: Option<Timestamp>,
}

impl Keys {
    /// Keys of access tokens.
    pub fn tokens() -> Self {
        Self {
            path: "/jwks",
            member: None,
            kept: Mutex::default(),
        }
    }

    /// Keys of cards.
    pub fn cards() -> Self {
        let member = Some("jwks");
        Self {
            path: "/.well-known/jwt-vc-issuer",
            member,
            kept: Mutex::default(),
        }
    }

    /// All keys; fetched anew when they are old, or when `kid` is not among them.
    ///
    /// # Errors
    /// 503 `peer-away` when they cannot be had.
    pub async fn all(
        &self,
        core: &Core,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Jwk>, Problem> {
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let age = kept.at.map(|at| now.seconds().saturating_sub(at.seconds()));
        let known = kid.is_none_or(|kid| kept.keys.iter().any(|key| key.is_named(kid)));
        let most = if known { KEPT_S } else { AGAIN_S };
        if age.is_some_and(|age| (0..most).contains(&age)) {
            return Ok(kept.keys);
        }
        let keys = self
            .fetch(core)
            .await
            .ok_or(Problem::new(&problem::PEER_AWAY))?;
        let fresh = Kept {
            keys: keys.clone(),
            at: Some(now),
        };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(keys)
    }

    async fn fetch(&self, core: &Core) -> Option<Vec<Jwk>> {
        let request = Request::get(self.path).body(Bytes::new()).ok()?;
        let answer = core.ground.peers.origin(Origin::Id, request).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let body = credential::json::parse(answer.body()).ok()?;
        let set = match self.member {
            Some(member) => body.get(member).unwrap_or(&Value::Null),
            None => &body,
        };
        jose::parse_jwks(set).ok()
    }
}
