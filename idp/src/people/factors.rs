//! Ways in: listed, named, removed. Adding one is `passkey::add`.

use super::{
    Who, dates,
    frame::{self, Frame},
    label,
};
use crate::{
    authorize::reply,
    browser,
    core::{Core, Shared},
    events, page,
    passkey::{
        Signal,
        store::{self, Listed},
    },
    problem::Refusal,
    siop,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use host::db::{Conn, Error};
use kernel::Timestamp;
use serde_json::{Value, json};
use web::lang::Choice;

const PATH: &str = "/account/passkeys";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route(PATH, get(show))
        .route("/account/passkeys/rename", post(rename_here))
        .route("/account/passkeys/remove", post(remove_here))
        .with_state(core)
}

/// How many ways in an account has that open it now.
///
/// # Errors
/// The store's own.
pub(super) async fn count(conn: &mut Conn, account: &str) -> Result<usize, Error> {
    let passkeys = store::of_account(conn, account).await?.len();
    Ok(passkeys + siop::store::of_account(conn, account).await?.len())
}

/// The passkeys as the API tells them.
pub(super) fn told(keys: &[Listed]) -> Value {
    let one = |key: &Listed| {
        let mut told = json!({
            "id": key.id,
            "name": key.name,
            "may_be_backed_up": key.eligible,
            "backed_up": key.backed_up,
            "created": key.created.to_string(),
            "suspended": key.suspended,
        });
        if let Some(day) = key.used {
            told["used"] = day.to_string().into();
        }
        told
    };
    keys.iter().map(one).collect()
}

/// Gives a passkey another name.
///
/// # Errors
/// `NotFound` for one that is not this person's, `Field` for an empty name.
pub(super) async fn rename(
    core: &Core,
    who: &Who,
    id: &str,
    typed: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    let name = label(typed).ok_or(Refusal::Field("name"))?;
    let line = events::New::draw(&core.ground.world, events::PASSKEY_RENAMED)
        .about(json!({ "name": name }));
    let (name, line, account) = (&name, &line, &who.account.id);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                who.still(tx, now).await?;
                if !store::rename(tx, id, account, name).await? {
                    return Err(Refusal::NotFound);
                }
                events::write(tx, account, line, now).await?;
                Ok(())
            })
        })
        .await
}

/// Removes a passkey, unless nothing else would open the account.
///
/// # Errors
/// `ProofNeeded`, `NotFound`, `LastWayIn`; the store's own.
pub(super) async fn remove(
    core: &Core,
    who: &Who,
    id: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    who.proven(now)?;
    let line = events::New::draw(&core.ground.world, events::PASSKEY_REMOVED);
    let (line, account) = (&line, &who.account.id);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                who.still(tx, now).await?;
                let known = store::listed(tx, account).await?;
                let key = known.iter().find(|key| key.id == id);
                let key = key.ok_or(Refusal::NotFound)?;
                store::remove(tx, id, account).await?;
                if count(tx, account).await? == 0 {
                    return Err(Refusal::LastWayIn);
                }
                let line = line.clone().about(json!({ "name": key.name }));
                events::write(tx, account, &line, now).await?;
                Ok(())
            })
        })
        .await
}

/// A passkey as the page shows it.
struct Card {
    id: String,
    name: String,
    added: String,
    used: Option<String>,
    kept: &'static str,
    suspended: bool,
}

#[derive(Template)]
#[template(path = "account/passkeys.html")]
struct Passkeys {
    f: Frame,
    cards: Vec<Card>,
    wallets: Vec<String>,
    last: bool,
    signal: Signal,
    accepted: String,
}

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let account = &who.account;
        let keys = store::listed(&mut conn, &account.id).await?;
        let wallets = siop::store::of_account(&mut conn, &account.id).await?;
        let signal = Signal::of(&core, &mut conn, &account.id, &account.user_handle).await?;
        let fragment = Passkeys {
            cards: keys.iter().map(|key| card(&f, key)).collect(),
            last: count(&mut conn, &account.id).await? < 2,
            wallets: wallets
                .into_iter()
                .map(|day| dates::day(choice.lang, day))
                .collect(),
            accepted: signal.all_accepted_credential_ids.join(" "),
            signal,
            f,
        };
        let words = (
            "passkeys-title",
            Some(("passkeys-learns", "passkeys-learns-not")),
        );
        Ok(frame::page(&core, &choice, &browser, words, &fragment))
    };
    super::pages::answer(&core, &choice, &headers, shown.await)
}

fn card(f: &Frame, key: &Listed) -> Card {
    let lang = f.w.0;
    Card {
        id: key.id.clone(),
        name: key.name.clone(),
        added: dates::day(lang, key.created),
        used: key.used.map(|day| dates::day(lang, day)),
        kept: f.w.say(match (key.eligible, key.backed_up) {
            (_, true) => "passkeys-backed-up",
            (true, false) => "passkeys-may-be-backed-up",
            (false, false) => "passkeys-device-only",
        }),
        suspended: key.suspended,
    }
}

async fn rename_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let renamed = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let say = |name| params.get(name).unwrap_or_default();
        rename(&core, &who, say("passkey"), say("name"), now).await?;
        Ok(reply::see_other(&choice.link(PATH)))
    };
    page::answer(&core, &choice, renamed.await)
}

async fn remove_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let removed = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let id = params.get("passkey").unwrap_or_default();
        match remove(&core, &who, id, now).await {
            Err(Refusal::ProofNeeded) => {
                super::confirm::lead(&core, &choice, &headers, PATH, now).await
            }
            other => other.map(|()| reply::see_other(&choice.link(PATH))),
        }
    };
    page::answer(&core, &choice, removed.await)
}
