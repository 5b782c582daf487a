//! `/token`: codes and refresh tokens against access, refresh and ID Tokens.

pub(crate) mod access;
mod code;
pub(crate) mod mint;
pub(crate) mod refresh;
pub(crate) mod store;

use crate::{
    client::auth::{self, Authenticated},
    core::{Core, Shared},
    cors,
    params::Params,
    problem::OAuthError,
};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::dpop::Proof;
use host::{db::Tx, proof::Door};
use kernel::{Timestamp, problem};
use mint::Minted;

/// The routes of this folder.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/token", post(token).options(cors::preflight))
        .with_state(core)
}

/// Who asks, and with which key.
pub(crate) struct Asking<'a> {
    who: &'a Authenticated,
    proof: Option<&'a Proof>,
}

impl Asking<'_> {
    fn jkt(&self) -> Option<&str> {
        self.proof.map(|proof| proof.jkt.as_str())
    }

    /// Marks assertion and proof as used.
    async fn spend(&self, core: &Core, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), OAuthError> {
        self.who.spend(tx).await?;
        match self.proof {
            Some(proof) if !Door::spend(tx, proof, now).await? => {
                Err(core.door.replayed(now).into())
            }
            _ => Ok(()),
        }
    }
}

async fn token(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let minted = async {
        let params = Params::of_strict_form(request).await?;
        answer(&core, &headers, &params, now).await
    };
    let mut answer = match minted.await {
        Ok(minted) => {
            let json = [(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )];
            (json, minted.body().to_string()).into_response()
        }
        Err(error) => error.into_response(),
    };
    let to = answer.headers_mut();
    to.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    to.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    core.door.stamp(to, now);
    cors::open(to);
    answer
}

async fn answer(
    core: &Core,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    let grant_type = params.get("grant_type");
    let grant_type = grant_type.ok_or(OAuthError::request("grant_type is missing"))?;
    if !["authorization_code", "refresh_token"].contains(&grant_type) {
        let slug = &problem::UNSUPPORTED_GRANT_TYPE;
        return Err(OAuthError::refused(
            slug,
            "this grant type does not exist here",
        ));
    }
    let who = auth::authenticate(core, headers, params, now).await?;
    let proof = if headers.contains_key("dpop") || who.client.require_dpop {
        Some(
            core.door
                .check(&Method::POST, "/token", headers, None, None, now)?,
        )
    } else {
        None
    };
    let asking = Asking {
        who: &who,
        proof: proof.as_ref(),
    };
    if grant_type == "authorization_code" {
        return code::redeem(core, &asking, params, now).await;
    }
    if !who.client.refreshes {
        let slug = &problem::UNAUTHORIZED_CLIENT;
        return Err(OAuthError::refused(
            slug,
            "the app is not registered for this grant type",
        ));
    }
    refresh::redeem(core, &asking, params, now).await
}
