//! Signing in to these pages, and proving anew who one is: a sign-in like any other, asked for by
//! the provider itself. It has no code at its end; the browser goes back to the page it came from.

use super::{FRESH, frame};
use crate::{
    acr::Acr,
    authorize::{
        reply::{self, Mode},
        request::Request,
    },
    browser, client,
    core::{Core, Shared},
    interaction::{self, Interaction, State as Step},
    page,
    problem::Refusal,
    session,
};
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use kernel::{Timestamp, b64};
use web::lang::Choice;

/// Where such a sign-in may lead.
const PLACES: [&str; 9] = [
    "/account",
    "/account/passkeys",
    "/account/logins",
    "/account/apps",
    "/account/log",
    "/account/data",
    "/account/close",
    "/account/external",
    "/",
];

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/account/confirm", post(ask))
        .with_state(core)
}

/// `POST /account/confirm`: to the page of ways in, and from there to the page named by `to`.
async fn ask(
    State(core): State<Shared>,
    choice: Choice,
    request: axum::extract::Request,
) -> Response {
    let now = core.ground.world.now();
    let asked = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let to = params.get("to").unwrap_or_default();
        let at = begin(&core, &headers, to, now).await?;
        let mut answer = reply::see_other(&choice.link(&at.path()));
        browser.set_cookie(&core, answer.headers_mut());
        Ok(answer)
    };
    page::answer(&core, &choice, asked.await)
}

/// Begins it. Whoever is signed in well enough has to show a passkey; whoever is not may come by any
/// way in that opens these pages.
///
/// # Errors
/// The store's own.
pub(super) async fn begin(
    core: &Core,
    headers: &HeaderMap,
    to: &str,
    now: Timestamp,
) -> Result<Interaction, Refusal> {
    let to = PLACES.into_iter().find(|place| *place == to);
    sign_in(core, headers, to.unwrap_or("/account"), now).await
}

/// As [`begin`], towards a page that another room of ours names; never one that was sent to us.
///
/// # Errors
/// The store's own.
pub(crate) async fn sign_in(
    core: &Core,
    headers: &HeaderMap,
    to: &str,
    now: Timestamp,
) -> Result<Interaction, Refusal> {
    let login = session::current(core, headers, now).await?;
    let at = Interaction {
        ix: b64::encode(core.ground.world.random::<16>()),
        request: request(
            core,
            to,
            login
                .as_ref()
                .is_some_and(|login| login.acr.opens_account()),
        ),
        state: Step::Choose,
        account: login.map(|login| login.account),
        session: None,
        proved: false,
        reached: None,
        browser: browser::current_or_new(core, headers),
    };
    let (row, until) = (&at, now.plus_seconds(interaction::LIFE));
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(async move { interaction::store::insert(tx, row, until).await }));
    write.await?;
    Ok(at)
}

/// A request of the provider to itself.
fn request(core: &Core, to: &str, again: bool) -> Request {
    Request {
        client_id: client::OWN.to_owned(),
        redirect_uri: core.url(to),
        mode: Mode::Query,
        state: None,
        nonce: None,
        scope: String::new(),
        resource: None,
        challenge: None,
        prompt: Vec::new(),
        max_age: again.then_some(FRESH),
        acr_values: vec![if again { Acr::Phr } else { Acr::Wallet }],
        acr_essential: true,
        auth_time: false,
        auth_time_wished: false,
        id_token_claims: Vec::new(),
        subs: None,
        login_hint: None,
        ui_locales: None,
        dpop_jkt: None,
        admission: None,
        par: None,
    }
}

/// Where a sign-in to our own pages leads at its end; none for the sign-in to an app.
pub(crate) fn arrival(core: &Core, choice: &Choice, at: &Interaction) -> Option<Response> {
    let own = at.request.client_id == client::OWN;
    let path = at.request.redirect_uri.strip_prefix(core.issuer());
    path.filter(|_| own)
        .map(|path| reply::see_other(&choice.link(path)).into_response())
}

/// The way to the page of ways in, for a form of ours that came without a fresh proof.
///
/// # Errors
/// The store's own.
pub(super) async fn lead(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    to: &str,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let at = begin(core, headers, to, now).await?;
    Ok(reply::see_other(&choice.link(&at.path())))
}
