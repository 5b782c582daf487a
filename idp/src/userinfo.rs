//! `/userinfo`: what an app may know of the person, by an access token with `openid`.

use crate::{
    core::{Core, Shared},
    cors,
    params::Params,
    scope,
    token::{
        access::{self, ResourceError},
        mint,
    },
};
use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
    routing::get,
};
use host::Json;
use kernel::Timestamp;
use serde_json::{Map, Value};

const PATH: &str = "/userinfo";

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    let by_method = get(by_get).post(by_post).options(cors::preflight);
    Router::new().route(PATH, by_method).with_state(core)
}

async fn by_get(
    State(core): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let query = query.unwrap_or_default();
    let claims = claims(&core, &Method::GET, &headers, query.as_bytes(), None, now).await;
    answer(&core, claims, now)
}

async fn by_post(
    State(core): State<Shared>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let claims = async {
        // A POST without a form is a POST with the token in its header.
        let form = if headers.contains_key(header::CONTENT_TYPE) {
            Params::of_strict_form(request)
                .await
                .map_err(|_| ResourceError::Request)?
        } else {
            Params::parse(b"")
        };
        let query = query.unwrap_or_default();
        let token = form.get("access_token");
        claims(&core, &Method::POST, &headers, query.as_bytes(), token, now).await
    };
    answer(&core, claims.await, now)
}

async fn claims(
    core: &Core,
    method: &Method,
    headers: &HeaderMap,
    query: &[u8],
    in_form: Option<&str>,
    now: Timestamp,
) -> Result<Value, ResourceError> {
    // A token in an address ends up in logs and histories (RFC 6750 section 2.3).
    if Params::parse(query)
        .iter()
        .any(|(name, _)| name == "access_token")
    {
        return Err(ResourceError::Request);
    }
    let opened = access::open(core, method, PATH, headers, in_form, now).await?;
    if !scope::has(&opened.scope, scope::OPENID) {
        return Err(ResourceError::Scope(scope::OPENID));
    }
    let holding = &opened.holding;
    let sub = core
        .pairwise
        .sub(&holding.client.sector, &holding.grant.account);
    let mut claims = Map::new();
    claims.insert(
        "sub".to_owned(),
        sub.map_err(|_| ResourceError::Token)?.into(),
    );
    if scope::has(&opened.scope, scope::PROFILE) {
        for (name, value) in mint::profile(holding) {
            claims.insert(name.to_owned(), value);
        }
    }
    Ok(Value::Object(claims))
}

fn answer(core: &Core, claims: Result<Value, ResourceError>, now: Timestamp) -> Response {
    let mut answer = match claims {
        Ok(claims) => Json(claims).into_response(),
        Err(error) => error.into_response(),
    };
    core.door.stamp(answer.headers_mut(), now);
    cors::open(answer.headers_mut());
    answer
}
