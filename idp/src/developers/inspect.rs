//! The last requests of each app that registered itself: 50, for a day, in memory. Names of
//! parameters stay, values only where they are no secret; who asked is not here at all: no subject,
//! no address, no user agent.

use crate::{client::auth, core::Shared, params::Params};
use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use host::{answer::Refused, body};
use kernel::Timestamp;
use serde::Serialize;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Requests kept of one app.
const MOST: usize = 50;
/// How long, seconds.
const KEPT: i64 = 86_400;
/// Apps kept; the one that asked longest ago gives way.
const MOST_APPS: usize = 200;
/// Parameters kept of a request, and characters of a value.
const MOST_FIELDS: usize = 16;
const LONGEST: usize = 160;
/// The most bytes of a form, as its own door has it.
const FORM: usize = 16 * 1024;

/// Doors that apps knock at.
const WATCHED: [&str; 7] = [
    "/authorize",
    "/par",
    "/token",
    "/revoke",
    "/introspect",
    "/device_authorization",
    "/logout",
];

/// Parameters whose values help and harm nobody. Every other value is masked.
const CLEAR: [&str; 18] = [
    "client_id",
    "redirect_uri",
    "post_logout_redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "display",
    "max_age",
    "acr_values",
    "ui_locales",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "resource",
    "dpop_jkt",
    "client_assertion_type",
    "token_type_hint",
];

/// One parameter or header as it is shown.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

/// One request and what came of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Seen {
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: u16,
    /// The slug of the problem or the OAuth error; empty where all was well.
    pub(super) error: String,
    pub(super) fields: Vec<Field>,
}

/// The requests of apps, in memory.
#[derive(Default)]
pub(crate) struct Inspector(Mutex<HashMap<String, VecDeque<Seen>>>);

impl Inspector {
    /// The requests of an app, newest first.
    pub(super) fn of(&self, id: &str, now: Timestamp) -> Vec<Seen> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = all.get_mut(id) else {
            return Vec::new();
        };
        seen.retain(|one| one.at > now.seconds() - KEPT);
        seen.iter().rev().cloned().collect()
    }

    fn knows(&self, id: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.contains_key(id)
    }

    fn note(&self, id: &str, one: Seen) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_APPS && !all.contains_key(id) {
            let last = |seen: &VecDeque<Seen>| seen.back().map_or(0, |one| one.at);
            let oldest = all.iter().min_by_key(|(_, seen)| last(seen));
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                all.remove(&oldest);
            }
        }
        let seen = all.entry(id.to_owned()).or_default();
        seen.retain(|kept| kept.at > one.at - KEPT);
        if seen.len() >= MOST {
            seen.pop_front();
        }
        seen.push_back(one);
    }
}

/// Around all routes: notes requests of apps that can look at them.
pub(crate) async fn watch(State(core): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !WATCHED.contains(&path.as_str()) || request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    let (request, params) = match opened(request).await {
        Ok(opened) => opened,
        Err(refused) => return refused,
    };
    let id = named(&params, request.headers()).filter(|id| is_drawn(id));
    let Some(id) = id else {
        return next.run(request).await;
    };
    let now = core.ground.world.now();
    let method = request.method().to_string();
    let fields = fields(&params, request.headers());
    let response = next.run(request).await;
    let known = core.inspector.knows(&id) || {
        // Only apps that exist have a list, or made-up ids would fill the memory.
        match core.ground.db.read().await {
            Ok(mut conn) => matches!(core.clients.find(&mut conn, &id, now).await, Ok(Some(_))),
            Err(_) => false,
        }
    };
    if known {
        let one = Seen {
            at: now.seconds(),
            method,
            path,
            status: response.status().as_u16(),
            error: error_of(&response),
            fields,
        };
        core.inspector.note(&id, one);
    }
    response
}

/// The request again, and its parameters. A body that is not a form of known size is left alone.
async fn opened(request: Request) -> Result<(Request, Params), Response> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let length = request.body().size_hint().upper();
    let is_form = body::is(request.headers(), "application/x-www-form-urlencoded");
    if request.method() != Method::POST
        || !is_form
        || length.is_none_or(|length| length > FORM as u64)
    {
        return Ok((request, Params::parse(query.as_bytes())));
    }
    let (parts, body) = request.into_parts();
    let whole = body::read(Request::new(body), FORM).await;
    let bytes = whole.map_err(|problem| host::answer::Fault(problem).into_response())?;
    let params = Params::parse(&bytes);
    Ok((Request::from_parts(parts, Body::from(bytes)), params))
}

/// The app a request names: by parameter, by `Basic`, by the subject of its assertion.
fn named(params: &Params, headers: &HeaderMap) -> Option<String> {
    if let Some(id) = params.get("client_id") {
        return Some(id.to_owned());
    }
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return Some(auth::basic(value.to_str().ok()?).ok()?.0);
    }
    let assertion = params.get("client_assertion")?;
    let (_, claims) = credential::jose::peek(assertion).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// Whether the id is one we draw: apps of a configuration have no owner here.
fn is_drawn(id: &str) -> bool {
    id.len() == 24 && id.starts_with("c.")
}

fn fields(params: &Params, headers: &HeaderMap) -> Vec<Field> {
    let sent = params.iter().take(MOST_FIELDS).map(|(name, value)| Field {
        name: cut(name),
        value: if CLEAR.contains(&name) {
            cut(value)
        } else {
            masked(value)
        },
    });
    let proofs = ["authorization", "dpop"].into_iter().filter_map(|name| {
        let value = headers.get(name)?.to_str().unwrap_or_default();
        let scheme = value.split_once(' ').map_or("", |(scheme, _)| scheme);
        let scheme = ["Basic", "Bearer", "DPoP"]
            .into_iter()
            .find(|word| word.eq_ignore_ascii_case(scheme));
        Some(Field {
            name: format!("{name} (header)"),
            value: format!("{} {}", scheme.unwrap_or_default(), masked(value))
                .trim()
                .to_owned(),
        })
    });
    sent.chain(proofs).collect()
}

fn masked(value: &str) -> String {
    format!("*** ({} characters)", value.chars().count())
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push_str("..");
    }
    short
}

/// What went wrong: the slug of the answer, or the error an app is sent.
fn error_of(response: &Response) -> String {
    if let Some(Refused(problem)) = response.extensions().get() {
        return problem.slug.slug.to_owned();
    }
    let location = response.headers().get(header::LOCATION);
    let location = location
        .and_then(|location| location.to_str().ok())
        .unwrap_or_default();
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let params = Params::parse(query.as_bytes());
    params.get("error").map(cut).unwrap_or_default()
}
