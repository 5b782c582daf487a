//! `/revoke` (RFC 7009): an app ends its own token.

use crate::{
    client::auth::Authenticated,
    core::{Core, Shared},
    cors, grant,
    introspect::{self, Signed},
    problem::OAuthError,
    secrets,
    token::store::{self, Owner},
};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use host::db::Tx;
use kernel::{Timestamp, problem};

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/revoke", post(revoke).options(cors::preflight))
        .with_state(core)
}

async fn revoke(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let revoked = async {
        let (who, token) = introspect::asked(&core, request, now).await?;
        let meant = meant(&core, &who, &token, now).await?;
        let (who, meant) = (&who, &meant);
        core.ground
            .db
            .write(move |tx| Box::pin(end(tx, who, meant, now)))
            .await
    };
    let mut answer = match revoked.await {
        Ok(()) => ().into_response(),
        Err(error) => error.into_response(),
    };
    cors::open(answer.headers_mut());
    answer
}

/// What a token is, by its form.
enum Meant {
    /// An access token, by the name of its row.
    Access(String),
    /// A refresh token.
    Refresh(String),
    /// No token of ours that lives.
    Nothing,
}

/// Reads the token; a signature is checked here, outside the transaction.
///
/// # Errors
/// `unsupported_token_type` to an app about a signed token it holds for itself: nothing of it is
/// stored, so that it cannot be ended before its time; the store's own.
async fn meant(
    core: &Core,
    who: &Authenticated,
    token: &str,
    now: Timestamp,
) -> Result<Meant, OAuthError> {
    if secrets::has_form(token, "rs_rt_") {
        return Ok(Meant::Refresh(token.to_owned()));
    }
    if secrets::has_form(token, "rs_at_") {
        return Ok(Meant::Access(token.to_owned()));
    }
    match Signed::open(core, token, now).await? {
        Some(signed) if signed.client_id() != who.client.id => Ok(Meant::Nothing),
        Some(signed) if signed.is_of_app() => Err(OAuthError::refused(
            &problem::UNSUPPORTED_TOKEN_TYPE,
            "this token ends by itself within ten minutes",
        )),
        Some(signed) => Ok(Meant::Access(signed.row())),
        None => Ok(Meant::Nothing),
    }
}

/// Ends the app's own token: a refresh token with its whole grant. Unknown or foreign: nothing, and
/// the answer is the same.
async fn end(
    tx: &mut Tx<'_>,
    who: &Authenticated,
    meant: &Meant,
    now: Timestamp,
) -> Result<(), OAuthError> {
    who.spend(tx).await?;
    match meant {
        Meant::Nothing => {}
        Meant::Access(name) => {
            let row = store::find_row(tx, name).await?;
            let own = match row.map(|row| row.owner) {
                Some(Owner::App(id)) => id == who.client.id,
                Some(Owner::Grant(id)) => is_own(tx, who, &id).await?,
                None => false,
            };
            if own {
                store::end_access(tx, name).await?;
            }
        }
        Meant::Refresh(token) => {
            if let Some(row) = store::find_refresh(tx, token).await?
                && is_own(tx, who, &row.grant_id).await?
            {
                grant::store::end(tx, &row.grant_id, now).await?;
            }
        }
    }
    Ok(())
}

async fn is_own(tx: &mut Tx<'_>, who: &Authenticated, grant_id: &str) -> Result<bool, OAuthError> {
    let grant = grant::store::find(tx, grant_id).await?;
    Ok(grant.is_some_and(|grant| grant.client_id == who.client.id))
}
