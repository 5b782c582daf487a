//! What the three routes of a sign-in share: keys, what is remembered, the short pages that say no.

use super::{Ask, Login, SignIn, StepAsk, flow, hash, told};
use crate::{
    Site,
    form::FormKey,
    lang::{Choice, Lang},
    page::{self, Page, SafeHtml, Shell},
    words::SHELL,
};
use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hmac::{Hmac, KeyInit, Mac};
use host::{Ground, Origin};
use kernel::{Problem, Secret, b64, hex};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::sync::Arc;

/// The sign-in of one origin.
#[derive(Clone)]
pub struct SignInDoor {
    pub(super) ground: Ground,
    pub(super) origin: Origin,
    pub(super) site: Site,
    pub(super) provider: Arc<dyn SignIn>,
    key: Secret<[u8; 32]>,
    pub(super) form: FormKey,
}
/// What is remembered of a sign-in between leaving and coming back. No secret: verifier and nonce are
/// derived from the state, of which only a hash is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Flow {
    pub(super) return_to: String,
    pub(super) began: i64,
    pub(super) prompt: Option<String>,
    pub(super) lang: String,
    pub(super) step: Option<StepAsk>,
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

    /// `GET /login`, `GET /cb`, `POST /logout`, `POST /logout/backchannel`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/login", get(flow::begin))
            .route("/cb", get(flow::finish))
            .route("/logout", post(flow::logout))
            .route("/logout/backchannel", post(told::told))
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

    pub(super) fn ask(&self, state: &str, flow: &Flow) -> Ask {
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
    pub(super) fn bound(&self, browser: &str) -> String {
        format!(
            "{}:{}",
            crate::name(self.origin),
            hex::encode(hash(browser))
        )
    }

    pub(super) fn refuse(&self, choice: &Choice, problem: impl Into<Problem>) -> Response {
        page::refusal(&self.site, choice, &problem.into(), None).into_response()
    }

    pub(super) fn signed_out(&self, choice: &Choice) -> Page {
        let say = |key| SHELL.say(choice.lang, key);
        let title = say("signin-out-title");
        let fragment = OutPage {
            title,
            here: say("signin-out-here"),
            there: say("signin-out-there"),
            end: say("signin-out-end"),
            provider: format!("{}/logout", self.ground.origins.id),
            home: choice.link("/"),
            back: say("signin-out-back"),
        };
        Shell::new(&self.site, choice, title)
            .signed_in(None)
            .page(&fragment)
    }

    pub(super) fn note(&self, choice: &Choice, status: StatusCode, note: &Note) -> Page {
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
pub(super) struct Note {
    title: &'static str,
    why: &'static str,
}

pub(super) const AGAIN: Note = Note {
    title: "signin-again-title",
    why: "signin-again-why",
};
pub(super) const DENIED: Note = Note {
    title: "signin-denied-title",
    why: "signin-denied-why",
};
pub(super) const OTHER: Note = Note {
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

#[derive(Template)]
#[template(path = "signed_out.html")]
struct OutPage {
    title: &'static str,
    here: &'static str,
    there: &'static str,
    end: &'static str,
    provider: String,
    home: String,
    back: &'static str,
}
