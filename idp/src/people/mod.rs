//! People's own pages and the same acts as an API: ways in, logins, apps, log, data, the end.
//!
//! Pages stand under `/account`, the API under `/api/account`; both call the functions of this room.
//! Who acts is [`Who`]: a login of this browser, or a token of our own apps bound to a key. What
//! changes the ways in needs a proof by passkey of the last five minutes ([`Who::proven`]).

mod api;
mod apps;
pub(crate) mod close;
mod confirm;
mod data;
mod dates;
mod factors;
mod frame;
mod logins;
mod outside;
mod pages;
mod who;
mod words;

pub(crate) use confirm::{arrival, sign_in};
pub(crate) use who::Who;

use crate::core::Shared;
use axum::Router;

/// How old a proof may be that changes ways in or closes the account, seconds.
pub(crate) const FRESH: i64 = 300;
/// What the forms of these pages are for, as form tokens name it.
pub(crate) const PURPOSE: &str = "account";

/// Every statement of this room.
pub(crate) const STATEMENTS: [&[&str]; 3] =
    [close::STATEMENTS, data::STATEMENTS, frame::STATEMENTS];

/// The routes of this room.
pub(crate) fn routes(core: &Shared) -> Router {
    pages::routes(core.clone())
        .merge(factors::routes(core.clone()))
        .merge(logins::routes(core.clone()))
        .merge(apps::routes(core.clone()))
        .merge(data::routes(core.clone()))
        .merge(close::routes(core.clone()))
        .merge(confirm::routes(core.clone()))
        .merge(outside::routes(core.clone()))
        .merge(api::routes(core))
}

/// A name as its owner typed it, without what cannot be shown; an empty one is none.
pub(crate) fn label(typed: &str) -> Option<String> {
    crate::consent::nickname(typed)
}
