//! The page that asks: who, where it leads, what it learns, what it does not.

use crate::{
    client::Client,
    core::Core,
    interaction::Interaction,
    page::{self, Say},
    scope,
};
use askama::Template;
use web::{lang::Choice, page::Page};

#[derive(Template)]
#[template(path = "consent.html")]
struct Ask<'a> {
    w: Say,
    title: &'a str,
    logo: Option<String>,
    host: String,
    unverified: bool,
    sentences: Vec<String>,
    nickname: Option<String>,
    path: String,
    form_token: String,
}

/// Renders it. `before` is the nickname this app knows already, `sentences` what it asks for.
pub(crate) fn page(
    core: &Core,
    choice: &Choice,
    at: &Interaction,
    client: &Client,
    before: Option<&str>,
    sentences: Vec<String>,
) -> Page {
    let w = Say(choice.lang);
    let title = w.fill("consent-title", "app", &client.name);
    let fragment = Ask {
        w,
        title: &title,
        logo: client
            .has_logo
            .then(|| format!("/clients/{}/logo", client.id)),
        host: page::host_of(&at.request.redirect_uri),
        unverified: !client.verified,
        sentences,
        nickname: scope::has(&at.request.scope, scope::PROFILE)
            .then(|| before.unwrap_or_default().to_owned()),
        path: at.path(),
        form_token: core.forms.token(at.browser.id(), &at.purpose()),
    };
    page::shell(core, choice, &title)
        .learns(w.say("consent-learns"), w.say("consent-learns-not"))
        .leads_to(&at.request.redirect_uri)
        .page(&fragment)
}
