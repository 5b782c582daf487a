//! `/vault` and `/vault/{id}`: keep, read, write, leave.

use super::{asked, etag, header, json_body};
use crate::{
    Core, Refusal,
    document::{self, Document},
    id::{Reader, VaultId},
    store,
    vault::{self, Made},
    written::Written,
};
use axum::{
    Router,
    extract::{Path, Request, State},
    response::IntoResponse,
    routing::{delete, get, post},
};
use host::{Answer, Json, Source, body};
use http::{HeaderMap, HeaderValue, StatusCode, header as names};
use serde::Serialize;
use std::sync::Arc;

/// The header with a token that may read.
pub(super) const READ: &str = "vault-read";
/// The header with the work for a new vault.
const WORK: &str = "vault-work";
/// When a vault that is leaving will be gone, in seconds since 1970.
const LEAVING: &str = "vault-leaving";

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/vault", post(make))
        .route("/vault/{id}", get(read).put(write).delete(leave))
        .route("/vault/{id}/leaving", delete(stay))
}

async fn make(State(core): State<Arc<Core>>, source: Source, request: Request) -> Answer {
    let (now, asked) = (core.ground.world.now(), asked(&request));
    let body = json_body(request, document::MOST).await?;
    let by = Written::check(&core, &asked, &body, now)?;
    by.count(&core)?;
    let sent = Document::parse(&body)?;
    let names_it = (by.epoch, by.version, by.next.is_none()) == (sent.epoch, sent.version, true);
    if !names_it {
        return Err(Refusal::proof("claims", core.door.nonce(now)).into());
    }
    let work = core.mint.check(header(&asked.headers, WORK), source, now);
    let (sent, by, work) = (&sent, &by, &work);
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(vault::make(tx, sent, by, work, now)));
    if write.await? == Made::New {
        core.mint.made(source, now);
    }
    let made = MadeBody {
        vault_id: kernel::b64::encode(sent.vault.0),
        version: sent.version,
    };
    let tag = [(names::ETAG, etag(sent.version))];
    Ok((StatusCode::CREATED, tag, Json(made)).into_response())
}

#[derive(Serialize)]
struct MadeBody {
    vault_id: String,
    version: i64,
}

async fn read(State(core): State<Arc<Core>>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let now = core.ground.world.now();
    let id = VaultId::parse(&id).ok_or(Refusal::Unknown)?;
    let reader = Reader::of(header(&headers, READ).unwrap_or_default());
    let mut conn = core.ground.db.read().await?;
    let row = vault::read(&mut conn, id, reader, now).await?;
    drop(conn);
    if row.touched < now.day().start() {
        let write = core
            .ground
            .db
            .write(move |tx| Box::pin(store::vault::touch(tx, id, now)));
        write.await?;
    }
    let mut response = row.doc.into_response();
    let headers = response.headers_mut();
    headers.insert(
        names::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(names::ETAG, etag(row.version));
    if let Some(until) = row.leaving {
        headers.insert(LEAVING, HeaderValue::from(until.seconds()));
    }
    Ok(response)
}

async fn write(State(core): State<Arc<Core>>, Path(id): Path<String>, request: Request) -> Answer {
    let (now, asked) = (core.ground.world.now(), asked(&request));
    let body = json_body(request, document::MOST).await?;
    let by = Written::check(&core, &asked, &body, now)?;
    by.count(&core)?;
    let sent = Document::parse(&body)?;
    if VaultId::parse(&id) != Some(sent.vault) {
        return Err(Refusal::Format("vault_id").into());
    }
    if (by.epoch, by.version) != (sent.epoch, sent.version) {
        return Err(Refusal::proof("claims", core.door.nonce(now)).into());
    }
    let follows = header(&asked.headers, "if-match").and_then(version_of);
    let follows = follows.ok_or(Refusal::Field("If-Match"))?;
    let (new, by) = (&sent, &by);
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(vault::write(tx, new, by, follows, now)));
    write.await?;
    Ok((StatusCode::NO_CONTENT, [(names::ETAG, etag(sent.version))]).into_response())
}

/// `"12"`, a strong tag.
fn version_of(tag: &str) -> Option<i64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[derive(Serialize)]
struct LeavingBody {
    gone_at: i64,
}

async fn leave(State(core): State<Arc<Core>>, Path(id): Path<String>, request: Request) -> Answer {
    let now = core.ground.world.now();
    let (id, by) = signed(&core, &id, request).await?;
    let by = &by;
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(vault::leave(tx, id, by, now)));
    let gone_at = write.await?.seconds();
    Ok((StatusCode::ACCEPTED, Json(LeavingBody { gone_at })).into_response())
}

async fn stay(State(core): State<Arc<Core>>, Path(id): Path<String>, request: Request) -> Answer {
    let now = core.ground.world.now();
    let (id, by) = signed(&core, &id, request).await?;
    let by = &by;
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(vault::stay(tx, id, by, now)));
    write.await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A signed request without a document.
async fn signed(
    core: &Core,
    id: &str,
    request: Request,
) -> Result<(VaultId, Written), host::Fault> {
    let (now, asked) = (core.ground.world.now(), asked(&request));
    let body = body::read(request, 0).await?;
    let by = Written::check(core, &asked, &body, now)?;
    by.count(core)?;
    Ok((VaultId::parse(id).ok_or(Refusal::Unknown)?, by))
}
