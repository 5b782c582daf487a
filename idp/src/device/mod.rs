//! Devices without browser or keyboard (RFC 8628): a code on their screen is typed where the person is
//! signed in, the app's name and the time it began are shown, and the first decision stands.

mod authorization;
mod decision;
mod kept;
mod page;
pub(crate) mod store;
mod tries;
mod user_code;

pub(crate) use tries::Tries;

use crate::core::Shared;
use axum::Router;

/// How long a code may be decided on, seconds.
const LIFE: i64 = 600;
/// How long a device waits between two questions, and what is added when it does not, seconds.
pub(crate) const STEP: i64 = 5;

/// The routes of this room.
pub(crate) fn routes(core: &Shared) -> Router {
    authorization::routes(core.clone()).merge(page::routes(core.clone()))
}
