//! The interface described by itself: `/openapi.json`, a page of it, and the first page for
//! developers. One table of operations makes all three; a test holds it against the routes.

mod document;
mod op;
mod ops;
mod page;
mod schemas;

use crate::{core::Shared, keys};
use axum::{Router, extract::State, response::Response, routing::get};
use std::sync::LazyLock;
use web::words::Words;

/// The words of these pages.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/api_en.ftl"),
        include_str!("../../words/api_de.ftl"),
    )
});

/// The routes of this folder.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/openapi.json", get(show))
        .route("/developers", get(page::start))
        .route("/developers/api", get(page::operations))
        .with_state(core)
}

async fn show(State(core): State<Shared>) -> Response {
    let document = document::whole(&core);
    let text = serde_json::to_string(&document).expect("the document holds text and numbers");
    keys::http::cached(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }

    #[test]
    fn every_body_that_is_named_exists() {
        for op in ops::all().into_iter().flat_map(|(_, ops)| ops) {
            let given = op.gives.iter().filter_map(|(_, what, _)| match what {
                op::Gives::Json(name) => Some(*name),
                _ => None,
            });
            for name in given.chain(op.body) {
                assert!(schemas::is_named(name), "{name} at {}", op.path);
            }
        }
    }
}
