//! Security Event Tokens (RFC 8417), one event each.

use super::open;
use crate::{
    Refusal, Trust, Verified,
    jose::{SigningKey, sign as sign_jws},
    versions::EVENT_TYP,
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// What stands before `<topic>:<version>` in the name of an event.
pub const TOPIC_URN: &str = "urn:resonate:event:";
/// Seconds `iat` may lie ahead.
const AHEAD_S: i64 = 120;
/// Seconds `toe` may lie behind.
const OLD_S: i64 = 30 * 86_400;

/// One event with its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The sender: `<public origin>/<module>`, for idp the issuer.
    pub iss: String,
    /// The receiver, named likewise.
    pub aud: String,
    /// 128 random bits; a second event of this name has no effect.
    pub jti: String,
    /// When it was signed.
    pub iat: Timestamp,
    /// When it happened.
    pub toe: Timestamp,
    /// Dotted, without version: `idp.offer`.
    pub topic: String,
    /// From 1.
    pub version: u32,
    /// An opaque reference to what it is about.
    pub sub: String,
    /// Grows per topic and `sub`; a lower one is ignored, so order does not matter.
    pub ver: i64,
    /// All members of the event, `sub` and `ver` among them.
    pub body: Map<String, Value>,
}

/// Signs an event. `sub` and `ver` are written into the body.
#[must_use]
pub fn sign(key: &SigningKey, kid: &str, event: &Event) -> String {
    let mut body = Map::new();
    body.insert("sub".to_owned(), event.sub.as_str().into());
    body.insert("ver".to_owned(), event.ver.into());
    for (name, value) in &event.body {
        if name != "sub" && name != "ver" {
            body.insert(name.clone(), value.clone());
        }
    }
    let name = format!("{TOPIC_URN}{}:{}", event.topic, event.version);
    let payload = json!({
        "iss": event.iss, "aud": event.aud, "jti": event.jti,
        "iat": event.iat.seconds(), "toe": event.toe.seconds(),
        "events": {name: body},
    });
    sign_jws(key, &json!({"typ": EVENT_TYP, "kid": kid}), &payload)
}

/// Verifies an event meant for `aud`. Whether its version is known is for who hears it.
///
/// # Errors
/// The words of RFC 8935: [`Refusal::InvalidKey`] for algorithm, key name or signature,
/// [`Refusal::InvalidIssuer`], [`Refusal::InvalidAudience`], [`Refusal::AccessDenied`] for a topic
/// that is not the sender's, [`Refusal::InvalidRequest`] for everything else: form, `typ`, a float,
/// other than one event, `iat` more than 2 minutes ahead, `toe` more than 30 days old.
pub fn verify(
    token: &str,
    aud: &str,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verified<Event>, Refusal> {
    let claims = open(token, EVENT_TYP, |iss| Ok(trust.sender(iss)?.keys.clone()))?;
    let event = read(&claims).ok_or(Refusal::InvalidRequest)?;
    if event.aud != aud {
        return Err(Refusal::InvalidAudience);
    }
    if !trust.sender(&event.iss)?.topics.contains(&event.topic) {
        return Err(Refusal::AccessDenied);
    }
    let now = now.seconds();
    if event.iat.seconds() > now + AHEAD_S || event.toe.seconds() < now - OLD_S {
        return Err(Refusal::InvalidRequest);
    }
    Ok(Verified::new(event))
}

fn read(claims: &Map<String, Value>) -> Option<Event> {
    let text = |name: &str| Some(claims.get(name)?.as_str()?.to_owned());
    let at = |name: &str| Some(Timestamp::from_seconds(claims.get(name)?.as_i64()?));
    let events = claims.get("events")?.as_object()?;
    let (name, body) = events.iter().next().filter(|_| events.len() == 1)?;
    let body = body.as_object()?;
    let (topic, version) = name.strip_prefix(TOPIC_URN)?.rsplit_once(':')?;
    let sub = body
        .get("sub")?
        .as_str()
        .filter(|sub| (1..=256).contains(&sub.len()))?;
    Some(Event {
        iss: text("iss")?,
        aud: text("aud")?,
        jti: text("jti").filter(|jti| (16..=64).contains(&jti.len()))?,
        iat: at("iat")?,
        toe: at("toe")?,
        topic: topic.to_owned(),
        version: version.parse().ok().filter(|v| *v > 0)?,
        sub: sub.to_owned(),
        ver: body.get("ver")?.as_i64()?,
        body: body.clone(),
    })
}
