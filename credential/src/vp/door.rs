//! The door.

use crate::{
    Refusal, Trust, Verified,
    kb::{self, KbWant, Nonce},
    sdjwt,
    status::StatusView,
    vc::{self, StatusRef},
};
use kernel::Timestamp;
use serde_json::{Map, Value};

/// What a verifier asked for.
#[derive(Clone, Copy)]
pub struct Want<'a> {
    /// Our `client_id` as the request sent it, with prefix; without a request `redirect_uri:` and
    /// the configured URL the card is posted to.
    pub aud: &'a str,
    /// The nonce of the request, or the key of the server nonces.
    pub nonce: Nonce<'a>,
    /// The types that will do.
    pub vcts: &'a [&'a str],
    /// The transaction data for this card, as sent.
    pub transaction_data: &'a [String],
    /// Where it is looked up whether the card was taken back.
    pub status: &'a dyn StatusView,
}

/// What was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Presentation {
    /// The card's type.
    pub vct: String,
    /// Its issuer.
    pub iss: String,
    /// The disclosed claims, without `iss exp nbf iat cnf vct status` and the like. A claim that is
    /// not here was not shown; it is never false.
    pub claims: Map<String, Value>,
    /// Thumbprint of the key of this copy: the mark by which a one-time copy is taken once.
    pub cnf_thumbprint: String,
    /// The card's end.
    pub exp: Timestamp,
    /// Its place in a status list.
    pub status: Option<StatusRef>,
    /// When the list was made that shows it as good; none where the type has no status.
    pub status_at: Option<Timestamp>,
}

impl Presentation {
    /// A disclosed text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// The claims with `vct` and `iss`, as queries see them.
    #[must_use]
    pub fn queried(&self) -> Value {
        let mut claims = self.claims.clone();
        claims.insert("vct".to_owned(), self.vct.as_str().into());
        claims.insert("iss".to_owned(), self.iss.as_str().into());
        Value::Object(claims)
    }
}

/// Verifies one presentation: form, header, issuer and its right to the type, signature,
/// disclosures, claims, times, type, key binding, status. The first failure stops.
///
/// # Errors
/// The words of [`Refusal`] from `too-large` to `kb-sd-hash`, `transaction-data`, and those of the
/// status view.
pub fn verify_presentation(
    token: &str,
    want: &Want<'_>,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verified<Presentation>, Refusal> {
    let split = sdjwt::split(token)?;
    let card = vc::open(&split, trust, now)?;
    if !want.vcts.contains(&card.vct.as_str()) {
        return Err(Refusal::Vct);
    }
    let binding = split.kb.ok_or(Refusal::KbMissing)?;
    let kb_want = KbWant {
        aud: want.aud,
        nonce: want.nonce,
        transaction_data: want.transaction_data,
    };
    kb::verify(binding, split.bound, &card.cnf, &kb_want, now)?;
    let status_at = match &card.status {
        Some(at) => Some(want.status.check(trust.issuer(&card.iss)?, at, now)?),
        None => None,
    };
    let mut claims = card.claims;
    claims.retain(|name, _| !vc::VISIBLE.contains(&name.as_str()) && name != "iat");
    Ok(Verified::new(Presentation {
        vct: card.vct,
        iss: card.iss,
        claims,
        cnf_thumbprint: card.cnf.thumbprint(),
        exp: card.exp,
        status: card.status,
        status_at,
    }))
}
