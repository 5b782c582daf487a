//! Pushed requests (RFC 9126): checked where the app proves itself, loaded by the browser for 90
//! seconds, taken at the decision and not before: a prefetch must not burn them.

use super::{FRONT, PUSHED, checked, request::Request, store};
use crate::{
    client::{
        Client,
        auth::{self, Authenticated},
    },
    core::{Core, Shared},
    cors,
    params::Params,
    problem::{OAuthError, Refusal},
    secrets,
};
use axum::{
    Router,
    extract::{Request as HttpRequest, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::dpop::Proof;
use host::proof::Door;
use kernel::{Timestamp, b64, problem};
use serde_json::json;

/// How long a pushed request may be loaded, seconds.
const LIFE: i64 = 90;
/// How long a request sent by POST waits for its GET, seconds.
pub(super) const FRONT_LIFE: i64 = 60;

/// The routes of this file.
pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/par", post(push).options(cors::preflight))
        .with_state(core)
}

async fn push(State(core): State<Shared>, request: HttpRequest) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let pushed = async {
        let params = Params::of_strict_form(request).await?;
        accept(&core, &headers, &params, now).await
    };
    let mut answer = match pushed.await {
        Ok(name) => {
            let body = json!({ "request_uri": name, "expires_in": LIFE }).to_string();
            let json = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                ),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (StatusCode::CREATED, json, body).into_response()
        }
        Err(error) => error.into_response(),
    };
    core.door.stamp(answer.headers_mut(), now);
    cors::open(answer.headers_mut());
    answer
}

/// Checks a request and puts it aside; its name.
///
/// # Errors
/// In the words of OAuth.
pub(crate) async fn accept(
    core: &Core,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let who = auth::authenticate(core, headers, params, now).await?;
    if params.get("request_uri").is_some() {
        return Err(OAuthError::request("request_uri cannot be pushed"));
    }
    let redirect_uri = params
        .get("redirect_uri")
        .filter(|uri| who.client.returns_to(uri));
    let redirect_uri = redirect_uri.ok_or(OAuthError::request("redirect_uri is not registered"))?;
    let mut request = checked(core, &who.client, redirect_uri, params, now).await?;
    let proof = match headers.contains_key("dpop") {
        true => Some(
            core.door
                .check(&Method::POST, "/par", headers, None, None, now)?,
        ),
        false => None,
    };
    if let Some(proof) = &proof {
        if request
            .dpop_jkt
            .as_ref()
            .is_some_and(|jkt| *jkt != proof.jkt)
        {
            let slug = &problem::INVALID_DPOP_PROOF;
            return Err(OAuthError::refused(
                slug,
                "the proof is of another key than dpop_jkt",
            ));
        }
        request.dpop_jkt = Some(proof.jkt.clone());
    }
    put(
        core,
        PUSHED,
        &request,
        LIFE,
        Some((&who, proof.as_ref())),
        now,
    )
    .await
}

/// Puts a checked request aside under a fresh name. With what is to be spent along with it.
///
/// # Errors
/// `invalid_client` and `invalid_dpop_proof` for an assertion or proof used before; the store's own.
pub(super) async fn put(
    core: &Core,
    prefix: &'static str,
    request: &Request,
    life: i64,
    spend: Option<(&Authenticated, Option<&Proof>)>,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let name = format!("{prefix}{}", b64::encode(core.ground.world.random::<32>()));
    let body = serde_json::to_string(request).map_err(|_| OAuthError::internal())?;
    let (urn_h, body) = (&secrets::hash(&name), &body);
    let until = now.plus_seconds(life);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some((who, proof)) = spend {
                    who.spend(tx).await?;
                    if let Some(proof) = proof
                        && !Door::spend(tx, proof, now).await?
                    {
                        return Err(OAuthError::Proof(core.door.replayed(now)));
                    }
                }
                let jkt = request.dpop_jkt.as_deref();
                store::insert(tx, urn_h, &request.client_id, body, jkt, until).await?;
                Ok(())
            })
        })
        .await?;
    Ok(name)
}

/// The request of that name, for its own app. Its return address is checked again: the app's
/// registration may have changed since.
///
/// # Errors
/// `RequestUriDead` for unknown, over, taken, another app's; the store's own.
pub(super) async fn find(
    core: &Core,
    name: &str,
    client: &Client,
    now: Timestamp,
) -> Result<Request, Refusal> {
    let urn_h = secrets::hash(name);
    let mut conn = core.ground.db.read().await?;
    let body = store::find(&mut conn, &urn_h, &client.id, now).await?;
    let body = body.ok_or(Refusal::RequestUriDead)?;
    let mut request: Request =
        serde_json::from_str(&body).map_err(|_| Refusal::Store(host::db::Error::Corrupt("idp")))?;
    if !client.returns_to(&request.redirect_uri) {
        return Err(Refusal::RedirectUnregistered);
    }
    request.par = (!name.starts_with(FRONT)).then_some(urn_h);
    Ok(request)
}
