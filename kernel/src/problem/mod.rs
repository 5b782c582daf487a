//! Problems: answers of RFC 9457 as data, and the one table of their slugs.
//!
//! `host` turns a [`Problem`] into `application/problem+json`; `idp` serves a page for each slug at
//! `/problems/<slug>`, so an answer in any shape can point to it.

mod common;
mod credential;
mod idp;
mod payments;
mod recovery;
mod streaming;

pub use common::*;
pub use credential::*;
pub use idp::*;
pub use payments::*;
pub use recovery::*;
pub use streaming::*;

use serde_json::{Map, Value};

/// One kind of refusal: what a person and a program are told about it, wherever it occurs.
#[derive(Debug, PartialEq, Eq)]
pub struct Slug {
    /// Kebab-case name; `/problems/<slug>` is its type and its page. Never reused.
    pub slug: &'static str,
    /// The HTTP status it answers with.
    pub status: u16,
    /// One short sentence, the same every time.
    pub title: &'static str,
    /// What happened, and on whose side.
    pub cause: &'static str,
    /// What to do next.
    pub fix: &'static str,
}

/// Declares slugs as constants and lists them in `SLUGS` of their file.
macro_rules! slugs {
    ($table:ident: $($name:ident = $slug:literal, $status:literal, $title:literal, $cause:literal, $fix:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: $crate::problem::Slug = $crate::problem::Slug {
                slug: $slug, status: $status, title: $title, cause: $cause, fix: $fix,
            };
        )*
        pub(super) const $table: &[&$crate::problem::Slug] = &[$(&$name),*];
    };
}
use slugs;

/// Every slug of every module.
pub fn all() -> impl Iterator<Item = &'static Slug> {
    [
        common::COMMON,
        credential::CREDENTIAL,
        idp::IDP,
        payments::PAYMENTS,
        recovery::RECOVERY,
        streaming::STREAMING,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The slug of that name.
#[must_use]
pub fn find(slug: &str) -> Option<&'static Slug> {
    all().find(|s| s.slug == slug)
}

/// An answer that says no: its slug, what is special this time, and members a program can use.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which refusal.
    pub slug: &'static Slug,
    /// What is special this time; never outside input, never in a 5xx.
    pub detail: Option<String>,
    /// Further members: a price, a day, a date.
    pub members: Map<String, Value>,
}

impl Problem {
    /// The bare problem.
    #[must_use]
    pub fn new(slug: &'static Slug) -> Self {
        Self {
            slug,
            detail: None,
            members: Map::new(),
        }
    }

    /// With a sentence on this occurrence. Dropped for a 5xx: those carry no detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        if self.slug.status < 500 {
            self.detail = Some(detail.into());
        }
        self
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The JSON body (RFC 9457 section 3).
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = self.members.clone();
        body.insert(
            "type".into(),
            format!("/problems/{}", self.slug.slug).into(),
        );
        body.insert("title".into(), self.slug.title.into());
        body.insert("status".into(), self.slug.status.into());
        if let Some(detail) = &self.detail {
            body.insert("detail".into(), detail.clone().into());
        }
        Value::Object(body)
    }
}

impl From<&'static Slug> for Problem {
    fn from(slug: &'static Slug) -> Self {
        Self::new(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_slug_stands_once_and_says_what_to_do() {
        let mut seen = HashSet::new();
        for s in all() {
            assert!(seen.insert(s.slug), "{} stands twice", s.slug);
            assert!((400..600).contains(&s.status), "{}", s.slug);
            assert!(
                s.slug
                    .bytes()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c))
            );
            for text in [s.title, s.cause, s.fix] {
                assert!(text.len() > 8, "{}", s.slug);
            }
        }
        assert_eq!(find("not-found").map(|s| s.status), Some(404));
    }

    #[test]
    fn a_server_fault_carries_no_detail() {
        let body = Problem::new(&INTERNAL).detail("table missing").body();
        assert_eq!(body.get("detail"), None);
        let body = Problem::new(&NOT_FOUND)
            .detail("no such track")
            .with("n", 3)
            .body();
        assert_eq!(body["detail"], "no such track");
        assert_eq!(body["n"], 3);
        assert_eq!(body["type"], "/problems/not-found");
    }
}
