//! Apps that register themselves (RFC 7591, OpenID Connect Registration 1.0) and manage what they
//! registered (RFC 7592). Creating and changing pass the same check; what an app names is fetched by
//! the guarded caller only, before anything is written.

mod document;
mod logo;
mod manage;
mod operator;
pub(crate) mod store;

pub use operator::{ClientLine, NewClient, RegisterError};

use crate::{
    client::metadata::Policy,
    config::Registration,
    core::{Core, Shared},
    cors,
    problem::OAuthError,
    secrets, session,
};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use document::{Draft, Secret};
use host::{Json, Source, body, db, edge::classes::REGISTER};
use kernel::{Timestamp, b64, problem};
use serde_json::{Map, Value, json};

/// The most bytes of a registration.
const MOST: usize = 16 * 1024;
/// Registration access tokens.
pub(crate) const MANAGE: &str = "rs_rg_";
/// Initial access tokens.
const INITIAL: &str = "rs_it_";

/// The routes of this folder.
pub(crate) fn routes(core: Shared) -> Router {
    let one = get(manage::read)
        .put(manage::replace)
        .delete(manage::remove)
        .options(cors::preflight_managed);
    Router::new()
        .route("/register", post(create).options(cors::preflight_managed))
        .route("/register/{client_id}", one)
        .route("/clients/{client_id}/logo", get(logo::show))
        .with_state(core)
}

/// What strangers may register here.
fn policy(core: &Core) -> Policy {
    let demo = core.ground.demo.is_some();
    Policy {
        demo,
        may_waive_pkce: demo,
        trusted: false,
    }
}

/// An id that no subject and no fixed app can have.
pub(crate) fn draw_id(core: &Core) -> String {
    format!("c.{}", b64::encode(core.ground.world.random::<16>()))
}

async fn create(State(core): State<Shared>, source: Source, request: Request) -> Response {
    let now = core.ground.world.now();
    let created = async {
        let headers = request.headers().clone();
        let admission = admission(&core, &headers, now).await?;
        let document = read_document(request).await?;
        if core.config.registration == Registration::Open && core.ground.demo.is_none() {
            let taken = core.ground.meter.take(&REGISTER, source);
            taken.map_err(OAuthError::Edge)?;
        }
        let id = draw_id(&core);
        let secret = Secret::draw(&core);
        let draft = document::check(&core, document, &id, &secret, &policy(&core)).await?;
        let owner = owner(&core, &headers, now).await?;
        let token = secrets::token(MANAGE, &core.ground.world);
        write(
            &core,
            &draft,
            admission.as_deref(),
            (&token, owner.as_deref()),
            now,
        )
        .await?;
        draft.keep_keys(&core, now);
        let told = draft.told(&core, Some(&token), Some(&secret), now);
        Ok((StatusCode::CREATED, Json(Value::Object(told))).into_response())
    };
    opened(created.await)
}

/// Opens an answer to every origin. No cookie counts here from another one.
fn opened(answer: Result<Response, OAuthError>) -> Response {
    let mut answer = answer.unwrap_or_else(|error| {
        let unauthorized = matches!(&error, OAuthError::Refused { slug, .. } if slug.status == 401);
        let mut answer = error.into_response();
        if unauthorized {
            let bearer = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
        }
        answer
    });
    cors::open(answer.headers_mut());
    answer
}

async fn read_document(request: Request) -> Result<Value, OAuthError> {
    if !body::is(request.headers(), "application/json") {
        let slug = &problem::MEDIA_TYPE;
        return Err(OAuthError::refused(slug, "a JSON document is expected"));
    }
    let bytes = body::read(request, MOST).await.map_err(OAuthError::Edge)?;
    host::json::value(&bytes).map_err(OAuthError::Edge)
}

/// Hash of the initial access token that admits this registration, where one is needed.
async fn admission(
    core: &Core,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<String>, OAuthError> {
    match core.config.registration {
        Registration::Open => Ok(None),
        Registration::Closed => {
            let slug = &problem::REGISTRATION_CLOSED;
            Err(OAuthError::refused(slug, slug.title))
        }
        Registration::Token => {
            let hash = bearer(headers, INITIAL).map(secrets::hash);
            let hash = hash.ok_or_else(unknown_token)?;
            let mut conn = core.ground.db.read().await?;
            if store::admits(&mut conn, &hash, now).await? {
                Ok(Some(hash))
            } else {
                Err(unknown_token())
            }
        }
    }
}

fn unknown_token() -> OAuthError {
    OAuthError::refused(&problem::INVALID_TOKEN, "the token opens no registration")
}

/// The one bearer token of the header, if it has that form.
fn bearer<'h>(headers: &'h HeaderMap, prefix: &str) -> Option<&'h str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let good = scheme.eq_ignore_ascii_case("bearer") && secrets::has_form(token, prefix);
    good.then_some(token)
}

/// The account that is signed in in this browser, where one of our own pages asks.
async fn owner(
    core: &Core,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<String>, db::Error> {
    let own = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin");
    if !own {
        return Ok(None);
    }
    let login = session::current(core, headers, now).await?;
    Ok(login.map(|login| login.account))
}

/// Writes app, registration and picture, and takes the admission, all or nothing.
async fn write(
    core: &Core,
    draft: &Draft,
    admission: Option<&str>,
    (token, owner): (&str, Option<&str>),
    now: Timestamp,
) -> Result<(), OAuthError> {
    let token_h = secrets::hash(token);
    let row = store::Registration {
        token_h: Some(token_h),
        inspect_h: None,
        owner: owner.map(str::to_owned),
        created: now,
    };
    let row = &row;
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            if let Some(hash) = admission
                && !store::take_admission(tx, hash, now).await?
            {
                return Err(unknown_token());
            }
            draft.insert(tx, row).await?;
            Ok(())
        })
    });
    write.await
}

/// Members of an answer about an app's registration.
fn about(core: &Core, id: &str, created: Timestamp) -> Map<String, Value> {
    let about = json!({
        "client_id": id,
        "client_id_issued_at": created.seconds(),
        "registration_client_uri": core.url(&format!("/register/{id}")),
    });
    about.as_object().cloned().unwrap_or_default()
}
