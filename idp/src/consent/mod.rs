//! What a person allowed an app, and the page that asks.

pub(crate) mod page;
pub(crate) mod store;

use crate::{
    page::{Say, host_of},
    scope,
};
use kernel::Timestamp;

/// Which wording of the page is shown.
pub(crate) const TEXT_VERSION: i64 = 1;
/// Before the address of a resource, among the words of an agreement.
const RESOURCE: &str = "resource:";
/// The longest nickname, characters.
const LONGEST_NICKNAME: usize = 40;

/// An agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Consent {
    pub(crate) account: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) nickname: Option<String>,
    pub(crate) text_version: i64,
    pub(crate) given_at: Timestamp,
}

impl Consent {
    /// Whether it covers every word of `wanted`.
    pub(crate) fn covers(&self, wanted: &str) -> bool {
        scope::is_within(wanted, &self.scope)
    }
}

/// What an agreement has to cover: the scope, and the resource that is opened with it. No scope word
/// holds a colon, so neither can be taken for the other.
pub(crate) fn wanted(scope: &str, resource: Option<&str>) -> String {
    match resource {
        None => scope.to_owned(),
        Some(uri) => format!("{scope} {RESOURCE}{uri}"),
    }
}

/// What an agreement says, a sentence for each word of it; unknown words say nothing.
pub(crate) fn sentences(w: Say, wanted: &str) -> Vec<String> {
    let sentence = |word: &str| match word.strip_prefix(RESOURCE) {
        Some(uri) => Some(w.fill("consent-resource", "host", &host_of(uri))),
        None => scope::sentence(word).map(|key| w.say(key).to_owned()),
    };
    wanted.split(' ').filter_map(sentence).collect()
}

/// The nickname as typed, without what cannot be shown; an empty one is none.
pub(crate) fn nickname(typed: &str) -> Option<String> {
    let shown = |c: &char| !c.is_control() && !is_invisible(*c);
    let name: String = typed
        .trim()
        .chars()
        .filter(shown)
        .take(LONGEST_NICKNAME)
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Marks that turn or hide text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Both agreements as one: an app that asks for less later has not lost what was allowed before.
pub(crate) fn joined(before: Option<&Consent>, now: &str) -> String {
    let mut words: Vec<&str> = before
        .map(|b| b.scope.split(' ').collect())
        .unwrap_or_default();
    for word in now.split(' ') {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}
