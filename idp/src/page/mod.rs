//! Pages of the provider: the frame is the platform's, the fragments are here.

use crate::{core::Core, problem::Refusal};
use askama::Template;
use axum::response::{IntoResponse, Response};
use host::answer::Refused;
use kernel::Problem;
use std::sync::LazyLock;
use url::Url;
use web::{
    lang::{Choice, Lang},
    page::{self, Page, Shell},
    words::Words,
};

/// The words of the provider's pages.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/en.ftl"),
        include_str!("../../words/de.ftl"),
    )
});

/// The words in one language, for templates.
#[derive(Clone, Copy)]
pub(crate) struct Say(pub(crate) Lang);

impl Say {
    /// The text of `key`.
    pub(crate) fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }

    /// The text of `key` with one value.
    pub(crate) fn fill(self, key: &'static str, name: &str, value: &str) -> String {
        WORDS.fill(self.0, key, &[(name, value)])
    }

    /// The text of `key` with several values.
    pub(crate) fn fill_all(self, key: &'static str, values: &[(&str, &str)]) -> String {
        WORDS.fill(self.0, key, values)
    }
}

/// A page around a fragment, with what the server learns from its form where it has one.
pub(crate) fn shell<'a>(core: &'a Core, choice: &'a Choice, title: &str) -> Shell<'a> {
    Shell::new(&core.site, choice, title)
}

/// The page of a refusal.
pub(crate) fn refusal(core: &Core, choice: &Choice, refusal: Refusal) -> Response {
    let problem = Problem::from(refusal);
    let mut answer = page::refusal(&core.site, choice, &problem, None).into_response();
    // For the one log line of the edge, and for the app's maker.
    answer.extensions_mut().insert(Refused(problem));
    answer
}

/// The page, or the page of its refusal.
pub(crate) fn answer<T: IntoResponse>(
    core: &Core,
    choice: &Choice,
    result: Result<T, Refusal>,
) -> Response {
    match result {
        Ok(answer) => answer.into_response(),
        Err(no) => refusal(core, choice, no),
    }
}

/// The host an address leads to, with its port, as people read it.
pub(crate) fn host_of(uri: &str) -> String {
    let Ok(url) = Url::parse(uri) else {
        return String::new();
    };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    w: Say,
    lead: String,
    action: &'a str,
    pairs: &'a [(&'static str, String)],
}

/// An answer to an app by form: one form, one visible button, nothing that runs by itself.
pub(crate) fn form_post(
    core: &Core,
    choice: &Choice,
    action: &str,
    pairs: &[(&'static str, String)],
) -> Response {
    let w = Say(choice.lang);
    let lead = w.fill("form-post-lead", "host", &host_of(action));
    let fragment = FormPost {
        w,
        lead,
        action,
        pairs,
    };
    let page: Page = shell(core, choice, w.say("form-post-title"))
        .learns(w.say("form-post-learns"), w.say("form-post-learns-not"))
        .leads_to(action)
        .page(&fragment);
    page.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
