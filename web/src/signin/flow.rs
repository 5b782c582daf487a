//! `/login`, `/cb` and `/logout` of one origin.

use super::{
    Ask, COOKIE, Evidence, FLOW_COOKIE, LIFE_SECONDS, Login, Proven, SignIn, StepAsk, Who, hash,
    step_row, store,
};
use crate::{
    Site, cookie,
    form::FormKey,
    lang::{Choice, Lang},
    page::{self, Page, SafeHtml, Shell},
    words::SHELL,
};
use askama::Template;
use axum::{
    Router,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hmac::{Hmac, KeyInit, Mac};
use host::{
    Form, Ground, Origin, Query, db,
    once::{self, Taken, spaces},
};
use kernel::{Problem, Secret, Timestamp, b64, hex, problem};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::sync::Arc;

/// Seconds by which `auth_time`, told in whole seconds, may seem older than it is.
const LEEWAY_SECONDS: i64 = 60;

/// The sign-in of one origin.
#[derive(Clone)]
pub struct SignInDoor {
    ground: Ground,
    origin: Origin,
    site: Site,
    provider: Arc<dyn SignIn>,
    key: Secret<[u8; 32]>,
    form: FormKey,
}

#[derive(Deserialize)]
struct LoginQuery {
    #[serde(rename = "return")]
    return_to: Option<String>,
    prompt: Option<String>,
    step: Option<String>,
}

#[derive(Deserialize)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Logout {
    form_token: String,
}

/// What is remembered of a sign-in between leaving and coming back. No secret: verifier and nonce are
/// derived from the state, of which only a hash is stored.
#[derive(Serialize, Deserialize)]
struct Flow {
    return_to: String,
    began: i64,
    prompt: Option<String>,
    lang: String,
    step: Option<StepAsk>,
}

impl SignInDoor {
    /// The door of `origin`; `provider` speaks the protocol.
    #[must_use]
    pub fn new(ground: &Ground, origin: Origin, provider: Arc<dyn SignIn>) -> Self {
        let site = Site::of(ground, origin);
        let key = ground.secrets.key("web/signin");
        let form = FormKey::of(ground);
        Self {
            ground: ground.clone(),
            origin,
            site,
            provider,
            key,
            form,
        }
    }

    /// `GET /login`, `GET /cb`, `POST /logout`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/login", get(begin))
            .route("/cb", get(finish))
            .route("/logout", post(logout))
            .with_state(Arc::new(self))
    }

    /// The token the "Sign out" button of a page sends.
    #[must_use]
    pub fn logout_token(&self, login: &Login) -> String {
        self.form.token(&login.browser, "logout")
    }

    fn derived(&self, state: &str, what: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose())
            .expect("HMAC takes a key of any length");
        for part in ["resonate/signin/v1", "\0", what, "\0", state] {
            mac.update(part.as_bytes());
        }
        b64::encode(mac.finalize().into_bytes())
    }

    fn ask(&self, state: &str, flow: &Flow) -> Ask {
        let step = flow.step.as_ref();
        Ask {
            state: state.to_owned(),
            nonce: step.map_or_else(|| self.derived(state, "nonce"), |s| s.nonce.clone()),
            verifier: self.derived(state, "verifier"),
            redirect_uri: format!("{}/cb", self.site.base),
            acr_values: step.map(|s| s.acr.clone()),
            max_age: step.map(|s| s.max_age),
            prompt: flow.prompt.clone(),
            lang: Lang::parse(&flow.lang).unwrap_or(Lang::En),
        }
    }

    /// What single-use things of a sign-in are bound to: this browser at this origin.
    fn bound(&self, browser: &str) -> String {
        format!(
            "{}:{}",
            crate::name(self.origin),
            hex::encode(hash(browser))
        )
    }

    fn refuse(&self, choice: &Choice, problem: impl Into<Problem>) -> Response {
        page::refusal(&self.site, choice, &problem.into(), None).into_response()
    }

    fn note(&self, choice: &Choice, status: StatusCode, note: Note) -> Page {
        let title = SHELL.say(choice.lang, note.title);
        let html = SafeHtml::of(&NotePage {
            title,
            why: SHELL.say(choice.lang, note.why),
            kept: SHELL.say(choice.lang, "signin-again-kept"),
            again: SHELL.say(choice.lang, "signin-again-do"),
            href: choice.link("/login"),
        });
        Shell::new(&self.site, choice, title)
            .page_html(html)
            .status(status)
    }
}

struct Note {
    title: &'static str,
    why: &'static str,
}

const AGAIN: Note = Note {
    title: "signin-again-title",
    why: "signin-again-why",
};
const DENIED: Note = Note {
    title: "signin-denied-title",
    why: "signin-denied-why",
};
const OTHER: Note = Note {
    title: "signin-other-title",
    why: "signin-other-why",
};

#[derive(Template)]
#[template(path = "signin.html")]
struct NotePage {
    title: &'static str,
    why: &'static str,
    kept: &'static str,
    again: &'static str,
    href: String,
}

async fn begin(
    State(door): State<Arc<SignInDoor>>,
    choice: Choice,
    headers: HeaderMap,
    Query(query): Query<LoginQuery>,
) -> Response {
    let now = door.ground.world.now();
    match start(&door, &choice, &headers, query, now).await {
        Ok(Some(response)) => response,
        Ok(None) => door
            .note(&choice, StatusCode::BAD_REQUEST, AGAIN)
            .into_response(),
        Err(problem) => door.refuse(&choice, problem),
    }
}

async fn start(
    door: &SignInDoor,
    choice: &Choice,
    headers: &HeaderMap,
    query: LoginQuery,
    now: Timestamp,
) -> Result<Option<Response>, Problem> {
    let step = match &query.step {
        None => None,
        Some(step) => match take_step(door, headers, step, now).await? {
            None => return Ok(None),
            step => step,
        },
    };
    let kept = cookie::read(headers, FLOW_COOKIE, door.site.https);
    let browser = kept.unwrap_or_else(|| b64::encode(door.ground.world.random::<32>()));
    let state = b64::encode(door.ground.world.random::<32>());
    let return_to = match &step {
        Some(step) => step.return_to.clone(),
        None => query
            .return_to
            .filter(|r| is_own_path(r))
            .unwrap_or_else(|| "/".into()),
    };
    let prompt = query
        .prompt
        .filter(|p| p == "create" || p == "login" || p == "select_account");
    let lang = choice.lang.tag().to_owned();
    let flow = Flow {
        return_to,
        began: now.micros(),
        prompt,
        lang,
        step,
    };
    let ask = door.ask(&state, &flow);
    let to = door.provider.begin(&ask, now).await?;
    let body = serde_json::to_string(&flow).expect("text and numbers serialise");
    let (bound, until) = (door.bound(&browser), spaces::SIGN_IN.until(now));
    let (state, bound, body) = (&state, &bound, &body);
    door.ground
        .db
        .write(move |tx| {
            Box::pin(once::issue(
                tx,
                &spaces::SIGN_IN,
                state,
                bound,
                body,
                "",
                until,
            ))
        })
        .await
        .map_err(Problem::from)?;
    let https = door.site.https;
    let mut response = see_other(&to);
    let flow_cookie = cookie::set(FLOW_COOKIE, &browser, https, Some(spaces::SIGN_IN.life_s));
    response
        .headers_mut()
        .append(header::SET_COOKIE, flow_cookie);
    Ok(Some(response))
}

async fn take_step(
    door: &SignInDoor,
    headers: &HeaderMap,
    step: &str,
    now: Timestamp,
) -> Result<Option<StepAsk>, Problem> {
    let Some(login) = super::current(&door.ground, door.origin, headers, now).await? else {
        return Err(Problem::new(&problem::LOGIN_NEEDED));
    };
    let bound = format!("{}:{}", crate::name(door.origin), login.bound());
    let bound = &bound;
    let taken = door
        .ground
        .db
        .write(move |tx| Box::pin(once::take(tx, &spaces::STEP_ASK, step, bound, now)))
        .await
        .map_err(|e: db::Error| Problem::from(e))?;
    Ok(match taken {
        Taken::Body(body) => serde_json::from_str(&body).ok(),
        Taken::Spent(_) | Taken::Unknown => None,
    })
}

async fn finish(
    State(door): State<Arc<SignInDoor>>,
    choice: Choice,
    headers: HeaderMap,
    Query(back): Query<Callback>,
) -> Response {
    let now = door.ground.world.now();
    let (ask, flow) = match come_back(&door, &headers, &back, now).await {
        Ok(Some(known)) => known,
        Ok(None) => {
            return door
                .note(&choice, StatusCode::BAD_REQUEST, AGAIN)
                .into_response();
        }
        Err(problem) => return door.refuse(&choice, problem),
    };
    let choice = choice.speaking(ask.lang);
    if let Some(error) = &back.error {
        return if error == "access_denied" {
            door.note(&choice, StatusCode::OK, DENIED).into_response()
        } else {
            door.note(&choice, StatusCode::BAD_REQUEST, AGAIN)
                .into_response()
        };
    }
    let Some(code) = &back.code else {
        return door
            .note(&choice, StatusCode::BAD_REQUEST, AGAIN)
            .into_response();
    };
    let proven = match door.provider.finish(&ask, code, now).await {
        Ok(proven) => proven,
        Err(problem) => return door.refuse(&choice, problem),
    };
    match enter(&door, &headers, &ask, &flow, &proven, now).await {
        Ok(Entered::In(response)) => response,
        Ok(Entered::Other) => door
            .note(&choice, StatusCode::FORBIDDEN, OTHER)
            .into_response(),
        Ok(Entered::Weak) => door
            .note(&choice, StatusCode::FORBIDDEN, AGAIN)
            .into_response(),
        Err(problem) => door.refuse(&choice, problem),
    }
}

/// Takes the sign-in this callback belongs to. Another browser's, another provider's, a used or an old
/// one is nothing, and stays untouched where it is somebody else's.
async fn come_back(
    door: &SignInDoor,
    headers: &HeaderMap,
    back: &Callback,
    now: Timestamp,
) -> Result<Option<(Ask, Flow)>, Problem> {
    let (Some(state), Some(iss)) = (&back.state, &back.iss) else {
        return Ok(None);
    };
    let Some(browser) = cookie::read(headers, FLOW_COOKIE, door.site.https) else {
        return Ok(None);
    };
    // RFC 9207: from our one issuer, errors too, and before the state is spent.
    if *iss != door.ground.origins.id {
        return Ok(None);
    }
    let bound = door.bound(&browser);
    let bound = &bound;
    let taken = door
        .ground
        .db
        .write(move |tx| Box::pin(once::take(tx, &spaces::SIGN_IN, state, bound, now)))
        .await
        .map_err(|e: db::Error| Problem::from(e))?;
    let Taken::Body(body) = taken else {
        return Ok(None);
    };
    let flow: Option<Flow> = serde_json::from_str(&body).ok();
    Ok(flow.map(|flow| (door.ask(state, &flow), flow)))
}

enum Entered {
    In(Response),
    Other,
    Weak,
}

/// Makes the login, in one transaction with the end of the old one and the evidence of a step-up.
async fn enter(
    door: &SignInDoor,
    headers: &HeaderMap,
    ask: &Ask,
    flow: &Flow,
    proven: &Proven,
    now: Timestamp,
) -> Result<Entered, Problem> {
    let old = super::current(&door.ground, door.origin, headers, now).await?;
    if let Some(step) = &flow.step {
        if old.as_ref().is_none_or(|login| login.sub != proven.sub) {
            return Ok(Entered::Other);
        }
        if !is_strong_enough(step, flow.began, proven) {
            return Ok(Entered::Weak);
        }
    }
    let browser = b64::encode(door.ground.world.random::<32>());
    let ends = now.plus_seconds(LIFE_SECONDS);
    let who = Who {
        sub: proven.sub.clone(),
        acr: proven.acr.clone(),
        auth_time: proven.auth_time.micros(),
    };
    let id_h = hash(&browser);
    let body = who.seal(&door.ground, &id_h);
    let evidence = flow
        .step
        .as_ref()
        .map(|_| Brought::new(door, ask, proven, &who.login(browser.clone(), ends)));
    let sid_h = proven.sid.as_deref().map(hash);
    let origin = crate::name(door.origin);
    let new = store::New {
        id_h: &id_h,
        origin,
        body: &body,
        sid_h: sid_h.as_ref(),
        seen: now,
        ends,
    };
    // Whatever the old cookie says, planted or real, it opens nothing from here on.
    let old_h = cookie::read(headers, COOKIE, door.site.https).map(|c| hash(&c));
    let (new, old_h, brought) = (&new, old_h.as_ref(), evidence.as_ref());
    door.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(old) = old_h {
                    store::delete(tx, old, origin).await?;
                }
                store::insert(tx, new).await?;
                if let Some(b) = brought {
                    let (space, until) = (&spaces::STEP_DONE, spaces::STEP_DONE.until(now));
                    once::issue(tx, space, &b.step, &b.bound, &b.sealed, "", until).await?;
                }
                Ok::<_, db::Error>(())
            })
        })
        .await
        .map_err(Problem::from)?;
    let to = brought.map_or_else(|| flow.return_to.clone(), |b| b.add_to(&flow.return_to));
    let mut response = see_other(&to);
    let set = cookie::set(COOKIE, &browser, door.site.https, Some(LIFE_SECONDS));
    response.headers_mut().append(header::SET_COOKIE, set);
    // What the last person's pages kept in this browser (the player's key) is not the next one's.
    if old.is_some_and(|login| login.sub != proven.sub) {
        let clear = HeaderValue::from_static("\"storage\"");
        response.headers_mut().insert("clear-site-data", clear);
    }
    Ok(Entered::In(response))
}

/// A step-up's evidence on its way to the module that asked.
struct Brought {
    step: String,
    bound: String,
    sealed: String,
}

impl Brought {
    fn new(door: &SignInDoor, ask: &Ask, proven: &Proven, login: &Login) -> Self {
        let evidence = Evidence {
            id_token: proven.id_token.clone(),
            nonce: ask.nonce.clone(),
            sub: proven.sub.clone(),
            acr: proven.acr.clone(),
            auth_time: proven.auth_time.micros(),
        };
        let text = serde_json::to_vec(&evidence).expect("text and numbers serialise");
        let world = &door.ground.world;
        let step = b64::encode(world.random::<32>());
        let seal = door.ground.seals.module("web");
        let sealed = seal.seal(
            "host_once",
            "step",
            &step_row(&step),
            &text,
            world.entropy(),
        );
        Self {
            step,
            bound: login.bound(),
            sealed: b64::encode(sealed),
        }
    }

    fn add_to(&self, path: &str) -> String {
        let join = if path.contains('?') { '&' } else { '?' };
        format!("{path}{join}step={}", self.step)
    }
}

/// RFC 9470: the strength asked for, proven no longer ago than asked.
fn is_strong_enough(step: &StepAsk, began: i64, proven: &Proven) -> bool {
    let strong =
        proven.acr == step.acr || (step.acr == "phr" && proven.acr == "urn:resonate:acr:member");
    let oldest = Timestamp::from_micros(began).plus_seconds(-step.max_age - LEEWAY_SECONDS);
    strong && proven.auth_time >= oldest
}

async fn logout(State(door): State<Arc<SignInDoor>>, request: Request) -> Response {
    let choice = Choice::of(request.method(), request.uri(), request.headers());
    let headers = request.headers().clone();
    let form = match Form::<Logout>::from_request(request, &()).await {
        Ok(Form(form)) => form,
        Err(fault) => return door.refuse(&choice, fault.0),
    };
    let Some(browser) = cookie::read(&headers, COOKIE, door.site.https) else {
        return signed_out(&door);
    };
    let own = &door.site.base;
    if let Err(stale) = door
        .form
        .check(&headers, own, &browser, "logout", &form.form_token)
    {
        return door.refuse(&choice, stale);
    }
    let (id_h, origin) = (hash(&browser), crate::name(door.origin));
    let id = &id_h;
    let done = door
        .ground
        .db
        .write(move |tx| Box::pin(store::delete(tx, id, origin)))
        .await;
    match done {
        Ok(()) => signed_out(&door),
        Err(error) => door.refuse(&choice, error),
    }
}

/// Back to the start, with nothing of the login left in the browser: the player's key goes too.
fn signed_out(door: &SignInDoor) -> Response {
    let mut response = see_other("/");
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, cookie::clear(COOKIE, door.site.https));
    let clear = HeaderValue::from_static("\"cookies\", \"storage\"");
    headers.insert("clear-site-data", clear);
    response
}

/// A path of this origin that cannot be read as another host by any browser.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= 1024
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

fn see_other(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_leads_nowhere_but_home() {
        for good in ["/", "/purse", "/tracks/x?y=1#z"] {
            assert!(is_own_path(good), "{good}");
        }
        let long = format!("/{}", "a".repeat(1024));
        for bad in [
            "",
            "purse",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/ü",
            &long,
        ] {
            assert!(!is_own_path(bad), "{bad}");
        }
    }
}
