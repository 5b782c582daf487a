//! `/developers/clients`: the apps that a signed-in person registered, and a form that makes an app of
//! a day whose mistakes are then shown to them.

use super::{Say, sandbox};
use crate::{
    browser,
    core::{Core, Shared},
    page,
    params::Params,
    problem::{OAuthError, Refusal},
    register::store,
    session,
};
use askama::Template;
use axum::{
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use host::Source;
use kernel::{Problem, Timestamp, problem};
use web::lang::Choice;

/// What the form of this page is for, as form tokens name it.
const PURPOSE: &str = "developers";

struct App {
    id: String,
    name: String,
    requests: String,
}

#[derive(Template)]
#[template(path = "developer_apps.html")]
struct Apps {
    w: Say,
    apps: Vec<App>,
    form_token: String,
    open: bool,
    made: Option<(String, String)>,
}

pub(super) async fn show(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    page::answer(
        &core,
        &choice,
        page_of(&core, &choice, &headers, None, now).await,
    )
}

/// Makes an app of a day that belongs to the account.
pub(super) async fn make(
    State(core): State<Shared>,
    choice: Choice,
    source: Source,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let made = async {
        let params = Params::of_strict_form(request).await.map_err(told)?;
        let browser = browser::current(&core, &headers).ok_or(Refusal::FormStale)?;
        let token = params.get("form_token").unwrap_or_default();
        let check = core
            .forms
            .check(&headers, core.issuer(), browser.id(), PURPOSE, token);
        check.map_err(|_| Refusal::FormStale)?;
        let login = session::current(&core, &headers, now)
            .await?
            .ok_or(Refusal::LoginNeeded)?;
        let uri = params.get("redirect_uri").unwrap_or_default();
        let app = sandbox::make(&core, uri, source, Some(&login.account), now).await;
        let app = app.map_err(told)?;
        page_of(&core, &choice, &headers, Some((app.id, app.secret)), now).await
    };
    page::answer(&core, &choice, made.await)
}

/// What OAuth would say, as a page.
fn told(error: OAuthError) -> Refusal {
    match error {
        OAuthError::Edge(problem) => Refusal::Edge(problem),
        OAuthError::Store(error) => Refusal::Store(error),
        OAuthError::Registration(_) => Refusal::Edge(Problem::new(&problem::INVALID_REDIRECT_URI)),
        OAuthError::Refused { slug, .. } => Refusal::Edge(Problem::new(slug)),
        OAuthError::BasicRefused | OAuthError::Proof(_) => Refusal::Malformed,
    }
}

async fn page_of(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    made: Option<(String, String)>,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let login = session::current(core, headers, now)
        .await?
        .ok_or(Refusal::LoginNeeded)?;
    let mut conn = core.ground.db.read().await?;
    let mut apps = Vec::new();
    for id in store::of_owner(&mut conn, &login.account).await? {
        let Some(found) = core.clients.find(&mut conn, &id, now).await? else {
            continue;
        };
        apps.push(App {
            requests: format!("/developers/clients/{id}/requests"),
            name: found.client.name,
            id,
        });
    }
    let w = Say(choice.lang);
    let browser = browser::current_or_new(core, headers);
    let fragment = Apps {
        w,
        apps,
        form_token: core.forms.token(browser.id(), PURPOSE),
        open: sandbox::is_open(core),
        made,
    };
    let page = page::shell(core, choice, w.say("apps-title"))
        .learns(w.say("apps-learns"), w.say("apps-learns-not"))
        .wide()
        .page(&fragment);
    let mut answer = page.into_response();
    browser.set_cookie(core, answer.headers_mut());
    Ok(answer)
}
