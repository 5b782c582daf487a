//! `POST /peer/holds`: streaming asks for the price of a play to be held.

use crate::{
    Core,
    core::NAME,
    hold::{self, Refusal, Wanted},
    intent, mandate, store,
};
use axum::{Router, body::Bytes, extract::State, response::Response, routing::post};
use credential::jose::Jwk;
use host::Answer;
use kernel::{Amount, Day, Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes(core: &Arc<Core>) -> Router {
    Router::new()
        .route("/peer/holds", post(holds))
        .with_state(core.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    hold: String,
    amount: Value,
    day: Day,
    rule: String,
    intent: String,
}

async fn holds(State(core): State<Arc<Core>>, body: Bytes) -> Answer<Response> {
    let now = core.ground.world.now();
    let act = "POST /peer/holds";
    let heard = core
        .ground
        .peers
        .heard(NAME, act, &body, &["streaming"], now)
        .await?;
    let answer = place(&core, heard.body.clone(), now).await?;
    Ok(core.ground.peers.answer(&heard, &answer, now))
}

/// The checks in their order: intent (key, audience, hold, amount), ladder, mandate, window, funds.
async fn place(core: &Core, body: Value, now: Timestamp) -> Result<Value, Problem> {
    let body: Body = serde_json::from_value(body)
        .map_err(|_| Problem::new(&problem::INVALID_FIELD).detail("not a request for a hold"))?;
    let wanted = Wanted {
        hold: hold::parse_hold(&body.hold)
            .ok_or(Problem::new(&problem::INVALID_FIELD).with("field", "hold"))?,
        // A fraction, a text or forty digits are no amount; nothing is rounded to make it one.
        amount: Amount::new(body.amount.as_i64().ok_or(Refusal::Amount)?),
        day: body.day,
        rule: body.rule,
        mandate: intent::named_mandate(&body.intent)?,
    };
    let mut conn = core.ground.db.read().await?;
    let stands = store::mandate::find(&mut conn, &wanted.mandate).await?;
    drop(conn);
    let stands = stands.ok_or(Refusal::Mandate)?;
    let key = Jwk::parse(&mandate::unseal(core, &stands)?.jwk)
        .map_err(|_| Problem::new(&problem::INTERNAL))?;
    let aud = core.audience();
    let checked = intent::check(&body.intent, &key, &stands.mark, &core.purses, &aud, now)?;
    wanted.check(&checked, now).inspect_err(alarm)?;
    let asked = &wanted;
    let held = core
        .ground
        .db
        .write(move |tx| Box::pin(hold::place(tx, asked, now)))
        .await
        .inspect_err(alarm)?;
    Ok(json!({
        "hold": body.hold,
        "plan": "s2o",
        "amount": held.amount,
        "available": held.available,
        "until": held.until.seconds(),
    }))
}

/// What only a broken or stolen streaming module can cause.
fn alarm(refusal: &Refusal) {
    if matches!(
        refusal,
        Refusal::OffLadder | Refusal::IdConflict | Refusal::DayClosed
    ) {
        tracing::error!(what = %refusal, "a hold that streaming should not have asked for");
    }
}
