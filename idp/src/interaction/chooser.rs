//! The page of ways in.

use super::Interaction;
use crate::{
    acr::Acr,
    client::Client,
    core::Core,
    page::{self, Say},
};
use askama::Template;
use web::{lang::Choice, page::Page};

#[derive(Template)]
#[template(path = "chooser.html")]
struct Chooser<'a> {
    w: Say,
    title: &'a str,
    lead: String,
    stronger: bool,
    ix: &'a str,
    path: String,
    form_token: String,
    passkey: bool,
    wallet: bool,
    join: String,
    personas: &'a [String],
}

/// Renders it for this browser. Ways that cannot reach what the app demands are left out.
pub(super) fn page(core: &Core, choice: &Choice, at: &Interaction, client: &Client) -> Page {
    let w = Say(choice.lang);
    let title = w.fill("choose-title", "app", &client.name);
    let reaches = |way: Acr| !at.request.acr_essential || at.request.is_content_with(way);
    let personas: &[String] = match core.ground.demo {
        Some(_) => &core.config.personas,
        None => &[],
    };
    let fragment = Chooser {
        w,
        title: &title,
        lead: w.fill(
            "choose-lead",
            "host",
            &page::host_of(&at.request.redirect_uri),
        ),
        stronger: at.account.is_some(),
        ix: &at.ix,
        path: at.path(),
        form_token: core.forms.token(at.browser.id(), &at.purpose()),
        passkey: reaches(Acr::Phr),
        wallet: reaches(Acr::Wallet),
        join: choice.link(&format!("/join?ix={}", at.ix)),
        personas,
    };
    page::shell(core, choice, &title)
        .learns(w.say("choose-learns"), w.say("choose-learns-not"))
        .script("passkey")
        .leads_to(&at.request.redirect_uri)
        .leads_to(&core.ground.origins.wallet)
        .page(&fragment)
}
