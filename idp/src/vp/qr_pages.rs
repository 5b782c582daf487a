//! The page with the picture.

use super::{picture, qr::Stands};
use crate::{core::Core, interaction::Interaction, join::WORDS};
use askama::Template;
use web::{
    lang::{Choice, Lang},
    page::{Page, SafeHtml, Shell},
};

/// The words in one language.
#[derive(Clone, Copy)]
struct Say(Lang);

impl Say {
    fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }
}

/// What the page shows.
pub(super) struct Shown {
    /// What the picture holds.
    pub(super) address: String,
    /// The two digits beside it.
    pub(super) number: i64,
    /// Where it stands.
    pub(super) stands: Stands,
}

#[derive(Template)]
#[template(path = "qr.html")]
struct QrPage<'a> {
    w: Say,
    title: &'static str,
    lead: &'static str,
    picture: Option<SafeHtml>,
    shown: &'a Shown,
    answered: bool,
    path: String,
    form_token: String,
}

/// Without a script a person looks whether the wallet has answered by a link; with one the page asks
/// every two seconds, and draws a new picture every 90.
pub(super) fn page(core: &Core, choice: &Choice, at: &Interaction, shown: &Shown) -> Page {
    let say = |key| WORDS.say(choice.lang, key);
    let lead = match shown.stands {
        Stands::Waiting => "qr-lead",
        Stands::Stale => "qr-stale",
        Stands::Answered => "qr-answered",
        Stands::Refused => "qr-refused",
        Stands::Closed => "qr-closed",
    };
    let picture = (shown.stands == Stands::Waiting)
        .then(|| picture::draw(&shown.address, say("qr-picture")))
        .flatten();
    let page = QrPage {
        w: Say(choice.lang),
        title: say("qr-title"),
        lead: say(lead),
        picture,
        shown,
        answered: shown.stands == Stands::Answered,
        path: at.path(),
        form_token: core.forms.token(at.browser.id(), &at.purpose()),
    };
    Shell::new(&core.site, choice, page.title)
        .learns(say("qr-learns"), say("qr-learns-not"))
        .script("qr")
        .leads_to(&at.request.redirect_uri)
        .page(&page)
}
