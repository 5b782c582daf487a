//! The page a browser comes back to from its wallet.

use crate::{core::Core, join::WORDS};
use askama::Template;
use web::{
    lang::Choice,
    page::{Page, Shell},
};

#[derive(Template)]
#[template(path = "back.html")]
struct Back {
    title: &'static str,
    lead: &'static str,
    label: &'static str,
    button: &'static str,
    other: &'static str,
    action: String,
    again: String,
}

/// The code stands in the fragment, which a server never sees: a script puts it into the field and
/// sends it; without a script a person pastes it. The form's answer may lead on to `app` at once.
pub(super) fn back(core: &Core, choice: &Choice, ix: &str, app: Option<&str>) -> Page {
    let say = |key| WORDS.say(choice.lang, key);
    let page = Back {
        title: say("back-title"),
        lead: say("back-lead"),
        label: say("back-label"),
        button: say("back-button"),
        other: say("back-other"),
        action: format!("/interaction/{ix}/back"),
        again: format!("/interaction/{ix}"),
    };
    let shell = Shell::new(&core.site, choice, page.title);
    let shell = app.into_iter().fold(shell, Shell::leads_to);
    shell.script("back").page(&page)
}
