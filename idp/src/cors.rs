//! Doors that any origin may knock at, without credentials. `/authorize` is none of them.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Opens an answer to every origin, with the headers a script needs to read.
pub(crate) fn open(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    let exposed = HeaderValue::from_static("DPoP-Nonce, Request-Id, Retry-After, WWW-Authenticate");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// The answer to a browser that asks before it sends.
pub(crate) async fn preflight() -> Response {
    allow("GET, POST, OPTIONS")
}

/// As [`preflight`], where things are also replaced and deleted.
pub(crate) async fn preflight_managed() -> Response {
    allow("GET, POST, PUT, DELETE, OPTIONS")
}

fn allow(methods: &'static str) -> Response {
    let mut answer = StatusCode::NO_CONTENT.into_response();
    let headers = answer.headers_mut();
    open(headers);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(methods),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, dpop"),
    );
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("600"),
    );
    answer
}
