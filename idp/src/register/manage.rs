//! `/register/{client_id}`: an app's registration read, replaced and deleted by whoever holds its
//! registration access token (RFC 7592).

use super::{
    MANAGE, bearer,
    document::{self, Secret},
    opened, policy, read_document, store, unknown_token,
};
use crate::{
    client::{self, Client, metadata::Invalid},
    core::{Core, Shared},
    logout::{self, Which},
    problem::OAuthError,
    secrets,
};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use host::Json;
use kernel::{Secret as Hidden, Timestamp};
use serde_json::Value;

/// An app whose holder showed its token.
struct Managed {
    client: Client,
    whole: Value,
    created: Timestamp,
    token: String,
}

/// The app of that id, if the request holds its token and it may be used. Unknown apps, disabled
/// ones and other apps' tokens are one answer.
async fn managed(
    core: &Core,
    headers: &HeaderMap,
    id: &str,
    now: Timestamp,
) -> Result<Managed, OAuthError> {
    let token = bearer(headers, MANAGE).ok_or_else(unknown_token)?;
    let shown = Hidden::new(secrets::hash(token));
    let mut conn = core.ground.db.read().await?;
    let row = store::find(&mut conn, id)
        .await?
        .ok_or_else(unknown_token)?;
    let held = row.token_h.is_some_and(|known| shown.is(known.as_bytes()));
    let client = core.clients.enabled(&mut conn, id, now).await?;
    let client = client.filter(|_| held).ok_or_else(unknown_token)?;
    let whole = client::store::metadata(&mut conn, id).await?;
    Ok(Managed {
        client,
        whole: whole.ok_or_else(unknown_token)?,
        created: row.created,
        token: token.to_owned(),
    })
}

pub(super) async fn read(
    State(core): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let read = async {
        let at = managed(&core, &headers, &id, now).await?;
        let whole = at.whole.as_object().cloned().unwrap_or_default();
        let mut told = document::tell(&core, &at.client, whole, at.created);
        // The secret is not told again: only its hash is kept.
        told.insert("registration_access_token".to_owned(), at.token.into());
        Ok(Json(Value::Object(told)).into_response())
    };
    opened(read.await)
}

/// Replaces the whole registration, by the check that every registration passes.
pub(super) async fn replace(
    State(core): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let replaced = async {
        let at = managed(&core, request.headers(), &id, now).await?;
        let document = read_document(request).await?;
        names_itself(&document, &at.client)?;
        let secret = match &at.client.secret_h {
            Some(hash) => Secret::Kept(hash.clone()),
            None => Secret::draw(&core),
        };
        let draft = document::check(&core, document, &id, &secret, &policy(&core)).await?;
        let row = &draft;
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move {
                if row.replace(tx).await? {
                    Ok(())
                } else {
                    Err(unknown_token())
                }
            })
        });
        write.await?;
        draft.keep_keys(&core, now);
        let told = draft.told(&core, Some(&at.token), Some(&secret), at.created);
        Ok(Json(Value::Object(told)).into_response())
    };
    opened(replaced.await)
}

/// Id and, where it stands, secret are those the app has (RFC 7592 section 2.2).
fn names_itself(document: &Value, client: &Client) -> Result<(), Invalid> {
    if document.get("client_id").and_then(Value::as_str) != Some(client.id.as_str()) {
        return Err(Invalid::Metadata("client_id"));
    }
    let Some(secret) = document.get("client_secret").filter(|s| !s.is_null()) else {
        return Ok(());
    };
    let shown = Hidden::new(secrets::hash(secret.as_str().unwrap_or_default()));
    let known = client.secret_h.as_ref();
    if known.is_some_and(|known| shown.is(known.as_bytes())) {
        Ok(())
    } else {
        Err(Invalid::Metadata("client_secret"))
    }
}

/// Deletes the app: all that people granted it ends, and it is told of each login that ended with it.
pub(super) async fn remove(
    State(core): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let removed = async {
        let at = managed(&core, &headers, &id, now).await?;
        let id = at.client.id.as_str();
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move {
                if !client::store::leave(tx, id, now).await? {
                    return Err(unknown_token());
                }
                store::delete(tx, id).await?;
                store::delete_logo(tx, id).await?;
                Ok(logout::end(tx, Which::Client(id), now).await?)
            })
        });
        write.await?;
        logout::tell_app(&core, id, now).await;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    opened(removed.await)
}
