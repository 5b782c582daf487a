//! The same as the pages, in JSON, below `/staff/idp`. By the login of the staff origin; what changes
//! something carries the form token that `me` gives.

use super::{
    Capability, Refusal,
    decide::{self, Decision},
    door::Staff,
    forms, pages,
    perform::{self, Wish},
    see,
};
use crate::core::{Core, Shared};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use host::{Answer, Json, Query};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/staff/idp/me", get(me))
        .route("/staff/idp/clients", get(clients))
        .route("/staff/idp/clients/{id}", get(client))
        .route("/staff/idp/keys", get(keys))
        .route("/staff/idp/accounts/{look}", get(account))
        .route("/staff/idp/invites", get(invites))
        .route("/staff/idp/people", get(people))
        .route("/staff/idp/acts", get(acts).post(act))
        .route("/staff/idp/acts/{id}", post(decision))
        .with_state(core)
}

/// The person, if they have one of these capabilities.
async fn staff(
    core: &Core,
    headers: &HeaderMap,
    any: &[Capability],
) -> Result<(Staff, Timestamp), Refusal> {
    let now = core.ground.world.now();
    let staff = Staff::of(core, headers, now).await?;
    staff.must_have(any)?;
    Ok((staff, now))
}

async fn me(State(core): State<Shared>, headers: HeaderMap) -> Answer<Json<Value>> {
    let (staff, now) = staff(&core, &headers, &Capability::ALL).await?;
    Ok(Json(json!({
        "handle": staff.account.handle,
        "capabilities": staff.capabilities,
        "fresh": staff.is_fresh(now),
        "form_token": staff.form_token(&core),
    })))
}

async fn clients(State(core): State<Shared>, headers: HeaderMap) -> Answer<Json<Value>> {
    let (_, now) = staff(&core, &headers, pages::CLIENTS).await?;
    Ok(Json(json!({ "clients": see::apps(&core, now).await? })))
}

async fn client(
    State(core): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<see::App>> {
    let (_, now) = staff(&core, &headers, pages::CLIENTS).await?;
    Ok(Json(see::app(&core, &id, now).await?))
}

async fn keys(State(core): State<Shared>, headers: HeaderMap) -> Answer<Json<Value>> {
    staff(&core, &headers, pages::KEYS).await?;
    Ok(Json(json!({ "keys": see::keys(&core).await? })))
}

async fn account(
    State(core): State<Shared>,
    Path(look): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<see::Seen>> {
    let (staff, now) = staff(&core, &headers, pages::ACCOUNTS).await?;
    Ok(Json(
        see::looked(&core, &look, &staff.account.id, now).await?,
    ))
}

async fn invites(State(core): State<Shared>, headers: HeaderMap) -> Answer<Json<Value>> {
    let (_, now) = staff(&core, &headers, pages::INVITES).await?;
    Ok(Json(json!({ "invites": see::invites(&core, now).await? })))
}

async fn people(State(core): State<Shared>, headers: HeaderMap) -> Answer<Json<Value>> {
    staff(&core, &headers, pages::PEOPLE).await?;
    Ok(Json(json!({ "people": see::people(&core).await? })))
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn acts(
    State(core): State<Shared>,
    Query(Before { before }): Query<Before>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let (staff, now) = staff(&core, &headers, pages::ACTS).await?;
    let before = before.map_or_else(|| now.plus_seconds(1), Timestamp::from_micros);
    let mut acts = see::acts(&core, before, now).await?;
    acts.retain(|act| pages::may_see(&staff, act));
    Ok(Json(json!({ "acts": acts })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActBody {
    act: String,
    #[serde(default)]
    target: String,
    detail: Option<String>,
    #[serde(default)]
    reason: String,
    form_token: String,
}

/// `POST /staff/idp/acts`: 200 done, 202 waits for a second person.
async fn act(
    State(core): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<ActBody>,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let staff = Staff::of(&core, &headers, now).await?;
    staff.check_form(&core, &headers, &body.form_token)?;
    let wish = Wish {
        act: body.act,
        target: body.target,
        detail: body.detail,
        reason: body.reason,
    };
    let done = perform::perform(&core, &staff, &wish, now).await?;
    let (status, state) = match done.waits {
        true => (StatusCode::ACCEPTED, "waiting"),
        false => (StatusCode::OK, "done"),
    };
    let mut answer = json!({ "id": done.id, "act": done.act.as_str(), "state": state });
    if let Some(token) = done.token {
        answer["invite"] = forms::invite_link(core.issuer(), &token).into();
    }
    Ok((status, Json(answer)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    decision: String,
    #[serde(default)]
    reason: String,
    form_token: String,
}

/// `POST /staff/idp/acts/{id}`.
async fn decision(
    State(core): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<DecisionBody>,
) -> Answer<Json<Value>> {
    let now = core.ground.world.now();
    let staff = Staff::of(&core, &headers, now).await?;
    staff.check_form(&core, &headers, &body.form_token)?;
    let decision = Decision::parse(&body.decision).ok_or(Refusal::Field("decision"))?;
    decide::decide(&core, &staff, &id, decision, &body.reason, now).await?;
    Ok(Json(json!({ "id": id, "decision": body.decision })))
}
