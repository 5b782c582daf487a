//! What staff see, as data: pages and the API show the same. No subject, no credential, no token.

use super::{
    Capability, Refusal, act,
    act::Act,
    store::{self, Stored},
};
use crate::{
    account::{self, Account},
    client::{
        Client, Found,
        powers::{self, Profile},
        redirect::Kind,
    },
    core::Core,
    invite,
    keys::KeyLine,
};
use host::db::Conn;
use kernel::Timestamp;
use serde::Serialize;

/// How long an account stays open to the person who looked, seconds.
pub(super) const LOOK: i64 = super::door::FRESH;

/// An app.
#[derive(Clone, Debug, Serialize)]
pub(super) struct App {
    pub(super) client_id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) enabled: bool,
    pub(super) verified: bool,
    pub(super) first_party: bool,
    /// For trying out, gone after a day.
    pub(super) sandbox: bool,
    pub(super) public: bool,
    pub(super) redirect_uris: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) require_pkce: bool,
    pub(super) require_par: bool,
    pub(super) require_dpop: bool,
    pub(super) high: bool,
    #[serde(skip)]
    may_be_high: bool,
}

impl App {
    fn of(found: Found) -> Self {
        let Found {
            client,
            enabled,
            sandbox,
        } = found;
        Self {
            high: client.profile == Profile::High,
            may_be_high: client.profile != Profile::High && powers::lacks(&client).is_none(),
            public: client.is_public(),
            kind: kind(&client),
            client_id: client.id,
            name: client.name,
            enabled,
            sandbox,
            verified: client.verified,
            first_party: client.first_party,
            redirect_uris: client.redirects,
            scopes: client.scopes,
            require_pkce: client.require_pkce,
            require_par: client.require_par,
            require_dpop: client.require_dpop,
        }
    }
}

const fn kind(client: &Client) -> &'static str {
    match client.kind {
        Kind::Web => "web",
        Kind::Native => "native",
    }
}

/// All apps, by name.
pub(super) async fn apps(core: &Core, now: Timestamp) -> Result<Vec<App>, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let found = core.clients.all(&mut conn, now).await?;
    let mut apps: Vec<App> = found.into_iter().map(App::of).collect();
    apps.sort_by(|a, b| (&a.name, &a.client_id).cmp(&(&b.name, &b.client_id)));
    Ok(apps)
}

/// One app.
pub(super) async fn app(core: &Core, id: &str, now: Timestamp) -> Result<App, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let found = core.clients.find(&mut conn, id, now).await?;
    found.map(App::of).ok_or(Refusal::NotFound)
}

/// A key: its public name only.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Key {
    pub(super) kid: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) since: String,
}

/// All keys that are not destroyed.
pub(super) async fn keys(core: &Core) -> Result<Vec<Key>, Refusal> {
    let line = |key: KeyLine| Key {
        since: minute(key.retired_at.or(key.active_at).unwrap_or(key.public_at)),
        kid: key.kid,
        kind: key.kind,
        state: key.state,
    };
    Ok(core.key_lines().await?.into_iter().map(line).collect())
}

/// An invitation, by its hash.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Invite {
    pub(super) id: String,
    pub(super) made: i64,
    pub(super) left: i64,
    pub(super) made_at: String,
    pub(super) until: String,
}

/// Invitations that have not ended.
pub(super) async fn invites(core: &Core, now: Timestamp) -> Result<Vec<Invite>, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let rows = invite::store::all(&mut conn, now).await?;
    let line = |row: invite::store::Invite| Invite {
        id: row.token_h,
        made: row.made,
        left: row.left,
        made_at: minute(row.made_at),
        until: minute(row.until),
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Somebody with capabilities.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) active: bool,
    pub(super) capabilities: Vec<Capability>,
}

impl Person {
    /// Words of the capabilities, for templates.
    pub(super) fn words(&self) -> Vec<&'static str> {
        let all = self.capabilities.iter();
        all.map(|capability| capability.as_str()).collect()
    }
}

/// Everybody with a capability.
pub(super) async fn people(core: &Core) -> Result<Vec<Person>, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let mut people: Vec<Person> = Vec::new();
    for (handle, active, capability) in store::people(&mut conn).await? {
        match people.last_mut().filter(|last| last.handle == handle) {
            Some(last) => last.capabilities.push(capability),
            None => people.push(Person {
                handle,
                active,
                capabilities: vec![capability],
            }),
        }
    }
    Ok(people)
}

/// An act of the log.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Acted {
    pub(super) id: String,
    pub(super) at: String,
    /// Handle; `None` where the account is closed.
    pub(super) actor: Option<String>,
    pub(super) act: String,
    /// App, algorithm, handle, short name of an invitation, or name of a request.
    pub(super) target: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) reason: String,
    pub(super) state: &'static str,
    pub(super) second: Option<String>,
    pub(super) until: Option<String>,
    #[serde(skip)]
    pub(super) micros: i64,
}

impl Acted {
    /// As people may see it.
    pub(super) fn of(row: Stored, now: Timestamp) -> Self {
        let state = match row.state.as_str() {
            "waiting" if row.waits(now) => "waiting",
            "waiting" => "expired",
            "refused" => "refused",
            "withdrawn" => "withdrawn",
            _ => "done",
        };
        let known = Act::parse(&row.act);
        let is_account = known.is_some_and(Act::is_about_account) || row.act == act::FIRST_OWNER;
        let is_invite = matches!(known, Some(Act::InviteMake | Act::InviteEnd));
        let target = match (is_account, is_invite) {
            (true, _) => row.target_handle,
            (_, true) => Some(row.target.chars().take(8).collect()),
            _ => Some(row.target),
        };
        Self {
            at: minute(row.at),
            micros: row.at.micros(),
            until: row.until.map(minute),
            id: row.id,
            actor: row.actor_handle,
            act: row.act,
            target,
            detail: row.detail,
            reason: row.reason,
            state,
            second: row.second_handle,
        }
    }

    /// The key of the act's name on pages.
    pub(super) fn said(&self) -> &'static str {
        act::said(&self.act)
    }

    /// The key of its state's word on pages.
    pub(super) fn state_said(&self) -> &'static str {
        match self.state {
            "waiting" => "state-waiting",
            "expired" => "state-expired",
            "refused" => "state-refused",
            "withdrawn" => "state-withdrawn",
            _ => "state-done",
        }
    }
}

/// Acts before an instant, newest first.
pub(super) async fn acts(
    core: &Core,
    before: Timestamp,
    now: Timestamp,
) -> Result<Vec<Acted>, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let rows = store::list(&mut conn, before).await?;
    Ok(rows.into_iter().map(|row| Acted::of(row, now)).collect())
}

/// Requests that wait.
pub(super) async fn waiting(core: &Core, now: Timestamp) -> Result<Vec<Acted>, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let rows = store::waiting(&mut conn, now).await?;
    Ok(rows.into_iter().map(|row| Acted::of(row, now)).collect())
}

/// An account, as far as staff may see it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Seen {
    pub(super) handle: String,
    pub(super) state: String,
    pub(super) since: String,
    pub(super) passkeys: i64,
    pub(super) wallet_keys: i64,
    pub(super) logins: i64,
}

/// The account of a look this person took in the last quarter of an hour.
///
/// # Errors
/// `NotFound` for another's look, an old one, or a closed account; the store's own.
pub(super) async fn looked(
    core: &Core,
    look: &str,
    actor: &str,
    now: Timestamp,
) -> Result<Seen, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let since = now.plus_seconds(-LOOK);
    let target = store::look(&mut conn, look, actor, since).await?;
    let target = target.ok_or(Refusal::NotFound)?;
    let account = account::store::by_id(&mut conn, &target).await?;
    person(&mut conn, account.ok_or(Refusal::NotFound)?, now).await
}

async fn person(conn: &mut Conn, account: Account, now: Timestamp) -> Result<Seen, Refusal> {
    let state = store::state_of(conn, &account.id).await?;
    let [passkeys, wallet_keys, logins] = store::counts(conn, &account.id, now).await?;
    Ok(Seen {
        handle: account.handle,
        state: state.ok_or(Refusal::NotFound)?,
        since: account.created_day.to_string(),
        passkeys,
        wallet_keys,
        logins,
    })
}

/// An instant to the minute, in UTC.
pub(super) fn minute(at: Timestamp) -> String {
    at.to_string()
        .chars()
        .take(16)
        .collect::<String>()
        .replace('T', " ")
}

impl App {
    /// The acts that would change something about it.
    pub(super) fn acts(&self) -> Vec<Act> {
        let mut acts = vec![match self.enabled {
            true => Act::ClientDisable,
            false => Act::ClientEnable,
        }];
        if !self.first_party && !self.sandbox {
            acts.push(match self.verified {
                true => Act::ClientUnverify,
                false => Act::ClientVerify,
            });
        }
        if self.may_be_high {
            acts.push(Act::ClientHigh);
        }
        acts
    }
}

impl Seen {
    /// The acts that would change something about it.
    pub(super) fn acts(&self) -> Vec<Act> {
        match self.state.as_str() {
            "active" => vec![Act::AccountLock, Act::AccountClose],
            "locked" => vec![Act::AccountUnlock, Act::AccountClose],
            _ => Vec::new(),
        }
    }

    /// The key of its state's word on pages.
    pub(super) fn state_said(&self) -> &'static str {
        match self.state.as_str() {
            "active" => "account-active",
            "locked" => "account-locked",
            _ => "account-closed",
        }
    }
}
