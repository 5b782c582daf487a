//! What the pages send: an act, or a decision on a request.

use super::{
    Refusal,
    act::Act,
    decide::{self, Decision},
    door::Staff,
    pages,
    perform::{self, Wish},
    words::Say,
};
use crate::{authorize::reply::see_other, core::Shared};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use host::{Answer, Form};
use serde::Deserialize;
use web::lang::Choice;

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/acts", post(act))
        .route("/acts/{id}", post(decision))
        .with_state(core)
}

#[derive(Deserialize)]
struct ActForm {
    act: String,
    #[serde(default)]
    target: String,
    detail: Option<String>,
    reason: String,
    form_token: String,
}

#[derive(Template)]
#[template(path = "staff_invited.html")]
struct Invited {
    w: Say,
    link: String,
}

/// `POST /acts`: afterwards the page of the act, of the account looked at, or of the invitation, which
/// is shown this once.
async fn act(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
    Form(form): Form<ActForm>,
) -> Answer {
    let now = core.ground.world.now();
    let staff = Staff::of(&core, &headers, now).await?;
    staff.check_form(&core, &headers, &form.form_token)?;
    let wish = Wish {
        act: form.act,
        target: form.target,
        detail: form.detail,
        reason: form.reason,
    };
    let done = perform::perform(&core, &staff, &wish, now).await?;
    if let Some(token) = done.token {
        let w = Say(choice.lang);
        let link = invite_link(core.issuer(), &token);
        let shell = pages::shell(&core, &choice, w.say("invited-title"), Some(&staff));
        return Ok(shell.page(&Invited { w, link }).into_response());
    }
    Ok(see_other(&match done.act {
        Act::AccountLook => format!("/accounts/{}", done.id),
        _ => format!("/acts/{}", done.id),
    }))
}

/// Where an invitation leads. Its secret stands behind `#`, where no server and no log sees it.
pub(super) fn invite_link(issuer: &str, token: &str) -> String {
    format!("{issuer}/join#invite={token}")
}

#[derive(Deserialize)]
struct DecisionForm {
    decision: String,
    reason: String,
    form_token: String,
}

/// `POST /acts/{id}`.
async fn decision(
    State(core): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<DecisionForm>,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let staff = Staff::of(&core, &headers, now).await?;
    staff.check_form(&core, &headers, &form.form_token)?;
    let decision = Decision::parse(&form.decision).ok_or(Refusal::Field("decision"))?;
    decide::decide(&core, &staff, &id, decision, &form.reason, now).await?;
    Ok(see_other(&format!("/acts/{id}")))
}
