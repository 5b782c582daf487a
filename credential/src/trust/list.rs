//! The signed trust list, `/.well-known/resonate-trust` (`resonate-trust+jwt`): who may issue, send
//! and ask, by a key that is kept apart from all others. Its `seq` never falls, and it ends within
//! thirty days: a list that nobody renews makes no new issuer believed.

use super::{Issuer, Sender, State, Trust};
use crate::{
    Refusal, Verified,
    jose::{self, Alg, Jwk, SigningKey, parse_jwks, sign},
    versions::TRUST_TYP,
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// Seconds a list may live.
const LIFE_MOST_S: i64 = 30 * 86_400;
/// Seconds `iat` may lie ahead.
const AHEAD_S: i64 = 120;

/// A list with its number and end.
#[derive(Clone, Debug)]
pub struct TrustList {
    /// Grows with each change.
    pub seq: i64,
    /// When it was signed.
    pub iat: Timestamp,
    /// When it ends.
    pub exp: Timestamp,
    /// What it says.
    pub trust: Trust,
}

/// Signs a list.
#[must_use]
pub fn sign_list(key: &SigningKey, kid: &str, list: &TrustList) -> String {
    let issuer = |one: &Issuer| {
        json!({
            "iss": one.iss, "vcts": one.vcts, "state": one.state.as_str(),
            "keys": public(&one.keys), "status_keys": public(&one.status_keys),
        })
    };
    let sender = |one: &Sender| {
        json!({
            "iss": one.iss, "topics": one.topics, "configurations": one.configurations,
            "keys": public(&one.keys),
        })
    };
    let payload = json!({
        "seq": list.seq, "iat": list.iat.seconds(), "exp": list.exp.seconds(),
        "issuers": list.trust.issuers.iter().map(issuer).collect::<Vec<_>>(),
        "senders": list.trust.senders.iter().map(sender).collect::<Vec<_>>(),
    });
    sign(key, &json!({"typ": TRUST_TYP, "kid": kid}), &payload)
}

fn public(keys: &[Jwk]) -> Vec<Value> {
    keys.iter().map(Jwk::published_json).collect()
}

/// Opens a list signed by the pinned `key`.
///
/// # Errors
/// [`Refusal::Signature`] and what a JWS is refused for; [`Refusal::ClaimType`] for another form or a
/// life of more than thirty days; [`Refusal::Expired`], [`Refusal::NotYetValid`].
pub fn open_list(token: &str, key: &Jwk, now: Timestamp) -> Result<Verified<TrustList>, Refusal> {
    let claims = jose::verify(token, key, TRUST_TYP, &[Alg::EdDsa])?;
    let list = read(&claims).ok_or(Refusal::ClaimType)?;
    let life = list.exp.seconds().saturating_sub(list.iat.seconds());
    if !(1..=LIFE_MOST_S).contains(&life) {
        return Err(Refusal::ClaimType);
    }
    if now >= list.exp {
        return Err(Refusal::Expired);
    }
    if list.iat.seconds() > now.seconds() + AHEAD_S {
        return Err(Refusal::NotYetValid);
    }
    Ok(Verified::new(list))
}

fn read(claims: &Map<String, Value>) -> Option<TrustList> {
    let at = |name: &str| Some(Timestamp::from_seconds(claims.get(name)?.as_i64()?));
    let all = |name: &str| claims.get(name)?.as_array();
    let issuers = all("issuers")?.iter().map(issuer);
    let senders = all("senders")?.iter().map(sender);
    Some(TrustList {
        seq: claims.get("seq")?.as_i64()?,
        iat: at("iat")?,
        exp: at("exp")?,
        trust: Trust {
            issuers: issuers.collect::<Option<_>>()?,
            senders: senders.collect::<Option<_>>()?,
        },
    })
}

fn issuer(one: &Value) -> Option<Issuer> {
    Some(Issuer {
        iss: one.get("iss")?.as_str()?.to_owned(),
        vcts: texts(one, "vcts")?,
        keys: keys(one, "keys")?,
        status_keys: keys(one, "status_keys")?,
        state: State::parse(one.get("state")?.as_str()?)?,
    })
}

fn sender(one: &Value) -> Option<Sender> {
    Some(Sender {
        iss: one.get("iss")?.as_str()?.to_owned(),
        topics: texts(one, "topics")?,
        configurations: texts(one, "configurations")?,
        keys: keys(one, "keys")?,
    })
}

fn texts(json: &Value, name: &str) -> Option<Vec<String>> {
    let list = json.get(name)?.as_array()?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn keys(json: &Value, name: &str) -> Option<Vec<Jwk>> {
    parse_jwks(&json!({"keys": json.get(name)?})).ok()
}

/// The last good list that came. What comes later and is worse changes nothing.
#[derive(Clone, Debug)]
pub struct Pinned {
    key: Jwk,
    last: Option<TrustList>,
}

impl Pinned {
    /// Believes lists signed by this key.
    #[must_use]
    pub const fn to(key: Jwk) -> Self {
        Self { key, last: None }
    }

    /// Takes a list that came, if it is good and no older than the last.
    ///
    /// # Errors
    /// As [`open_list`]; [`Refusal::Expired`] also for a lower `seq`. The last good one stays.
    pub fn take(&mut self, token: &str, now: Timestamp) -> Result<(), Refusal> {
        let list = open_list(token, &self.key, now)?.into_inner();
        if self.last.as_ref().is_some_and(|last| list.seq < last.seq) {
            return Err(Refusal::Expired);
        }
        self.last = Some(list);
        Ok(())
    }

    /// Whom to believe now: the last good list until it ends, then nobody new.
    #[must_use]
    pub fn trust(&self, now: Timestamp) -> Trust {
        let good = self.last.as_ref().filter(|last| now < last.exp);
        good.map(|last| last.trust.clone()).unwrap_or_default()
    }
}
