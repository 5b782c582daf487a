//! The OpenID4VCI 1.0 issuer: Listener cards for accounts, in batches of copies with a key each.
//!
//! Copies differ in key, salts, decoys and signature and in nothing else, so that two verifiers
//! cannot tell that they saw one person. Kept of each is a keyed hash of its key until it ends.

mod batch;
mod http;
mod metadata;
mod nonce;
mod notification;
pub(crate) mod store;

pub(crate) use credential::vci::CNonceKey as Nonces;

use crate::core::Shared;
use axum::Router;

/// The routes of the issuer.
pub(crate) fn routes(core: &Shared) -> Router {
    metadata::routes(core.clone())
        .merge(nonce::routes(core.clone()))
        .merge(http::routes(core.clone()))
        .merge(notification::routes(core.clone()))
}
