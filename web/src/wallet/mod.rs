//! The wallet origin's plain pages: until the browser wallet comes they show what is asked and the
//! command that answers it. They store nothing and send nothing.

mod request;

use crate::{
    Site,
    lang::{Choice, Lang},
    page::{Page, Shell},
    words::SHELL,
};
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    routing::get,
};
use host::{Ground, Origin};
use request::{Agreement, Asked, Request};
use std::sync::Arc;

struct Pages {
    site: Site,
    id: String,
}

/// `GET /`, `GET /present` and `GET /cb` of the wallet origin.
pub fn wallet_pages(ground: &Ground) -> Router {
    let site = Site::of(ground, Origin::Wallet);
    let pages = Pages {
        site,
        id: ground.origins.id.clone(),
    };
    Router::new()
        .route("/", get(home))
        .route("/present", get(present))
        .route("/cb", get(callback))
        .with_state(Arc::new(pages))
}

#[derive(Template)]
#[template(path = "wallet_home.html")]
struct HomePage<'a> {
    w: Say,
    id: &'a str,
}

async fn home(State(pages): State<Arc<Pages>>, choice: Choice) -> Page {
    let w = Say(choice.lang);
    let fragment = HomePage { w, id: &pages.id };
    Shell::new(&pages.site, &choice, w.say("wallet-home-title")).page(&fragment)
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
async fn present(
    State(pages): State<Arc<Pages>>,
    choice: Choice,
    RawQuery(query): RawQuery,
) -> Page {
    let w = Say(choice.lang);
    let query = query.unwrap_or_default();
    let Some(request) = Request::read(&query) else {
        let shell = Shell::new(&pages.site, &choice, w.say("wallet-present-bad-title"));
        return shell
            .page(&UnreadPage { w })
            .status(StatusCode::BAD_REQUEST);
    };
    let url = format!("{}/present?{}", pages.site.base, without_lang(&query));
    let title = SHELL.fill(
        choice.lang,
        "wallet-present-title",
        &[("who", &request.who)],
    );
    let fragment = PresentPage {
        w,
        title: title.clone(),
        sends_to: request.sends_to,
        cards: request
            .asked
            .iter()
            .map(|asked| card(choice.lang, asked))
            .collect(),
        agreements: request
            .agreements
            .iter()
            .map(|a| agreement(choice.lang, a))
            .collect(),
        other_device: request.other_device,
        command: format!("resonate-wallet present {}", quoted(&url)),
        url,
    };
    Shell::new(&pages.site, &choice, title)
        .learns(w.say("wallet-learns"), w.say("wallet-learns-not"))
        .script("copy")
        .page(&fragment)
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
async fn callback(
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
        let shell = Shell::new(&pages.site, &choice, w.say("wallet-cb-title"));
        return shell.script("copy").page(&CallbackPage { w, url });
    }
    let title = w.say("wallet-cb-denied-title");
    let error = find("error")
        .filter(|e| request::is_word(e))
        .unwrap_or_else(|| "-".into());
    let why = SHELL.fill(choice.lang, "wallet-cb-denied-why", &[("error", &error)]);
    Shell::new(&pages.site, &choice, title)
        .page(&DeniedPage { title, why })
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
