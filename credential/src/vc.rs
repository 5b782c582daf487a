//! Cards: SD-JWT VC (draft 18), as the issuer writes them and a holder checks them on arrival.

use crate::{
    Refusal, Trust, Verified,
    jose::{Alg, Compact, Jwk, Rules, SigningKey, Typ},
    sdjwt::{self, Frame, Split, reveal},
    trust::{Issuer, State},
    vci,
    versions::{CARD_TYP, LEEWAY_S},
    vocab::{self, Form},
};
use kernel::{Entropy, Timestamp, b64};
use serde_json::{Map, Value, json};

/// Claims that stand visible with all their parts (draft 18 section 2.2.2.2).
pub const VISIBLE: &[&str] = &[
    "iss",
    "nbf",
    "exp",
    "cnf",
    "vct",
    "vct#integrity",
    "aka_vcts",
    "status",
];

/// A card that passed every check but key binding.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its type.
    pub vct: String,
    /// Who issued it.
    pub iss: String,
    /// All claims there are to see, `iss`, `vct`, `cnf` and the like among them.
    pub claims: Map<String, Value>,
    /// The key it is bound to.
    pub cnf: Jwk,
    /// Its end.
    pub exp: Timestamp,
    /// Its place in a status list.
    pub status: Option<StatusRef>,
}

/// A place in a status list (Token Status List draft 20 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRef {
    /// The list.
    pub uri: String,
    /// The place.
    pub idx: u64,
}

/// What goes into one copy of a card.
pub struct IssueParams<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// Name of the card key.
    pub kid: &'a str,
    /// The type.
    pub card: &'static vocab::Card,
    /// The fresh key of this copy.
    pub cnf: &'a Jwk,
    /// The end; see [`expiry`].
    pub exp: Timestamp,
    /// The place in a status list, where the type has one.
    pub status: Option<StatusRef>,
    /// The person's claims.
    pub claims: &'a Map<String, Value>,
    /// Now, for the check at the end.
    pub now: Timestamp,
}

/// Issues one copy and takes it through the door once before giving it away.
///
/// # Errors
/// [`Refusal::ClaimType`] for claims outside the type's table, [`Refusal::Cnf`] for a key that is
/// not P-256, [`Refusal::ClaimMissing`] for a missing status place, [`Refusal::Expired`] for an
/// end that has passed.
pub fn issue(
    params: &IssueParams<'_>,
    key: &SigningKey,
    entropy: &dyn Entropy,
) -> Result<String, Refusal> {
    params.card.check(params.claims)?;
    let vct = params.card.vct(params.issuer);
    let mut visible = Map::new();
    visible.insert("iss".to_owned(), params.issuer.into());
    visible.insert("vct".to_owned(), vct.as_str().into());
    let integrity = vci::integrity(params.issuer, params.card);
    visible.insert("vct#integrity".to_owned(), integrity.into());
    visible.insert("exp".to_owned(), params.exp.seconds().into());
    visible.insert("cnf".to_owned(), json!({"jwk": params.cnf.public_json()}));
    if let Some(at) = &params.status {
        let list = json!({"status_list": {"idx": at.idx, "uri": at.uri}});
        visible.insert("status".to_owned(), list);
    }
    let mut frame = Frame {
        visible,
        digests: params.card.digests(),
        ..Frame::default()
    };
    for claim in params.card.claims {
        let value = params.claims.get(claim.name);
        match (claim.form, value) {
            (Form::Places(n), value) => {
                let list = value.and_then(Value::as_array).cloned().unwrap_or_default();
                frame.places.push((claim.name.to_owned(), list, n));
            }
            (_, Some(value)) => frame.hidden.push((claim.name.to_owned(), value.clone())),
            (_, None) => {}
        }
    }
    let header = json!({"typ": CARD_TYP, "kid": params.kid});
    let token = sdjwt::issue(&frame, &header, key, entropy);
    let own = key.public().with_kid(params.kid);
    let trust = Trust::in_issuer(params.issuer, &[vct.as_str()], vec![own]);
    verify_issued(&token, &trust, params.now)?;
    Ok(token)
}

/// The end of a card of this type issued now: at 00:00 UTC, and for lives of 30 days or more on the
/// last Monday not after them, so that the end tells little of the day it was issued.
#[must_use]
pub fn expiry(card: &vocab::Card, now: Timestamp) -> Timestamp {
    let end = now.day().plus(card.life_days);
    // 1970-01-01 was a Thursday, so day 4 was a Monday.
    let past_monday = if card.life_days >= 30 {
        (end.number() - 4).rem_euclid(7)
    } else {
        0
    };
    end.plus(-past_monday).start()
}

/// The holder's door: a card as it comes from its issuer, all disclosures with it.
///
/// # Errors
/// [`Refusal::KbUnexpected`] when it comes with a key binding; otherwise the words of the one door,
/// [`crate::vp::verify_presentation`]. That `cnf` and `vct` are those asked for is the caller's to
/// compare.
pub fn verify_issued(
    token: &str,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verified<Card>, Refusal> {
    let split = sdjwt::split(token)?;
    if split.kb.is_some() {
        return Err(Refusal::KbUnexpected);
    }
    open(&split, trust, now).map(Verified::new)
}

/// Everything but the types asked for and key binding. The first failure stops.
pub(crate) fn open(split: &Split<'_>, trust: &Trust, now: Timestamp) -> Result<Card, Refusal> {
    let compact = Compact::parse(split.jwt)?;
    compact.obey(&Rules {
        typ: Typ::Exactly(CARD_TYP),
        allowed: &[Alg::Es256],
    })?;
    let (payload, float) = compact.payload()?;
    let issuer = issuer(&payload, split, trust)?;
    let key = match compact.header.kid.as_deref() {
        Some(kid) => issuer.keys.iter().find(|key| key.is_named(kid)),
        None => issuer.keys.first().filter(|_| issuer.keys.len() == 1),
    };
    let key = key.ok_or(Refusal::Issuer)?;
    let foreign = payload
        .get("vct")
        .and_then(Value::as_str)
        .is_some_and(|vct| !issuer.vcts.iter().any(|known| known == vct));
    if foreign || issuer.state == State::Distrusted {
        return Err(Refusal::IssuerType);
    }
    compact.check(key)?;
    let revealed = reveal(payload, &split.disclosures, VISIBLE, false)?;
    if float || revealed.float {
        return Err(Refusal::ClaimType);
    }
    claims(revealed.claims, now)
}

/// The trusted issuer that `iss` names.
fn issuer<'t>(
    payload: &Map<String, Value>,
    split: &Split<'_>,
    trust: &'t Trust,
) -> Result<&'t Issuer, Refusal> {
    match payload.get("iss") {
        Some(Value::String(iss)) => trust.issuer(iss),
        Some(_) => Err(Refusal::ClaimType),
        // Without a visible name there is no key to verify with; say which rule was broken.
        None if split.disclosures.iter().any(|d| names_issuer(d)) => Err(Refusal::SdForbidden),
        None => Err(Refusal::ClaimMissing),
    }
}

fn names_issuer(disclosure: &str) -> bool {
    b64::decode(disclosure)
        .and_then(|bytes| crate::json::parse(&bytes).ok())
        .is_some_and(|value| value.get(1).is_some_and(|name| name == "iss"))
}

/// The rules over the claims themselves.
fn claims(claims: Map<String, Value>, now: Timestamp) -> Result<Card, Refusal> {
    let text = |name: &str| match claims.get(name) {
        None => Err(Refusal::ClaimMissing),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Refusal::ClaimType),
    };
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(Refusal::ClaimType),
    };
    let (iss, vct) = (text("iss")?, text("vct")?);
    let exp = seconds("exp")?.ok_or(Refusal::ClaimMissing)?;
    let (nbf, _) = (seconds("nbf")?, seconds("iat")?);
    let status = claims.get("status").map(status).transpose()?;
    if status.is_none() && vocab::card_of(&vct).is_some_and(|card| card.status) {
        return Err(Refusal::ClaimMissing);
    }
    let now = now.seconds();
    if now.saturating_sub(exp) > LEEWAY_S {
        return Err(Refusal::Expired);
    }
    if nbf.is_some_and(|nbf| nbf.saturating_sub(now) > LEEWAY_S) {
        return Err(Refusal::NotYetValid);
    }
    let cnf = claims
        .get("cnf")
        .and_then(|cnf| cnf.get("jwk"))
        .ok_or(Refusal::Cnf)?;
    let cnf = Jwk::parse(cnf)
        .ok()
        .filter(|key| key.alg() == Alg::Es256)
        .ok_or(Refusal::Cnf)?;
    Ok(Card {
        vct,
        iss,
        cnf,
        exp: Timestamp::from_seconds(exp),
        status,
        claims,
    })
}

fn status(value: &Value) -> Result<StatusRef, Refusal> {
    let list = value.get("status_list").ok_or(Refusal::ClaimMissing)?;
    let uri = list
        .get("uri")
        .and_then(Value::as_str)
        .ok_or(Refusal::ClaimType)?;
    let idx = list
        .get("idx")
        .and_then(Value::as_u64)
        .ok_or(Refusal::ClaimType)?;
    Ok(StatusRef {
        uri: uri.to_owned(),
        idx,
    })
}
