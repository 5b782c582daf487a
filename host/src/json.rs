//! JSON bodies, read strictly: what was not understood is refused, never guessed at.

use crate::{answer::Fault, body};
use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use kernel::{Problem, problem};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The most bytes a JSON body may have.
pub const MOST: usize = 1 << 20;

/// A JSON body or answer.
///
/// Reading refuses: another media type 415; over 1 MiB 413; not JSON, a name twice, deeper than 32
/// or U+0000 in a text 400; a member `T` does not know (`deny_unknown_fields`) 422 `unknown-field`;
/// any other mismatch 422 `invalid-field`. Answers are `no-store` unless the handler says otherwise.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        if !body::is(request.headers(), "application/json") {
            return Err(Fault::from(&problem::MEDIA_TYPE));
        }
        let bytes = body::read(request, MOST).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// Reads a JSON text as [`Json`] does.
///
/// # Errors
/// The problems [`Json`] lists, media type and size apart.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value = value(bytes)?;
    serde_json::from_value(value).map_err(|error| mismatch(&error.to_string()))
}

/// Reads any JSON value strictly.
///
/// # Errors
/// 400 `malformed-request`.
pub fn value(bytes: &[u8]) -> Result<Value, Problem> {
    let value = credential::json::parse(bytes).map_err(|_| {
        Problem::new(&problem::MALFORMED).detail("the body is not well-formed JSON")
    })?;
    if has_nul(&value) {
        return Err(Problem::new(&problem::MALFORMED).detail("a text holds U+0000"));
    }
    Ok(value)
}

/// PostgreSQL cannot store U+0000, so neither engine is shown it.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(n, v)| n.contains('\0') || has_nul(v)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// serde's words hold outside input; only a name in plain letters is passed on.
fn mismatch(message: &str) -> Problem {
    let named = |slug, words: &str| match plain_name(message) {
        Some(name) => Problem::new(slug)
            .detail(format!("{words}: {name}"))
            .with("field", name),
        None => Problem::new(slug),
    };
    if message.starts_with("unknown field") {
        named(&problem::UNKNOWN_FIELD, "unknown field")
    } else if message.starts_with("missing field") {
        named(&problem::INVALID_FIELD, "missing field")
    } else {
        Problem::new(&problem::INVALID_FIELD).detail("a member has another form than expected")
    }
}

fn plain_name(message: &str) -> Option<&str> {
    let name = message.split('`').nth(1)?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    (!name.is_empty() && name.len() <= 64 && name.bytes().all(plain)).then_some(name)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.0) {
            Ok(text) => (
                [
                    (
                        header::CONTENT_TYPE,
                        HeaderValue::from_static("application/json"),
                    ),
                    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                ],
                text,
            )
                .into_response(),
            Err(_) => Fault::from(&problem::INTERNAL).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        name: String,
        count: i64,
    }

    #[test]
    fn what_was_not_understood_is_refused() {
        let good = parse::<Body>(br#"{"name":"a","count":2}"#);
        assert_eq!(
            good,
            Ok(Body {
                name: "a".to_owned(),
                count: 2
            })
        );
        for (text, slug, field) in [
            (r#"{"name":"a","count":2"#, "malformed-request", None),
            (
                r#"{"name":"a","count":2,"count":2}"#,
                "malformed-request",
                None,
            ),
            (
                "{\"name\":\"a\\u0000b\",\"count\":2}",
                "malformed-request",
                None,
            ),
            (
                r#"{"name":"a","count":2,"cuont":2}"#,
                "unknown-field",
                Some("cuont"),
            ),
            (r#"{"name":"a","count":2,"<b>":2}"#, "unknown-field", None),
            (r#"{"name":"a"}"#, "invalid-field", Some("count")),
            (r#"{"name":"a","count":"2"}"#, "invalid-field", None),
        ] {
            let problem = parse::<Body>(text.as_bytes()).unwrap_err();
            assert_eq!(problem.slug.slug, slug, "{text}");
            assert_eq!(
                problem.members.get("field").and_then(Value::as_str),
                field,
                "{text}"
            );
        }
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(
            value(deep.as_bytes()).unwrap_err().slug.slug,
            "malformed-request"
        );
    }
}
