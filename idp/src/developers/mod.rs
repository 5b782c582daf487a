//! For developers of partner apps: apps of a day that need no registration, a page that shows how a
//! return address differs, and the last requests of an app, secrets masked.

mod access;
pub(crate) mod difference;
mod inspect;
pub(crate) mod mismatch;
mod own;
mod requests;
mod sandbox;

pub(crate) use inspect::{Inspector, watch};

use crate::core::Shared;
use axum::{
    Router,
    routing::{get, post},
};
use std::sync::LazyLock;
use web::words::Words;

/// The words of these pages.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/developers_en.ftl"),
        include_str!("../../words/developers_de.ftl"),
    )
});

/// The words in one language, for templates.
#[derive(Clone, Copy)]
struct Say(web::lang::Lang);

impl Say {
    fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }

    fn fill(self, key: &'static str, name: &str, value: &str) -> String {
        WORDS.fill(self.0, key, &[(name, value)])
    }
}

/// The routes of this folder.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route(
            "/developers/sandbox/clients",
            post(sandbox::create).options(crate::cors::preflight),
        )
        .route("/developers/clients", get(own::show).post(own::make))
        .route(
            "/developers/clients/{client_id}/requests",
            get(requests::show).post(requests::unlock),
        )
        .with_state(core)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
