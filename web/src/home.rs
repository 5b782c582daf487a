//! The co-op's origin, whose rooms open later: one page that says so.

use crate::{
    Site,
    lang::Choice,
    page::{Page, Shell},
    words::SHELL,
};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use host::{Ground, Origin};
use std::sync::Arc;

struct Home {
    site: Site,
    listen: String,
}

/// `GET /` of the co-op's origin.
pub(crate) fn routes(ground: &Ground) -> Router {
    let home = Home {
        site: Site::of(ground, Origin::Coop),
        listen: ground.origins.listen.clone(),
    };
    Router::new()
        .route("/", get(show))
        .with_state(Arc::new(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    title: &'static str,
    lead: &'static str,
    when: &'static str,
    listen: &'a str,
    listen_word: &'static str,
}

async fn show(State(home): State<Arc<Home>>, choice: Choice) -> Page {
    let say = |key| SHELL.say(choice.lang, key);
    let page = HomePage {
        title: say("coop-title"),
        lead: say("coop-lead"),
        when: say("coop-when"),
        listen: &home.listen,
        listen_word: say("coop-listen"),
    };
    Shell::new(&home.site, &choice, page.title).page(&page)
}
