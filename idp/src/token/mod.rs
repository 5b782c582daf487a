//! `/token`: codes, refresh tokens, device codes and an app's own proof against access, refresh and
//! ID Tokens.

pub(crate) mod access;
mod checks;
mod code;
mod device;

pub(crate) mod mint;
mod own;
pub(crate) mod refresh;
pub(crate) mod store;

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
};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::dpop::Proof;
use host::{db::Tx, proof::Door};
use kernel::{Timestamp, problem};
use mint::Minted;

/// Where the tokens are.
const PATH: &str = "/token";

/// The routes of this folder.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route(PATH, post(token).options(cors::preflight))
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

    fn client(&self) -> &Client {
        &self.who.client
    }

    /// As [`Asking::spend`], where nothing else is written.
    async fn spend_alone(&self, core: &Core, now: Timestamp) -> Result<(), OAuthError> {
        if self.proof.is_none() && !self.who.has_to_spend() {
            return Ok(());
        }
        let write = core
            .ground
            .db
            .write(move |tx| Box::pin(async move { self.spend(core, tx, now).await }));
        write.await
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

/// What the endpoint gives for a form.
///
/// # Errors
/// In the words of OAuth.
pub(crate) async fn answer(
    core: &Core,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    let word = params.get("grant_type");
    let word = word.ok_or(OAuthError::request("grant_type is missing"))?;
    let kind = GrantType::parse(word).ok_or(OAuthError::refused(
        &problem::UNSUPPORTED_GRANT_TYPE,
        "this grant type does not exist here",
    ))?;
    let who = auth::authenticate(core, headers, params, now).await?;
    core.limits.token_call(core, &who.client, params.source())?;
    if !who.client.may(kind) {
        let slug = &problem::UNAUTHORIZED_CLIENT;
        return Err(OAuthError::refused(
            slug,
            "the app is not registered for this grant type",
        ));
    }
    let proof = checks::proof(core, headers, who.client.require_dpop, now)?;
    let asking = Asking {
        who: &who,
        proof: proof.as_ref(),
    };
    match kind {
        GrantType::Code => code::redeem(core, &asking, params, now).await,
        GrantType::Refresh => refresh::redeem(core, &asking, params, now).await,
        GrantType::OwnBehalf => own::give(core, &asking, params, now).await,
        GrantType::Device => device::redeem(core, &asking, params, now).await,
    }
}
