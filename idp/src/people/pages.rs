//! The start page, the log, and what a visitor without a login sees.

use super::{
    PURPOSE, Who, apps, dates, factors,
    frame::{self, Frame},
    logins,
    words::Tell,
};
use crate::{
    acr::Acr,
    authorize::reply,
    browser,
    core::{Core, Shared},
    events::{self, Line},
    logout, page,
    problem::Refusal,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use host::db::{Conn, Error};
use kernel::Timestamp;
use serde_json::{Value, json};
use web::lang::Choice;

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/account", get(start))
        .route("/account/later", post(later))
        .route("/account/log", get(log))
        .with_state(core)
}

#[derive(Template)]
#[template(path = "account/start.html")]
struct Start {
    f: Frame,
    passkeys: String,
    logins: String,
    apps: String,
    since: String,
    logout_token: String,
}

async fn start(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let ways = factors::count(&mut conn, &who.account.id).await?;
        let logins = frame::of_account(&mut conn, &who, now).await?.len();
        let apps = apps::of(&core, &mut conn, &who, now).await?.len();
        let count = |key, n: usize| f.w.fill(key, &[("n", &n.to_string())]);
        let fragment = Start {
            passkeys: count("start-passkeys", ways),
            logins: count("start-logins", logins),
            apps: count("start-apps", apps),
            since: dates::day(choice.lang, who.account.created_day),
            logout_token: core.forms.token(browser.id(), logout::PURPOSE),
            f,
        };
        let words = ("start-title", Some(("start-learns", "start-learns-not")));
        Ok(frame::page(&core, &choice, &browser, words, &fragment))
    };
    answer(&core, &choice, &headers, shown.await)
}

/// `POST /account/later`: the nudge is silent for two weeks.
async fn later(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let silenced = async {
        let (_, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        frame::later(&core, &who, now).await?;
        Ok(reply::see_other(&choice.link("/account")))
    };
    page::answer(&core, &choice, silenced.await)
}

#[derive(Template)]
#[template(path = "account/log.html")]
struct Log {
    f: Frame,
    lines: Vec<(String, String)>,
}

async fn log(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let mut lines = Vec::new();
        for line in events::of_account(&mut conn, &who.account.id).await? {
            let told = sentence(&core, &mut conn, f.w, &line, now).await?;
            lines.push((dates::minute(choice.lang, line.at), told));
        }
        let words = ("log-title", None);
        Ok(frame::page(
            &core,
            &choice,
            &browser,
            words,
            &Log { f, lines },
        ))
    };
    answer(&core, &choice, &headers, shown.await)
}

/// Kinds of lines and the key of their sentence.
const SENTENCES: &[(&str, &str)] = &[
    (events::EXTERNAL_ATTACHED, "log-external-attached"),
    (events::EXTERNAL_DETACHED, "log-external-detached"),
    (events::LOGIN, "log-login"),
    (events::APP_ALLOWED, "log-app-allowed"),
    (events::APP_REVOKED, "log-app-revoked"),
    (events::PASSKEY_ADDED, "log-passkey-added"),
    (events::PASSKEY_RENAMED, "log-passkey-renamed"),
    (events::PASSKEY_REMOVED, "log-passkey-removed"),
    (events::LOGIN_ENDED, "log-login-ended"),
    (events::OTHERS_ENDED, "log-logins-ended"),
    (events::EVERYWHERE_ENDED, "log-everywhere"),
    (events::EXPORTED, "log-exported"),
    ("passkey.counter", "log-counter"),
    ("refresh-reused", "log-refresh-reused"),
    ("code-replayed", "log-code-replayed"),
    (events::STAFF_LOOKED, "log-staff-look"),
    (events::STAFF_LOCKED, "log-staff-lock"),
    (events::STAFF_UNLOCKED, "log-staff-unlock"),
    (events::STAFF_GAVE, "log-staff-give"),
    (events::STAFF_TOOK, "log-staff-take"),
];

/// A line in plain words: what happened, to which app or way in, and for what reason.
async fn sentence(
    core: &Core,
    conn: &mut Conn,
    w: Tell,
    line: &Line,
    now: Timestamp,
) -> Result<String, Error> {
    let key = SENTENCES.iter().find(|(kind, _)| *kind == line.kind);
    let app = match line.says("client") {
        Some(id) => apps::name(core, conn, id, now).await?,
        None => String::new(),
    };
    let by = line.says("acr").and_then(Acr::parse);
    let values = [
        ("app", app.as_str()),
        ("name", line.says("name").unwrap_or_default()),
        ("reason", line.says("reason").unwrap_or_default()),
        ("by", by.map_or("", |acr| w.say(logins::by(acr)))),
        ("kind", line.kind.as_str()),
    ];
    Ok(w.fill(key.map_or("log-other", |(_, key)| *key), &values))
}

/// The lines as the API tells them.
pub(super) fn told(lines: &[Line]) -> Value {
    let one = |line: &Line| {
        let mut told = json!({ "kind": line.kind, "at": line.at.to_string() });
        if let Some(detail) = &line.detail {
            told["detail"] = detail.clone();
        }
        told
    };
    lines.iter().map(one).collect()
}

#[derive(Template)]
#[template(path = "account/in.html")]
struct In {
    w: Tell,
    lead: &'static str,
    form_token: String,
    action: String,
    to: String,
    join: String,
}

/// The page, the page of its refusal, or the way in for who is not signed in.
pub(super) fn answer(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    shown: Result<Response, Refusal>,
) -> Response {
    match shown {
        Err(Refusal::LoginNeeded) => sign_in(core, choice, headers, "in-lead"),
        // A page is only read here: what is too weak for reading is a weak login.
        Err(Refusal::ProofNeeded) => sign_in(core, choice, headers, "in-weak"),
        other => page::answer(core, choice, other),
    }
}

fn sign_in(core: &Core, choice: &Choice, headers: &HeaderMap, lead: &'static str) -> Response {
    let w = Tell(choice.lang);
    let browser = browser::current_or_new(core, headers);
    let fragment = In {
        w,
        lead,
        form_token: core.forms.token(browser.id(), PURPOSE),
        action: choice.link("/account/confirm"),
        to: choice.path().to_owned(),
        join: choice.link("/join"),
    };
    let page = page::shell(core, choice, w.say("in-title"))
        .learns(w.say("in-learns"), w.say("in-learns-not"))
        .page(&fragment)
        .status(StatusCode::UNAUTHORIZED);
    let mut answer = page.into_response();
    browser.set_cookie(core, answer.headers_mut());
    answer
}
