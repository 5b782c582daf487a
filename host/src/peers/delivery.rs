//! Handing an event to its audience (RFC 8935).

use super::Peers;
use bytes::Bytes;
use credential::json;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use serde_json::Value;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Stored by its audience.
    Received,
    /// It will never be taken; the receiver's word.
    Refused(String),
    /// Not now; a word for the operator.
    Failed(String),
}

impl Peers {
    /// Sends the signed event once.
    pub(crate) async fn deliver(&self, audience: &str, jws: String) -> Delivery {
        let mut request = Request::new(Bytes::from(jws));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/events");
        let kind = HeaderValue::from_static("application/secevent+jwt");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        let Ok(answer) = self.call(audience, request).await else {
            return Delivery::Failed("unreachable".into());
        };
        match answer.status() {
            StatusCode::ACCEPTED => Delivery::Received,
            StatusCode::BAD_REQUEST => refused(answer.body()),
            // A missing route or a proxy's page is a fault of the set-up, which gets mended.
            status => Delivery::Failed(status.as_u16().to_string()),
        }
    }
}

/// A key may be on its way to the receiver; everything else would be refused again.
fn refused(body: &[u8]) -> Delivery {
    let said = json::parse(body).unwrap_or(Value::Null);
    match said.get("err").and_then(Value::as_str) {
        Some("invalid_key") => Delivery::Failed("invalid_key".into()),
        Some(
            word @ ("invalid_request" | "invalid_issuer" | "invalid_audience" | "access_denied"),
        ) => Delivery::Refused(word.to_owned()),
        _ => Delivery::Failed("400".into()),
    }
}
