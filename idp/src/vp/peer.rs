//! Modules ask for a presentation and fetch what was verified (peer surface).
//!
//! A presentation never travels as a bearer credential: the module gets a statement signed for it
//! alone, good for two minutes, against the code that its own page received.

use super::{
    Refusal, Transaction,
    answer::Outcome,
    request::{blank, wallet_url},
    store,
};
use crate::core::{Core, Shared};
use axum::{Router, body::Bytes, extract::State, response::Response, routing::post};
use credential::{
    event::PresentationResult,
    vocab::{Purpose, purpose, transaction},
};
use host::{
    Answer,
    once::{self, Taken, spaces::RESPONSE_CODE},
};
use kernel::{Timestamp, hex};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// Who may ask at all.
const ASKERS: &[&str] = &["payments", "streaming"];

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/peer/vp/requests", post(ask))
        .route("/peer/vp/results", post(fetch))
        .with_state(core)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    purpose: String,
    #[serde(rename = "return")]
    back: String,
    #[serde(default)]
    transaction_data: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetched {
    transaction_id: String,
    response_code: String,
}

/// `POST /peer/vp/requests`.
async fn ask(State(core): State<Shared>, body: Bytes) -> Answer<Response> {
    let now = core.ground.world.now();
    let peers = &core.ground.peers;
    let heard = peers
        .heard("idp", "POST /peer/vp/requests", &body, ASKERS, now)
        .await?;
    let asked: Asked = read(&heard.body)?;
    let purpose = purpose::find(&asked.purpose)
        .filter(|purpose| purpose.may_ask(&heard.from))
        .ok_or(Refusal::Purpose(
            "the purpose is not known, or not open to this module",
        ))?;
    if !fits(purpose, &asked.transaction_data) {
        return Err(Refusal::Purpose("the transaction data does not fit the purpose").into());
    }
    if !is_ours(&core, &asked.back) {
        return Err(Refusal::Purpose("the return address is not at a configured origin").into());
    }
    let of = Transaction {
        back: asked.back,
        data: asked.transaction_data,
        ..blank(&core.ground.world, purpose, &heard.from, now)
    };
    let row = &of;
    core.ground
        .db
        .write(move |tx| Box::pin(store::insert(tx, row)))
        .await?;
    let url = wallet_url(&core, purpose, &of);
    let body = json!({ "transaction_id": of.request_id, "wallet_url": url });
    Ok(peers.answer(&heard, &body, now))
}

/// `POST /peer/vp/results`.
async fn fetch(State(core): State<Shared>, body: Bytes) -> Answer<Response> {
    let now = core.ground.world.now();
    let peers = &core.ground.peers;
    let heard = peers
        .heard("idp", "POST /peer/vp/results", &body, ASKERS, now)
        .await?;
    let fetched: Fetched = read(&heard.body)?;
    let mut result = take(&core, &heard.from, &fetched, now).await?;
    result.jti = hex::encode(core.ground.world.random::<16>());
    let jws = peers.vouch("idp", &result, now);
    Ok(peers.answer(&heard, &json!({ "jws": jws }), now))
}

fn read<T: serde::de::DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    T::deserialize(body).map_err(|_| Refusal::Purpose("the body has another form than expected"))
}

/// Whether the transaction data is what the purpose foresees: one string of its type for its card,
/// or none at all.
fn fits(purpose: &Purpose, data: &[String]) -> bool {
    let Some(wanted) = purpose.transaction else {
        return data.is_empty();
    };
    let [one] = data else { return false };
    let Ok((said, ids)) = transaction::Transaction::parse(one) else {
        return false;
    };
    let kind = match said {
        transaction::Transaction::Payment(_) => transaction::PAYMENT,
        transaction::Transaction::Mandate(_) => transaction::MANDATE,
        transaction::Transaction::Payout(_) => transaction::PAYOUT,
    };
    kind == wanted && ids == [purpose.card.id]
}

/// Whether the browser comes back to a page of ours.
fn is_ours(core: &Core, back: &str) -> bool {
    let Ok(url) = Url::parse(back) else {
        return false;
    };
    let origins = &core.ground.origins;
    let ours = [&origins.listen, &origins.coop, &origins.staff];
    let at = url.origin().ascii_serialization();
    url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && ours.iter().any(|origin| **origin == at)
}

/// Takes the code for the module that asked; the request is done with then.
async fn take(
    core: &Core,
    module: &str,
    fetched: &Fetched,
    now: Timestamp,
) -> Result<PresentationResult, Refusal> {
    let (id, code) = (&fetched.transaction_id, &fetched.response_code);
    let body = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let of = store::find(tx, id).await?.filter(|of| of.asker == module);
                let of = of.ok_or(Refusal::Elsewhere)?;
                match once::take(tx, &RESPONSE_CODE, code, &of.request_id, now).await? {
                    Taken::Body(body) => Ok(body),
                    Taken::Spent(_) | Taken::Unknown => Err(Refusal::Elsewhere),
                }
            })
        })
        .await?;
    match serde_json::from_str(&body) {
        Ok(Outcome::Result(result)) => Ok(*result),
        Ok(Outcome::Account(_) | Outcome::Key(_)) | Err(_) => Err(Refusal::Elsewhere),
    }
}
