//! Showing cards: which copy, which facts, and the answer.

use crate::{
    Failure,
    cards::{CardCopy, Holdings, State},
    request::Asked,
};
use credential::{
    dcql::Path,
    jose::SigningKey,
    kb::{self, KbParams},
    vocab, vp,
};
use kernel::Timestamp;
use serde_json::{Map, Value};

/// What would be shown of one card.
pub struct Offer {
    /// The request's name for it.
    pub id: String,
    /// Its type.
    pub vct: String,
    /// Facts and their values, for the person's eyes.
    pub facts: Vec<(String, Value)>,
    paths: Vec<Path>,
}

/// Finds what the request asks for, without touching anything.
///
/// # Errors
/// F8 when no card of the type fits, F9 when all copies were used, F10 when a fact is asked for
/// that is for another place alone.
pub fn offers(
    asked: &Asked,
    held: &Holdings,
    listen: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Offer>, Failure> {
    let Some(query) = asked.query() else {
        return Err(Failure::Request("request-query"));
    };
    let one = |query: &credential::dcql::CredentialQuery| {
        let types = query.vct_values.join(", ");
        let of_type = |copy: &&CardCopy| query.vct_values.contains(&copy.vct);
        let copies: Vec<&CardCopy> = held.copies.iter().filter(of_type).collect();
        if copies.is_empty() {
            return Err(Failure::NoCard(types));
        }
        let fresh = copies
            .iter()
            .find(|c| c.state == State::Fresh && c.exp > now.seconds() + 60);
        let copy = fresh.ok_or_else(|| Failure::NoCopy(types.clone()))?;
        let chosen = query.choose(&Value::Object(copy.claims.clone()));
        let chosen = chosen.ok_or(Failure::NoCard(types))?;
        allowed(asked, copy, &chosen.paths, listen)?;
        let facts = chosen
            .paths
            .iter()
            .map(|path| fact(path, &copy.claims))
            .collect();
        Ok(Offer {
            id: query.id.clone(),
            vct: copy.vct.clone(),
            facts,
            paths: chosen.paths,
        })
    };
    query.credentials.iter().map(one).collect()
}

/// The facts that only one place may see are refused to all others.
fn allowed(
    asked: &Asked,
    copy: &CardCopy,
    paths: &[Path],
    listen: Option<&str>,
) -> Result<(), Failure> {
    let Some(card) = vocab::card_of(&copy.vct) else {
        return Ok(());
    };
    for name in paths.iter().filter_map(name_of) {
        let Some(claim) = card.claim(&name) else {
            continue;
        };
        if !claim.may_be_shown(&asked.verifier, &copy.iss, listen.unwrap_or("")) {
            return Err(Failure::NotForThem {
                verifier: asked.verifier.clone(),
                fact: name,
            });
        }
    }
    Ok(())
}

fn name_of(path: &Path) -> Option<String> {
    path.to_json()
        .get(0)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn fact(path: &Path, claims: &Map<String, Value>) -> (String, Value) {
    let name = name_of(path).unwrap_or_default();
    let value = claims.get(&name).cloned().unwrap_or(Value::Null);
    (name, value)
}

/// Signs the answer with copies that were reserved for it, in the order of `offers`.
///
/// # Errors
/// F19 when a stored copy or its key is damaged.
pub fn answer(
    asked: &Asked,
    offers: &[Offer],
    copies: &[CardCopy],
    now: Timestamp,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let request = asked.request();
    let mut shown = vec![];
    for (offer, copy) in offers.iter().zip(copies) {
        let holder = SigningKey::from_private_json(&copy.key)?;
        let params = KbParams {
            aud: &request.client_id,
            nonce: &request.nonce,
            iat: now,
            transaction_data: asked.transaction_data(),
        };
        shown.push((
            offer.id.as_str(),
            kb::present(&copy.credential, &offer.paths, &holder, &params)?,
        ));
    }
    Ok(vec![
        ("state", request.state.clone()),
        ("vp_token", vp::vp_token(&shown)),
    ])
}

/// One copy of the Listener card shown straight to a listening origin, to open a play session: only
/// `listener` is disclosed, the audience is the URL it is posted to, the nonce its last `DPoP-Nonce`.
///
/// # Errors
/// F19 when the stored copy or its key is damaged.
pub fn to_listen(
    copy: &CardCopy,
    url: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<String, Failure> {
    let holder = SigningKey::from_private_json(&copy.key)?;
    let aud = format!("redirect_uri:{url}");
    let params = KbParams {
        aud: &aud,
        nonce,
        iat: now,
        transaction_data: &[],
    };
    Ok(kb::present(
        &copy.credential,
        &[Path::name("listener")],
        &holder,
        &params,
    )?)
}
