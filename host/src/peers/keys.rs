//! The event key of each module, `<module>-evt-<yyyy><letter>`: Ed25519, in the key file. Public
//! keys stand at `jwks.json` of the module's peer surface a day before they sign and thirty days
//! after they last did.

use super::{Peers, Unreachable};
use crate::keyring::{Keyring, Named};
use axum::{Json, Router, extract::State, routing::get};
use bytes::Bytes;
use credential::{
    Trust,
    jose::{Jwk, SigningKey, jwks_json, parse_jwks, peek},
    json,
    trust::Sender,
};
use http::{Request, StatusCode};
use kernel::{Timestamp, World};
use serde_json::Value;
use std::{collections::HashMap, sync::RwLock};

const HOUR_S: i64 = 3600;
/// A new key is published this long before it signs.
const AHEAD_S: i64 = 24 * HOUR_S;
/// An old key is published this long after its follower began to sign.
const KEPT_S: i64 = 30 * 24 * HOUR_S;
/// Keys of others are fetched anew after this.
const FRESH_S: i64 = 300;
/// A key of an unknown name makes us fetch at most this often.
const AGAIN_S: i64 = 60;

/// The key a module signs with at `now`, and its name. The first is made at its first use.
pub(crate) fn signing(secrets: &Keyring, module: &str, now: Timestamp) -> (SigningKey, String) {
    let mut keys = ring(secrets, module);
    if keys.is_empty() {
        let _ = secrets.key(&format!("event/{module}/{}", name(module, now, 0)));
        keys = ring(secrets, module);
    }
    // The newest that was published long enough; the very first has no forerunner to wait for.
    let ready = keys
        .iter()
        .rev()
        .find(|key| key.made.plus_seconds(AHEAD_S) <= now);
    let key = ready.or(keys.first()).expect("a key was made above");
    let kid = kid_of(key);
    (secrets.signer(key, &kid), kid)
}

/// Makes the module's next event key; it begins to sign a day later.
pub fn rotate(secrets: &Keyring, module: &str, now: Timestamp) -> String {
    let kids: Vec<String> = ring(secrets, module).iter().map(kid_of).collect();
    let unused = (0..26)
        .map(|letter| name(module, now, letter))
        .find(|name| !kids.contains(name));
    let kid = unused.unwrap_or_else(|| format!("{module}-evt-{}", now.seconds()));
    let _ = secrets.key(&format!("event/{module}/{kid}"));
    kid
}

/// `GET /jwks.json` of one module.
pub(crate) fn routes(secrets: Keyring, world: World, module: &'static str) -> Router {
    let show = move |State((secrets, world)): State<(Keyring, World)>| async move {
        Json(published(&secrets, module, world.now()))
    };
    Router::new()
        .route("/jwks.json", get(show))
        .with_state((secrets, world))
}

fn published(secrets: &Keyring, module: &str, now: Timestamp) -> Value {
    let _ = signing(secrets, module, now);
    let keys = ring(secrets, module);
    let followed = |at: usize| {
        let follower = keys.get(at + 1);
        follower.is_some_and(|next| next.made.plus_seconds(AHEAD_S + KEPT_S) <= now)
    };
    let kept: Vec<Jwk> = keys
        .iter()
        .enumerate()
        .filter(|(at, _)| !followed(*at))
        .map(|(_, key)| secrets.signer(key, &kid_of(key)).public())
        .collect();
    jwks_json(&kept)
}

/// The module's keys, oldest first.
fn ring(secrets: &Keyring, module: &str) -> Vec<Named> {
    let mut keys = secrets.below(&format!("event/{module}/"));
    keys.sort_by_key(|key| key.made);
    keys
}

fn name(module: &str, now: Timestamp, letter: u8) -> String {
    let day = now.day().to_string();
    format!(
        "{module}-evt-{}{}",
        day.get(..4).unwrap_or(&day),
        char::from(b'a' + letter)
    )
}

fn kid_of(key: &Named) -> String {
    key.name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Public keys of other modules, as last fetched.
#[derive(Default)]
pub(super) struct Cache(RwLock<HashMap<String, Fetched>>);

#[derive(Clone)]
struct Fetched {
    keys: Vec<Jwk>,
    at: Timestamp,
}

impl Peers {
    /// The trust list that holds the claimed sender of `token`, if it is a module we know.
    ///
    /// # Errors
    /// [`Unreachable`]: its keys cannot be fetched now.
    pub(crate) async fn trust(&self, token: &str, now: Timestamp) -> Result<Trust, Unreachable> {
        let Ok((header, claims)) = peek(token) else {
            return Ok(Trust::default());
        };
        let iss = claims
            .get("iss")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(module) = self.module_named(iss) else {
            return Ok(Trust::default());
        };
        let keys = self
            .keys(&module, header.kid.as_deref().unwrap_or_default(), now)
            .await?;
        Ok(Trust {
            issuers: Vec::new(),
            senders: vec![Sender::module(&module, iss, keys)],
        })
    }

    async fn keys(&self, module: &str, kid: &str, now: Timestamp) -> Result<Vec<Jwk>, Unreachable> {
        let known = {
            let cache = self
                .0
                .keys
                .0
                .read()
                .unwrap_or_else(|lock| lock.into_inner());
            cache.get(module).cloned()
        };
        if let Some(known) = known {
            let good_for = if known.keys.iter().any(|key| key.is_named(kid)) {
                FRESH_S
            } else {
                AGAIN_S
            };
            // A clock that was set back must not keep keys for ever.
            if known.at <= now && now < known.at.plus_seconds(good_for) {
                return Ok(known.keys);
            }
        }
        let keys = self.fetch(module).await?;
        let mut cache = self
            .0
            .keys
            .0
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        cache.insert(
            module.to_owned(),
            Fetched {
                keys: keys.clone(),
                at: now,
            },
        );
        Ok(keys)
    }

    async fn fetch(&self, module: &str) -> Result<Vec<Jwk>, Unreachable> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = http::Uri::from_static("/jwks.json");
        let answer = self.call(module, request).await?;
        if answer.status() != StatusCode::OK {
            return Err(Unreachable);
        }
        let body = json::parse(answer.body()).map_err(|_| Unreachable)?;
        parse_jwks(&body).map_err(|_| Unreachable)
    }
}
