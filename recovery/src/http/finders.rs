//! `/vault/finders/{id}`: where a vault is, for a sheet of words.

use super::{asked, json_body};
use crate::{
    Core, Refusal,
    finder::{self, BOX_BYTES},
    id::{FinderId, VaultId},
    store,
    written::Written,
};
use axum::{
    Router,
    extract::{Path, Request, State},
    routing::get,
};
use credential::json;
use host::{Answer, Json, body};
use http::StatusCode;
use kernel::b64;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Larger than any finder.
const MOST: usize = 1_024;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route("/vault/finders/{id}", get(read).put(put).delete(remove))
}

#[derive(Serialize)]
struct Found {
    #[serde(rename = "box")]
    sealed: String,
}

async fn read(State(core): State<Arc<Core>>, Path(id): Path<String>) -> Answer<Json<Found>> {
    let id = FinderId::parse(&id).ok_or(Refusal::Unknown)?;
    let mut conn = core.ground.db.read().await?;
    let found = store::finder::find(&mut conn, id).await?;
    let sealed = b64::encode(found.ok_or(Refusal::Unknown)?.sealed);
    Ok(Json(Found { sealed }))
}

async fn put(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<StatusCode> {
    let (now, asked) = (core.ground.world.now(), asked(&request));
    let body = json_body(request, MOST).await?;
    let by = Written::check(&core, &asked, &body, now)?;
    by.count(&core)?;
    let id = FinderId::parse(&id).ok_or(Refusal::Field("id"))?;
    let map = json::parse_object(&body).map_err(|_| Refusal::Field("body"))?;
    let vault = text(&map, "vault_id").and_then(VaultId::parse);
    let vault = vault.ok_or(Refusal::Field("vault_id"))?;
    let sealed = text(&map, "box").and_then(b64::decode);
    let sealed = sealed.filter(|bytes| bytes.len() == BOX_BYTES);
    let sealed = sealed.ok_or(Refusal::Field("box"))?;
    if map.len() != 2 {
        return Err(Refusal::Field("body").into());
    }
    let (sealed, by) = (&sealed, &by);
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(finder::put(tx, id, vault, sealed, by, now)));
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}

fn text<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    map.get(name).and_then(Value::as_str)
}

async fn remove(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<StatusCode> {
    let (now, asked) = (core.ground.world.now(), asked(&request));
    let body = body::read(request, 0).await?;
    let by = Written::check(&core, &asked, &body, now)?;
    by.count(&core)?;
    let id = FinderId::parse(&id).ok_or(Refusal::Unknown)?;
    let by = &by;
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(finder::remove(tx, id, by, now)));
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}
