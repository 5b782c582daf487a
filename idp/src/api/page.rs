//! The pages for developers: where to begin, and the interface to read and try without script.

use super::{
    WORDS, document,
    op::{Caller, Gives, Method, Op, Place},
    ops,
};
use crate::{core::Shared, page};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use kernel::problem::Slug;
use web::lang::{Choice, Lang};

/// The words in one language, for templates.
#[derive(Clone, Copy)]
struct Say(Lang);

impl Say {
    fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }
}

#[derive(Template)]
#[template(path = "developers.html")]
struct Start<'a> {
    w: Say,
    issuer: &'a str,
}

/// `GET /developers`.
pub(super) async fn start(State(core): State<Shared>, choice: Choice) -> Response {
    let w = Say(choice.lang);
    let issuer = core.issuer();
    page::shell(&core, &choice, w.say("developers-title"))
        .page(&Start { w, issuer })
        .into_response()
}

/// An operation as the page shows it.
struct Shown {
    method: String,
    path: &'static str,
    says: &'static str,
    caller: &'static str,
    fields: Vec<Line>,
    answers: Vec<(u16, String)>,
    refusals: Vec<(u16, Vec<&'static Slug>)>,
    try_it: bool,
}

/// A value as the page shows it.
struct Line {
    place: &'static str,
    name: &'static str,
    needed: bool,
    says: &'static str,
    query: bool,
}

/// The operations of one room.
struct Room {
    name: &'static str,
    ops: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Operations {
    w: Say,
    rooms: Vec<Room>,
}

/// `GET /developers/api`.
pub(super) async fn operations(State(core): State<Shared>, choice: Choice) -> Response {
    let w = Say(choice.lang);
    let rooms = ops::all().into_iter().map(|(name, ops)| Room {
        name,
        ops: ops.iter().map(|op| shown(w, op)).collect(),
    });
    let fragment = Operations {
        w,
        rooms: rooms.collect(),
    };
    page::shell(&core, &choice, w.say("api-title"))
        .wide()
        .page(&fragment)
        .into_response()
}

fn shown(w: Say, op: &Op) -> Shown {
    let answer = |(status, what, says): &(u16, Gives, &'static str)| {
        let body = match what {
            Gives::Json(name) => format!(" ({name})"),
            Gives::Media(media) => format!(" ({media})"),
            Gives::Nothing | Gives::Away => String::new(),
        };
        (*status, format!("{says}{body}"))
    };
    let line = |(place, field): &(Place, super::op::Field)| Line {
        place: match place {
            Place::Query => w.say("api-in-query"),
            Place::Form => w.say("api-in-form"),
            Place::Json => w.say("api-in-json"),
        },
        name: field.name,
        needed: field.needed,
        says: field.says,
        query: *place == Place::Query,
    };
    Shown {
        method: document::method(op).to_ascii_uppercase(),
        path: op.path,
        says: op.says,
        caller: w.say(match op.caller {
            Caller::Any => "api-by-any",
            Caller::Client => "api-by-client",
            Caller::Token => "api-by-token",
            Caller::Login => "api-by-login",
            Caller::Person => "api-by-person",
        }),
        fields: op.fields.iter().map(line).collect(),
        answers: op.gives.iter().map(answer).collect(),
        refusals: document::refusals(op).into_iter().collect(),
        // A form can be sent without script where the path has nothing to fill in, and where the
        // browser may show what comes.
        try_it: op.method == Method::Get
            && op.in_path().next().is_none()
            && op.caller != Caller::Token,
    }
}
