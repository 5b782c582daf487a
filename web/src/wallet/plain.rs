//! What the wallet's page says without script: what is asked, and the command that answers it.
//! It stores nothing and sends nothing.

use super::{
    Pages,
    request::{self, Agreement, Asked, Request},
};
use crate::{
    lang::{Choice, Lang},
    page::{Page, SafeHtml},
    words::SHELL,
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
};
use std::sync::Arc;

/// The frame around what is said without script.
#[derive(Template)]
#[template(path = "wallet_plain.html")]
struct Plain {
    lang: &'static str,
    body: SafeHtml,
    learns: Option<String>,
    others: Vec<Other>,
}

struct Other {
    tag: &'static str,
    name: &'static str,
    href: String,
}

impl Pages {
    /// The wallet's page with this said without script.
    fn saying(&self, choice: &Choice, fragment: &impl Template, learns: bool) -> Page {
        let fill = |key, what| SHELL.fill(choice.lang, key, &[("what", what)]);
        let w = Say(choice.lang);
        let learns = learns.then(|| {
            let learns = fill("shell-learns", w.say("wallet-learns"));
            let not = fill("shell-learns-not", w.say("wallet-learns-not"));
            format!("{learns} {not}")
        });
        let others = choice.others().into_iter().map(|(lang, href)| Other {
            tag: lang.tag(),
            name: lang.name(),
            href,
        });
        let plain = Plain {
            lang: choice.lang.tag(),
            body: SafeHtml::of(fragment),
            learns,
            others: others.collect(),
        };
        self.shell(&SafeHtml::of(&plain).0)
    }
}

#[derive(Template)]
#[template(path = "wallet_home.html")]
struct HomePage<'a> {
    w: Say,
    id: &'a str,
}

/// Any screen of the wallet.
pub(super) async fn home(State(pages): State<Arc<Pages>>, choice: Choice) -> Page {
    let w = Say(choice.lang);
    let fragment = HomePage { w, id: &pages.id };
    pages.saying(&choice, &fragment, false)
}

#[derive(Template)]
#[template(path = "wallet_present.html")]
struct PresentPage {
    w: Say,
    title: String,
    sends_to: String,
    cards: Vec<Card>,
    agreements: Vec<String>,
    other_device: bool,
    command: String,
    url: String,
}

struct Card {
    from: String,
    facts: Vec<String>,
}

#[derive(Template)]
#[template(path = "wallet_unread.html")]
struct UnreadPage {
    w: Say,
}

/// Shows a request. What it says about itself is text, never a link: the page leads nowhere.
pub(super) async fn present(
    State(pages): State<Arc<Pages>>,
    choice: Choice,
    RawQuery(query): RawQuery,
) -> Page {
    let w = Say(choice.lang);
    let query = query.unwrap_or_default();
    let Some(request) = Request::read(&query) else {
        return pages
            .saying(&choice, &UnreadPage { w }, false)
            .status(StatusCode::BAD_REQUEST);
    };
    let url = format!("{}/present?{}", pages.site.base, without_lang(&query));
    let title = SHELL.fill(
        choice.lang,
        "wallet-present-title",
        &[("who", &request.who)],
    );
    let cards = request.asked.iter().map(|asked| card(choice.lang, asked));
    let agreements = request.agreements.iter().map(|a| agreement(choice.lang, a));
    let fragment = PresentPage {
        w,
        title,
        sends_to: request.sends_to,
        cards: cards.collect(),
        agreements: agreements.collect(),
        other_device: request.other_device,
        command: format!("resonate-wallet present {}", quoted(&url)),
        url,
    };
    pages.saying(&choice, &fragment, true)
}

#[derive(Template)]
#[template(path = "wallet_callback.html")]
struct CallbackPage {
    w: Say,
    url: String,
}

#[derive(Template)]
#[template(path = "wallet_denied.html")]
struct DeniedPage {
    title: &'static str,
    why: String,
}

/// Where a sign-in for the wallet ends when it was finished in a browser.
pub(super) async fn callback(
    State(pages): State<Arc<Pages>>,
    choice: Choice,
    RawQuery(query): RawQuery,
) -> Page {
    let w = Say(choice.lang);
    let query = query.unwrap_or_default();
    let find = |wanted| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if find("code").is_some() && find("state").is_some() {
        let url = format!("{}/cb?{}", pages.site.base, without_lang(&query));
        return pages.saying(&choice, &CallbackPage { w, url }, false);
    }
    let title = w.say("wallet-cb-denied-title");
    let error = find("error")
        .filter(|e| request::is_word(e))
        .unwrap_or_else(|| "-".into());
    let why = SHELL.fill(choice.lang, "wallet-cb-denied-why", &[("error", &error)]);
    pages
        .saying(&choice, &DeniedPage { title, why }, false)
        .status(StatusCode::BAD_REQUEST)
}

/// What the claims of cards are in plain words; the name of the card, then of the claim.
const FACTS: [(&str, &str, &str); 8] = [
    ("listener", "account", "wallet-fact-account"),
    ("listener", "handle", "wallet-fact-handle"),
    ("listener", "listener", "wallet-fact-listener"),
    ("listener", "tier", "wallet-fact-tier"),
    ("listener", "locale", "wallet-fact-locale"),
    ("listener", "age_over_16", "wallet-fact-age"),
    ("listener", "joined_quarter", "wallet-fact-joined"),
    ("member", "good_standing", "wallet-fact-standing"),
];

/// A claim in plain words; one we do not know keeps its own name, marked as such.
fn fact(lang: Lang, card: &str, name: &str) -> String {
    let known = FACTS.iter().find(|(of, is, _)| *of == card && *is == name);
    match known {
        Some((_, _, key)) => SHELL.say(lang, key).to_owned(),
        None => SHELL.fill(lang, "wallet-fact-other", &[("name", name)]),
    }
}

fn card(lang: Lang, asked: &Asked) -> Card {
    let from = match asked.card.as_str() {
        "listener" => SHELL.say(lang, "wallet-present-listener").to_owned(),
        other => SHELL.fill(lang, "wallet-present-card", &[("card", other)]),
    };
    let facts = if asked.facts.is_empty() {
        vec![SHELL.say(lang, "wallet-present-any").to_owned()]
    } else {
        let words = |name: &String| fact(lang, &asked.card, name);
        asked.facts.iter().map(words).collect()
    };
    Card { from, facts }
}

fn agreement(lang: Lang, agreement: &Agreement) -> String {
    match agreement {
        Agreement::Mandate { play, total, days } => SHELL.fill(
            lang,
            "wallet-present-mandate",
            &[("play", play), ("total", total), ("days", days)],
        ),
        Agreement::Payment { amount } => {
            SHELL.fill(lang, "wallet-present-payment", &[("amount", amount)])
        }
    }
}

/// The language switch is the page's own; the wallet gets the request as the verifier wrote it.
fn without_lang(query: &str) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|p| !p.starts_with("lang="))
        .collect();
    kept.join("&")
}

/// One word for a POSIX shell, whatever the request holds.
fn quoted(url: &str) -> String {
    format!("'{}'", url.replace('\'', "%27"))
}

/// Words of one language, for templates.
#[derive(Clone, Copy)]
struct Say(Lang);

impl Say {
    fn say(self, key: &'static str) -> &'static str {
        SHELL.say(self.0, key)
    }
}
