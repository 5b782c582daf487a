//! Answers to requests (OpenID4VP 1.0 section 8).

use super::{Presentation, Want, verify_presentation};
use crate::{
    Refusal, Trust, Verified,
    dcql::{Query, asked_is_shown, sets_are_met},
    json,
    kb::Nonce,
    status::StatusView,
    vocab::transaction::Transaction,
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// What the verifier asked, as it remembers it.
#[derive(Clone, Copy)]
pub struct AnswerWant<'a> {
    /// Our `client_id` as sent.
    pub client_id: &'a str,
    /// Our nonce.
    pub nonce: &'a str,
    /// The query.
    pub query: &'a Query,
    /// The transaction data as sent.
    pub transaction_data: &'a [String],
    /// Where it is looked up whether a card was taken back.
    pub status: &'a dyn StatusView,
}

/// One card of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The id of its query.
    pub id: String,
    /// What it showed.
    pub presentation: Verified<Presentation>,
    /// The presentation as it came.
    pub token: String,
}

/// Writes a `vp_token`: one presentation for each id.
#[must_use]
pub fn vp_token(presentations: &[(&str, String)]) -> String {
    let map: Map<String, Value> = presentations
        .iter()
        .map(|(id, token)| ((*id).to_owned(), json!([token])))
        .collect();
    Value::Object(map).to_string()
}

/// Reads a `vp_token`: an object of arrays, one presentation in each.
///
/// # Errors
/// [`Refusal::ResponseShape`] for any other form, a bare presentation among them.
pub fn parse_vp_token(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let map = json::parse_object(text.as_bytes()).map_err(|_| Refusal::ResponseShape)?;
    let one = |(id, list): (String, Value)| match list.as_array().map(Vec::as_slice) {
        Some([Value::String(token)]) => Some((id, token.clone())),
        _ => None,
    };
    map.into_iter()
        .map(one)
        .collect::<Option<Vec<_>>>()
        .ok_or(Refusal::ResponseShape)
}

/// Verifies a whole answer: shape, each presentation through the door, everything asked once more,
/// transaction data. All or nothing.
///
/// # Errors
/// [`Refusal::ResponseShape`], the words of the door, [`Refusal::ClaimNotPresented`],
/// [`Refusal::TransactionData`].
pub fn verify_answer(
    vp_token: &str,
    want: &AnswerWant<'_>,
    trust: &Trust,
    now: Timestamp,
) -> Result<Vec<Answered>, Refusal> {
    let presentations = parse_vp_token(vp_token)?;
    let ids: Vec<&str> = presentations.iter().map(|(id, _)| id.as_str()).collect();
    sets_are_met(want.query, &ids)?;
    let signed = |text: &String| {
        Transaction::parse(text)
            .is_ok_and(|(_, named)| named.iter().any(|id| ids.contains(&id.as_str())))
    };
    if !want.transaction_data.iter().all(signed) {
        return Err(Refusal::TransactionData);
    }
    let mut answered = Vec::with_capacity(presentations.len());
    for (id, token) in presentations {
        let query = want.query.credential(&id).ok_or(Refusal::ResponseShape)?;
        let vcts: Vec<&str> = query.vct_values.iter().map(String::as_str).collect();
        let mine = of_card(want.transaction_data, &id)?;
        let door = Want {
            aud: want.client_id,
            nonce: Nonce::Is(want.nonce),
            vcts: &vcts,
            transaction_data: &mine,
            status: want.status,
        };
        let presentation = verify_presentation(&token, &door, trust, now)?;
        asked_is_shown(query, &presentation.queried())?;
        answered.push(Answered {
            id,
            presentation,
            token,
        });
    }
    Ok(answered)
}

/// The transaction data that names this card.
fn of_card(all: &[String], id: &str) -> Result<Vec<String>, Refusal> {
    let mut mine = Vec::new();
    for text in all {
        let (_, ids) = Transaction::parse(text)?;
        if ids.iter().any(|named| named == id) {
            mine.push(text.clone());
        }
    }
    Ok(mine)
}
