//! Checks that codes, refresh tokens and device codes share, each written once.

use super::{Asking, mint::Draw};
use crate::{
    core::Core,
    events,
    grant::{self, Grant},
    params::Params,
    problem::OAuthError,
    secrets,
};
use host::db::{Error, Tx};
use kernel::Timestamp;

/// A token in a form, where it has the form of its kind. Saves a transaction for what cannot be one.
///
/// # Errors
/// `invalid_request` where it is missing, `unknown` where it cannot be one.
pub(super) fn shown<'p>(
    params: &'p Params,
    name: &str,
    prefix: &str,
    missing: &'static str,
    unknown: &'static str,
) -> Result<&'p str, OAuthError> {
    let text = params.get(name).ok_or(OAuthError::request(missing))?;
    if secrets::has_form(text, prefix) {
        Ok(text)
    } else {
        Err(OAuthError::grant(unknown))
    }
}

/// The grant of that id, if it is the asking app's and was not ended.
///
/// # Errors
/// The store's own.
pub(super) async fn own_grant(
    tx: &mut Tx<'_>,
    asking: &Asking<'_>,
    id: &str,
) -> Result<Option<Grant>, Error> {
    let grant = grant::store::find(tx, id).await?;
    Ok(grant.filter(|grant| grant.client_id == asking.client().id))
}

/// Something was shown a second time: someone has a copy. The grant ends, and its person is told.
///
/// # Errors
/// The store's own.
pub(super) async fn end_copied(
    tx: &mut Tx<'_>,
    grant: &Grant,
    kind: &str,
    draw: &Draw,
    now: Timestamp,
) -> Result<(), Error> {
    grant::store::end(tx, &grant.id, now).await?;
    events::note(tx, &grant.account, kind, grant, draw, now).await
}

/// The proof a request must or may come with, checked and not yet spent.
///
/// # Errors
/// Those of the door.
pub(super) fn proof(
    core: &Core,
    headers: &axum::http::HeaderMap,
    demanded: bool,
    now: Timestamp,
) -> Result<Option<credential::dpop::Proof>, OAuthError> {
    if !demanded && !headers.contains_key("dpop") {
        return Ok(None);
    }
    let post = &axum::http::Method::POST;
    Ok(Some(core.door.check(
        post,
        super::PATH,
        headers,
        None,
        None,
        now,
    )?))
}
