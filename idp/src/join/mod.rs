//! The page on which people join: a handle, a passkey, nothing else.

use crate::{account, core::Shared};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use host::{Answer, form::Query};
use serde::Deserialize;
use std::sync::LazyLock;
use web::{
    lang::Choice,
    page::{Page, Shell},
    words::Words,
};

/// The words of this page and of the page after the wallet.
pub(crate) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/ways_en.ftl"),
        include_str!("../../words/ways_de.ftl"),
    )
});

/// `GET /join`.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new().route("/join", get(show)).with_state(core)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    ix: String,
}

#[derive(Template)]
#[template(path = "join.html")]
struct Join {
    title: &'static str,
    lead: &'static str,
    label: &'static str,
    hint: &'static str,
    invited: &'static str,
    invite: &'static str,
    invite_hint: &'static str,
    age: &'static str,
    button: &'static str,
    noscript: &'static str,
    other: &'static str,
    handle: String,
    ix: String,
    again: String,
}

/// The sign-in a joining belongs to is only named here; whose it is is looked at when it counts.
async fn show(
    State(core): State<Shared>,
    choice: Choice,
    Query(Asked { ix }): Query<Asked>,
) -> Answer<Page> {
    let say = |key| WORDS.say(choice.lang, key);
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    let ix = if ix.len() <= 64 && ix.bytes().all(plain) {
        ix
    } else {
        String::new()
    };
    let page = Join {
        title: say("join-title"),
        lead: say("join-lead"),
        label: say("join-handle"),
        hint: say("join-hint"),
        invited: say("join-invited"),
        invite: say("join-invite"),
        invite_hint: say("join-invite-hint"),
        age: say("join-age"),
        button: say("join-button"),
        noscript: say("join-noscript"),
        other: say("join-other"),
        handle: account::drawn_handle(&core.ground.world, 0).to_string(),
        again: if ix.is_empty() {
            String::new()
        } else {
            format!("/interaction/{ix}?{}", crate::interaction::http::WAYS)
        },
        ix,
    };
    Ok(Shell::new(&core.site, &choice, page.title)
        .learns(say("join-learns"), say("join-learns-not"))
        .script("passkey")
        .page(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
