//! Who calls: a key with a play session, or an app's token bound to a key. A cookie alone is nobody.

use crate::{core::Core, issuer::Set, store};
use credential::{
    dpop::Proof,
    jose::{self, Alg},
};
use host::proof;
use http::{HeaderMap, Method, header};
use kernel::{Problem, Timestamp, problem};
use serde_json::{Map, Value};

/// A listener with the key that speaks for them.
pub(crate) struct Caller {
    /// Keyed hash of the listener's name here.
    pub listener: [u8; 32],
    /// Keyed hash of the key's thumbprint.
    pub jkt: [u8; 32],
    /// The proof itself.
    pub proof: Proof,
}

const SCOPE: &str = "resonate.play";
const TOKEN_TYP: &str = "at+jwt";

/// Finds the caller of a route for listeners (ST26, ST27).
///
/// # Errors
/// 401 with a challenge; 503 where the provider's keys cannot be fetched.
pub(crate) async fn caller(
    core: &Core,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Caller, Problem> {
    let token = proof::access_token(headers);
    if token.is_none() && headers.contains_key(header::AUTHORIZATION) {
        return Err(Problem::new(&problem::INVALID_TOKEN));
    }
    let proof = core.door.check(method, path, headers, None, token, now)?;
    let jkt = core.names.key(&proof.jkt);
    let listener = match token {
        Some(token) => core
            .names
            .listener(&subject(core, token, &proof, now).await?),
        None => session(core, &jkt, now).await?,
    };
    first_use(core, &proof, now)?;
    Ok(Caller {
        listener,
        jkt,
        proof,
    })
}

/// Refuses a proof that was used before.
pub(crate) fn first_use(core: &Core, proof: &Proof, now: Timestamp) -> Result<(), Problem> {
    if core.seen.is_first(&proof.jkt, &proof.jti, now) {
        return Ok(());
    }
    Err(core.door.replayed(now).into())
}

async fn session(core: &Core, jkt: &[u8; 32], now: Timestamp) -> Result<[u8; 32], Problem> {
    let mut conn = core.ground.db.read().await?;
    match store::session::by_key(&mut conn, jkt).await? {
        Some((listener, until)) if now < until => Ok(listener),
        _ => Err(Problem::new(&problem::SESSION_NEEDED)),
    }
}

/// The subject of an access token (RFC 9068) for the listen origin, bound to the proof's key.
async fn subject(
    core: &Core,
    token: &str,
    proof: &Proof,
    now: Timestamp,
) -> Result<String, Problem> {
    let refused = || Problem::new(&problem::INVALID_TOKEN);
    let (header, _) = jose::peek(token).map_err(|_| refused())?;
    let kid = header.kid.ok_or_else(refused)?;
    let key = core
        .issuer
        .key(Set::Tokens, &kid, now)
        .await?
        .ok_or_else(refused)?;
    let claims = jose::verify(token, &key, TOKEN_TYP, &[Alg::EdDsa]).map_err(|_| refused())?;
    let good = is_for_us(&claims, core, proof, now);
    let subject = claims
        .get("sub")
        .and_then(Value::as_str)
        .filter(|sub| !sub.is_empty());
    subject
        .filter(|_| good)
        .map(str::to_owned)
        .ok_or_else(refused)
}

fn is_for_us(claims: &Map<String, Value>, core: &Core, proof: &Proof, now: Timestamp) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let exp = claims.get("exp").and_then(Value::as_i64);
    let jkt = claims
        .get("cnf")
        .and_then(|cnf| cnf.get("jkt"))
        .and_then(Value::as_str);
    text("iss") == Some(core.ground.origins.id.as_str())
        && text("aud") == Some(core.site.base.as_str())
        && text("scope").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == SCOPE))
        && exp.is_some_and(|exp| now.seconds() < exp)
        && jkt == Some(proof.jkt.as_str())
}
