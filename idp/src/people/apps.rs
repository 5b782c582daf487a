//! Apps: what each was allowed, in sentences, and the end of it.

use super::{
    Who, dates,
    frame::{self, Frame},
};
use crate::{
    authorize::reply,
    browser, consent,
    core::{Core, Shared},
    events, grant,
    logout::{self, Which},
    page,
    problem::Refusal,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use host::db::{Conn, Error};
use kernel::Timestamp;
use serde_json::{Value, json};
use web::lang::Choice;

const PATH: &str = "/account/apps";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route(PATH, get(show))
        .route("/account/apps/revoke", post(revoke_here))
        .with_state(core)
}

/// An app as its person knows it.
pub(super) struct App {
    pub(super) client_id: String,
    pub(super) name: String,
    pub(super) first_party: bool,
    pub(super) verified: bool,
    pub(super) scope: String,
    pub(super) nickname: Option<String>,
    pub(super) since: Timestamp,
    /// When it last got something.
    pub(super) last: Option<Timestamp>,
}

impl App {
    /// As the API tells it.
    fn told(&self) -> Value {
        let mut told = json!({
            "client_id": self.client_id,
            "name": self.name,
            "first_party": self.first_party,
            "scope": self.scope,
            "since": self.since.to_string(),
        });
        if let Some(nickname) = &self.nickname {
            told["nickname"] = nickname.clone().into();
        }
        if let Some(last) = self.last {
            told["last_day"] = last.day().to_string().into();
        }
        told
    }
}

/// The apps as the API tells them.
pub(super) fn told(apps: &[App]) -> Value {
    apps.iter().map(App::told).collect()
}

/// What a person agreed to, and our own apps, which ask nobody; newest first.
///
/// # Errors
/// The store's own.
pub(super) async fn of(
    core: &Core,
    conn: &mut Conn,
    who: &Who,
    now: Timestamp,
) -> Result<Vec<App>, Error> {
    let agreed = consent::store::of_account(conn, &who.account.id).await?;
    let grants = grant::store::of_account(conn, &who.account.id, who.account.epoch).await?;
    let mut apps: Vec<App> = Vec::new();
    for given in agreed {
        let last = grants.iter().find(|(id, _, _)| *id == given.client_id);
        let mut app = named(core, conn, &given.client_id, now).await?;
        app.scope = given.scope;
        app.nickname = given.nickname;
        app.since = given.given_at;
        app.last = last.map(|(_, _, at)| *at);
        apps.push(app);
    }
    for (id, words, at) in grants {
        match apps.iter_mut().find(|app| app.client_id == id) {
            // Older grants of an app without a page of agreement: it began with the oldest.
            Some(app) if app.first_party => app.since = app.since.min(at),
            Some(_) => {}
            None => {
                let mut app = named(core, conn, &id, now).await?;
                (app.scope, app.since, app.last) = (words, at, Some(at));
                apps.push(app);
            }
        }
    }
    apps.sort_by_key(|app| std::cmp::Reverse(app.last.unwrap_or(app.since)));
    Ok(apps)
}

/// An app by its id, whether or not it may still be used; one that is gone keeps its id as its name.
async fn named(core: &Core, conn: &mut Conn, id: &str, now: Timestamp) -> Result<App, Error> {
    let found = core.clients.find(conn, id, now).await?;
    let client = found.map(|found| found.client);
    Ok(App {
        client_id: id.to_owned(),
        name: client.as_ref().map_or(id, |client| &client.name).to_owned(),
        first_party: client.as_ref().is_some_and(|client| client.first_party),
        verified: client.as_ref().is_some_and(|client| client.verified),
        scope: String::new(),
        nickname: None,
        since: now,
        last: None,
    })
}

/// What an app is called.
///
/// # Errors
/// The store's own.
pub(super) async fn name(
    core: &Core,
    conn: &mut Conn,
    id: &str,
    now: Timestamp,
) -> Result<String, Error> {
    Ok(named(core, conn, id, now).await?.name)
}

/// Takes back what an app was allowed: agreement, grants and with them every token, and its part in
/// the logins.
///
/// # Errors
/// `NotFound` for an app that was allowed nothing; the store's own.
pub(super) async fn revoke(
    core: &Core,
    who: &Who,
    client_id: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    let line = &events::New::draw(&core.ground.world, events::APP_REVOKED)
        .about(json!({ "client": client_id }));
    let (account, epoch) = (who.account.id.as_str(), who.account.epoch);
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            who.still(tx, now).await?;
            let grants = grant::store::of_account(tx, account, epoch).await?;
            let granted = grants.iter().any(|(id, _, _)| id == client_id);
            let agreed = consent::store::end(tx, account, client_id).await?;
            if !granted && !agreed {
                return Err(Refusal::NotFound);
            }
            logout::end(tx, Which::App { account, client_id }, now).await?;
            events::write(tx, account, line, now).await?;
            Ok::<_, Refusal>(())
        })
    });
    write.await?;
    logout::tell(core, account, now).await;
    Ok(())
}

/// An app as the page shows it.
struct Card {
    client_id: String,
    name: String,
    known: &'static str,
    sentences: Vec<String>,
    nickname: Option<String>,
    since: String,
    last: Option<String>,
}

#[derive(Template)]
#[template(path = "account/apps.html")]
struct Apps {
    f: Frame,
    cards: Vec<Card>,
}

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let apps = of(&core, &mut conn, &who, now).await?;
        let mut cards = Vec::with_capacity(apps.len());
        for app in &apps {
            let lang = choice.lang;
            let said = consent::sentences(&core, &mut conn, lang, &app.scope, now).await?;
            cards.push(card(&f, app, said));
        }
        let words = ("apps-title", Some(("apps-learns", "apps-learns-not")));
        Ok(frame::page(
            &core,
            &choice,
            &browser,
            words,
            &Apps { f, cards },
        ))
    };
    super::pages::answer(&core, &choice, &headers, shown.await)
}

fn card(f: &Frame, app: &App, sentences: Vec<String>) -> Card {
    let lang = f.w.0;
    Card {
        client_id: app.client_id.clone(),
        name: app.name.clone(),
        known: f.w.say(match (app.first_party, app.verified) {
            (true, _) => "apps-ours",
            (false, true) => "apps-known",
            (false, false) => "apps-unknown",
        }),
        sentences,
        nickname: app.nickname.clone(),
        since: dates::day(lang, app.since.day()),
        last: app.last.map(|at| dates::day(lang, at.day())),
    }
}

async fn revoke_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let revoked = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let app = params.get("app").unwrap_or_default();
        revoke(&core, &who, app, now).await?;
        Ok(reply::see_other(&choice.link(PATH)))
    };
    page::answer(&core, &choice, revoked.await)
}
