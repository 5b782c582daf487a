//! The browser comes back from its wallet with a code.

use super::{Refusal, answer::Outcome, store};
use crate::{
    account,
    acr::Acr,
    authorize::reply::see_other,
    core::{Core, Shared},
    interaction::{self, Interaction, Proven},
    problem as flow, session,
    siop::{self, Arrival},
};
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use host::{
    Source,
    db::Tx,
    form::Form,
    once::{self, Taken, spaces::RESPONSE_CODE},
};
use kernel::{Problem, Timestamp};
use serde::Deserialize;
use web::{
    lang::Choice,
    page::{self, Page},
};

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/interaction/{ix}/wallet", post(to_wallet))
        .route("/interaction/{ix}/siop", get(to_own_wallet))
        .route("/interaction/{ix}/back", get(show).post(take))
        .with_state(core)
}

#[derive(Deserialize)]
struct Button {
    form_token: String,
}

/// `POST /interaction/{ix}/wallet`: the button of the page of ways in.
async fn to_wallet(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    headers: HeaderMap,
    Form(Button { form_token }): Form<Button>,
) -> Response {
    let gone = async {
        let at = interaction::load(&core, &headers, &ix, core.ground.world.now()).await?;
        let (browser, purpose) = (at.browser.id(), at.purpose());
        core.forms
            .check(&headers, core.issuer(), browser, &purpose, &form_token)
            .map_err(flow::Refusal::Edge)?;
        go(&core, &at).await
    };
    answer(&core, &choice, gone.await)
}

/// `GET /interaction/{ix}/siop`: our own wallet joins; there is nothing to choose.
async fn to_own_wallet(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Response {
    let gone = async {
        let at = interaction::load(&core, &headers, &ix, core.ground.world.now()).await?;
        match at.goes_to_wallet() {
            true => go(&core, &at).await,
            false => Ok(interaction::next(&core, &at, None)),
        }
    };
    answer(&core, &choice, gone.await)
}

/// To the wallet, if a proof is awaited still; else to where the sign-in stands.
async fn go(core: &Core, at: &Interaction) -> Result<Response, Refusal> {
    if !at.state.awaits_proof() {
        return Ok(interaction::next(core, at, None));
    }
    Ok(see_other(
        &super::begin(core, at, core.ground.world.now()).await?,
    ))
}

/// The page, or the page of its refusal.
pub(super) fn answer(core: &Core, choice: &Choice, result: Result<Response, Refusal>) -> Response {
    let refuse = |no: Refusal| page::refusal(&core.site, choice, &Problem::from(no), None);
    result.unwrap_or_else(|no| refuse(no).into_response())
}

/// `GET /interaction/{ix}/back`: the code stands in the fragment, which only a script can read; the
/// field is there for those without one.
async fn show(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Page {
    let at = interaction::load(&core, &headers, &ix, core.ground.world.now())
        .await
        .ok();
    let app = at.map(|at| at.request.redirect_uri);
    super::pages::back(&core, &choice, &ix, app.as_deref())
}

#[derive(Deserialize)]
struct Code {
    response_code: String,
}

/// `POST /interaction/{ix}/back`. The code is the form's proof: whoever has none learns nothing.
async fn take(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    source: Source,
    headers: HeaderMap,
    Form(Code { response_code }): Form<Code>,
) -> Response {
    let now = core.ground.world.now();
    let code = response_code.trim();
    let done = match interaction::load(&core, &headers, &ix, now).await {
        Ok(at) => finish(&core, (&headers, source), &at, code, now).await,
        Err(flow::Refusal::WrongBrowser) => Err(elsewhere(&core, &ix, code, now).await),
        Err(refusal) => Err(refusal.into()),
    };
    answer(&core, &choice, done)
}

/// A good code in another browser: whoever holds it saw the answer of a wallet that is not here. The
/// request is dropped; the sign-in itself stays with its own browser.
async fn elsewhere(core: &Core, ix: &str, code: &str, now: Timestamp) -> Refusal {
    let dropped = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                match once::take(tx, &RESPONSE_CODE, code, ix, now).await? {
                    Taken::Body(_) => store::drop_of(tx, ix).await?,
                    Taken::Spent(_) | Taken::Unknown => return Err(Refusal::Elsewhere),
                }
                Ok(())
            })
        })
        .await;
    dropped.err().unwrap_or(Refusal::Elsewhere)
}

async fn finish(
    core: &Core,
    (headers, source): (&HeaderMap, Source),
    at: &Interaction,
    code: &str,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let arrival = Arrival::draw(core, at, source, now);
    let draw = interaction::Draw::new(&core.ground.world);
    let old = session::shown(core, headers);
    let (arrival_ref, draw_ref, old) = (&arrival, &draw, old.as_deref());
    let (login, joined) = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let (proven, joined) = recognise(tx, at, code, arrival_ref, now).await?;
                let login = interaction::prove(tx, at, &proven, draw_ref, old, now).await?;
                Ok::<_, Refusal>((login, joined))
            })
        })
        .await?;
    if joined {
        core.pow.made(source, now);
    }
    Ok(interaction::next(core, at, Some(&login)))
}

/// Takes the code and says who it is; `true` if the account was just made.
async fn recognise(
    tx: &mut Tx<'_>,
    at: &Interaction,
    code: &str,
    arrival: &Arrival,
    now: Timestamp,
) -> Result<(Proven, bool), Refusal> {
    let Taken::Body(body) = once::take(tx, &RESPONSE_CODE, code, &at.ix, now).await? else {
        return Err(Refusal::Elsewhere);
    };
    let (id, joined) = match serde_json::from_str(&body) {
        Ok(Outcome::Account(id)) => (id, false),
        Ok(Outcome::Key(jkt)) => siop::account_of(tx, &jkt, arrival, now).await?,
        Ok(Outcome::Result(_)) | Err(_) => return Err(Refusal::Elsewhere),
    };
    let owner = account::active(tx, &id).await?.ok_or(Refusal::Account)?;
    let proven = Proven {
        account: owner.id,
        epoch: owner.epoch,
        acr: Acr::Wallet,
        amr: Acr::Wallet.amr(),
        card: None,
    };
    Ok((proven, joined))
}
