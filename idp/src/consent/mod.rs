//! What a person allowed an app, and the page that asks.

pub(crate) mod page;
pub(crate) mod store;

use crate::{
    audience::{self, Audience},
    core::Core,
    page::{Say, host_of},
    scope,
};
use host::db::{Conn, Error};
use kernel::Timestamp;
use web::lang::Lang;

/// Which wording of the page is shown.
const TEXT_VERSION: i64 = 1;
/// Before the address of a resource, among the words of an agreement.
const RESOURCE: &str = "resource:";
/// Between the address of a resource and a word of its own; no such address has a fragment.
const OF: char = '#';
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

/// What an agreement has to cover: the scope, and the resource that is opened with it. Words of ours
/// hold no colon, and a resource's own stand behind its address, so that none is taken for another's.
pub(crate) fn wanted(scope: &str, resource: Option<&str>) -> String {
    let Some(uri) = resource else {
        return scope.to_owned();
    };
    let mut words = Vec::new();
    let mut own = vec![format!("{RESOURCE}{uri}")];
    for word in scope.split(' ') {
        match scope::is_known(word) {
            true => words.push(word.to_owned()),
            false => own.push(format!("{RESOURCE}{uri}{OF}{word}")),
        }
    }
    words.append(&mut own);
    words.join(" ")
}

/// What an agreement says, a sentence for each word of it; unknown words say nothing. What a resource
/// opens is said in its own words, beside its host.
///
/// # Errors
/// The store's own.
pub(crate) async fn sentences(
    core: &Core,
    conn: &mut Conn,
    lang: Lang,
    wanted: &str,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let w = Say(lang);
    let mut said = Vec::new();
    for word in wanted.split(' ') {
        let Some(at) = word.strip_prefix(RESOURCE) else {
            said.extend(scope::sentence(word).map(|key| w.say(key).to_owned()));
            continue;
        };
        let (uri, own) = at
            .split_once(OF)
            .map_or((at, None), |(uri, own)| (uri, Some(own)));
        let host = host_of(uri);
        said.push(match own {
            None => w.fill("consent-resource", "host", &host),
            Some(own) => {
                let resource = audience::find(core, conn, uri, now).await?;
                let text = resource
                    .as_ref()
                    .and_then(|resource| text(resource, own, lang));
                let text = text.unwrap_or(own);
                w.fill_all("consent-resource-scope", &[("host", &host), ("text", text)])
            }
        });
    }
    Ok(said)
}

/// What a resource says of one of its words.
fn text<'a>(resource: &'a Audience, word: &str, lang: Lang) -> Option<&'a str> {
    let declared = resource.scopes.iter().find(|one| one.word == word)?;
    let [en, de] = &declared.text;
    let own = match lang {
        Lang::En => en,
        Lang::De => de,
    };
    own.as_deref().or(en.as_deref())
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

impl Consent {
    /// The agreement as it stands once somebody says yes to more: an app that asks for less later has
    /// not lost what was allowed before, nor the name it knew where it does not ask for one now.
    pub(crate) fn after(
        before: Option<Self>,
        (account, client_id): (&str, &str),
        (scope, resource): (&str, Option<&str>),
        nickname: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            account: account.to_owned(),
            client_id: client_id.to_owned(),
            scope: joined(before.as_ref(), &wanted(scope, resource)),
            nickname: match scope::has(scope, scope::PROFILE) {
                true => nickname,
                false => before.and_then(|before| before.nickname),
            },
            text_version: TEXT_VERSION,
            given_at: now,
        }
    }
}

/// The words of both.
fn joined(before: Option<&Consent>, now: &str) -> String {
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
