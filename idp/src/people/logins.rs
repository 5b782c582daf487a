//! Logins: where one is signed in, under names of one's own; one, the others or all are ended.

use super::{
    Who, dates,
    frame::{self, Frame},
    label,
};
use crate::{
    acr::Acr,
    authorize::reply,
    browser,
    core::{Core, Shared},
    events,
    logout::{self, Which},
    page,
    problem::Refusal,
    session::{self, Login, store},
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use kernel::Timestamp;
use serde_json::{Value, json};
use web::lang::Choice;

const PATH: &str = "/account/logins";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route(PATH, get(show))
        .route("/account/logins/label", post(label_here))
        .route("/account/logins/end", post(end_here))
        .with_state(core)
}

/// The logins as the API tells them. Its hash names a login: no cookie can be made from that.
pub(super) fn told(who: &Who, logins: &[Login]) -> Value {
    let one = |login: &Login| {
        let mut told = json!({
            "id": login.id_h,
            "started": login.created.to_string(),
            "last_day": login.seen.day().to_string(),
            "acr": login.acr.as_str(),
            "this": who.is_this(&login.id_h),
        });
        if let Some(label) = &login.label {
            told["label"] = label.clone().into();
        }
        told
    };
    logins.iter().map(one).collect()
}

/// Names a login; an empty name takes it away.
///
/// # Errors
/// `NotFound` for one that is not this person's.
pub(super) async fn name(
    core: &Core,
    who: &Who,
    id: &str,
    typed: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    let name = label(typed);
    let (name, account) = (name.as_deref(), &who.account.id);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                who.still(tx, now).await?;
                if !store::label(tx, id, account, name).await? {
                    return Err(Refusal::NotFound);
                }
                Ok(())
            })
        })
        .await
}

/// What a person may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant<'a> {
    /// One login.
    One(&'a str),
    /// All but this one.
    Others,
    /// Every login and all that came of them.
    Everywhere,
}

/// Ends it.
///
/// # Errors
/// `NotFound` for a login that is not this person's; the store's own.
pub(super) async fn end(
    core: &Core,
    who: &Who,
    meant: Meant<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let kind = match meant {
        Meant::One(_) => events::LOGIN_ENDED,
        Meant::Others => events::OTHERS_ENDED,
        Meant::Everywhere => events::EVERYWHERE_ENDED,
    };
    let line = &events::New::draw(&core.ground.world, kind);
    let account = who.account.id.as_str();
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            who.still(tx, now).await?;
            let logins = frame::of_account(tx, who, now).await?;
            let known = |id: &str| logins.iter().any(|login| login.id_h == id);
            match meant {
                Meant::One(id) if known(id) => logout::end(tx, Which::Login(id), now).await?,
                Meant::One(_) => return Err(Refusal::NotFound),
                Meant::Others => {
                    let but = who.this();
                    logout::end(tx, Which::Logins { account, but }, now).await?;
                }
                Meant::Everywhere => logout::end(tx, Which::Everywhere { account }, now).await?,
            }
            events::write(tx, account, line, now).await?;
            Ok::<_, Refusal>(())
        })
    });
    write.await?;
    logout::tell(core, account, now).await;
    Ok(())
}

/// A login as the page shows it.
struct Line {
    id: String,
    label: Option<String>,
    started: String,
    seen: String,
    by: &'static str,
    this: bool,
}

#[derive(Template)]
#[template(path = "account/logins.html")]
struct Logins {
    f: Frame,
    lines: Vec<Line>,
    others: bool,
}

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let logins = frame::of_account(&mut conn, &who, now).await?;
        let fragment = Logins {
            lines: logins.iter().map(|login| line(&f, &who, login)).collect(),
            others: logins.len() > 1,
            f,
        };
        let words = ("logins-title", Some(("logins-learns", "logins-learns-not")));
        Ok(frame::page(&core, &choice, &browser, words, &fragment))
    };
    super::pages::answer(&core, &choice, &headers, shown.await)
}

fn line(f: &Frame, who: &Who, login: &Login) -> Line {
    Line {
        id: login.id_h.clone(),
        label: login.label.clone(),
        started: dates::day(f.w.0, login.created.day()),
        seen: dates::day(f.w.0, login.seen.day()),
        by: f.w.say(by(login.acr)),
        this: who.is_this(&login.id_h),
    }
}

/// The key of the word for a strength.
pub(super) const fn by(acr: Acr) -> &'static str {
    match acr {
        Acr::Qr => "by-qr",
        Acr::External => "by-external",
        Acr::Wallet => "by-wallet",
        Acr::Phr => "by-passkey",
        Acr::Member => "by-member",
    }
}

async fn label_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let named = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let say = |field| params.get(field).unwrap_or_default();
        name(&core, &who, say("login"), say("label"), now).await?;
        Ok(reply::see_other(&choice.link(PATH)))
    };
    page::answer(&core, &choice, named.await)
}

/// Ends one login (`login`), `others`, or `all` of them.
async fn end_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let ended = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let meant = match params.get("login").unwrap_or_default() {
            "others" => Meant::Others,
            "all" => Meant::Everywhere,
            id => Meant::One(id),
        };
        end(&core, &who, meant, now).await?;
        let gone =
            meant == Meant::Everywhere || who.this().is_some_and(|id| meant == Meant::One(id));
        if gone {
            return Ok(out(&core, &choice, meant == Meant::Everywhere));
        }
        Ok(reply::see_other(&choice.link(PATH)))
    };
    page::answer(&core, &choice, ended.await)
}

/// The page after this browser's own login was ended.
pub(super) fn out(core: &Core, choice: &Choice, everywhere: bool) -> Response {
    let w = super::words::Tell(choice.lang);
    let (title, lead) = if everywhere {
        ("out-everywhere-title", "out-everywhere-lead")
    } else {
        ("out-title", "out-lead")
    };
    let (title, lead, home) = (w.say(title), w.say(lead), choice.link("/"));
    let fragment = Out {
        w,
        title,
        lead,
        home,
    };
    let mut answer = page::shell(core, choice, title)
        .page(&fragment)
        .into_response();
    browser::clear_cookie(core, answer.headers_mut(), session::COOKIE);
    answer
}

#[derive(Template)]
#[template(path = "account/out.html")]
struct Out {
    w: super::words::Tell,
    title: &'static str,
    lead: &'static str,
    home: String,
}
