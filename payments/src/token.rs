//! Access tokens of apps and wallets: RFC 9068, made for the listen origin, bound to a key.

use crate::Core;
use credential::jose::{self, Alg};
use kernel::{Problem, Timestamp, problem};
use serde_json::{Map, Value};

const TYP: &str = "at+jwt";
const SCOPE: &str = "resonate.play";
/// Seconds clocks may differ.
const LEEWAY_S: i64 = 60;

/// The `sub` of a token that may spend here: signature, `typ`, `iss`, `aud`, `exp`, scope, and the key
/// it is bound to.
///
/// # Errors
/// 401 `login-needed` for a token that is not good here; 403 `insufficient_scope`; 503 `peer-away`.
pub(crate) async fn subject(
    core: &Core,
    token: &str,
    jkt: &str,
    now: Timestamp,
) -> Result<String, Problem> {
    let refused = || Problem::new(&problem::LOGIN_NEEDED);
    let (header, _) = jose::peek(token).map_err(|_| refused())?;
    let keys = core
        .token_keys
        .all(core, header.kid.as_deref(), now)
        .await?;
    let key = jose::find_key(&keys, header.kid.as_deref(), Alg::EdDsa).ok_or_else(refused)?;
    let claims = jose::verify(token, key, TYP, &[Alg::EdDsa]).map_err(|_| refused())?;
    if !is_for_us(core, &claims, jkt, now) {
        return Err(refused());
    }
    let scope = text(&claims, "scope").unwrap_or_default();
    if !scope.split(' ').any(|s| s == SCOPE) {
        return Err(Problem::new(&problem::INSUFFICIENT_SCOPE).with("scope", SCOPE));
    }
    text(&claims, "sub").map(str::to_owned).ok_or_else(refused)
}

fn is_for_us(core: &Core, claims: &Map<String, Value>, jkt: &str, now: Timestamp) -> bool {
    let origins = &core.ground.origins;
    let exp = claims.get("exp").and_then(Value::as_i64);
    let bound = claims
        .get("cnf")
        .and_then(|c| c.get("jkt"))
        .and_then(Value::as_str);
    text(claims, "iss") == Some(origins.id.as_str())
        && text(claims, "aud") == Some(origins.listen.as_str())
        && exp.is_some_and(|exp| exp > now.seconds() - LEEWAY_S)
        && bound == Some(jkt)
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}
