//! The signed form (Token Status List draft 20 section 5.1): `statuslist+jwt`.

use super::bits::{self, Bits, Order};
use crate::{
    Refusal, Verified,
    jose::{Alg, Compact, Jwk, Rules, SigningKey, Typ, sign},
    json::put,
    versions::{LEEWAY_S, STATUS_TOKEN_MAX, STATUS_TYP},
};
use kernel::{Timestamp, b64};
use serde_json::{Map, Value, json};

/// Entries of each of our lists; none of more is read.
pub const ENTRIES: usize = 1 << 20;

/// What is said of one list.
#[derive(Clone, Copy)]
pub struct Publication<'a> {
    /// The list's address, its `sub`.
    pub uri: &'a str,
    /// Its entries.
    pub bits: &'a Bits,
    /// When it was made.
    pub now: Timestamp,
    /// Seconds after which a fresher one should be fetched.
    pub ttl_s: i64,
    /// Seconds after which it says nothing more.
    pub life_s: i64,
}

/// A list that was signed by whom it should be.
#[derive(Clone, Debug)]
pub struct List {
    /// Its address.
    pub uri: String,
    /// Its entries.
    pub bits: Bits,
    /// When it was made.
    pub iat: Timestamp,
    /// When it ends.
    pub exp: Timestamp,
    /// When a fresher one should be fetched, seconds after it came.
    pub ttl_s: i64,
}

/// Signs a list.
#[must_use]
pub fn publish(what: &Publication<'_>, key: &SigningKey, kid: &str) -> String {
    let mut payload = json!({
        "sub": what.uri,
        "iat": what.now.seconds(),
        "exp": what.now.plus_seconds(what.life_s).seconds(),
        "ttl": what.ttl_s,
    });
    let lst = b64::encode(bits::deflate(what.bits.bytes()));
    let list = json!({"bits": what.bits.width(), "lst": lst});
    put(&mut payload, "status_list", list);
    sign(key, &json!({"typ": STATUS_TYP, "kid": kid}), &payload)
}

/// Opens a list that was asked for at `uri`. `keys` are its issuer's status keys and no others.
///
/// # Errors
/// [`Refusal::StatusFormat`] for another `typ` or form, [`Refusal::StatusSignature`] for a key that
/// is none of them, [`Refusal::StatusSub`] for the list of another address,
/// [`Refusal::StatusExpired`], [`Refusal::StatusBomb`] for more entries than a list has.
pub fn open(
    token: &str,
    uri: &str,
    keys: &[Jwk],
    now: Timestamp,
) -> Result<Verified<List>, Refusal> {
    let format = |_| Refusal::StatusFormat;
    let compact = Compact::parse_within(token, STATUS_TOKEN_MAX).map_err(format)?;
    let rules = Rules {
        typ: Typ::Exactly(STATUS_TYP),
        allowed: &[Alg::Es256],
    };
    compact.obey(&rules).map_err(format)?;
    let kid = compact.header.kid.as_deref();
    let key = keys
        .iter()
        .find(|key| kid.is_some_and(|kid| key.is_named(kid)))
        .ok_or(Refusal::StatusSignature)?;
    compact.check(key).map_err(|_| Refusal::StatusSignature)?;
    let (payload, float) = compact.payload().map_err(format)?;
    if payload.get("sub").and_then(Value::as_str) != Some(uri) {
        return Err(Refusal::StatusSub);
    }
    let times = times(&payload).filter(|_| !float);
    let (iat, exp, ttl_s) = times.ok_or(Refusal::StatusFormat)?;
    if now.seconds().saturating_sub(exp.seconds()) > LEEWAY_S {
        return Err(Refusal::StatusExpired);
    }
    if iat.seconds().saturating_sub(now.seconds()) > LEEWAY_S {
        return Err(Refusal::StatusFormat);
    }
    let bits = entries(payload.get("status_list"))?;
    let uri = uri.to_owned();
    Ok(Verified::new(List {
        uri,
        bits,
        iat,
        exp,
        ttl_s,
    }))
}

/// `iat`, `exp` and `ttl`. One without an end would be believed for ever, so it is refused.
fn times(payload: &Map<String, Value>) -> Option<(Timestamp, Timestamp, i64)> {
    let seconds = |name: &str| payload.get(name)?.as_i64();
    let ttl = match payload.get("ttl") {
        None => 0,
        Some(ttl) => ttl.as_i64().filter(|ttl| *ttl > 0)?,
    };
    let (iat, exp) = (seconds("iat")?, seconds("exp")?);
    let at = Timestamp::from_seconds;
    Some((at(iat), at(exp), ttl))
}

fn entries(list: Option<&Value>) -> Result<Bits, Refusal> {
    let list = list.ok_or(Refusal::StatusFormat)?;
    let width = list.get("bits").and_then(Value::as_u64);
    let width = width
        .and_then(|width| u8::try_from(width).ok())
        .filter(|width| [1, 2, 4, 8].contains(width))
        .ok_or(Refusal::StatusFormat)?;
    let lst = list.get("lst").and_then(Value::as_str);
    let packed = lst.and_then(b64::decode).ok_or(Refusal::StatusFormat)?;
    let bytes = bits::inflate(&packed, ENTRIES * usize::from(width) / 8)?;
    Bits::of_bytes(Order::LeastFirst, width, bytes).ok_or(Refusal::StatusFormat)
}
