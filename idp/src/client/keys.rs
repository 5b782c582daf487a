//! Keys that an app publishes at its `jwks_uri`: fetched by the guarded caller, kept for an hour,
//! fetched anew when an assertion names a key we do not know, at most once a minute.

use super::metadata::key_set;
use axum::http::{HeaderMap, Method};
use credential::jose::Jwk;
use host::http_client::{Call, HttpClient};
use kernel::Timestamp;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How long a set is used without asking again, seconds.
const FRESH: i64 = 3600;
/// Seconds between two fetches of one set, whatever is named.
const PAUSE: i64 = 60;
/// The most sets in memory; the one fetched longest ago gives way.
const MOST: usize = 1000;

/// Key sets in memory, by address. Nothing else of an app is here.
#[derive(Default)]
pub(crate) struct FetchedKeys(Mutex<HashMap<String, Set>>);

#[derive(Clone)]
struct Set {
    keys: Vec<Jwk>,
    asked: Timestamp,
}

impl FetchedKeys {
    /// The keys at `uri`; `kid` is the one an assertion names.
    pub(crate) async fn at(
        &self,
        http: &HttpClient,
        uri: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Vec<Jwk> {
        if let Some(keys) = self.kept(uri, kid, now) {
            return keys;
        }
        let Some(keys) = fetch(http, uri).await else {
            // The old ones stay until they are too old: an app that is down for a minute is not out.
            return self.known(uri, now);
        };
        self.keep(uri, &keys, now);
        keys
    }

    /// Puts keys aside that were fetched elsewhere, at registration.
    pub(crate) fn keep(&self, uri: &str, keys: &[Jwk], now: Timestamp) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= MOST && !sets.contains_key(uri) {
            let oldest = sets.iter().min_by_key(|(_, set)| set.asked);
            if let Some(oldest) = oldest.map(|(uri, _)| uri.clone()) {
                sets.remove(&oldest);
            }
        }
        let keys = keys.to_vec();
        sets.insert(uri.to_owned(), Set { keys, asked: now });
    }

    /// The kept set where it will do; else marks that it is asked for now.
    fn kept(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Option<Vec<Jwk>> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let set = sets.get_mut(uri)?;
        let named = kid.is_none_or(|kid| set.keys.iter().any(|key| key.is_named(kid)));
        let will_do = named && now < set.asked.plus_seconds(FRESH);
        if will_do || now < set.asked.plus_seconds(PAUSE) {
            return Some(set.keys.clone());
        }
        set.asked = now;
        None
    }

    fn known(&self, uri: &str, now: Timestamp) -> Vec<Jwk> {
        let kept = {
            let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            sets.get(uri).map(|set| set.keys.clone())
        };
        kept.unwrap_or_else(|| {
            // An address that does not answer is not asked again for every request.
            self.keep(uri, &[], now);
            Vec::new()
        })
    }
}

/// Fetches a set of public keys; `None` whatever is wrong with address or answer.
pub(crate) async fn fetch(http: &HttpClient, uri: &str) -> Option<Vec<Jwk>> {
    let body = get(http, uri).await?;
    let set = credential::json::parse(&body).ok()?;
    key_set(&set)
}

/// What stands at an address of an app; only a plain 200 counts.
pub(crate) async fn get(http: &HttpClient, uri: &str) -> Option<bytes::Bytes> {
    let call = Call {
        method: Method::GET,
        url: uri,
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
    };
    let answer = http.send(call).await.ok()?;
    (answer.status().as_u16() == 200).then(|| answer.into_body())
}
