//! `/authorize` and `/par`: checks in a fixed order, the first failure answers.
//!
//! As long as app and return address do not hold, a person is told; from then on the app is.

pub(crate) mod claims;
pub(crate) mod decide;
mod hint;
pub(crate) mod par;
pub(crate) mod pkce;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod store;

use crate::{
    audience, browser,
    client::{Client, Found},
    core::{Core, Shared},
    developers::mismatch,
    interaction::{self, Interaction, State as Step},
    page,
    params::Params,
    problem::{OAuthError, Refusal},
    session,
};
use axum::{
    Router,
    extract::{RawQuery, Request as HttpRequest, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use host::db;
use kernel::{Timestamp, b64, problem};
use reply::{Mode, Outcome, To};
use request::Request;
use web::lang::Choice;

/// Names of requests pushed by an app (RFC 9126).
const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";
/// Names of requests sent by POST and put aside.
const FRONT: &str = "urn:resonate:front:";

/// The routes of this folder.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/authorize", get(by_get).post(by_post))
        .with_state(core.clone())
        .merge(par::routes(core))
}

/// Why a request ends here: told to the person, or to the app.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A page; nothing is sent to anyone.
    Page(Refusal),
    /// A page; who answers for the app sees how the return address differs.
    Redirect(Box<Found>, String),
    /// The app is told, at the address that was checked.
    App(Box<To>, OAuthError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Page(refusal)
    }
}

impl From<db::Error> for Stop {
    fn from(error: db::Error) -> Self {
        Self::Page(error.into())
    }
}

impl Stop {
    async fn answer(
        self,
        core: &Core,
        choice: &Choice,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Response {
        match self {
            Self::Page(refusal) => page::refusal(core, choice, refusal),
            Self::Redirect(app, received) => {
                mismatch::answer(core, choice, headers, (&app, &received), now).await
            }
            Self::App(to, error) => reply::answer(core, choice, &to, &Outcome::from(&error)),
        }
    }
}

async fn by_get(
    State(core): State<Shared>,
    choice: Choice,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let begun = async {
        let (client, request) = open(&core, &params, now).await?;
        proceed(&core, &choice, &headers, &client, request, now).await
    };
    match begun.await {
        Ok(answer) => answer,
        Err(stop) => stop.answer(&core, &choice, &headers, now).await,
    }
}

/// Other sites send forms here without our cookies, so the request is checked, put aside for a
/// minute, and taken up by a GET that has them.
async fn by_post(State(core): State<Shared>, choice: Choice, request: HttpRequest) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let stashed = async {
        let params = match Params::of_form(request).await {
            Ok(params) => params,
            Err(OAuthError::Edge(problem)) => return Err(Refusal::Edge(problem).into()),
            Err(_) => return Err(Refusal::Edge((&problem::MEDIA_TYPE).into()).into()),
        };
        let (client, request) = open(&core, &params, now).await?;
        if request.par.is_some() {
            let name = params.get("request_uri").unwrap_or_default();
            return Ok(to_get(&client.id, name));
        }
        let name = par::put(&core, FRONT, &request, par::FRONT_LIFE, None, now).await;
        let name = name.map_err(|error| match error {
            OAuthError::Store(error) => Stop::from(error),
            _ => Refusal::Malformed.into(),
        })?;
        Ok::<_, Stop>(to_get(&client.id, &name))
    };
    match stashed.await {
        Ok(answer) => answer,
        Err(stop) => stop.answer(&core, &choice, &headers, now).await,
    }
}

fn to_get(client_id: &str, name: &str) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", client_id)
        .append_pair("request_uri", name);
    reply::see_other(&format!("/authorize?{}", query.finish()))
}

/// All checks that need no browser.
async fn open(core: &Core, params: &Params, now: Timestamp) -> Result<(Client, Request), Stop> {
    let who = ["client_id", "redirect_uri", "scope", "request_uri"];
    if who.into_iter().any(|name| params.is_repeated(name)) {
        return Err(Refusal::ParameterRepeated.into());
    }
    let found = known_client(core, params, now).await?;
    let client = found.client.clone();
    let kept = params
        .get("request_uri")
        .filter(|u| u.starts_with(PUSHED) || u.starts_with(FRONT));
    if let Some(name) = kept {
        let request = par::find(core, name, &client, now).await?;
        return Ok((client, request));
    }
    let redirect_uri = params
        .get("redirect_uri")
        .filter(|uri| client.returns_to(uri));
    let Some(redirect_uri) = redirect_uri else {
        let received = params.text("redirect_uri").unwrap_or_default();
        return Err(Stop::Redirect(Box::new(found), received));
    };
    let to = || Box::new(to(params, redirect_uri));
    if client.require_par {
        let error = OAuthError::request("this app must push its requests");
        return Err(Stop::App(to(), error));
    }
    let checked = checked(core, &client, redirect_uri, params, now).await;
    checked
        .map(|request| (client, request))
        .map_err(|error| Stop::App(to(), error))
}

async fn known_client(core: &Core, params: &Params, now: Timestamp) -> Result<Found, Stop> {
    let id = params.get("client_id").filter(|id| !id.contains('\0'));
    let id = id.ok_or(Refusal::ClientUnknown)?;
    let mut conn = core.ground.db.read().await?;
    let found = core
        .clients
        .find(&mut conn, id, now)
        .await?
        .ok_or(Refusal::ClientUnknown)?;
    if !found.enabled {
        return Err(Refusal::ClientDisabled.into());
    }
    Ok(found)
}

/// Checks 4 to 10, with the hint, which needs the keys.
async fn checked(
    core: &Core,
    client: &Client,
    redirect_uri: &str,
    params: &Params,
    now: Timestamp,
) -> Result<Request, OAuthError> {
    let named = audience::named(core, params, now).await?;
    let mut request = request::check(client, redirect_uri, named, params)?;
    if let Some(token) = params.get("id_token_hint") {
        let hinted = hint::subject(core, client, token, now).await?;
        request.subs = claims::both(Some(vec![hinted]), request.subs);
    }
    Ok(request)
}

/// Where errors go. A state that is itself the error is not sent back.
fn to(params: &Params, redirect_uri: &str) -> To {
    let state = params
        .text("state")
        .filter(|s| !params.is_repeated("state") && s.len() <= 2048);
    let mode = Mode::parse(params.get("response_mode")).unwrap_or(Mode::Query);
    To {
        redirect_uri: redirect_uri.to_owned(),
        mode,
        state,
    }
}

/// Answers at once where login and consent are good enough; else begins an interaction.
async fn proceed(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    client: &Client,
    request: Request,
    now: Timestamp,
) -> Result<Response, Stop> {
    let login = session::current(core, headers, now).await?;
    let view = decide::View {
        login: login.as_ref(),
        proved: false,
        agreed: false,
    };
    let next = decide::next(core, client, &request, &view, now).await;
    let (state, login) = match (next, login) {
        (Err(error), _) => return Err(Stop::App(Box::new(To::from(&request)), error)),
        (Ok(decide::Next::Finish), Some(login)) => {
            let code = interaction::settle::finish(core, client, &request, &login, now).await?;
            return Ok(reply::answer(
                core,
                choice,
                &To::from(&request),
                &Outcome::Code(code),
            ));
        }
        (Ok(decide::Next::Consent), Some(login)) => (Step::Consent, Some(login)),
        (Ok(_), _) => (Step::Choose, None),
    };
    let at = Interaction {
        ix: b64::encode(core.ground.world.random::<16>()),
        request,
        state,
        account: login.as_ref().map(|login| login.account.clone()),
        session: login.map(|login| login.id_h),
        proved: false,
        reached: None,
        browser: browser::current_or_new(core, headers),
    };
    let row = &at;
    let until = now.plus_seconds(interaction::LIFE);
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(async move { interaction::store::insert(tx, row, until).await }));
    write.await?;
    let mut answer = interaction::next(core, &at, None);
    at.browser.set_cookie(core, answer.headers_mut());
    Ok(answer)
}
