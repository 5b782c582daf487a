//! The checks of an answer: each presentation through the one door, then everything asked once more.
//! The wallet is not trusted to have understood the query.

use super::{
    Refusal, Transaction,
    request::{client_id, query},
};
use crate::{account, core::Core};
use credential::{
    Trust,
    event::{PresentationResult, ShownCard},
    siop,
    status::NoStatus,
    vocab::{Purpose, listener_vct},
    vp::{self, AnswerWant, Answered},
};
use kernel::Timestamp;
use serde_json::json;

/// The key of a self-issued token: its thumbprint.
pub(super) fn self_issued(
    core: &Core,
    of: &Transaction,
    token: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let key = siop::verify(token, &client_id(core), &of.nonce, now)?;
    Ok(key.into_inner().jkt)
}

/// The one card a purpose asks for, checked.
pub(super) async fn card(
    core: &Core,
    of: &Transaction,
    purpose: &Purpose,
    vp_token: &str,
    now: Timestamp,
) -> Result<Answered, Refusal> {
    let ring = core.ring(now).await?;
    let vct = listener_vct(core.issuer());
    let trust = Trust::in_issuer(core.issuer(), &[vct.as_str()], ring.cards(now));
    let want = AnswerWant {
        client_id: &client_id(core),
        nonce: &of.nonce,
        query: &query(core, purpose),
        transaction_data: &of.data,
        status: &NoStatus,
    };
    let mut answered = vp::verify_answer(vp_token, &want, &trust, now)?;
    answered
        .pop()
        .filter(|_| answered.is_empty())
        .ok_or(Refusal::Shape)
}

/// The account a Listener card names, if it may be used.
pub(super) async fn account(core: &Core, shown: &Answered) -> Result<String, Refusal> {
    let name = shown.presentation.text("account").ok_or(Refusal::Claim)?;
    let mut conn = core.ground.db.read().await?;
    let account = account::store::by_wallet_ref(&mut conn, name).await?;
    Ok(account.filter(|a| a.active).ok_or(Refusal::Account)?.id)
}

/// What the module that asked will be told, but for its own name (`jti`), as JSON.
pub(super) fn result(
    core: &Core,
    of: &Transaction,
    purpose: &Purpose,
    shown: &Answered,
) -> PresentationResult {
    let card = &shown.presentation;
    let mut presentation = serde_json::Map::new();
    presentation.insert(shown.id.clone(), json!([shown.token]));
    PresentationResult {
        iss: core.issuer().to_owned(),
        aud: core.ground.origins.name_of(&of.asker),
        jti: String::new(),
        purpose: purpose.name.to_owned(),
        device: "same".to_owned(),
        credentials: vec![ShownCard {
            id: shown.id.clone(),
            vct: card.vct.clone(),
            iss: card.iss.clone(),
            claims: card.claims.clone(),
        }],
        transaction_data: of.data.clone(),
        presentation,
        nonce: of.nonce.clone(),
        client_id: client_id(core),
    }
}
