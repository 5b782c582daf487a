//! `POST /credential` (OpenID4VCI 1.0 section 8): key proofs in, cards out.

use super::{batch, notification};
use crate::{
    account::{self, Account},
    core::{Core, Shared},
    cors,
    problem::OAuthError,
    scope,
    token::access::{self, ResourceError},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, Method},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::{
    vci::{self, Requested},
    vocab::cards::LISTENER,
};
use host::{Json, Retryable, body, db};
use kernel::{
    Problem, Timestamp,
    problem::{self, Slug},
};
use serde_json::Value;

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/credential", post(issue).options(cors::preflight))
        .route(
            "/deferred_credential",
            post(deferred).options(cors::preflight),
        )
        .with_state(core)
}

/// A no of the issuer: of the token, or of the request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The token does not open this.
    #[error(transparent)]
    Token(#[from] ResourceError),
    /// The request is refused, in the shape of OAuth.
    #[error(transparent)]
    Request(#[from] OAuthError),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Refusal {
    pub(super) const fn refused(slug: &'static Slug, why: &'static str) -> Self {
        Self::Request(OAuthError::refused(slug, why))
    }
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Token(refusal) => refusal.into_response(),
            Self::Request(refusal) => refusal.into_response(),
            Self::Store(error) => OAuthError::from(error).into_response(),
        }
    }
}

/// Whose token it is.
pub(super) struct Holder {
    pub(super) account: String,
    pub(super) client_id: String,
}

/// The holder of the request's token: bound to a key, proven with it, of the scope for cards.
pub(super) async fn holder(
    core: &Core,
    path: &str,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Holder, ResourceError> {
    let opened = access::open(core, &Method::POST, path, headers, None, now).await?;
    if opened.jkt.is_none() {
        return Err(ResourceError::Token);
    }
    if !scope::has(&opened.scope, scope::CREDENTIAL) {
        return Err(ResourceError::Scope(scope::CREDENTIAL));
    }
    let grant = opened.holding.grant;
    Ok(Holder {
        account: grant.account,
        client_id: grant.client_id,
    })
}

/// The JSON text of a request.
pub(super) async fn json_bytes(request: Request) -> Result<Bytes, Refusal> {
    if !body::is(request.headers(), "application/json") {
        let media = Problem::new(&problem::MEDIA_TYPE);
        return Err(OAuthError::Edge(media).into());
    }
    Ok(body::read(request, host::json::MOST)
        .await
        .map_err(OAuthError::Edge)?)
}

async fn issue(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let mut answer = match give(&core, request, now).await {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    cors::open(answer.headers_mut());
    core.door.stamp(answer.headers_mut(), now);
    answer
}

async fn give(core: &Core, request: Request, now: Timestamp) -> Result<Value, Refusal> {
    let holder = holder(core, "/credential", request.headers(), now).await?;
    let proofs = read(&json_bytes(request).await?)?;
    let account = owner(core, &holder).await?;
    let proofs = batch::check(core, &proofs, &holder, now)?;
    let cards = batch::make(core, &account, &proofs, now).await?;
    batch::record(core, &proofs, cards.expires, now).await?;
    let notification = notification::id(core, &core.ground.world, &account.id);
    Ok(vci::credential_response(&cards.copies, &notification))
}

async fn owner(core: &Core, holder: &Holder) -> Result<Account, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let account = account::active(&mut conn, &holder.account).await?;
    account.ok_or(Refusal::Token(ResourceError::Token))
}

/// The key proofs of a request for the one card there is. The token response gave no identifiers,
/// so the card is named by its configuration.
fn read(body: &[u8]) -> Result<Vec<String>, Refusal> {
    let request = vci::credential_request(body).map_err(|refusal| match refusal {
        credential::Refusal::InvalidProof => Refusal::refused(
            &problem::INVALID_PROOF,
            "1 to 20 proofs of the kind jwt are needed",
        ),
        _ => Refusal::refused(
            &problem::INVALID_CREDENTIAL_REQUEST,
            "the request is malformed, or names no card or two",
        ),
    })?;
    if request.encrypted {
        let slug = &problem::INVALID_ENCRYPTION_PARAMETERS;
        return Err(Refusal::refused(
            slug,
            "encrypted responses are not offered",
        ));
    }
    match request.requested {
        Requested::Configuration(name) if name == LISTENER.name => Ok(request.proofs),
        Requested::Configuration(_) => {
            let slug = &problem::UNKNOWN_CREDENTIAL_CONFIGURATION;
            Err(Refusal::refused(slug, "no such configuration"))
        }
        Requested::Identifier(_) => {
            let slug = &problem::UNKNOWN_CREDENTIAL_IDENTIFIER;
            Err(Refusal::refused(
                slug,
                "the token response gave no identifiers",
            ))
        }
    }
}

/// `POST /deferred_credential`: nothing is deferred for accounts, so no transaction is known.
async fn deferred(State(core): State<Shared>, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let refusal = match holder(&core, "/deferred_credential", &headers, now).await {
        Ok(_) => Refusal::refused(&problem::INVALID_TRANSACTION_ID, "no such transaction"),
        Err(refusal) => refusal.into(),
    };
    let mut answer = refusal.into_response();
    cors::open(answer.headers_mut());
    core.door.stamp(answer.headers_mut(), now);
    answer
}
