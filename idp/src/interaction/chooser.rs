//! The page of ways in.

use super::Interaction;
use crate::{
    acr::Acr,
    client::Client,
    core::Core,
    external::Provider,
    page::{self, Say},
    vp::qr,
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
    qr: bool,
    external: Vec<Outside<'a>>,
    join: String,
    personas: &'a [String],
}

/// An outside provider as a button.
struct Outside<'a> {
    name: &'a str,
    says: String,
}

/// Renders it for this browser, the ways in always in the same order. Those that cannot reach what
/// the app demands are left out.
pub(super) fn page(core: &Core, choice: &Choice, at: &Interaction, client: &Client) -> Page {
    let w = Say(choice.lang);
    let title = w.fill("choose-title", "app", &client.name);
    let reaches = |way: Acr| at.request.may_end_with(way);
    let outside: &[Provider] = match reaches(Acr::External) {
        true => core.external.all(),
        false => &[],
    };
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
        qr: qr::is_offered(at),
        external: outside
            .iter()
            .map(|one| Outside {
                name: &one.name,
                says: w.fill("choose-external", "provider", &one.label),
            })
            .collect(),
        join: choice.link(&format!("/join?ix={}", at.ix)),
        personas,
    };
    let shell = page::shell(core, choice, &title);
    let shell = outside
        .iter()
        .fold(shell, |shell, one| shell.leads_to(one.issuer()));
    shell
        .learns(w.say("choose-learns"), w.say("choose-learns-not"))
        .script("passkey")
        .leads_to(&at.request.redirect_uri)
        .leads_to(&core.ground.origins.wallet)
        .page(&fragment)
}
