//! Whole bodies: media type and size.

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kernel::{Problem, problem};

/// Whether the one `Content-Type` is `wanted`, parameters apart. Twice the header is neither.
#[must_use]
pub fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return false;
    };
    let kind = value
        .to_str()
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("")
        .trim();
    kind.eq_ignore_ascii_case(wanted)
}

/// Reads the whole body.
///
/// # Errors
/// 413 past `most` bytes, by `Content-Length` already if it says so; 400 if the client breaks off.
pub async fn read(request: Request, most: usize) -> Result<Bytes, Problem> {
    let said = request.headers().get(header::CONTENT_LENGTH);
    let said = said
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    if said.is_some_and(|length| length > most) {
        return Err(Problem::new(&problem::TOO_LARGE).with("limit", most));
    }
    match Limited::new(request.into_body(), most).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::new(&problem::TOO_LARGE).with("limit", most))
        }
        Err(_) => Err(Problem::new(&problem::MALFORMED).detail("the body broke off")),
    }
}
