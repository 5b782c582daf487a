//! Parameters of OAuth requests, from a query or a form, with repeats kept visible: which of them
//! may be told to the app and which only to the person depends on the name.

use crate::problem::OAuthError;
use axum::extract::Request;
use host::{Source, body};
use kernel::problem;

/// The most bytes of a form.
const MOST: usize = 16 * 1024;

/// Decoded parameters in the order they came, and where they came from.
#[derive(Clone, Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    source: Source,
}

impl Params {
    /// Reads `application/x-www-form-urlencoded` text. What is not clean UTF-8 becomes U+FFFD, which
    /// no check of a value lets pass where it would matter.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(text);
        Self {
            pairs: pairs
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .collect(),
            source: Source::INSIDE,
        }
    }

    /// Reads the body of a form.
    ///
    /// # Errors
    /// 415 for another media type, 413 past 16 kB, 400 where the body breaks off.
    pub(crate) async fn of_form(request: Request) -> Result<Self, OAuthError> {
        if !body::is(request.headers(), "application/x-www-form-urlencoded") {
            return Err(OAuthError::refused(
                &problem::MEDIA_TYPE,
                "a form is expected",
            ));
        }
        let source = Source::of(request.extensions());
        let bytes = body::read(request, MOST).await.map_err(OAuthError::Edge)?;
        Ok(Self {
            source,
            ..Self::parse(&bytes)
        })
    }

    /// Where a form came from; for limits.
    pub(crate) const fn source(&self) -> Source {
        self.source
    }

    /// As [`Params::of_form`], and no parameter may stand twice.
    ///
    /// # Errors
    /// Its own, and `invalid_request`.
    pub(crate) async fn of_strict_form(request: Request) -> Result<Self, OAuthError> {
        let params = Self::of_form(request).await?;
        params.strict()?;
        Ok(params)
    }

    /// Refuses repeats and U+0000.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(crate) fn strict(&self) -> Result<(), OAuthError> {
        if self.first_repeat().is_some() {
            return Err(OAuthError::request("a parameter stands twice"));
        }
        if self
            .pairs
            .iter()
            .any(|(n, v)| n.contains('\0') || v.contains('\0'))
        {
            return Err(OAuthError::request("a parameter holds a zero byte"));
        }
        Ok(())
    }

    /// The value of `name`; an empty one counts as absent (RFC 6749 section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .filter(|v| !v.is_empty())
    }

    /// Whether `name` stands at all, with a value or without.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }

    /// As [`Params::get`], owned.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Whether `name` stands more than once.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(n, _)| n == name).count() > 1
    }

    /// The first name that stands more than once.
    pub(crate) fn first_repeat(&self) -> Option<&str> {
        self.pairs
            .iter()
            .map(|(n, _)| n.as_str())
            .find(|n| self.is_repeated(n))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}
