//! Outside providers as ways in: listed, attached, detached. They are the weakest way and never the
//! last: they open neither these pages nor a change, so they do not count as one.

use super::{
    Who, dates,
    frame::{self, Frame},
};
use crate::{
    authorize::reply,
    browser,
    core::{Core, Shared},
    events,
    external::{self, store},
    page,
    problem::Refusal,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use kernel::Timestamp;
use serde_json::{Value, json};
use web::lang::Choice;

const PATH: &str = "/account/external";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route(PATH, get(show))
        .route("/account/external/attach", post(attach_here))
        .route("/account/external/detach", post(detach_here))
        .with_state(core)
}

/// The attached providers as the API tells them.
pub(super) fn told(attached: &[store::Attached]) -> Value {
    let one = |one: &store::Attached| json!({ "id": one.tag, "provider": one.provider, "attached": one.day.to_string() });
    attached.iter().map(one).collect()
}

/// Takes a provider off an account. The row goes, the account stays; logins made by it stay until
/// they are ended.
///
/// # Errors
/// `ProofNeeded`, `NotFound`; the store's own.
pub(super) async fn detach(
    core: &Core,
    who: &Who,
    tag: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    who.proven(now)?;
    let line = events::New::draw(&core.ground.world, events::EXTERNAL_DETACHED);
    let (line, account) = (&line, &who.account.id);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                who.still(tx, now).await?;
                let known = store::of_account(tx, account).await?;
                let one = known.iter().find(|one| one.tag == tag);
                let one = one.ok_or(Refusal::NotFound)?;
                store::detach(tx, tag, account).await?;
                let line = line.clone().about(json!({ "name": one.provider }));
                events::write(tx, account, &line, now).await?;
                Ok(())
            })
        })
        .await
}

/// An attached provider as the page shows it.
struct Card {
    tag: String,
    label: String,
    day: String,
}

#[derive(Template)]
#[template(path = "account/external.html")]
struct External {
    f: Frame,
    cards: Vec<Card>,
    others: Vec<(String, String)>,
}

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let attached = store::of_account(&mut conn, &who.account.id).await?;
        let card = |one: store::Attached| Card {
            label: label(&core, &one.provider),
            day: dates::day(choice.lang, one.day),
            tag: one.tag,
        };
        let all = core.external.all().iter();
        let fragment = External {
            cards: attached.into_iter().map(card).collect(),
            others: all
                .map(|one| {
                    let says = f.w.fill("external-attach", &[("provider", &one.label)]);
                    (one.name.clone(), says)
                })
                .collect(),
            f,
        };
        let words = (
            "external-title",
            Some(("external-learns", "external-learns-not")),
        );
        Ok(frame::page(&core, &choice, &browser, words, &fragment))
    };
    super::pages::answer(&core, &choice, &headers, shown.await)
}

/// How people know a provider; one that left the configuration goes by its old name.
fn label(core: &Core, name: &str) -> String {
    let known = core.external.find(name);
    known.map_or(name, |one| one.label.as_str()).to_owned()
}

async fn attach_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let begun = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let name = params.get("external").unwrap_or_default();
        match external::attach::begin(&core, &who, &browser, name, now).await {
            Err(Refusal::ProofNeeded) => {
                super::confirm::lead(&core, &choice, &headers, PATH, now).await
            }
            other => other.map(|address| reply::see_other(&address)),
        }
    };
    page::answer(&core, &choice, begun.await)
}

async fn detach_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let detached = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let tag = params.get("detach").unwrap_or_default();
        match detach(&core, &who, tag, now).await {
            Err(Refusal::ProofNeeded) => {
                super::confirm::lead(&core, &choice, &headers, PATH, now).await
            }
            other => other.map(|()| reply::see_other(&choice.link(PATH))),
        }
    };
    page::answer(&core, &choice, detached.await)
}
