//! Forms and query strings, read strictly: no parameter twice, no broken encoding, no U+0000.

use crate::{answer::Fault, body};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use kernel::{Problem, problem};
use serde::de::DeserializeOwned;

/// The most bytes a form may have.
pub const MOST: usize = 16 * 1024;

/// An `application/x-www-form-urlencoded` body.
///
/// Refuses: another media type 415; over 16 KiB 413; a parameter twice, a broken percent escape,
/// bytes that are not UTF-8 or U+0000 400; what does not fit `T` 400 too, since OAuth knows no 422.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// A query string, read as [`Form`] reads its body.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        if !body::is(request.headers(), "application/x-www-form-urlencoded") {
            return Err(Fault::from(&problem::MEDIA_TYPE));
        }
        let bytes = body::read(request, MOST).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        Ok(Self(parse(parts.uri.query().unwrap_or("").as_bytes())?))
    }
}

/// Reads the pairs of a form or query as [`Form`] does and fits them to `T`.
///
/// # Errors
/// 400 `malformed-request`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    pairs(bytes)?;
    serde_urlencoded::from_bytes(bytes).map_err(|_| {
        Problem::new(&problem::MALFORMED).detail("a parameter is missing or not as expected")
    })
}

/// The decoded pairs, in order. A name stands once.
///
/// # Errors
/// 400 `malformed-request`.
pub fn pairs(bytes: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let bad = |why: &str| Problem::new(&problem::MALFORMED).detail(why);
    if !escapes_hold(bytes) {
        return Err(bad("a percent escape is broken"));
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        // The decoder writes U+FFFD for bytes that are not UTF-8; nobody sends it on purpose.
        if [&name, &value]
            .iter()
            .any(|t| t.contains(['\0', '\u{fffd}']))
        {
            return Err(bad("a parameter is not clean UTF-8"));
        }
        if pairs.iter().any(|(seen, _)| *seen == name) {
            return Err(bad("a parameter stands twice"));
        }
        pairs.push((name.into_owned(), value.into_owned()));
    }
    Ok(pairs)
}

fn escapes_hold(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        let hex = |c: Option<&u8>| c.is_some_and(u8::is_ascii_hexdigit);
        if *byte == b'%' && !(hex(rest.next()) && hex(rest.next())) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Body {
        a: String,
        n: Option<i64>,
    }

    #[test]
    fn no_parameter_twice_and_no_broken_encoding() {
        let good = parse::<Body>(b"a=x%20y&n=3&other=1");
        assert_eq!(
            good,
            Ok(Body {
                a: "x y".to_owned(),
                n: Some(3)
            })
        );
        for bad in [
            "a=1&a=2",
            "a=1&%61=2",
            "a=%zz",
            "a=%f",
            "a=%ff",
            "a=%00",
            "n=3",
            "a=1&n=x",
        ] {
            let problem = parse::<Body>(bad.as_bytes()).unwrap_err();
            assert_eq!(problem.slug.slug, "malformed-request", "{bad}");
        }
    }
}
