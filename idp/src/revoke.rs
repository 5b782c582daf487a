//! `/revoke` (RFC 7009) and `/introspect` (RFC 7662): an app's questions about its own tokens.

use crate::{
    client::auth::{self, Authenticated},
    core::{Core, Shared},
    cors, grant,
    params::Params,
    problem::OAuthError,
    secrets,
    token::store,
};
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use host::{Json, db::Tx};
use kernel::Timestamp;
use serde_json::{Value, json};

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/revoke", post(revoke).options(cors::preflight))
        .route("/introspect", post(introspect))
        .with_state(core)
}

async fn asked(
    core: &Core,
    request: Request,
    now: Timestamp,
) -> Result<(Authenticated, String), OAuthError> {
    let headers: HeaderMap = request.headers().clone();
    let params = Params::of_strict_form(request).await?;
    let who = auth::authenticate(core, &headers, &params, now).await?;
    let token = params
        .text("token")
        .ok_or(OAuthError::request("token is missing"))?;
    Ok((who, token))
}

async fn revoke(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let revoked = async {
        let (who, token) = asked(&core, request, now).await?;
        let (who, token) = (&who, token.as_str());
        core.ground
            .db
            .write(move |tx| Box::pin(end(tx, who, token, now)))
            .await
    };
    let mut answer = match revoked.await {
        Ok(()) => ().into_response(),
        Err(error) => error.into_response(),
    };
    cors::open(answer.headers_mut());
    answer
}

/// Ends the app's own token: a refresh token with its whole grant. Unknown or foreign: nothing, and
/// the answer is the same.
async fn end(
    tx: &mut Tx<'_>,
    who: &Authenticated,
    token: &str,
    now: Timestamp,
) -> Result<(), OAuthError> {
    who.spend(tx).await?;
    let grant_id = match (
        store::find_access(tx, token).await?,
        store::find_refresh(tx, token).await?,
    ) {
        (Some(access), _) => access.grant_id,
        (None, Some(refresh)) => refresh.grant_id,
        (None, None) => return Ok(()),
    };
    let grant = grant::store::find(tx, &grant_id).await?;
    if grant.is_none_or(|grant| grant.client_id != who.client.id) {
        return Ok(());
    }
    if secrets::has_form(token, "rs_rt_") {
        grant::store::end(tx, &grant_id, now).await?;
    } else {
        store::end_access(tx, token).await?;
    }
    Ok(())
}

async fn introspect(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let told = async {
        let (who, token) = asked(&core, request, now).await?;
        if who.client.is_public() {
            return Err(OAuthError::client(
                "only an app with a proof of its own may ask",
            ));
        }
        let spend = &who;
        core.ground
            .db
            .write(move |tx| Box::pin(spend.spend(tx)))
            .await?;
        tell(&core, &who, &token, now).await
    };
    match told.await {
        Ok(body) => Json(body).into_response(),
        Err(error) => error.into_response(),
    }
}

/// What the app's own token is worth; of any other token nothing but that it is worth nothing here.
async fn tell(
    core: &Core,
    who: &Authenticated,
    token: &str,
    now: Timestamp,
) -> Result<Value, OAuthError> {
    let inactive = json!({ "active": false });
    let mut conn = core.ground.db.read().await?;
    let access = store::find_access(&mut conn, token).await?;
    let access = access.filter(|row| now < row.until);
    let refresh = store::find_refresh(&mut conn, token).await?;
    let live =
        |row: &store::Refresh| row.used_at.is_none() && now < row.idle_until && now < row.ends;
    let refresh = refresh.filter(live);
    let (grant_id, scope, until, jkt) = match (access, refresh) {
        (Some(row), _) => (row.grant_id, Some(row.scope), row.until, row.jkt),
        (None, Some(row)) => (row.grant_id, None, row.idle_until.min(row.ends), row.jkt),
        (None, None) => return Ok(inactive),
    };
    let holding = match grant::holding(core, &mut conn, &grant_id, now).await {
        Ok(holding) if holding.client.id == who.client.id => holding,
        Ok(_) => return Ok(inactive),
        Err(OAuthError::Store(error)) => return Err(error.into()),
        Err(_) => return Ok(inactive),
    };
    let sub = core
        .pairwise
        .sub(&who.client.sector, &holding.grant.account);
    let mut body = json!({
        "active": true,
        "client_id": who.client.id,
        "iss": core.issuer(),
        "sub": sub.map_err(|_| OAuthError::internal())?,
        "scope": scope.unwrap_or(holding.grant.scope),
        "exp": until.seconds(),
        "acr": holding.grant.acr,
        "auth_time": holding.grant.auth_time.seconds(),
        "token_type": if jkt.is_some() { "DPoP" } else { "Bearer" },
    });
    if let Some(jkt) = jkt {
        body["cnf"] = json!({ "jkt": jkt });
    }
    Ok(body)
}
