//! Closing the account: what goes and what is kept, one confirmation, a signed receipt. The account's
//! id goes with it, so that no subject can be made from it ever again.

use super::{
    Who,
    api::{Asked, Given, who},
    confirm,
    frame::{self, Frame},
    words::Tell,
};
use crate::{
    browser,
    core::{Core, Shared},
    logout::{self, Which},
    page,
    problem::Refusal,
    session, staff,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use credential::jose::Alg;
use host::{
    Json,
    db::{Error, Tx},
};
use kernel::{Problem, Timestamp, b64, problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use web::lang::Choice;

const PATH: &str = "/account/close";
/// The type of a receipt, in its header.
const TYP: &str = "resonate-closing+jwt";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route(PATH, get(show).post(close_here))
        .with_state(core)
}

/// The door of the API.
pub(super) fn doors() -> Router<Shared> {
    Router::new().route("/api/account/close", post(close_there))
}

const ACCESS: &str = "DELETE FROM idp_access WHERE grant_id IN \
    (SELECT id FROM idp_grant WHERE account = $1)";
const REFRESH: &str = "DELETE FROM idp_refresh WHERE grant_id IN \
    (SELECT id FROM idp_grant WHERE account = $1)";
const GRANTS: &str = "DELETE FROM idp_grant WHERE account = $1";
const LOGIN_APPS: &str = "DELETE FROM idp_session_client WHERE session IN \
    (SELECT id_h FROM idp_session WHERE account = $1)";
const LOGINS: &str = "DELETE FROM idp_session WHERE account = $1";
const SIGN_INS: &str = "DELETE FROM idp_interaction WHERE account = $1";
const CONSENTS: &str = "DELETE FROM idp_consent WHERE account = $1";
const PASSKEYS: &str = "DELETE FROM idp_passkey WHERE account = $1";
const WALLETS: &str = "DELETE FROM idp_wallet_key WHERE account = $1";
const EXTERNAL: &str = "DELETE FROM idp_external WHERE account = $1";
const LOG: &str = "DELETE FROM idp_event WHERE account = $1";
const NUDGE: &str = "DELETE FROM idp_nudge WHERE account = $1";
// Apps of theirs go on for the people who use them; nobody answers for them any more.
const OWN_APPS: &str = "UPDATE idp_registration SET owner = NULL WHERE owner = $1";
const ACCOUNT: &str = "DELETE FROM idp_account WHERE id = $1";

/// What is deleted, in this order, and its name on the receipt.
const GOES: [(&str, &str); 14] = [
    ("access_tokens", ACCESS),
    ("refresh_tokens", REFRESH),
    ("grants", GRANTS),
    ("login_apps", LOGIN_APPS),
    ("logins", LOGINS),
    ("sign_ins", SIGN_INS),
    ("consents", CONSENTS),
    ("passkeys", PASSKEYS),
    ("wallet_keys", WALLETS),
    ("external", EXTERNAL),
    ("log", LOG),
    ("hints", NUDGE),
    ("names_on_apps", OWN_APPS),
    ("account", ACCOUNT),
];

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    ACCESS, REFRESH, GRANTS, LOGIN_APPS, LOGINS, SIGN_INS, CONSENTS, PASSKEYS, WALLETS, EXTERNAL,
    LOG, NUDGE, OWN_APPS, ACCOUNT,
];

/// Closes the account; the receipt, which says how many rows of what were deleted. It names the
/// handle, which its owner knows, and nothing a subject could be made from.
///
/// # Errors
/// `ProofNeeded` without a fresh proof; the store's own.
pub(super) async fn close(core: &Core, who: &Who, now: Timestamp) -> Result<String, Refusal> {
    who.proven(now)?;
    // Read before the end, so that a missing key is met while the account still stands.
    let ring = core.ring(now).await?;
    let jti = b64::encode(core.ground.world.random::<16>());
    let write = core
        .ground
        .db
        .write(move |tx| Box::pin(delete(tx, who, now)));
    let deleted = write.await?;
    logout::tell(core, &who.account.id, now).await;
    let claims = json!({
        "iss": core.issuer(),
        "iat": now.seconds(),
        "jti": jti,
        "handle": who.account.handle,
        "created": who.account.created_day.to_string(),
        "deleted": deleted,
    });
    ring.sign(Alg::EdDsa, TYP, &claims)
        .ok_or_else(|| Refusal::Edge(Problem::new(&problem::INTERNAL)))
}

async fn delete(tx: &mut Tx<'_>, who: &Who, now: Timestamp) -> Result<Map<String, Value>, Refusal> {
    who.still(tx, now).await?;
    Ok(erase(tx, &who.account.id, now).await?)
}

/// Deletes an account with all that hangs on it, and its id wherever it stands; how many rows of what.
/// [`logout::tell`] belongs behind the commit.
///
/// # Errors
/// The store's own.
pub(crate) async fn erase(
    tx: &mut Tx<'_>,
    account: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, Error> {
    // First the end, so that apps are told; then what told of it.
    logout::end(tx, Which::Everywhere { account }, now).await?;
    let mut deleted = Map::new();
    for (name, statement) in GOES {
        let done = sqlx::query(statement)
            .bind(account)
            .execute(&mut **tx)
            .await?;
        deleted.insert(name.to_owned(), done.rows_affected().into());
    }
    staff::store::forget(tx, account).await?;
    Ok(deleted)
}

#[derive(Template)]
#[template(path = "account/close.html")]
struct Close {
    f: Frame,
    rows: Vec<(&'static str, &'static str)>,
}

/// The table: what, and what becomes of it.
const ROWS: [(&str, &str); 8] = [
    ("close-handle", "close-now"),
    ("close-ways", "close-now"),
    ("close-logins", "close-now"),
    ("close-log", "close-now"),
    ("close-subs", "close-subs-then"),
    ("close-apps", "close-apps-then"),
    ("close-purse", "close-purse-then"),
    ("close-backups", "close-backups-then"),
];

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let say = |(what, then): (&'static str, &'static str)| (f.w.say(what), f.w.say(then));
        let rows = ROWS.into_iter().map(say).collect();
        let words = ("close-title", Some(("close-learns", "close-learns-not")));
        Ok(frame::page(
            &core,
            &choice,
            &browser,
            words,
            &Close { f, rows },
        ))
    };
    super::pages::answer(&core, &choice, &headers, shown.await)
}

#[derive(Template)]
#[template(path = "account/closed.html")]
struct Closed {
    w: Tell,
    receipt: String,
    home: String,
}

async fn close_here(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let closed = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        if params.get("confirm") != Some("yes") {
            return Err(Refusal::Malformed);
        }
        match close(&core, &who, now).await {
            Err(Refusal::ProofNeeded) => confirm::lead(&core, &choice, &headers, PATH, now).await,
            other => Ok(farewell(&core, &choice, other?)),
        }
    };
    page::answer(&core, &choice, closed.await)
}

/// The page after the end. The browser forgets what it kept.
fn farewell(core: &Core, choice: &Choice, receipt: String) -> Response {
    let w = Tell(choice.lang);
    let home = choice.link("/");
    let fragment = Closed { w, receipt, home };
    let page = page::shell(core, choice, w.say("closed-title")).script("copy");
    let mut answer = page.page(&fragment).into_response();
    let headers = answer.headers_mut();
    browser::clear_cookie(core, headers, session::COOKIE);
    let clear = HeaderName::from_static("clear-site-data");
    headers.insert(clear, browser::CLEAR_SITE);
    answer
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sure {
    confirm: bool,
}

async fn close_there(
    State(core): State<Shared>,
    asked: Asked,
    Json(Sure { confirm }): Json<Sure>,
) -> Given {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    if !confirm {
        return Err(Refusal::Field("confirm").into());
    }
    Ok(Json(json!({ "receipt": close(&core, &who, now).await? })))
}
