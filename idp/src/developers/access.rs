//! Whose app it is: the account that registered it while signed in, or whoever holds one of its
//! secrets. One answer for apps that are another's and apps that do not exist.

use super::sandbox::INSPECT;
use crate::{
    core::Core,
    register::{
        self,
        store::{self, Registration},
    },
    secrets, session,
};
use axum::http::HeaderMap;
use host::db;
use kernel::{Secret, Timestamp};

/// The registration of that app, if the account signed in in this browser made it.
///
/// # Errors
/// The store's own.
pub(super) async fn of_owner(
    core: &Core,
    headers: &HeaderMap,
    id: &str,
    now: Timestamp,
) -> Result<Option<Registration>, db::Error> {
    let Some(login) = session::current(core, headers, now).await? else {
        return Ok(None);
    };
    let row = usable(core, id, now).await?;
    Ok(row.filter(|row| row.owner.as_ref() == Some(&login.account)))
}

/// Whether `secret` opens that app: its inspection secret or its registration access token.
///
/// # Errors
/// The store's own.
pub(super) async fn holds(
    core: &Core,
    secret: &str,
    id: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let of_kind = [INSPECT, register::MANAGE]
        .into_iter()
        .any(|kind| secrets::has_form(secret, kind));
    let Some(row) = usable(core, id, now).await?.filter(|_| of_kind) else {
        return Ok(false);
    };
    let shown = Secret::new(secrets::hash(secret));
    let is = |known: &Option<String>| {
        known
            .as_ref()
            .is_some_and(|known| shown.is(known.as_bytes()))
    };
    Ok(is(&row.inspect_h) || is(&row.token_h))
}

async fn usable(core: &Core, id: &str, now: Timestamp) -> Result<Option<Registration>, db::Error> {
    let mut conn = core.ground.db.read().await?;
    if core.clients.enabled(&mut conn, id, now).await?.is_none() {
        return Ok(None);
    }
    store::find(&mut conn, id).await
}
