//! A sign-in under way: one row, bound to one browser, moved by compare-and-swap only.
//!
//! `choose -> proving -> known -> consent -> done`, or out by `denied` and `cancelled`; 15 minutes.
//! A way in (passkey, wallet, a persona of the demo) does three things: [`load`] the row for this
//! browser, [`prove`] inside its own write once the proof holds, and answer with [`next`].

pub(crate) mod chooser;
pub(crate) mod http;
pub(crate) mod settle;
pub(crate) mod store;

use crate::{
    acr::Acr,
    authorize::{
        reply::{self, Outcome, To},
        request::Request,
    },
    browser::{self, Browser},
    core::Core,
    problem::Refusal,
    session::{self, NewLogin},
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use host::db::{self, Tx};
use kernel::{Timestamp, World, problem};
use serde::{Deserialize, Serialize};
use web::lang::{Choice, Lang};

/// How long a sign-in may take, in seconds.
pub(crate) const LIFE: i64 = 15 * 60;

/// The step a sign-in stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The page of ways in.
    Choose,
    /// A way in was begun; the page is the same, failure leads back.
    Proving,
    /// Someone proved who they are.
    Known,
    /// The app's wishes are shown.
    Consent,
    /// A code was given.
    Done,
    /// The person said no to the app.
    Denied,
    /// The person went back to the app without signing in.
    Cancelled,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Choose,
        Self::Proving,
        Self::Known,
        Self::Consent,
        Self::Done,
        Self::Denied,
        Self::Cancelled,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Choose => "choose",
            Self::Proving => "proving",
            Self::Known => "known",
            Self::Consent => "consent",
            Self::Done => "done",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }

    /// Whether a proof is still awaited.
    pub(crate) const fn awaits_proof(self) -> bool {
        matches!(self, Self::Choose | Self::Proving)
    }
}

/// One sign-in under way.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    /// Its public name, in the address.
    pub(crate) ix: String,
    /// The checked request of the app.
    pub(crate) request: Request,
    /// Where it stands.
    pub(crate) state: State,
    /// Who was recognised.
    pub(crate) account: Option<String>,
    /// The login made or used (its hash).
    pub(crate) session: Option<String>,
    /// Whether it was made here.
    pub(crate) proved: bool,
    /// Facts of a card shown in this login.
    pub(crate) reached: Option<CardFacts>,
    /// The browser it belongs to; makes form tokens.
    pub(crate) browser: Browser,
}

impl Interaction {
    /// The path of its page.
    pub(crate) fn path(&self) -> String {
        format!("/interaction/{}", self.ix)
    }

    /// Its page in the language the app asks for, where we speak it.
    fn page(&self) -> String {
        let tags = self.request.ui_locales.as_deref().unwrap_or_default();
        match tags.split(' ').find_map(Lang::parse) {
            Some(lang) => format!("{}?lang={}", self.path(), lang.tag()),
            None => self.path(),
        }
    }

    /// What its forms are for, as form tokens name it.
    pub(crate) fn purpose(&self) -> String {
        format!("interaction:{}", self.ix)
    }

    /// Whether the page of ways in is skipped: our own wallet, joining by its key. The way in is
    /// then `GET /interaction/{ix}/siop`.
    pub(crate) fn goes_to_wallet(&self) -> bool {
        self.request.client_id == crate::client::WALLET
            && self.request.wishes_to_join()
            && self.request.acr_values.contains(&Acr::Wallet)
    }
}

/// What a shown card said, kept for the ID Token of this login and gone with its code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CardFacts {
    /// Claims that go into the ID Token, by name.
    pub(crate) claims: serde_json::Map<String, serde_json::Value>,
}

/// A proof that held.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    /// Whose.
    pub(crate) account: String,
    /// The account's epoch, read in the same transaction.
    pub(crate) epoch: i64,
    /// How strong.
    pub(crate) acr: Acr,
    /// By what, in the words of RFC 8176.
    pub(crate) amr: Vec<&'static str>,
    /// A card shown along with it.
    pub(crate) card: Option<CardFacts>,
}

/// Chance for [`prove`], drawn before the write.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub(crate) login: session::Draw,
}

impl Draw {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            login: session::Draw::new(world),
        }
    }
}

/// The sign-in `ix`, if it belongs to this browser and has not run out.
///
/// # Errors
/// `WrongBrowser` where the cookie is absent or another (also for an unknown `ix`: a stranger
/// learns nothing), `FlowExpired` past its end.
pub(crate) async fn load(
    core: &Core,
    headers: &HeaderMap,
    ix: &str,
    now: Timestamp,
) -> Result<Interaction, Refusal> {
    let browser = browser::current(core, headers).ok_or(Refusal::WrongBrowser)?;
    let mut conn = core.ground.db.read().await?;
    let row = store::find(&mut conn, ix)
        .await?
        .ok_or(Refusal::WrongBrowser)?;
    row.open(browser, now)
}

/// Records the proof: makes a login under a new id, ends the one this browser sent (a planted
/// cookie dies so), and moves the row to `known`.
///
/// # Errors
/// `Conflict` where another request moved the row first; the store's own.
pub(crate) async fn prove(
    tx: &mut Tx<'_>,
    at: &Interaction,
    proven: &Proven,
    draw: &Draw,
    old_login: Option<&str>,
    now: Timestamp,
) -> Result<NewLogin, Refusal> {
    let login = session::begin(tx, proven, &draw.login, old_login, now).await?;
    let reached = proven
        .card
        .as_ref()
        .map(|c| serde_json::json!(c).to_string());
    if !store::know(
        tx,
        &at.ix,
        &proven.account,
        login.id_h(),
        reached.as_deref(),
    )
    .await?
    {
        return Err(Refusal::FlowMoved);
    }
    Ok(login)
}

/// Marks that a way in was begun. Nothing else changes; repeating is harmless.
///
/// # Errors
/// The store's own.
pub(crate) async fn proving(tx: &mut Tx<'_>, at: &Interaction) -> Result<(), db::Error> {
    store::step(tx, &at.ix, State::Choose, State::Proving)
        .await
        .map(|_| ())
}

/// For a way in that cannot reach what the app demands: the app is told, and the sign-in stays where
/// it is. The page never offers such a way; whoever asks for it all the same is answered here.
pub(crate) fn too_weak(
    core: &Core,
    choice: &Choice,
    at: &Interaction,
    way: Acr,
) -> Option<Response> {
    let slug = &problem::UNMET_AUTHENTICATION_REQUIREMENTS;
    let outcome = Outcome::Error(slug.slug, "this way in does not reach the demanded acr");
    (!at.request.may_end_with(way))
        .then(|| reply::answer(core, choice, &To::from(&at.request), &outcome))
}

/// 303 to the page of this sign-in, which shows or does what comes next. With the cookie of a
/// login just made.
pub(crate) fn next(core: &Core, at: &Interaction, login: Option<&NewLogin>) -> Response {
    let mut answer = axum::response::Redirect::to(&at.page()).into_response();
    if let Some(login) = login {
        login.set_cookie(core, answer.headers_mut());
    }
    answer
}
