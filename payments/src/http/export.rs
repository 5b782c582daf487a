//! `GET /purse/export`: everything this module holds about one purse.

use super::{caller::Caller, topups};
use crate::{Core, mandate, store};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Json, db};
use http::header;
use kernel::{Timestamp, hex};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route("/purse/export", get(export))
}

async fn export(State(core): State<Arc<Core>>, caller: Caller) -> Answer<Response> {
    let now = core.ground.world.now();
    let body = gather(&core, &caller, now).await?;
    let disposition = [(
        header::CONTENT_DISPOSITION,
        "attachment; filename=\"resonate-purse.json\"",
    )];
    Ok((disposition, Json(body)).into_response())
}

async fn gather(core: &Core, caller: &Caller, now: Timestamp) -> Result<Value, db::Error> {
    let purse = caller.purse;
    core.ground
        .db
        .snapshot(move |conn| {
            Box::pin(async move {
                let account = purse.account();
                let sums = store::account::sums(conn, account.id())
                    .await?
                    .unwrap_or_default();
                let orders = store::order::of_purse(conn, &purse, i64::MAX).await?;
                let mut mandates = Vec::new();
                for m in store::mandate::of_purse(conn, &purse).await? {
                    let spent = store::mandate::spent(conn, &m.id, m.window_start(now)).await?;
                    let mut view = mandate::view(&m, spent);
                    view["revoked"] = json!(m.revoked_at.map(Timestamp::seconds));
                    let evidence = mandate::unseal(core, &m)?;
                    view["evidence"] = json!(evidence);
                    mandates.push(view);
                }
                let moves = store::transfer::of_account(conn, account.id()).await?;
                let moves = moves.iter().map(|t| {
                    json!({
                        "id": hex::encode(t.id),
                        "kind": t.kind,
                        "in": t.credit == *account.id(),
                        "amount": t.amount,
                        "settles": t.pending.map(hex::encode),
                        "code": t.code,
                        "at": t.at.seconds(),
                    })
                });
                Ok(json!({
                    "format": "resonate/purse/1",
                    "purse": hex::encode(purse.bytes()),
                    "made": now.seconds(),
                    "unit": "UCR: a millionth of a credit",
                    "available": sums.available(),
                    "held": sums.debits_pending,
                    "orders": orders.iter().map(topups::view).collect::<Vec<_>>(),
                    "mandates": mandates,
                    "transfers": moves.collect::<Vec<_>>(),
                }))
            })
        })
        .await
}
