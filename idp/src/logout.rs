//! `/logout` (RP-Initiated Logout 1.0): with a hint of this very login and a registered address it
//! ends at once; in every other case the person is asked.

use crate::{
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
use web::lang::Choice;

/// What a logout form is for, as form tokens name it.
pub(crate) const PURPOSE: &str = "logout";
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

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
    let out = asked(&core, &choice, &headers, &params, now).await;
    page::answer(&core, &choice, out)
}

async fn by_post(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let out = async {
        let params = Params::of_strict_form(request)
            .await
            .map_err(|error| match error {
                OAuthError::Edge(problem) => Refusal::Edge(problem),
                _ => Refusal::Malformed,
            })?;
        match params.get("logout") {
            None => asked(&core, &choice, &headers, &params, now).await,
            Some(decision) => decided(&core, &choice, &headers, &params, decision, now).await,
        }
    };
    page::answer(&core, &choice, out.await)
}

/// An app, or a link, asks for a logout.
async fn asked(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<Response, Refusal> {
    params.strict().map_err(|_| Refusal::Malformed)?;
    let Some(login) = session::current(core, headers, now).await? else {
        return Ok(done(core, choice, None));
    };
    let hinted = match params.get("id_token_hint") {
        None => None,
        Some(token) => hinted(core, token, &login, now).await?,
    };
    let target = params.get("post_logout_redirect_uri");
    match (hinted, target) {
        (Some(client), Some(uri)) if client.post_logout.iter().any(|known| known == uri) => {
            end(core, &login).await?;
            Ok(done(core, choice, Some(back(uri, params.get("state")))))
        }
        _ => Ok(confirm(core, choice, headers)),
    }
}

/// The app of a hint, if the hint is of this very login. A genuine one of another login is none.
async fn hinted(
    core: &Core,
    token: &str,
    login: &Login,
    now: Timestamp,
) -> Result<Option<Client>, Refusal> {
    let claims = core.ring(now).await?.verify(token, "JWT", now);
    let claims = claims.ok_or(Refusal::LogoutHintRefused)?;
    let says = |name: &str| claims.get(name).and_then(Value::as_str);
    if says("iss") != Some(core.issuer()) {
        return Err(Refusal::LogoutHintRefused);
    }
    let app = says("aud").unwrap_or_default();
    let mut conn = core.ground.db.read().await?;
    let Some(client) = core.clients.enabled(&mut conn, app, now).await? else {
        return Ok(None);
    };
    let sid = store::known_sid(&mut conn, &login.id_h, &client.id).await?;
    Ok(Some(client).filter(|_| sid.is_some() && sid.as_deref() == says("sid")))
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Confirm {
    w: Say,
    form_token: String,
}

fn confirm(core: &Core, choice: &Choice, headers: &HeaderMap) -> Response {
    let w = Say(choice.lang);
    let browser = browser::current_or_new(core, headers);
    let form_token = core.forms.token(browser.id(), PURPOSE);
    let page = page::shell(core, choice, w.say("logout-title"))
        .learns(w.say("logout-learns"), w.say("logout-learns-not"))
        .page(&Confirm { w, form_token });
    let mut answer = page.into_response();
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
    if decision != "yes" {
        return Ok(crate::authorize::reply::see_other("/"));
    }
    if let Some(login) = session::current(core, headers, now).await? {
        end(core, &login).await?;
    }
    Ok(done(core, choice, None))
}

async fn end(core: &Core, login: &Login) -> Result<(), Refusal> {
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(store::end(tx, &login.id_h)));
    write.await?;
    Ok(())
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
        Some(location) => crate::authorize::reply::see_other(&location),
        None => page::shell(core, choice, w.say("logout-done-title"))
            .page(&LoggedOut { w })
            .into_response(),
    };
    let headers = answer.headers_mut();
    browser::clear_cookie(core, headers, session::COOKIE);
    headers.insert(CLEAR_SITE_DATA, browser::CLEAR_SITE);
    answer
}
