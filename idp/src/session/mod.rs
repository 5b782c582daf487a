//! Logins: a cookie of 256 bits, stored hashed; idle 7 days, absolute 30, a new id at each proof.

pub(crate) mod store;

use crate::{
    acr::Acr,
    browser,
    client::Client,
    core::Core,
    events, grant,
    interaction::Proven,
    logout::{self, Which},
    problem::Refusal,
    secrets,
};
use axum::http::HeaderMap;
use host::db::{self, Conn, Tx};
use kernel::{Timestamp, World, b64};

/// Seconds without use after which a login ends.
pub(crate) const IDLE: i64 = 7 * 86_400;
/// Seconds after which a login ends whatever happens.
pub(crate) const ABSOLUTE: i64 = 30 * 86_400;
/// Use is written down no finer than this many seconds.
const SEEN_STEP: i64 = 600;
/// The login cookie's name, without prefix.
pub(crate) const COOKIE: &str = "si";

/// A login that holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// Hash of its cookie: its key.
    pub(crate) id_h: String,
    /// Who.
    pub(crate) account: String,
    /// The account's epoch at the proof.
    pub(crate) epoch: i64,
    /// When the proof was given.
    pub(crate) auth_time: Timestamp,
    /// How strong it was.
    pub(crate) acr: Acr,
    /// By what, words with spaces.
    pub(crate) amr: String,
    /// Its owner's name for it.
    pub(crate) label: Option<String>,
    /// Start.
    pub(crate) created: Timestamp,
    /// Last use.
    pub(crate) seen: Timestamp,
    /// Absolute end.
    pub(crate) ends: Timestamp,
}

impl Login {
    /// The instant of the proof, as far as an app may know it; `None` where it may not.
    ///
    /// Two apps that compare notes would know a person again by the second of a proof both are told
    /// of. So each knows only the proofs that were made on its own visits: the last of them, if it was
    /// made in this login. Our own apps know the login's.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn proof_known_to(
        &self,
        conn: &mut Conn,
        client: &Client,
    ) -> Result<Option<Timestamp>, db::Error> {
        if client.first_party {
            return Ok(Some(self.auth_time));
        }
        store::proved(conn, &self.id_h, &client.id).await
    }

    /// Whether the last use is old enough to be written anew.
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        now > self.seen.plus_seconds(SEEN_STEP)
    }
}

/// Whether a proof is at most `seconds` old. Zero is never young enough.
pub(crate) fn is_young(proof: Timestamp, seconds: i64, now: Timestamp) -> bool {
    seconds > 0 && now <= proof.plus_seconds(seconds)
}

/// A login just made: its cookie value is known only here.
#[derive(Clone, Debug)]
pub(crate) struct NewLogin {
    cookie: String,
    id_h: String,
}

impl NewLogin {
    /// Hash of the cookie: the login's key.
    pub(crate) fn id_h(&self) -> &str {
        &self.id_h
    }

    /// Adds the cookie to an answer.
    pub(crate) fn set_cookie(&self, core: &Core, headers: &mut HeaderMap) {
        browser::set_cookie(core, headers, COOKIE, &self.cookie);
    }
}

/// Chance for one login.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    cookie: String,
    line: events::New,
}

impl Draw {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            cookie: b64::encode(world.random::<32>()),
            line: events::New::draw(world, events::LOGIN),
        }
    }
}

/// The login this browser shows, if it holds: known, not past its ends, its account usable and of
/// the same epoch. A malformed or doubled cookie is no login.
///
/// # Errors
/// The store's own.
pub(crate) async fn current(
    core: &Core,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Login>, db::Error> {
    let Some(id_h) = shown(core, headers) else {
        return Ok(None);
    };
    let mut conn = core.ground.db.read().await?;
    holding(&mut conn, &id_h, now).await
}

/// Hash of the login cookie this browser sent, whether or not it holds.
pub(crate) fn shown(core: &Core, headers: &HeaderMap) -> Option<String> {
    browser::cookie(core, headers, COOKIE).map(|cookie| key(&cookie))
}

/// The form in which a login is stored: the hash of its cookie as a token of its kind.
fn key(cookie: &str) -> String {
    secrets::hash(&format!("rs_si_{cookie}"))
}

/// The login of that key, if it holds now.
///
/// # Errors
/// The store's own.
pub(crate) async fn holding(
    conn: &mut Conn,
    id_h: &str,
    now: Timestamp,
) -> Result<Option<Login>, db::Error> {
    let found = store::with_account(conn, id_h).await?;
    Ok(found.and_then(|(login, account)| {
        let over = now >= login.ends || now >= login.seen.plus_seconds(IDLE);
        (!over && account.is_of(login.epoch)).then_some(login)
    }))
}

/// Makes a login in place of the one the browser had, and writes a line into the person's log. The same
/// person's goes on under the new id: its name, its apps and what they call it, and its grants.
/// Another's ends, and its apps are told.
///
/// # Errors
/// The store's own.
pub(crate) async fn begin(
    tx: &mut Tx<'_>,
    proven: &Proven,
    draw: &Draw,
    old: Option<&str>,
    now: Timestamp,
) -> Result<NewLogin, Refusal> {
    let new = NewLogin {
        cookie: draw.cookie.clone(),
        id_h: key(&draw.cookie),
    };
    let before = match old {
        Some(old) => store::find(tx, old).await?,
        None => None,
    };
    let own = before.as_ref().filter(|old| old.account == proven.account);
    let login = Login {
        id_h: new.id_h.clone(),
        account: proven.account.clone(),
        epoch: proven.epoch,
        auth_time: now,
        acr: proven.acr,
        amr: proven.amr.join(" "),
        label: own.and_then(|old| old.label.clone()),
        created: now,
        seen: now,
        ends: now.plus_seconds(ABSOLUTE),
    };
    store::insert(tx, &login).await?;
    let line = draw
        .line
        .clone()
        .about(serde_json::json!({ "acr": proven.acr.as_str() }));
    events::write(tx, &proven.account, &line, now).await?;
    match before {
        Some(old) if old.account == proven.account && old.epoch == proven.epoch => {
            store::carry(tx, &old.id_h, &login.id_h).await?;
            grant::store::carry(tx, &old.id_h, &login.id_h).await?;
            store::end(tx, &old.id_h).await?;
        }
        Some(old) => logout::end(tx, Which::Login(&old.id_h), now).await?,
        None => {}
    }
    Ok(new)
}
