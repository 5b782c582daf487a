//! Problems as HTTP answers (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kernel::Problem;
use serde_json::Value;

/// The error of a handler: answers `application/problem+json` with the status of its slug.
///
/// Some members are headers in their own specification and are sent as both: `retry_after`
/// (seconds) as `Retry-After`, `dpop_nonce` as `DPoP-Nonce`, `allow` as `Allow`.
#[derive(Debug)]
pub struct Fault(pub Problem);

/// What a handler gives: an answer or a [`Fault`].
pub type Answer<T = Response> = Result<T, Fault>;

impl<E> From<E> for Fault
where
    Problem: From<E>,
{
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Rides on a response so that the edge can log its slug once, and show people a page of it.
#[derive(Clone, Debug)]
pub struct Refused(pub Problem);

const HEADERS: &[(&str, &str)] = &[
    ("retry_after", "retry-after"),
    ("dpop_nonce", "dpop-nonce"),
    ("allow", "allow"),
];

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let slug = self.0.slug;
        let status = StatusCode::from_u16(slug.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = self.0.body();
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        copy_members(&body, headers);
        match slug.status {
            // A page that is busy says when to come again, whoever forgot to say it.
            429 | 503 => {
                headers
                    .entry(header::RETRY_AFTER)
                    .or_insert(HeaderValue::from_static("1"));
            }
            401 => {
                headers.insert(header::WWW_AUTHENTICATE, challenge(slug.slug));
            }
            _ => {}
        }
        response.extensions_mut().insert(Refused(self.0));
        response
    }
}

fn copy_members(body: &Value, headers: &mut HeaderMap) {
    for (member, name) in HEADERS {
        let text = match body.get(member) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => continue,
        };
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// RFC 9449 section 7.1: the challenge names the algorithms, and the error where one occurred.
fn challenge(slug: &str) -> HeaderValue {
    HeaderValue::from_static(match slug {
        "use_dpop_nonce" => r#"DPoP error="use_dpop_nonce", algs="ES256 EdDSA""#,
        "invalid_dpop_proof" => r#"DPoP error="invalid_dpop_proof", algs="ES256 EdDSA""#,
        "invalid_token" => r#"DPoP error="invalid_token", algs="ES256 EdDSA""#,
        _ => r#"DPoP algs="ES256 EdDSA""#,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::problem;

    #[test]
    fn a_member_that_is_a_header_elsewhere_is_sent_as_one() {
        let fault = Fault(Problem::new(&problem::TOO_MANY).with("retry_after", 17));
        let response = fault.into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "17");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(response.headers()["cache-control"], "no-store");
        let busy = Fault::from(&problem::BUSY).into_response();
        assert_eq!(busy.headers()["retry-after"], "1");
        let nonce = Problem::new(&problem::USE_DPOP_NONCE).with("dpop_nonce", "abc");
        let nonce = Fault(nonce).into_response();
        assert_eq!(nonce.headers()["dpop-nonce"], "abc");
        let challenge = nonce.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with(r#"DPoP error="use_dpop_nonce""#));
    }
}
