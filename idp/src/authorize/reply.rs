//! Answers to an app, by redirect or by form, always with `iss` (RFC 9207). Always 303, never 307.

use super::request::Request;
use crate::{core::Core, page, problem::OAuthError};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use web::lang::Choice;

/// How the answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// In the query of the return address.
    Query,
    /// In a form with one button.
    FormPost,
}

impl Mode {
    /// Reads `response_mode`; absent means query.
    pub(crate) fn parse(word: Option<&str>) -> Option<Self> {
        match word {
            None | Some("query") => Some(Self::Query),
            Some("form_post") => Some(Self::FormPost),
            Some(_) => None,
        }
    }
}

/// Where an answer goes: an address that was checked, and what the app wants back with it.
#[derive(Clone, Debug)]
pub(crate) struct To {
    pub(crate) redirect_uri: String,
    pub(crate) mode: Mode,
    pub(crate) state: Option<String>,
}

impl From<&Request> for To {
    fn from(request: &Request) -> Self {
        Self {
            redirect_uri: request.redirect_uri.clone(),
            mode: request.mode,
            state: request.state.clone(),
        }
    }
}

/// What the app is told.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// Here is a code.
    Code(String),
    /// No, with code and sentence.
    Error(&'static str, &'static str),
}

impl From<&OAuthError> for Outcome {
    fn from(error: &OAuthError) -> Self {
        match error {
            OAuthError::Refused { slug, why } if slug.status < 500 => Self::Error(slug.slug, why),
            OAuthError::BasicRefused | OAuthError::Registration(_) | OAuthError::Edge(_) => {
                Self::Error("invalid_request", "the request is not accepted")
            }
            OAuthError::Proof(_) => Self::Error("invalid_dpop_proof", "the proof is not accepted"),
            OAuthError::Refused { .. } => Self::Error("server_error", "a fault on our side"),
            OAuthError::Store(_) => {
                Self::Error("temporarily_unavailable", "nothing was stored; try again")
            }
        }
    }
}

/// The parameters of the answer, in the order in which they stand in it.
fn pairs(issuer: &str, to: &To, outcome: &Outcome) -> Vec<(&'static str, String)> {
    let state = to.state.iter().map(|state| ("state", state.clone()));
    let iss = [("iss", issuer.to_owned())];
    match outcome {
        Outcome::Code(code) => [("code", code.clone())]
            .into_iter()
            .chain(state)
            .chain(iss)
            .collect(),
        Outcome::Error(code, why) => [("error", (*code).to_owned())]
            .into_iter()
            .chain(state)
            .chain(iss)
            .chain([
                ("error_description", (*why).to_owned()),
                ("error_uri", format!("{issuer}/problems/{code}")),
            ])
            .collect(),
    }
}

/// The return address with the answer in its query; a query it had is kept.
pub(crate) fn location(issuer: &str, to: &To, outcome: &Outcome) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs(issuer, to, outcome));
    let join = if to.redirect_uri.contains('?') {
        '&'
    } else {
        '?'
    };
    format!("{}{join}{}", to.redirect_uri, query.finish())
}

/// The answer to the browser that leads to the app.
pub(crate) fn answer(core: &Core, choice: &Choice, to: &To, outcome: &Outcome) -> Response {
    match to.mode {
        Mode::Query => see_other(&location(core.issuer(), to, outcome)),
        Mode::FormPost => {
            let pairs = pairs(core.issuer(), to, outcome);
            page::form_post(core, choice, &to.redirect_uri, &pairs)
        }
    }
}

/// 303 to an address that was checked or made here.
pub(crate) fn see_other(location: &str) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
