//! The page of an unregistered return address. Whoever answers for the app sees how the received one
//! differs from each registered one; anyone else gets a plain sentence.

use super::{
    Say, access,
    difference::{self, Difference},
};
use crate::{client::Found, core::Core, page, problem::Refusal};
use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use host::answer::Refused;
use kernel::{Problem, Timestamp, problem};
use web::lang::Choice;

/// The most registered addresses that are compared on the page.
const MOST: usize = 10;

struct Line {
    difference: Difference,
    rule: &'static str,
}

#[derive(Template)]
#[template(path = "redirect_differs.html")]
struct Differs {
    w: Say,
    title: &'static str,
    cause: &'static str,
    code: &'static str,
    lines: Vec<Line>,
}

/// Answers a request whose return address is not registered.
pub(crate) async fn answer(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    (app, received): (&Found, &str),
    now: Timestamp,
) -> Response {
    let own = app.sandbox || owns(core, headers, &app.client.id, now).await;
    if !own {
        return page::refusal(core, choice, Refusal::RedirectUnregistered);
    }
    let w = Say(choice.lang);
    let slug = &problem::REDIRECT_UNREGISTERED;
    let told = web::problems::told(choice.lang, slug);
    let registered = app.client.redirects.iter().take(MOST);
    let lines = registered.map(|registered| {
        let difference = difference::between(registered, received);
        let rule = w.say(difference.rule.key());
        Line { difference, rule }
    });
    let fragment = Differs {
        w,
        title: told.title,
        cause: told.cause,
        code: slug.slug,
        lines: lines.collect(),
    };
    let page = page::shell(core, choice, told.title).wide().page(&fragment);
    let mut answer = page.status(StatusCode::BAD_REQUEST).into_response();
    answer.extensions_mut().insert(Refused(Problem::new(slug)));
    answer
}

/// Whether the account signed in here registered the app. What cannot be looked up is not shown.
async fn owns(core: &Core, headers: &HeaderMap, id: &str, now: Timestamp) -> bool {
    let found = access::of_owner(core, headers, id, now).await;
    found.is_ok_and(|row| row.is_some())
}
