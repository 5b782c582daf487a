//! `/account`: a person's logins, each with its own end, and the end of all others.

use crate::{
    account, browser,
    core::{Core, Shared},
    logout,
    page::{self, Say},
    params::Params,
    problem::{OAuthError, Refusal},
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
use web::lang::Choice;

/// What the forms of this page are for, as form tokens name it.
const PURPOSE: &str = "account";

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/account", get(show))
        .route("/account/logins/end", post(end))
        .with_state(core)
}

/// A login as the page shows it. Its hash names it: no cookie can be made from that.
struct Line {
    id: String,
    started: String,
    seen: String,
    this: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    w: Say,
    handle: String,
    lines: Vec<Line>,
    others: bool,
    form_token: String,
    logout_token: String,
}

/// The login of this browser, its account, and its other logins.
struct Whose {
    login: Login,
    handle: String,
    logins: Vec<Login>,
}

async fn whose(core: &Core, headers: &HeaderMap, now: Timestamp) -> Result<Whose, Refusal> {
    let login = session::current(core, headers, now)
        .await?
        .ok_or(Refusal::LoginNeeded)?;
    let mut conn = core.ground.db.read().await?;
    let account = account::usable(&mut conn, &login.account, login.epoch).await?;
    let account = account.ok_or(Refusal::LoginNeeded)?;
    let idle = now.plus_seconds(-session::IDLE);
    let logins = store::of_account(&mut conn, &login.account, login.epoch, now, idle).await?;
    Ok(Whose {
        login,
        handle: account.handle,
        logins,
    })
}

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let shown = async {
        let whose = whose(&core, &headers, now).await?;
        let browser = browser::current_or_new(&core, &headers);
        let w = Say(choice.lang);
        let fragment = Account {
            w,
            handle: whose.handle,
            lines: whose
                .logins
                .iter()
                .map(|login| line(login, &whose.login))
                .collect(),
            others: whose.logins.len() > 1,
            form_token: core.forms.token(browser.id(), PURPOSE),
            logout_token: core.forms.token(browser.id(), logout::PURPOSE),
        };
        let page = page::shell(&core, &choice, w.say("account-title"))
            .learns(w.say("account-learns"), w.say("account-learns-not"))
            .wide()
            .page(&fragment);
        let mut answer = page.into_response();
        browser.set_cookie(&core, answer.headers_mut());
        Ok(answer)
    };
    page::answer(&core, &choice, shown.await)
}

fn line(login: &Login, this: &Login) -> Line {
    Line {
        id: login.id_h.clone(),
        started: login.created.day().to_string(),
        seen: login.seen.day().to_string(),
        this: login.id_h == this.id_h,
    }
}

/// Ends one login (`login`), or all but this one. Another person's is simply not found.
async fn end(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let ended = async {
        let params = Params::of_strict_form(request)
            .await
            .map_err(|error| match error {
                OAuthError::Edge(problem) => Refusal::Edge(problem),
                _ => Refusal::Malformed,
            })?;
        let browser = browser::current(&core, &headers).ok_or(Refusal::FormStale)?;
        let token = params.get("form_token").unwrap_or_default();
        let check = core
            .forms
            .check(&headers, core.issuer(), browser.id(), PURPOSE, token);
        check.map_err(|_| Refusal::FormStale)?;
        let whose = whose(&core, &headers, now).await?;
        let named = params.get("login").unwrap_or_default();
        let meant = |login: &&Login| match named {
            "others" => login.id_h != whose.login.id_h,
            id => login.id_h == id,
        };
        let ids: Vec<&str> = whose
            .logins
            .iter()
            .filter(meant)
            .map(|login| login.id_h.as_str())
            .collect();
        if ids.is_empty() && named != "others" {
            return Err(Refusal::NotFound);
        }
        let ids = ids.as_slice();
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move {
                for id in ids {
                    store::end(tx, id).await?;
                }
                Ok::<_, Refusal>(())
            })
        });
        write.await?;
        Ok(crate::authorize::reply::see_other("/account"))
    };
    page::answer(&core, &choice, ended.await)
}
