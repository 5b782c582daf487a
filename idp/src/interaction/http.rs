//! The pages of a sign-in and their buttons. Whatever is sent twice, or out of order, leads to the
//! page where the sign-in stands.

use super::{Interaction, State as Step, chooser, load, next, settle, store};
use crate::{
    authorize::{
        decide::{self, Next, View},
        reply::{self, Outcome, To},
    },
    client::{self, Client},
    consent::{self, Consent},
    core::{Core, Shared},
    page,
    params::Params,
    people,
    problem::{OAuthError, Refusal},
    session::{self, Login},
};
use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use kernel::{Timestamp, problem};
use web::lang::Choice;

/// Asks for the page of ways in though the app wants a new account.
pub(crate) const WAYS: &str = "ways";

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/interaction/{ix}", get(show))
        .route("/interaction/{ix}/consent", post(decide))
        .route("/interaction/{ix}/cancel", post(cancel))
        .with_state(core)
}

async fn show(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let shown = async {
        let at = load(&core, &headers, &ix, now).await?;
        // From the page on which people join one comes back to all ways in.
        let all = Params::parse(query.unwrap_or_default().as_bytes()).has(WAYS);
        match at.state {
            // `prompt=create`: an account first of all (Initiating User Registration 1.0).
            Step::Choose if wants_account(&at) && !all => {
                let join = choice.link(&format!("/join?ix={}", at.ix));
                Ok(reply::see_other(&join))
            }
            Step::Choose | Step::Proving => choose(&core, &choice, &at, now).await,
            Step::Known => advance(&core, &choice, &headers, at, now).await,
            Step::Consent => {
                let login = login_of(&core, &headers, &at, now).await?;
                let client = client_of(&core, &choice, &at, now).await?;
                ask(&core, &choice, &at, (&login, &client), now).await
            }
            Step::Done | Step::Denied | Step::Cancelled => Err(Refusal::FlowExpired),
        }
    };
    match shown.await {
        // Another request was faster: show where it stands now.
        Err(Refusal::FlowMoved) => reply::see_other(&format!("/interaction/{ix}")),
        other => page::answer(&core, &choice, other),
    }
}

/// Whether the page on which people join comes first.
fn wants_account(at: &Interaction) -> bool {
    at.account.is_none() && at.request.wishes_to_join() && !at.goes_to_wallet()
}

async fn choose(
    core: &Core,
    choice: &Choice,
    at: &Interaction,
    now: Timestamp,
) -> Result<Response, Refusal> {
    if at.goes_to_wallet() {
        return Ok(reply::see_other(&format!("{}/siop", at.path())));
    }
    let client = client_of(core, choice, at, now).await?;
    Ok(chooser::page(core, choice, at, &client).into_response())
}

/// The app of a sign-in, if it may still be used.
async fn client_of(
    core: &Core,
    choice: &Choice,
    at: &Interaction,
    now: Timestamp,
) -> Result<Client, Refusal> {
    if at.request.client_id == client::OWN {
        let name = page::Say(choice.lang).say("choose-own");
        return Ok(client::first_party::account(name));
    }
    let mut conn = core.ground.db.read().await?;
    let found = core
        .clients
        .find(&mut conn, &at.request.client_id, now)
        .await?;
    let found = found.ok_or(Refusal::ClientUnknown)?;
    if found.enabled {
        Ok(found.client)
    } else {
        Err(Refusal::ClientDisabled)
    }
}

/// The login this sign-in made or uses, if this browser holds it and it still holds. The cookie of
/// the sign-in alone never gets a code: whoever planted it would share the victim's.
async fn login_of(
    core: &Core,
    headers: &HeaderMap,
    at: &Interaction,
    now: Timestamp,
) -> Result<Login, Refusal> {
    let login = session::current(core, headers, now)
        .await?
        .ok_or(Refusal::LoginNeeded)?;
    if at.session.as_ref() == Some(&login.id_h) {
        Ok(login)
    } else {
        Err(Refusal::WrongBrowser)
    }
}

/// Someone proved who they are: on to consent, back for a stronger proof, or to the app.
async fn advance(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    at: Interaction,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let login = login_of(core, headers, &at, now).await?;
    let client = client_of(core, choice, &at, now).await?;
    let view = View {
        login: Some(&login),
        proved: true,
        agreed: false,
    };
    let to = match decide::next(core, &client, &at.request, &view, now).await {
        Ok(Next::Finish) => {
            if let Some(arrival) = people::arrival(core, choice, &at) {
                settle::refuse(core, &at, Step::Done).await?;
                return Ok(arrival);
            }
            let code = settle::finish_interaction(core, &client, &at, &login, None, now).await?;
            return Ok(reply::answer(
                core,
                choice,
                &To::from(&at.request),
                &Outcome::Code(code),
            ));
        }
        Ok(Next::Prove) => Step::Choose,
        Ok(Next::Consent) => Step::Consent,
        Err(OAuthError::Store(error)) => return Err(error.into()),
        Err(error) => {
            settle::refuse(core, &at, Step::Denied).await?;
            return Ok(reply::answer(
                core,
                choice,
                &To::from(&at.request),
                &Outcome::from(&error),
            ));
        }
    };
    let moved = move_on(core, &at, to).await?;
    match to {
        // Both pages have one address, so the next is shown as the answer to this request.
        Step::Consent if moved => ask(core, choice, &at, (&login, &client), now).await,
        _ => Ok(next(core, &at, None)),
    }
}

/// Moves the row; `false` where another request moved it first.
async fn move_on(core: &Core, at: &Interaction, to: Step) -> Result<bool, Refusal> {
    let step = core
        .ground
        .db
        .write(move |tx| Box::pin(async move { store::step(tx, &at.ix, at.state, to).await }));
    Ok(step.await?)
}

async fn ask(
    core: &Core,
    choice: &Choice,
    at: &Interaction,
    (login, client): (&Login, &Client),
    now: Timestamp,
) -> Result<Response, Refusal> {
    let wanted = consent::wanted(&at.request.scope, at.request.resource.as_deref());
    let (before, said) = {
        let mut conn = core.ground.db.read().await?;
        let before = consent::store::find(&mut conn, &login.account, &client.id).await?;
        let said = consent::sentences(core, &mut conn, choice.lang, &wanted, now).await?;
        (before, said)
    };
    let nickname = before.and_then(|before| before.nickname);
    let page = consent::page::page(core, choice, at, client, nickname.as_deref(), said);
    Ok(page.into_response())
}

/// Reads a form of a sign-in and checks that our page in this browser sent it.
async fn form(
    core: &Core,
    ix: &str,
    request: Request,
    now: Timestamp,
) -> Result<(Interaction, HeaderMap, Params), Refusal> {
    let headers = request.headers().clone();
    let params = match Params::of_strict_form(request).await {
        Ok(params) => params,
        Err(OAuthError::Edge(problem)) => return Err(Refusal::Edge(problem)),
        Err(OAuthError::Refused { slug, .. }) if *slug == problem::MEDIA_TYPE => {
            return Err(Refusal::Edge(slug.into()));
        }
        Err(_) => return Err(Refusal::Malformed),
    };
    let at = load(core, &headers, ix, now).await?;
    let token = params.get("form_token").unwrap_or_default();
    let check = core.forms.check(
        &headers,
        core.issuer(),
        at.browser.id(),
        &at.purpose(),
        token,
    );
    check.map_err(|_| Refusal::FormStale)?;
    Ok((at, headers, params))
}

async fn decide(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let decided = async {
        let (at, headers, params) = form(&core, &ix, request, now).await?;
        if at.state != Step::Consent {
            return Ok(next(&core, &at, None));
        }
        match params.get("decision") {
            Some("allow") => allow(&core, &choice, &headers, &at, &params, now).await,
            Some("deny") => leave(&core, &choice, &at, Step::Denied).await,
            _ => Err(Refusal::Malformed),
        }
    };
    page::answer(&core, &choice, decided.await)
}

async fn allow(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    at: &Interaction,
    params: &Params,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let login = login_of(core, headers, at, now).await?;
    let client = client_of(core, choice, at, now).await?;
    let before = {
        let mut conn = core.ground.db.read().await?;
        consent::store::find(&mut conn, &login.account, &client.id).await?
    };
    let typed = params.get("nickname").and_then(consent::nickname);
    let who = (login.account.as_str(), client.id.as_str());
    let asked = (at.request.scope.as_str(), at.request.resource.as_deref());
    let agreed = Consent::after(before, who, asked, typed, now);
    let code = settle::finish_interaction(core, &client, at, &login, Some(&agreed), now).await;
    match code {
        Ok(code) => Ok(reply::answer(
            core,
            choice,
            &To::from(&at.request),
            &Outcome::Code(code),
        )),
        Err(Refusal::FlowMoved) => Ok(next(core, at, None)),
        Err(other) => Err(other),
    }
}

async fn cancel(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let cancelled = async {
        let (at, _, _) = form(&core, &ix, request, now).await?;
        match at.state {
            Step::Choose | Step::Proving | Step::Known | Step::Consent => {
                leave(&core, &choice, &at, Step::Cancelled).await
            }
            Step::Done | Step::Denied | Step::Cancelled => Ok(next(&core, &at, None)),
        }
    };
    page::answer(&core, &choice, cancelled.await)
}

/// Ends the sign-in with a no, and tells the app.
async fn leave(
    core: &Core,
    choice: &Choice,
    at: &Interaction,
    to: Step,
) -> Result<Response, Refusal> {
    match settle::refuse(core, at, to).await {
        Ok(()) => {}
        Err(Refusal::FlowMoved) => return Ok(next(core, at, None)),
        Err(other) => return Err(other),
    }
    if let Some(arrival) = people::arrival(core, choice, at) {
        return Ok(arrival);
    }
    let slug = &problem::ACCESS_DENIED;
    let outcome = Outcome::Error(slug.slug, "the person did not agree");
    Ok(reply::answer(
        core,
        choice,
        &To::from(&at.request),
        &outcome,
    ))
}
