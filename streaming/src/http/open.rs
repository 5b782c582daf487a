//! What anyone may have without a name: previews and covers.

use super::entities::public_track;
use crate::{
    catalogue::{Covers, Group, object_key},
    core::Core,
    store,
};
use axum::{
    Router,
    extract::{Path, Query, State as Shared},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use host::{Answer, Json};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{Id, Problem, b64, problem};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/tracks/{id}/preview", get(preview))
        .route("/tracks/{id}/cover", get(track_cover))
        .route("/releases/{id}/cover", get(release_cover))
}

async fn preview(
    Shared(core): Shared<Arc<Core>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let track = public_track(&mut *core.ground.db.read().await?, &id).await?;
    let (file, whole) = track.heard_by_anyone(now)?;
    let (url, exp) = core.open_url(&file.hash, now);
    let text = |name| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    };
    // An audio element or a link, not a program: it goes on to the bytes.
    if text("sec-fetch-dest") == "audio" || text("accept").contains("text/html") {
        return Ok(Redirect::to(&url).into_response());
    }
    let body = json!({
        "url": url, "exp": exp, "duration_ms": file.ms, "mime": file.mime, "whole": whole,
    });
    Ok(Json(body).into_response())
}

#[derive(Deserialize)]
struct Size {
    w: Option<u32>,
}

async fn track_cover(
    Shared(core): Shared<Arc<Core>>,
    Path(id): Path<String>,
    Query(size): Query<Size>,
    headers: HeaderMap,
) -> Answer<Response> {
    let track = public_track(&mut *core.ground.db.read().await?, &id).await?;
    picture(&core, &track.shown.covers, &size, &headers).await
}

async fn release_cover(
    Shared(core): Shared<Arc<Core>>,
    Path(id): Path<String>,
    Query(size): Query<Size>,
    headers: HeaderMap,
) -> Answer<Response> {
    let id = Id::<Group>::parse(&id).ok_or(&problem::NOT_FOUND)?;
    let group = store::group::by_id(&mut *core.ground.db.read().await?, id).await?;
    let group = group
        .filter(|g| g.state.is_public())
        .ok_or(&problem::NOT_FOUND)?;
    picture(&core, &group.covers, &size, &headers).await
}

async fn picture(
    core: &Core,
    covers: &Covers,
    size: &Size,
    headers: &HeaderMap,
) -> Answer<Response> {
    let hash = covers
        .fitting(size.w.unwrap_or(640))
        .ok_or(&problem::NOT_FOUND)?;
    let tag = format!("\"{}\"", b64::encode(hash));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|t| t.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = core
            .ground
            .objects
            .get(&object_key(hash))
            .await
            .map_err(|error| {
                tracing::error!(%error, "a cover is missing");
                Problem::new(&problem::MEDIA_DAMAGED)
            })?;
        (
            [(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"))],
            bytes,
        )
            .into_response()
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=86400"),
    );
    Ok(response)
}
