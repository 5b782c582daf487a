//! Signing in to one of our origins: a relying party's half, shared by all modules of that origin.
//!
//! The protocol itself (authorization request, code exchange, ID Token) is what a module fills in as
//! [`SignIn`]; here are the browser's side of it, the login row and its cookie.
//!
//! - A callback is good once, for the browser that began it, and only from our own provider: `state`
//!   is bound to the cookie `lg`, `iss` is compared before anything is taken.
//! - Each sign-in makes a new login id; the row of the old cookie is deleted in the same transaction.
//! - A login ends 7 days after its last use and 30 days after it began.

mod door;
mod enter;
mod flow;
mod store;
mod told;

pub use door::SignInDoor;
pub use store::STATEMENTS;

use crate::{cookie, lang::Lang};
use axum::http::HeaderMap;
use host::{
    Ground, Origin,
    db::{self, BoxFuture, Tx},
    once::{self, Taken, spaces},
};
use kernel::{Problem, Timestamp, b64, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The login cookie's name, before its prefix.
pub const COOKIE: &str = "si";
/// The name of the cookie that binds a sign-in to the browser that began it.
pub const FLOW_COOKIE: &str = "lg";

const IDLE_SECONDS: i64 = 7 * 86_400;
const LIFE_SECONDS: i64 = 30 * 86_400;
/// A login's last use is written at most this often.
const SEEN_SECONDS: i64 = 3_600;

/// How a module talks to the provider for its origin. Both calls may wait on the network; neither may
/// store anything. A `Problem` is shown to the person as it is, so it names no secret.
pub trait SignIn: Send + Sync {
    /// The address at the provider to which the browser goes, the request pushed or in its query.
    fn begin<'a>(&'a self, ask: &'a Ask, now: Timestamp) -> BoxFuture<'a, Result<String, Problem>>;

    /// Exchanges the code and verifies the ID Token: signature, `iss`, `aud`, times, `nonce`.
    fn finish<'a>(
        &'a self,
        ask: &'a Ask,
        code: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Proven, Problem>>;

    /// Verifies a logout token of the provider; the login it ends, by the name the provider gave it.
    fn ended<'a>(
        &'a self,
        logout_token: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<String, Problem>>;
}

/// What one sign-in asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// 43 characters; comes back with the code.
    pub state: String,
    /// Must stand in the ID Token.
    pub nonce: String,
    /// PKCE verifier, 43 characters; the challenge is its SHA-256 (RFC 7636, S256).
    pub verifier: String,
    /// `<origin>/cb`.
    pub redirect_uri: String,
    /// Strength that must be reached.
    pub acr_values: Option<String>,
    /// Most seconds since the proof.
    pub max_age: Option<i64>,
    /// `create`, `login` or nothing.
    pub prompt: Option<String>,
    /// The language of the page that led here.
    pub lang: Lang,
}

/// What the provider proved.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Pairwise subject for this origin.
    pub sub: String,
    /// Strength reached.
    pub acr: String,
    /// When the person proved it.
    pub auth_time: Timestamp,
    /// The provider's session name, if it gave one.
    pub sid: Option<String>,
    /// The ID Token, byte for byte.
    pub id_token: String,
}

/// Somebody signed in at this origin.
#[derive(Clone, Debug)]
pub struct Login {
    /// Pairwise subject for this origin.
    pub sub: String,
    /// Strength reached.
    pub acr: String,
    /// When the person proved it.
    pub auth_time: Timestamp,
    /// When this login ends at the latest.
    pub ends: Timestamp,
    /// The cookie's text: what form tokens of this browser are bound to.
    pub browser: String,
}

impl Login {
    fn id_h(&self) -> [u8; 32] {
        hash(&self.browser)
    }

    /// What single-use things of this login are bound to; not the cookie itself.
    fn bound(&self) -> String {
        hex::encode(self.id_h())
    }
}

/// The login of this request, if it has one that still stands.
///
/// A malformed, doubled, unknown or ended cookie is nobody, never an error.
///
/// # Errors
/// The database's; a seal that does not open is `Corrupt`.
pub async fn current(
    ground: &Ground,
    origin: Origin,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Login>, db::Error> {
    let https = is_https(ground, origin);
    let Some(browser) = cookie::read(headers, COOKIE, https) else {
        return Ok(None);
    };
    let id_h = hash(&browser);
    let mut conn = ground.db.read().await?;
    let Some(row) = store::find(&mut conn, &id_h, crate::name(origin)).await? else {
        return Ok(None);
    };
    drop(conn);
    if row.ends <= now || row.seen.plus_seconds(IDLE_SECONDS) <= now {
        return Ok(None);
    }
    let who = Who::open(ground, &id_h, &row.body)?;
    if row.seen.plus_seconds(SEEN_SECONDS) <= now {
        let id = &id_h;
        ground
            .db
            .write(move |tx| Box::pin(store::touch(tx, id, now)))
            .await?;
    }
    Ok(Some(who.login(browser, row.ends)))
}

/// A request for fresh, stronger proof in the middle of a login (RFC 9470 in spirit).
#[derive(Clone, Debug)]
pub struct StepUp {
    /// `acr_values`: `phr` for a passkey.
    pub acr: &'static str,
    /// Most seconds since the proof; 0 means now.
    pub max_age: i64,
    /// What the ID Token must carry: the hash of what is agreed to.
    pub nonce: String,
    /// Path of ours to which the browser comes back, `step` added to its query.
    pub return_to: String,
}

/// What a step-up proved, redeemed with [`stepped`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The ID Token, byte for byte.
    pub id_token: String,
    /// The nonce it was asked for with.
    pub nonce: String,
    /// The subject; the same as the login's.
    pub sub: String,
    /// Strength reached.
    pub acr: String,
    /// Microseconds of the proof.
    pub auth_time: i64,
}

#[derive(Serialize, Deserialize)]
struct StepAsk {
    acr: String,
    max_age: i64,
    nonce: String,
    return_to: String,
}

/// The address (of this origin) at which a step-up begins; good for 5 minutes and for this login.
///
/// # Errors
/// The database's.
pub async fn step_up_url(
    ground: &Ground,
    origin: Origin,
    step: StepUp,
    login: &Login,
    now: Timestamp,
) -> Result<String, db::Error> {
    let id = b64::encode(ground.world.random::<32>());
    let StepUp {
        acr,
        max_age,
        nonce,
        return_to,
    } = step;
    let ask = StepAsk {
        acr: acr.to_owned(),
        max_age,
        nonce,
        return_to,
    };
    let body = serde_json::to_string(&ask).expect("text and numbers serialise");
    let bound = format!("{}:{}", crate::name(origin), login.bound());
    let until = spaces::STEP_ASK.until(now);
    let (secret, bound, body) = (&id, &bound, &body);
    ground
        .db
        .write(move |tx| {
            Box::pin(once::issue(
                tx,
                &spaces::STEP_ASK,
                secret,
                bound,
                body,
                "",
                until,
            ))
        })
        .await?;
    Ok(format!("/login?step={id}"))
}

/// Redeems what a step-up brought back: once, within 5 minutes, by the login that made it.
///
/// # Errors
/// The database's; a seal that does not open is `Corrupt`.
pub async fn stepped(
    ground: &Ground,
    tx: &mut Tx<'_>,
    step: &str,
    login: &Login,
    now: Timestamp,
) -> Result<Option<Evidence>, db::Error> {
    match once::take(tx, &spaces::STEP_DONE, step, &login.bound(), now).await? {
        Taken::Body(sealed) => {
            let sealed = b64::decode(&sealed).unwrap_or_default();
            let seal = ground.seals.module("web");
            let text = seal.open("host_once", "step", step_row(step).as_str(), &sealed)?;
            Ok(serde_json::from_slice(text.expose()).ok())
        }
        Taken::Spent(_) | Taken::Unknown => Ok(None),
    }
}

/// Ends the logins of one provider session, as its back-channel logout asks. Returns how many.
///
/// # Errors
/// The database's.
pub async fn end_sid(tx: &mut Tx<'_>, origin: Origin, sid: &str) -> Result<u64, db::Error> {
    store::delete_sid(tx, &hash(sid), crate::name(origin)).await
}

/// Deletes logins that have ended. A job, daily.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, db::Error> {
    store::delete_ended(tx, now, now.plus_seconds(-IDLE_SECONDS)).await
}

/// The sealed part of a login row.
#[derive(Serialize, Deserialize)]
struct Who {
    sub: String,
    acr: String,
    auth_time: i64,
}

impl Who {
    fn of(proven: &Proven) -> Self {
        let (sub, acr) = (proven.sub.clone(), proven.acr.clone());
        Self {
            sub,
            acr,
            auth_time: proven.auth_time.micros(),
        }
    }

    fn seal(&self, ground: &Ground, id_h: &[u8; 32]) -> Vec<u8> {
        let text = serde_json::to_vec(self).expect("text and numbers serialise");
        let seal = ground.seals.module("web");
        seal.seal(
            "web_login",
            "body",
            &hex::encode(id_h),
            &text,
            ground.world.entropy(),
        )
    }

    fn open(ground: &Ground, id_h: &[u8; 32], sealed: &[u8]) -> Result<Self, db::Error> {
        let seal = ground.seals.module("web");
        let text = seal.open("web_login", "body", &hex::encode(id_h), sealed)?;
        serde_json::from_slice(text.expose()).map_err(|_| db::Error::Corrupt("web_login.body"))
    }

    fn login(self, browser: String, ends: Timestamp) -> Login {
        let auth_time = Timestamp::from_micros(self.auth_time);
        Login {
            sub: self.sub,
            acr: self.acr,
            auth_time,
            ends,
            browser,
        }
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn step_row(step: &str) -> String {
    hex::encode(hash(step))
}

fn is_https(ground: &Ground, origin: Origin) -> bool {
    crate::Site::of(ground, origin).https
}
