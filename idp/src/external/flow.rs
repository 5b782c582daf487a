//! Out to a provider, and back with its word.
//!
//! What is wanted waits under a state of 256 bits, bound to provider and browser. It is looked at when
//! the browser is back, and taken in the transaction that succeeds: a refused answer costs nothing.

use super::{
    attach,
    provider::{Attempt, Provider, Refused, Somebody},
    store, vouch,
};
use crate::{
    account,
    acr::Acr,
    authorize::reply::see_other,
    browser::{self, Browser},
    core::{Core, Shared},
    interaction::{self, Proven},
    keyed,
    page::{self, Say},
    params::Params,
    problem::{OAuthError, Refusal},
    session,
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use host::{
    db::Tx,
    http_client::HttpClient,
    once::{self, Taken, spaces::EXTERNAL},
};
use kernel::{Timestamp, b64};
use serde::{Deserialize, Serialize};
use web::{lang::Choice, page::Page};

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/interaction/{ix}/external/{provider}", post(sign_in))
        .route("/external/{provider}/callback", get(callback))
        .with_state(core)
}

/// What a provider's word is wanted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wish {
    /// To sign in, in this sign-in.
    SignIn(String),
    /// To be a way in for whoever is in this login.
    Attach(String),
    /// To vouch for somebody who joins, in this sign-in or in none.
    Join(String),
}

impl Wish {
    /// The page it began at.
    fn page(&self) -> String {
        match self {
            Self::SignIn(ix) => format!("/interaction/{ix}"),
            Self::Attach(_) => "/account/external".to_owned(),
            Self::Join(ix) => vouch::page_of(ix),
        }
    }
}

/// A provider and the way to it.
pub(super) struct Way<'a> {
    pub(super) provider: &'a Provider,
    http: &'a HttpClient,
    back: String,
}

impl<'a> Way<'a> {
    /// # Errors
    /// `NotFound` for a provider this house does not have.
    pub(super) fn to(core: &'a Core, name: &str) -> Result<Self, Refusal> {
        let provider = core.external.find(name).ok_or(Refusal::NotFound)?;
        Ok(Self {
            provider,
            http: core.external.http.as_ref().ok_or(Refusal::NotFound)?,
            back: core.url(&format!("/external/{name}/callback")),
        })
    }

    /// What a state is bound to.
    fn bound(&self, browser: &Browser) -> String {
        format!("{} {}", self.provider.name, browser.hash())
    }
}

/// Nonce and verifier follow from the state, so that neither is stored anywhere.
fn attempt(core: &Core, state: &str) -> Attempt {
    let of = |usage| b64::encode(keyed::mac(&core.external.key, usage, &[state.as_bytes()]));
    Attempt {
        state: state.to_owned(),
        nonce: of("resonate/external/nonce/v1"),
        verifier: of("resonate/external/pkce/v1"),
    }
}

/// Which check failed goes into the log; the person is told that one did.
fn refused(Refused(check): Refused) -> Refusal {
    tracing::warn!(
        slug = "external-refused",
        check,
        "an outside provider is not believed"
    );
    Refusal::ExternalRefused
}

/// `POST /interaction/{ix}/external/{provider}`: a button of the page of ways in.
async fn sign_in(
    State(core): State<Shared>,
    Path((ix, name)): Path<(String, String)>,
    choice: Choice,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let gone = async {
        let token = form_token(request).await?;
        let at = interaction::load(&core, &headers, &ix, now).await?;
        let (browser, purpose) = (at.browser.id(), at.purpose());
        core.forms
            .check(&headers, core.issuer(), browser, &purpose, &token)
            .map_err(Refusal::Edge)?;
        if !at.state.awaits_proof() {
            return Ok(interaction::next(&core, &at, None));
        }
        if let Some(told) = interaction::too_weak(&core, &choice, &at, Acr::External) {
            return Ok(told);
        }
        let way = Way::to(&core, &name)?;
        let wish = Wish::SignIn(at.ix.clone());
        let address = go(&core, &way, &wish, &at.browser, now).await?;
        Ok(see_other(&address))
    };
    page::answer(&core, &choice, gone.await)
}

/// The form token of a form that sends nothing else we read.
pub(super) async fn form_token(request: Request) -> Result<String, Refusal> {
    let params = Params::of_strict_form(request).await;
    let params = params.map_err(|error| match error {
        OAuthError::Edge(problem) => Refusal::Edge(problem),
        _ => Refusal::Malformed,
    })?;
    Ok(params.text("form_token").unwrap_or_default())
}

/// The address at the provider to which the browser is led.
pub(super) async fn go(
    core: &Core,
    way: &Way<'_>,
    wish: &Wish,
    browser: &Browser,
    now: Timestamp,
) -> Result<String, Refusal> {
    let state = b64::encode(core.ground.world.random::<32>());
    let attempt = attempt(core, &state);
    let address = way.provider.address(way.http, &way.back, &attempt, now);
    let address = address.await.map_err(refused)?;
    let body = serde_json::json!(wish).to_string();
    let (state, bound, body) = (&state, &way.bound(browser), &body);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let until = EXTERNAL.until(now);
                once::issue(tx, &EXTERNAL, state, bound, body, "", until).await
            })
        })
        .await?;
    Ok(address.into())
}

/// A browser that is back, and the state it came with.
pub(super) struct Back<'a> {
    pub(super) core: &'a Core,
    pub(super) headers: &'a HeaderMap,
    state: &'a str,
    bound: String,
    pub(super) now: Timestamp,
}

impl Back<'_> {
    /// What was wanted, without taking it. Unknown, old, used, of another browser or provider: one
    /// answer.
    async fn wish(&self) -> Result<Wish, Refusal> {
        let mut conn = self.core.ground.db.read().await?;
        let body = once::look(&mut conn, &EXTERNAL, self.state, &self.bound, self.now).await?;
        let body = body.ok_or(Refusal::WrongBrowser)?;
        serde_json::from_str(&body).map_err(|_| Refusal::WrongBrowser)
    }

    /// Takes the state, in the transaction that succeeds.
    pub(super) async fn take(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        match once::take(tx, &EXTERNAL, self.state, &self.bound, self.now).await? {
            Taken::Body(_) => Ok(()),
            Taken::Spent(_) | Taken::Unknown => Err(Refusal::WrongBrowser),
        }
    }
}

/// `GET /external/{provider}/callback`: the one return address, for every app and purpose.
async fn callback(
    State(core): State<Shared>,
    Path(name): Path<String>,
    choice: Choice,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let now = core.ground.world.now();
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let done = async {
        params.strict().map_err(|_| Refusal::Malformed)?;
        let way = Way::to(&core, &name)?;
        let browser = browser::current(&core, &headers).ok_or(Refusal::WrongBrowser)?;
        let back = Back {
            core: &core,
            headers: &headers,
            state: params.get("state").ok_or(Refusal::WrongBrowser)?,
            bound: way.bound(&browser),
            now,
        };
        answered(&back, &choice, &way, &params).await
    };
    page::answer(&core, &choice, done.await)
}

async fn answered(
    back: &Back<'_>,
    choice: &Choice,
    way: &Way<'_>,
    params: &Params,
) -> Result<Response, Refusal> {
    let wish = back.wish().await?;
    let named = way
        .provider
        .check_iss(way.http, params.get("iss"), back.now);
    named.await.map_err(refused)?;
    if params.get("error").is_some() {
        // The person, or the provider, said no: back to where it began, to choose again.
        let write = back.core.ground.db.write(move |tx| Box::pin(back.take(tx)));
        write.await?;
        return Ok(see_other(&wish.page()));
    }
    let code = params.get("code").ok_or(Refused("code")).map_err(refused)?;
    let attempt = attempt(back.core, back.state);
    let redeemed = way
        .provider
        .redeem(way.http, &way.back, code, &attempt, back.now);
    let Somebody { iss, sub } = redeemed.await.map_err(refused)?;
    let tag = back.core.external.tag(&iss, &sub);
    match wish {
        Wish::SignIn(ix) => known(back, choice, &ix, &tag).await,
        Wish::Attach(login) => attach::finish(back, way, &login, &tag).await,
        Wish::Join(ix) => vouch::finish(back, choice, &ix, &tag).await,
    }
}

/// Signs in to the account the tag is attached to. Nothing else of the provider's word is looked at:
/// never an e-mail address, never a name.
async fn known(back: &Back<'_>, choice: &Choice, ix: &str, tag: &str) -> Result<Response, Refusal> {
    let core = back.core;
    let at = interaction::load(core, back.headers, ix, back.now).await?;
    let draw = interaction::Draw::new(&core.ground.world);
    let old = session::shown(core, back.headers);
    let (at_ref, draw, old) = (&at, &draw, old.as_deref());
    let login = core.ground.db.write(move |tx| {
        Box::pin(async move {
            back.take(tx).await?;
            let proven = recognise(tx, tag).await?;
            interaction::prove(tx, at_ref, &proven, draw, old, back.now).await
        })
    });
    let login = login.await?;
    let page = onward(core, choice, &at.path(), "external-back-title");
    let mut answer = page.into_response();
    login.set_cookie(core, answer.headers_mut());
    Ok(answer)
}

#[derive(Template)]
#[template(path = "external_back.html")]
struct Onward<'a> {
    title: &'a str,
    button: &'a str,
    path: &'a str,
}

/// A page that goes on by itself. It cuts the chain of redirects: the form it began with was the
/// provider's, whose policy need not let it lead to the app.
pub(super) fn onward(core: &Core, choice: &Choice, path: &str, title: &'static str) -> Page {
    let w = Say(choice.lang);
    let onward = Onward {
        title: w.say(title),
        button: w.say("external-back-button"),
        path,
    };
    let refresh = HeaderValue::from_str(&format!("0; url={path}"));
    let refresh = refresh.expect("a path of ours is plain");
    page::shell(core, choice, onward.title)
        .page(&onward)
        .header(header::REFRESH, refresh)
}

async fn recognise(tx: &mut Tx<'_>, tag: &str) -> Result<Proven, Refusal> {
    let owner = store::account_of(tx, tag).await?;
    let owner = owner.ok_or(Refusal::ExternalUnknown)?;
    let owner = account::active(tx, &owner).await?;
    let owner = owner.ok_or(Refusal::ExternalUnknown)?;
    Ok(Proven {
        account: owner.id,
        epoch: owner.epoch,
        acr: Acr::External,
        amr: Acr::External.amr(),
        card: None,
    })
}
