//! What payments may ask: closed days and split sheets.

use crate::{catalogue::Track, core::Core, store};
use axum::{Router, extract::State as Shared, response::Response, routing::post};
use bytes::Bytes;
use credential::did;
use host::Answer;
use kernel::{Day, Id, Problem, problem};
use serde_json::{Value, json};
use std::sync::Arc;

const MODULE: &str = "streaming";
const ASKERS: &[&str] = &["payments"];

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/peer/days", post(days))
        .route("/peer/sheets", post(sheets))
}

async fn days(Shared(core): Shared<Arc<Core>>, body: Bytes) -> Answer<Response> {
    let now = core.ground.world.now();
    let heard = core
        .ground
        .peers
        .heard(MODULE, "POST /peer/days", &body, ASKERS, now)
        .await?;
    let day = heard
        .body
        .get("day")
        .and_then(Value::as_str)
        .and_then(Day::parse);
    let day = day.ok_or_else(|| Problem::new(&problem::INVALID_FIELD).with("field", "day"))?;
    let mut conn = core.ground.db.read().await?;
    let manifest = store::day::manifest(&mut conn, day)
        .await?
        .ok_or(&problem::DAY_OPEN)?;
    Ok(core
        .ground
        .peers
        .answer(&heard, &json!({ "manifest": manifest }), now))
}

/// The split sheet in force of a track, with the signatures and keys of its payees.
async fn sheets(Shared(core): Shared<Arc<Core>>, body: Bytes) -> Answer<Response> {
    let now = core.ground.world.now();
    let heard = core
        .ground
        .peers
        .heard(MODULE, "POST /peer/sheets", &body, ASKERS, now)
        .await?;
    let track = heard
        .body
        .get("track")
        .and_then(Value::as_str)
        .and_then(Id::<Track>::parse);
    let track =
        track.ok_or_else(|| Problem::new(&problem::INVALID_FIELD).with("field", "track"))?;
    let mut conn = core.ground.db.read().await?;
    let found = store::right::sheet(&mut conn, track).await?;
    let (sheet, signed) = found.ok_or(&problem::NOT_FOUND)?;
    let lines: Vec<Value> = signed
        .iter()
        .map(|line| {
            let key = line.did.as_deref().and_then(|did| did::key(did).ok());
            json!({
                "payee": line.payee, "bps": line.bps, "jws": line.jws,
                "jwk": key.map(|key| key.public_json()),
            })
        })
        .collect();
    let answer = json!({
        "track": sheet.track, "version": sheet.version, "hash": sheet.hash(), "lines": lines,
    });
    Ok(core.ground.peers.answer(&heard, &answer, now))
}
