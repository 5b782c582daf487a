//! What stands around each of these pages: where else one can go, the nudge to a second way in, and
//! the offer to end other logins after a change to the ways in.

use super::{PURPOSE, Who, factors, words::Tell};
use crate::{
    browser::{self, Browser},
    core::Core,
    events, page,
    params::Params,
    passkey,
    problem::{OAuthError, Refusal},
    session,
};
use askama::Template;
use axum::{
    extract::Request,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use host::db::{Conn, Error};
use kernel::Timestamp;
use sqlx::Row;
use web::{lang::Choice, page::Shell};

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[LATER, QUIET];

/// For how long the nudge is silent after "Later", seconds.
const SILENT: i64 = 14 * 86_400;
/// For how long the offer to end other logins stands after a change, seconds.
const OFFERED: i64 = 3600;

/// The pages, in the order of the navigation: path and the key of its name.
const PAGES: [(&str, &str); 8] = [
    ("/account", "nav-start"),
    ("/account/passkeys", "nav-passkeys"),
    ("/account/logins", "nav-logins"),
    ("/account/apps", "nav-apps"),
    ("/account/external", "nav-external"),
    ("/account/log", "nav-log"),
    ("/account/data", "nav-data"),
    ("/account/close", "nav-close"),
];

/// Shown where this house has outside providers.
const EXTERNAL: &str = "/account/external";

/// A link of the navigation.
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: &'static str,
    pub(super) here: bool,
}

/// Around each page.
pub(super) struct Frame {
    pub(super) w: Tell,
    pub(super) handle: String,
    pub(super) nav: Vec<Link>,
    pub(super) form_token: String,
    /// Whether a second way in is missing and nobody said "Later".
    pub(super) nudge: bool,
    /// Whether the ways in were changed just now and other logins stand.
    pub(super) offer: bool,
    /// Whether a passkey was shown within the last five minutes.
    pub(super) fresh: bool,
    /// How many passkeys can be shown for it.
    pub(super) passkeys: usize,
    /// Where this page's forms lead back to.
    pub(super) here: String,
    links: Choice,
}

impl Frame {
    /// Reads what a page of this person needs around it.
    ///
    /// # Errors
    /// The store's own.
    pub(super) async fn of(
        core: &Core,
        conn: &mut Conn,
        choice: &Choice,
        (who, browser): (&Who, &Browser),
        now: Timestamp,
    ) -> Result<Self, Error> {
        let w = Tell(choice.lang);
        let link = |(path, key): (&str, &'static str)| Link {
            href: choice.link(path),
            text: w.say(key),
            here: choice.is_at(path),
        };
        let ways = factors::count(conn, &who.account.id).await?;
        let quiet = quiet_until(conn, &who.account.id).await?;
        let lines = events::of_account(conn, &who.account.id).await?;
        let changed = lines
            .iter()
            .any(|line| line.is_factor_change() && now <= line.at.plus_seconds(OFFERED));
        let others = changed && of_account(conn, who, now).await?.len() > 1;
        let here = PAGES.into_iter().find(|(path, _)| choice.is_at(path));
        Ok(Self {
            w,
            handle: who.account.handle.clone(),
            nav: PAGES
                .into_iter()
                .filter(|(path, _)| *path != EXTERNAL || !core.external.all().is_empty())
                .map(link)
                .collect(),
            form_token: core.forms.token(browser.id(), PURPOSE),
            nudge: ways < 2
                && !choice.is_at("/account/close")
                && quiet.is_none_or(|until| now >= until),
            offer: others,
            fresh: who.is_fresh(now),
            passkeys: passkey::store::of_account(conn, &who.account.id)
                .await?
                .len(),
            here: here.map_or("/account", |(path, _)| path).to_owned(),
            links: choice.clone(),
        })
    }

    /// An address of ours that keeps the language.
    pub(super) fn link(&self, path: &str) -> String {
        self.links.link(path)
    }
}

/// The logins of the account that hold.
pub(super) async fn of_account(
    conn: &mut Conn,
    who: &Who,
    now: Timestamp,
) -> Result<Vec<session::Login>, Error> {
    let idle = now.plus_seconds(-session::IDLE);
    let (id, epoch) = (&who.account.id, who.account.epoch);
    session::store::of_account(conn, id, epoch, now, idle).await
}

/// A page of this room: its title, its fragment, what its forms tell the server.
pub(super) fn page(
    core: &Core,
    choice: &Choice,
    browser: &Browser,
    (title, learns): (&'static str, Option<(&'static str, &'static str)>),
    fragment: &impl Template,
) -> Response {
    let w = Tell(choice.lang);
    let mut shell: Shell<'_> = page::shell(core, choice, w.say(title))
        .script("account")
        .wide();
    if let Some((learns, not)) = learns {
        shell = shell.learns(w.say(learns), w.say(not));
    }
    if title == "external-title" {
        let outside = core.external.all().iter();
        shell = outside.fold(shell, |shell, one| shell.leads_to(one.issuer()));
    }
    let mut answer = shell.page(fragment).into_response();
    browser.set_cookie(core, answer.headers_mut());
    answer
}

/// Reads a form of these pages and checks that our page in this browser sent it.
///
/// # Errors
/// `FormStale`, `Malformed`, and what the edge says of a body.
pub(super) async fn form(
    core: &Core,
    request: Request,
) -> Result<(Params, HeaderMap, Browser), Refusal> {
    let headers = request.headers().clone();
    let params = Params::of_strict_form(request)
        .await
        .map_err(|error| match error {
            OAuthError::Edge(problem) => Refusal::Edge(problem),
            _ => Refusal::Malformed,
        })?;
    let browser = browser::current(core, &headers).ok_or(Refusal::FormStale)?;
    let token = params.get("form_token").unwrap_or_default();
    let check = core
        .forms
        .check(&headers, core.issuer(), browser.id(), PURPOSE, token);
    check.map_err(|_| Refusal::FormStale)?;
    Ok((params, headers, browser))
}

const LATER: &str = "INSERT INTO idp_nudge (account, quiet_until) VALUES ($1, $2) \
    ON CONFLICT (account) DO UPDATE SET quiet_until = excluded.quiet_until";

/// Silences the nudge for two weeks.
///
/// # Errors
/// The store's own.
pub(super) async fn later(core: &Core, who: &Who, now: Timestamp) -> Result<(), Refusal> {
    let id = who.account.id.as_str();
    let until = now.plus_seconds(SILENT);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                who.still(tx, now).await?;
                sqlx::query(LATER)
                    .bind(id)
                    .bind(until.micros())
                    .execute(&mut **tx)
                    .await
                    .map_err(Error::from)?;
                Ok::<_, Refusal>(())
            })
        })
        .await
}

const QUIET: &str = "SELECT quiet_until FROM idp_nudge WHERE account = $1";

async fn quiet_until(conn: &mut Conn, account: &str) -> Result<Option<Timestamp>, Error> {
    let row = sqlx::query(QUIET)
        .bind(account)
        .fetch_optional(conn)
        .await?;
    let until: Option<i64> = row.map(|row| row.try_get("quiet_until")).transpose()?;
    Ok(until.map(Timestamp::from_micros))
}
