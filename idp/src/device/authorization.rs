//! `/device_authorization` (RFC 8628 section 3.1): a device asks for two codes, one to hold and one to
//! show.

use super::{LIFE, STEP, store, user_code::UserCode};
use crate::{
    client::{
        Client,
        auth::{self, Authenticated},
        grants::GrantType,
    },
    core::{Core, Shared},
    cors,
    params::Params,
    problem::OAuthError,
    scope, secrets,
};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use host::Json;
use kernel::{Timestamp, problem};
use serde_json::{Value, json};
use store::Waiting;

/// What a device may ask for: whoever holds it later must not have more.
const SCOPES: [&str; 3] = [scope::OPENID, scope::PROFILE, scope::PLAY];
/// User codes drawn for one request: two devices showing the same is possible and unlikely.
const DRAWS: usize = 3;

/// The routes of this file.
pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route(
            "/device_authorization",
            post(begin).options(cors::preflight),
        )
        .with_state(core)
}

async fn begin(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let begun = async {
        let params = Params::of_strict_form(request).await?;
        let who = auth::authenticate(&core, &headers, &params, now).await?;
        codes(&core, &who, &params, now).await
    };
    let mut answer = match begun.await {
        Ok(body) => Json(body).into_response(),
        Err(error) => error.into_response(),
    };
    let to = answer.headers_mut();
    to.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    cors::open(to);
    answer
}

async fn codes(
    core: &Core,
    who: &Authenticated,
    params: &Params,
    now: Timestamp,
) -> Result<Value, OAuthError> {
    if !who.client.may(GrantType::Device) {
        let slug = &problem::UNAUTHORIZED_CLIENT;
        return Err(OAuthError::refused(
            slug,
            "the app is not registered for devices",
        ));
    }
    let scope = scopes(&who.client, params)?;
    let named = who.resource.clone();
    let resource = named.fitting(&scope)?.map(|audience| audience.uri);
    let world = &core.ground.world;
    let device_code = secrets::token("rs_dc_", world);
    let waiting = &Waiting {
        device_h: secrets::hash(&device_code),
        client_id: who.client.id.clone(),
        scope,
        resource,
        state: store::State::Pending,
        grant_id: None,
        polled: None,
        step: STEP,
        began: now,
        until: now.plus_seconds(LIFE),
    };
    let drawn: Vec<UserCode> = (0..DRAWS).map(|_| UserCode::draw(world)).collect();
    let drawn = drawn.as_slice();
    let user_code = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                who.spend(tx).await?;
                for code in drawn {
                    if store::insert(tx, waiting, &code.hash(&core.user_code_key)).await? {
                        return Ok(code.shown());
                    }
                }
                Err(OAuthError::internal())
            })
        })
        .await?;
    Ok(json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": core.url("/device"),
        "verification_uri_complete": core.url(&format!("/device?user_code={user_code}")),
        "expires_in": LIFE,
        "interval": STEP,
    }))
}

/// Unknown words are dropped; known ones that a device or this app may not have are refused. Without
/// any it gets what both may have.
fn scopes(client: &Client, params: &Params) -> Result<String, OAuthError> {
    let refused = |why| OAuthError::refused(&problem::INVALID_SCOPE, why);
    let may = |word: &str| SCOPES.contains(&word) && client.scopes.iter().any(|s| s == word);
    let mut kept: Vec<&str> = Vec::new();
    match params.get("scope") {
        None => kept.extend(SCOPES.into_iter().filter(|word| may(word))),
        Some(asked) if scope::is_well_formed(asked) => {
            for word in asked.split(' ').filter(|word| scope::is_known(word)) {
                if !may(word) {
                    return Err(refused("a device may not ask for this scope"));
                }
                if !kept.contains(&word) {
                    kept.push(word);
                }
            }
        }
        Some(_) => return Err(refused("scope is not well-formed")),
    }
    if kept.is_empty() {
        return Err(refused("no known scope is asked for"));
    }
    Ok(kept.join(" "))
}
