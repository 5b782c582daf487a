//! `/vault/{id}/old`: earlier copies, by date.

use super::{etag, header, vaults::READ};
use crate::{
    Core, Refusal,
    id::{Reader, VaultId},
    store, vault,
};
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Json};
use http::{HeaderMap, HeaderValue, header as names};
use serde::Serialize;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/vault/{id}/old", get(list))
        .route("/vault/{id}/old/{version}", get(one))
}

#[derive(Serialize)]
struct List {
    old: Vec<Earlier>,
}

#[derive(Serialize)]
struct Earlier {
    version: i64,
    /// When it was replaced, in seconds since 1970.
    replaced_at: i64,
}

async fn list(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<List>> {
    let now = core.ground.world.now();
    let id = VaultId::parse(&id).ok_or(Refusal::Unknown)?;
    let reader = Reader::of(header(&headers, READ).unwrap_or_default());
    let mut conn = core.ground.db.read().await?;
    vault::read(&mut conn, id, reader, now).await?;
    let copies = store::old::list(&mut conn, id).await?;
    let old = copies.into_iter().map(|(version, at)| Earlier {
        version,
        replaced_at: at.seconds(),
    });
    Ok(Json(List { old: old.collect() }))
}

async fn one(
    State(core): State<Arc<Core>>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let id = VaultId::parse(&id).ok_or(Refusal::Unknown)?;
    let version = version.parse().map_err(|_| Refusal::Unknown)?;
    let reader = Reader::of(header(&headers, READ).unwrap_or_default());
    let mut conn = core.ground.db.read().await?;
    let doc = store::old::read_by(&mut conn, id, reader, version).await?;
    let mut response = doc.ok_or(Refusal::Unknown)?.into_response();
    let headers = response.headers_mut();
    headers.insert(
        names::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(names::ETAG, etag(version));
    Ok(response)
}
