//! `/api/account/*`: the acts of the pages as JSON, for the login cookie with a form token or for a
//! DPoP token of scope `resonate.account`. What is another person's is not found.

use super::{
    PURPOSE, Who, apps, close, confirm, data, factors, frame,
    logins::{self, Meant},
    outside, pages,
};
use crate::{
    browser,
    core::{Core, Shared},
    events, external, passkey,
    passkey::{Signal, add, store},
    problem::Refusal,
    token::access::ResourceError,
};
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use host::{Fault, Json, db};
use kernel::{Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::{Value, json};

/// The header in which a script of our pages sends the form token.
const FORM_TOKEN: HeaderName = HeaderName::from_static("form-token");

pub(super) fn routes(core: &Shared) -> Router {
    let doors = Router::new()
        .route("/api/account", get(start))
        .route("/api/account/confirm", post(prove))
        .route("/api/account/passkeys", get(passkeys).post(add_passkey))
        .route("/api/account/passkeys/options", post(passkey_options))
        .route(
            "/api/account/passkeys/{id}",
            patch(rename_passkey).delete(remove_passkey),
        )
        .route("/api/account/logins", get(list_logins))
        .route("/api/account/logins/end", post(end_logins))
        .route(
            "/api/account/logins/{id}",
            patch(name_login).delete(end_login),
        )
        .route("/api/account/apps", get(list_apps))
        .route("/api/account/apps/{id}", axum::routing::delete(revoke_app))
        .route(
            "/api/account/external",
            get(list_external).post(attach_external),
        )
        .route(
            "/api/account/external/{id}",
            axum::routing::delete(detach_external),
        )
        .route("/api/account/log", get(log));
    doors
        .merge(data::doors())
        .merge(close::doors())
        .layer(middleware::from_fn_with_state(core.clone(), edge))
        .with_state(core.clone())
}

/// A no at this door: of the token, or of the act.
pub(super) enum No {
    Token(ResourceError),
    Act(Problem),
}

impl From<ResourceError> for No {
    fn from(error: ResourceError) -> Self {
        Self::Token(error)
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Act(refusal.into())
    }
}

impl From<passkey::Refusal> for No {
    fn from(refusal: passkey::Refusal) -> Self {
        Self::Act(refusal.into())
    }
}

impl From<db::Error> for No {
    fn from(error: db::Error) -> Self {
        Self::Act(error.into())
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Token(error) => return error.into_response(),
            Self::Act(problem) => problem,
        };
        let steps_up = *problem.slug == problem::INSUFFICIENT_USER_AUTHENTICATION;
        let mut answer = Fault(problem).into_response();
        if steps_up {
            // RFC 9470 section 3.
            let challenge = "DPoP error=\"insufficient_user_authentication\", acr_values=\"phr\", \
                 max_age=\"300\", algs=\"ES256 EdDSA\"";
            let challenge = HeaderValue::from_static(challenge);
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

/// What a door gives.
pub(super) type Given<T = Json<Value>> = Result<T, No>;

/// Around every door: the wallet's origin may read the answers, without cookies, and each answer to a
/// token brings the next nonce.
async fn edge(State(core): State<Shared>, request: Request, next: Next) -> Response {
    let now = core.ground.world.now();
    let wallet = core.ground.origins.wallet.as_str();
    let from = request.headers().get(header::ORIGIN);
    let wallet = from
        .filter(|from| from.as_bytes() == wallet.as_bytes())
        .cloned();
    let by_token = request.headers().contains_key(header::AUTHORIZATION);
    let asks_first = request.method() == Method::OPTIONS && wallet.is_some();
    let mut answer = if asks_first {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = answer.headers_mut();
    if by_token {
        core.door.stamp(headers, now);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    let Some(wallet) = wallet else { return answer };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, wallet);
    let mut say = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    if asks_first {
        let methods = "GET, POST, PATCH, DELETE, OPTIONS";
        say(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = "authorization, content-type, dpop";
        say(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        say(header::ACCESS_CONTROL_MAX_AGE, "600");
    } else {
        say(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "DPoP-Nonce, WWW-Authenticate",
        );
    }
    answer
}

/// A request for JSON: how, where, and with which headers.
pub(super) type Asked = (Method, Uri, HeaderMap);

/// Who asks: by a token, else by the login cookie; what changes something needs the form token too.
pub(super) async fn who(
    core: &Core,
    (method, uri, headers): &Asked,
    now: Timestamp,
) -> Result<Who, No> {
    if headers.contains_key(header::AUTHORIZATION) {
        return Ok(Who::of_token(core, method, uri.path(), headers, now).await?);
    }
    let browser = browser::current(core, headers).ok_or(Refusal::LoginNeeded)?;
    let checked = if *method == Method::GET {
        web::form::from_own_page(headers, core.issuer())
    } else {
        let token = headers.get(FORM_TOKEN).and_then(|v| v.to_str().ok());
        let token = token.unwrap_or_default();
        core.forms
            .check(headers, core.issuer(), browser.id(), PURPOSE, token)
    };
    checked.map_err(No::Act)?;
    Ok(Who::signed_in(core, headers, &browser, now).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

async fn start(State(core): State<Shared>, asked: Asked) -> Given {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    let mut conn = core.ground.db.read().await?;
    let mut told = json!({
        "handle": who.account.handle,
        "created": who.account.created_day.to_string(),
        "ways_in": factors::count(&mut conn, &who.account.id).await?,
        "fresh": who.is_fresh(now),
    });
    if let (Some(_), Some(browser)) = (&who.login, browser::current(&core, &asked.2)) {
        told["form_token"] = core.forms.token(browser.id(), PURPOSE).into();
    }
    Ok(Json(told))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    #[serde(default)]
    to: String,
}

/// Begins a fresh proof; its passkey doors are those of any sign-in.
async fn prove(State(core): State<Shared>, asked: Asked, Json(To { to }): Json<To>) -> Given {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    if who.login.is_none() {
        // A token is renewed at its app, by a sign-in with max_age.
        return Err(Refusal::NotFound.into());
    }
    let at = confirm::begin(&core, &asked.2, &to, now).await?;
    Ok(Json(json!({ "ix": at.ix, "page": at.path() })))
}

async fn passkeys(State(core): State<Shared>, asked: Asked) -> Given {
    let who = who(&core, &asked, core.ground.world.now()).await?;
    let mut conn = core.ground.db.read().await?;
    let keys = store::listed(&mut conn, &who.account.id).await?;
    Ok(Json(factors::told(&keys)))
}

async fn passkey_options(
    State(core): State<Shared>,
    asked: Asked,
    Json(Nothing {}): Json<Nothing>,
) -> Given<Response> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    Ok(Json(add::begin(&core, &who, now).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    ceremony: String,
    credential: Value,
    #[serde(default)]
    name: String,
}

async fn add_passkey(
    State(core): State<Shared>,
    asked: Asked,
    Json(new): Json<NewPasskey>,
) -> Given<Response> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    let name = super::label(&new.name);
    let (ceremony, credential) = (&new.ceremony, &new.credential);
    add::finish(&core, &who, ceremony, credential, name.as_deref(), now).await?;
    let mut conn = core.ground.db.read().await?;
    let account = &who.account;
    let signal = Signal::of(&core, &mut conn, &account.id, &account.user_handle).await?;
    let next = core.url("/account/passkeys");
    let body = Json(json!({ "next": next, "signal": signal }));
    Ok((StatusCode::CREATED, body).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

async fn rename_passkey(
    State(core): State<Shared>,
    Path(id): Path<String>,
    asked: Asked,
    Json(Name { name }): Json<Name>,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    factors::rename(&core, &who, &id, &name, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_passkey(
    State(core): State<Shared>,
    Path(id): Path<String>,
    asked: Asked,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    factors::remove(&core, &who, &id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_logins(State(core): State<Shared>, asked: Asked) -> Given {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    let mut conn = core.ground.db.read().await?;
    let logins = frame::of_account(&mut conn, &who, now).await?;
    Ok(Json(logins::told(&who, &logins)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    label: String,
}

async fn name_login(
    State(core): State<Shared>,
    Path(id): Path<String>,
    asked: Asked,
    Json(Label { label }): Json<Label>,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    logins::name(&core, &who, &id, &label, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_login(
    State(core): State<Shared>,
    Path(id): Path<String>,
    asked: Asked,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    logins::end(&core, &who, Meant::One(&id), now).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    Others,
    All,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    which: Which,
}

async fn end_logins(
    State(core): State<Shared>,
    asked: Asked,
    Json(Ending { which }): Json<Ending>,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    let meant = match which {
        Which::Others => Meant::Others,
        Which::All => Meant::Everywhere,
    };
    logins::end(&core, &who, meant, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_apps(State(core): State<Shared>, asked: Asked) -> Given {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    let mut conn = core.ground.db.read().await?;
    let apps = apps::of(&core, &mut conn, &who, now).await?;
    Ok(Json(apps::told(&apps)))
}

async fn revoke_app(
    State(core): State<Shared>,
    Path(id): Path<String>,
    asked: Asked,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    apps::revoke(&core, &who, &id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn log(State(core): State<Shared>, asked: Asked) -> Given {
    let who = who(&core, &asked, core.ground.world.now()).await?;
    let mut conn = core.ground.db.read().await?;
    let lines = events::of_account(&mut conn, &who.account.id).await?;
    Ok(Json(pages::told(&lines)))
}

async fn list_external(State(core): State<Shared>, asked: Asked) -> Given {
    let who = who(&core, &asked, core.ground.world.now()).await?;
    let mut conn = core.ground.db.read().await?;
    let attached = external::store::of_account(&mut conn, &who.account.id).await?;
    Ok(Json(outside::told(&attached)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outside {
    provider: String,
}

/// Begins attaching; the browser goes to `location`. A token has no browser to come back in.
async fn attach_external(
    State(core): State<Shared>,
    asked: Asked,
    Json(Outside { provider }): Json<Outside>,
) -> Given {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    let browser = browser::current(&core, &asked.2).filter(|_| who.login.is_some());
    let browser = browser.ok_or(Refusal::NotFound)?;
    let address = external::attach::begin(&core, &who, &browser, &provider, now).await?;
    Ok(Json(json!({ "location": address })))
}

async fn detach_external(
    State(core): State<Shared>,
    Path(id): Path<String>,
    asked: Asked,
) -> Given<StatusCode> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    outside::detach(&core, &who, &id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
