//! `/problems/{slug}`: a page for every refusal the platform can give, and the list of them; and the
//! first page of this origin.

use crate::{
    browser,
    core::Shared,
    page::{self, Say},
    people, session,
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use kernel::problem::{self, Slug};
use web::{
    lang::Choice,
    problems::{self, Told},
};

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/problems", get(list))
        .route("/problems/{slug}", get(one))
        .with_state(core)
}

#[derive(Template)]
#[template(path = "problem.html")]
struct One {
    w: Say,
    slug: &'static Slug,
    told: Told,
    example: String,
}

async fn one(State(core): State<Shared>, Path(slug): Path<String>, choice: Choice) -> Response {
    let Some(slug) = problem::find(&slug) else {
        return page::refusal(&core, &choice, crate::problem::Refusal::NotFound);
    };
    let told = problems::told(choice.lang, slug);
    let fragment = One {
        w: Say(choice.lang),
        slug,
        told,
        example: kernel::Problem::new(slug).body().to_string(),
    };
    page::shell(&core, &choice, told.title)
        .page(&fragment)
        .into_response()
}

#[derive(Template)]
#[template(path = "problems.html")]
struct List {
    w: Say,
    slugs: Vec<(&'static str, Told)>,
}

async fn list(State(core): State<Shared>, choice: Choice) -> Response {
    let w = Say(choice.lang);
    let told = |slug: &'static Slug| (slug.slug, problems::told(choice.lang, slug));
    let mut slugs: Vec<_> = problem::all().map(told).collect();
    slugs.sort_unstable_by_key(|(slug, _)| *slug);
    let title = w.say("problems-title");
    page::shell(&core, &choice, title)
        .wide()
        .page(&List { w, slugs })
        .into_response()
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    w: Say,
    listen: &'a str,
    join: String,
    account: String,
    sign_in: String,
    problems: String,
    form_token: String,
    signed_in: bool,
}

async fn home(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let login = match session::current(&core, &headers, now).await {
        Ok(login) => login,
        Err(error) => return page::refusal(&core, &choice, error.into()),
    };
    let w = Say(choice.lang);
    let browser = browser::current_or_new(&core, &headers);
    let fragment = Home {
        w,
        listen: &core.ground.origins.listen,
        join: choice.link("/join"),
        account: choice.link("/account"),
        sign_in: choice.link("/account/confirm"),
        problems: choice.link("/problems"),
        form_token: core.forms.token(browser.id(), people::PURPOSE),
        signed_in: login.is_some(),
    };
    let mut shell = page::shell(&core, &choice, w.say("home-title"));
    if login.is_none() {
        shell = shell.learns(w.say("home-learns"), w.say("home-learns-not"));
    }
    let mut answer = shell.page(&fragment).into_response();
    browser.set_cookie(&core, answer.headers_mut());
    answer
}
