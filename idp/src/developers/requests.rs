//! `/developers/clients/{client_id}/requests`: the last requests of an app, as a page for its owner
//! or as JSON for whoever holds one of its secrets.

use super::{Say, access, inspect::Seen};
use crate::{
    browser,
    core::{Core, Shared},
    page,
    params::Params,
    problem::{OAuthError, Refusal},
};
use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use host::Json;
use kernel::{Problem, Timestamp, problem};
use serde_json::json;
use web::lang::Choice;

/// What the form of this page is for, as form tokens name it.
const PURPOSE: &str = "inspect";

struct Row {
    at: String,
    seen: Seen,
}

#[derive(Template)]
#[template(path = "requests.html")]
struct Requests {
    w: Say,
    lead: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "requests_locked.html")]
struct Locked {
    w: Say,
    lead: String,
    path: String,
    form_token: String,
}

pub(super) async fn show(
    State(core): State<Shared>,
    Path(id): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let shown = async {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let token = value.to_str().unwrap_or_default().split_once(' ');
            let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let secret = token.map_or("", |(_, token)| token);
            return if access::holds(&core, secret, &id, now).await? {
                Ok(told(&core, &id, now))
            } else {
                Err(refused())
            };
        }
        let own = access::of_owner(&core, &headers, &id, now).await?.is_some();
        match (wants_json(&headers), own) {
            (true, true) => Ok(told(&core, &id, now)),
            (true, false) => Err(refused()),
            (false, true) => Ok(page_of(&core, &choice, &id, now)),
            (false, false) => Ok(locked(&core, &choice, &headers, &id)),
        }
    };
    match shown.await {
        Ok(answer) => answer,
        Err(refusal) if wants_json(&headers) || headers.contains_key(header::AUTHORIZATION) => {
            host::answer::Fault::from(refusal).into_response()
        }
        Err(refusal) => page::refusal(&core, &choice, refusal),
    }
}

/// Opens the page by a secret of the app, sent by the form: a secret never stands in an address.
pub(super) async fn unlock(
    State(core): State<Shared>,
    Path(id): Path<String>,
    choice: Choice,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let opened = async {
        let params = Params::of_strict_form(request)
            .await
            .map_err(|error| match error {
                OAuthError::Edge(problem) => Refusal::Edge(problem),
                _ => Refusal::Malformed,
            })?;
        let browser = browser::current(&core, &headers).ok_or(Refusal::FormStale)?;
        let token = params.get("form_token").unwrap_or_default();
        let check = core
            .forms
            .check(&headers, core.issuer(), browser.id(), PURPOSE, token);
        check.map_err(|_| Refusal::FormStale)?;
        let secret = params.get("secret").unwrap_or_default();
        if access::holds(&core, secret, &id, now).await? {
            Ok(page_of(&core, &choice, &id, now))
        } else {
            Err(refused())
        }
    };
    page::answer(&core, &choice, opened.await)
}

fn refused() -> Refusal {
    Refusal::Edge(Problem::new(&problem::INSPECTION_REFUSED))
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

fn told(core: &Core, id: &str, now: Timestamp) -> Response {
    Json(json!({ "requests": core.inspector.of(id, now) })).into_response()
}

fn page_of(core: &Core, choice: &Choice, id: &str, now: Timestamp) -> Response {
    let w = Say(choice.lang);
    let row = |seen: Seen| Row {
        at: Timestamp::from_seconds(seen.at).to_string(),
        seen,
    };
    let fragment = Requests {
        w,
        lead: w.fill("requests-lead", "app", id),
        rows: core.inspector.of(id, now).into_iter().map(row).collect(),
    };
    let page = page::shell(core, choice, w.say("requests-title"))
        .wide()
        .page(&fragment);
    let mut answer = page.into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        axum::http::HeaderValue::from_static("no-store"),
    );
    answer
}

fn locked(core: &Core, choice: &Choice, headers: &HeaderMap, id: &str) -> Response {
    let w = Say(choice.lang);
    let browser = browser::current_or_new(core, headers);
    let mut path = url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
    path.insert_str(0, "/developers/clients/");
    path.push_str("/requests");
    let fragment = Locked {
        w,
        lead: w.fill("requests-lead", "app", id),
        path,
        form_token: core.forms.token(browser.id(), PURPOSE),
    };
    let page = page::shell(core, choice, w.say("requests-title"))
        .learns(w.say("requests-learns"), w.say("requests-learns-not"))
        .page(&fragment);
    let mut answer = page.into_response();
    browser.set_cookie(core, answer.headers_mut());
    answer
}
