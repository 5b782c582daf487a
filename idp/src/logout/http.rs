//! `/logout` (RP-Initiated Logout 1.0): with a hint of this very login and a registered address it
//! ends at once; in every other case the person is asked. Without a genuine hint nobody is sent
//! anywhere.

use super::{Which, out};
use crate::{
    authorize::reply,
    browser,
    client::Client,
    core::{Core, Shared},
    page::{self, Say},
    params::Params,
    problem::{OAuthError, Refusal},
    session::{self, Login, store},
};
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderName},
    response::{IntoResponse, Response},
    routing::get,
};
use kernel::Timestamp;
use serde_json::Value;
use web::lang::{Choice, Lang};

/// What a logout form is for, as form tokens name it.
pub(crate) const PURPOSE: &str = "logout";
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// What the page hands on to its form; each is checked anew there.
const CARRIED: [&str; 5] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/logout", get(by_get).post(by_post))
        .with_state(core)
}

async fn by_get(
    State(core): State<Shared>,
    choice: Choice,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let answered = async {
        params.strict().map_err(|_| Refusal::Malformed)?;
        asked(&core, &choice, &headers, &params, now).await
    };
    page::answer(&core, &choice, answered.await)
}

async fn by_post(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let params = Params::of_strict_form(request)
        .await
        .map_err(|error| match error {
            OAuthError::Edge(problem) => Refusal::Edge(problem),
            _ => Refusal::Malformed,
        });
    let params = match params {
        Ok(params) => params,
        Err(no) => return page::refusal(&core, &choice, no),
    };
    // A form's languages do not stand in the address.
    let tags = params.get("ui_locales").unwrap_or_default();
    let choice = match tags.split(' ').find_map(Lang::parse) {
        Some(lang) => choice.speaking(lang),
        None => choice,
    };
    let answered = match params.get("logout") {
        None => asked(&core, &choice, &headers, &params, now).await,
        Some(decision) => decided(&core, &choice, &headers, &params, decision, now).await,
    };
    page::answer(&core, &choice, answered)
}

/// What an app, or a link, asks for.
#[derive(Default)]
struct Wish {
    /// The app of a genuine hint; else the one the request names.
    app: Option<Client>,
    /// What the hint's app called the login.
    sid: Option<String>,
    /// Where the browser goes afterwards: only with a genuine hint, only where registered.
    back: Option<String>,
}

/// Reads a request. A hint may be long over, and of a key long retired.
///
/// # Errors
/// `LogoutHintRefused` for a hint that is no ID Token of ours or of another app than `client_id`
/// (section 2); the store's own.
async fn wish(core: &Core, params: &Params, now: Timestamp) -> Result<Wish, Refusal> {
    let named = params.get("client_id");
    let Some(token) = params.get("id_token_hint") else {
        let app = match named {
            Some(id) => app(core, id, now).await?,
            None => None,
        };
        return Ok(Wish {
            app,
            ..Wish::default()
        });
    };
    let claims = core.ring(now).await?.verify(token, "JWT", now);
    let claims = claims.ok_or(Refusal::LogoutHintRefused)?;
    let says = |name: &str| claims.get(name).and_then(Value::as_str);
    let aud = says("aud").unwrap_or_default();
    if says("iss") != Some(core.issuer()) || named.is_some_and(|named| named != aud) {
        return Err(Refusal::LogoutHintRefused);
    }
    let Some(app) = app(core, aud, now).await? else {
        return Ok(Wish::default());
    };
    let target = params.get("post_logout_redirect_uri");
    let target = target.filter(|uri| app.post_logout.iter().any(|known| known == uri));
    Ok(Wish {
        back: target.map(|uri| back(uri, params.get("state"))),
        sid: says("sid").map(str::to_owned),
        app: Some(app),
    })
}

async fn app(core: &Core, id: &str, now: Timestamp) -> Result<Option<Client>, Refusal> {
    let mut conn = core.ground.db.read().await?;
    Ok(core.clients.enabled(&mut conn, id, now).await?)
}

/// An app, or a link, asks for a logout.
async fn asked(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let wish = wish(core, params, now).await?;
    let Some(login) = session::current(core, headers, now).await? else {
        return Ok(done(core, choice, wish.back));
    };
    if wish.back.is_some() && is_of(core, &wish, &login).await? {
        out(core, &login.account, Which::Login(&login.id_h), now).await?;
        return Ok(done(core, choice, wish.back));
    }
    Ok(confirm(core, choice, headers, params, &wish))
}

/// Whether the hint is of this very login.
async fn is_of(core: &Core, wish: &Wish, login: &Login) -> Result<bool, Refusal> {
    let (Some(app), Some(sid)) = (&wish.app, &wish.sid) else {
        return Ok(false);
    };
    let mut conn = core.ground.db.read().await?;
    let known = store::known_sid(&mut conn, &login.id_h, &app.id).await?;
    Ok(known.as_ref() == Some(sid))
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Confirm<'a> {
    w: Say,
    app: Option<String>,
    back: Option<String>,
    carried: Vec<(&'static str, &'a str)>,
    form_token: String,
}

fn confirm(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    params: &Params,
    wish: &Wish,
) -> Response {
    let w = Say(choice.lang);
    let browser = browser::current_or_new(core, headers);
    let app = wish.app.as_ref();
    let host = wish.back.as_deref().map(page::host_of);
    let fragment = Confirm {
        w,
        app: app.map(|app| w.fill("logout-app", "app", &app.name)),
        back: host.map(|host| w.fill("logout-back", "host", &host)),
        carried: CARRIED
            .into_iter()
            .filter_map(|name| Some((name, params.get(name)?)))
            .collect(),
        form_token: core.forms.token(browser.id(), PURPOSE),
    };
    let mut shell = page::shell(core, choice, w.say("logout-title"))
        .learns(w.say("logout-learns"), w.say("logout-learns-not"));
    if let Some(back) = &wish.back {
        shell = shell.leads_to(back);
    }
    let mut answer = shell.page(&fragment).into_response();
    browser.set_cookie(core, answer.headers_mut());
    answer
}

/// The person pressed yes or no on a page of ours.
async fn decided(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    params: &Params,
    decision: &str,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let browser = browser::current(core, headers).ok_or(Refusal::FormStale)?;
    let token = params.get("form_token").unwrap_or_default();
    let check = core
        .forms
        .check(headers, core.issuer(), browser.id(), PURPOSE, token);
    check.map_err(|_| Refusal::FormStale)?;
    let wish = wish(core, params, now).await?;
    if decision != "yes" {
        return Ok(reply::see_other("/"));
    }
    if let Some(login) = session::current(core, headers, now).await? {
        out(core, &login.account, Which::Login(&login.id_h), now).await?;
    }
    Ok(done(core, choice, wish.back))
}

/// The registered address, with the state the app wants back.
fn back(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else {
        return uri.to_owned();
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("state", state);
    let join = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{join}{}", query.finish())
}

#[derive(Template)]
#[template(path = "logged_out.html")]
struct LoggedOut {
    w: Say,
}

/// Signed out: back to the app, or a page that says so. The browser forgets what it kept.
fn done(core: &Core, choice: &Choice, back: Option<String>) -> Response {
    let w = Say(choice.lang);
    let mut answer = match back {
        Some(location) => reply::see_other(&location),
        None => page::shell(core, choice, w.say("logout-done-title"))
            .page(&LoggedOut { w })
            .into_response(),
    };
    let headers = answer.headers_mut();
    browser::clear_cookie(core, headers, session::COOKIE);
    headers.insert(CLEAR_SITE_DATA, browser::CLEAR_SITE);
    answer
}
