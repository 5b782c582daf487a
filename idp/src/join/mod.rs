//! The page on which people join: a handle, a passkey, nothing else.

use crate::{
    account, browser,
    core::{Core, Shared},
    external::vouch,
    interaction,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, form::Query};
use kernel::{Handle, Timestamp};
use serde::Deserialize;
use std::sync::LazyLock;
use web::{lang::Choice, page::Shell, words::Words};

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
struct Join<'a> {
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
    outside: &'static str,
    outside_hint: &'static str,
    form_token: String,
    /// Name and button of each outside provider that may vouch.
    providers: Vec<(&'a str, String)>,
}

/// The handle that the app wishes for this person, where the sign-in is this browser's. Hints that are
/// no handles were dropped with the request.
async fn wished_handle(
    core: &Core,
    headers: &HeaderMap,
    ix: &str,
    now: Timestamp,
) -> Option<String> {
    let at = interaction::load(core, headers, ix, now).await.ok()?;
    let wish = Handle::parse(at.request.login_hint.as_deref()?).ok()?;
    Some(wish.to_string())
}

/// The sign-in a joining belongs to is only named here; whose it is is looked at when it counts.
async fn show(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
    Query(Asked { ix }): Query<Asked>,
) -> Answer<Response> {
    let say = |key| WORDS.say(choice.lang, key);
    let now = core.ground.world.now();
    let ix = vouch::plain_ix(&ix).to_owned();
    let wish = wished_handle(&core, &headers, &ix, now).await;
    let browser = browser::current_or_new(&core, &headers);
    let outside = core.external.all();
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
        handle: wish.unwrap_or_else(|| account::drawn_handle(&core.ground.world, 0).to_string()),
        outside: say("join-outside"),
        outside_hint: say("join-outside-hint"),
        form_token: vouch::form_token(&core, &browser),
        providers: outside
            .iter()
            .map(|one| {
                let label = [("provider", one.label.as_str())];
                (
                    one.name.as_str(),
                    WORDS.fill(choice.lang, "join-vouch", &label),
                )
            })
            .collect(),
        again: if ix.is_empty() {
            String::new()
        } else {
            format!("/interaction/{ix}?{}", crate::interaction::http::WAYS)
        },
        ix,
    };
    let shell = Shell::new(&core.site, &choice, page.title)
        .learns(say("join-learns"), say("join-learns-not"))
        .script("passkey");
    let shell = outside
        .iter()
        .fold(shell, |shell, one| shell.leads_to(one.issuer()));
    let mut answer = shell.page(&page).into_response();
    if !outside.is_empty() {
        browser.set_cookie(&core, answer.headers_mut());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
