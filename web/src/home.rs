//! Origins whose rooms open later: one page that says so.

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

/// `GET /` of the co-op's or the staff's origin.
pub(crate) fn routes(ground: &Ground, origin: Origin) -> Router {
    let home = Home {
        site: Site::of(ground, origin),
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
    listen: Option<(&'a str, &'static str)>,
}

async fn show(State(home): State<Arc<Home>>, choice: Choice) -> Page {
    let say = |key| SHELL.say(choice.lang, key);
    let is_staff = home.site.origin == Origin::Staff;
    let page = if is_staff {
        HomePage {
            title: say("staff-title"),
            lead: say("staff-lead"),
            when: say("staff-when"),
            listen: None,
        }
    } else {
        HomePage {
            title: say("coop-title"),
            lead: say("coop-lead"),
            when: say("coop-when"),
            listen: Some((&home.listen, say("coop-listen"))),
        }
    };
    Shell::new(&home.site, &choice, page.title).page(&page)
}
