//! What an act brings about, inside the transaction that writes its row.

use super::{Capability, Refusal, act::Act, store};
use crate::{
    client,
    core::Core,
    events, invite,
    keys::{self, Kind, Replacement},
    logout::{self, Which},
    people::close,
    secrets,
};
use host::db::Tx;
use kernel::{Timestamp, World, b64};
use serde_json::json;

/// How long an account may be used as an owner would have it: states of its row.
const ACTIVE: &str = "active";
const LOCKED: &str = "locked";

/// An act whose target is known to exist, with all chance drawn.
pub(super) struct Ready {
    pub(super) act: Act,
    /// App, algorithm, account id or invitation hash.
    pub(super) target: String,
    pub(super) detail: Option<String>,
    pub(super) reason: String,
    /// The name of its row.
    pub(super) id: String,
    /// The line in the log of the account it is about.
    event: Option<events::New>,
    key: Option<Replacement>,
    /// The invitation that is made, to be shown once.
    pub(super) token: Option<String>,
}

impl Ready {
    /// Draws what the act needs.
    pub(super) fn draw(core: &Core, act: Act, target: String, now: Timestamp) -> Self {
        let world = &core.ground.world;
        let key = match act {
            Act::KeyRotate => Kind::parse(&target).map(|kind| core.replacement(kind, now)),
            _ => None,
        };
        let token = (act == Act::InviteMake).then(|| secrets::token(invite::PREFIX, world));
        let target = token.as_deref().map_or(target, secrets::hash);
        Self {
            event: act.event().map(|kind| events::New::draw(world, kind)),
            id: draw_id(world),
            detail: None,
            reason: String::new(),
            act,
            target,
            key,
            token,
        }
    }
}

/// The name of a row.
pub(super) fn draw_id(world: &World) -> String {
    b64::encode(world.random::<16>())
}

/// Does it.
///
/// # Errors
/// `Conflict` where it is so already, `LastOwner`; the store's own.
pub(super) async fn carry_out(
    tx: &mut Tx<'_>,
    ready: &Ready,
    now: Timestamp,
) -> Result<(), Refusal> {
    let target = ready.target.as_str();
    let happened = match ready.act {
        Act::ClientEnable => switch(tx, target, true).await?,
        Act::ClientDisable => switch(tx, target, false).await?,
        Act::ClientVerify => verify(tx, target, true).await?,
        Act::ClientUnverify => verify(tx, target, false).await?,
        Act::ClientHigh => {
            client::store::set_high(tx, target).await?;
            true
        }
        Act::KeyRotate => {
            let key = ready.key.as_ref().ok_or(Refusal::Field("target"))?;
            keys::place(tx, key, now).await?
        }
        Act::AccountLook => true,
        Act::AccountLock => lock(tx, target, now).await?,
        Act::AccountUnlock => store::move_account(tx, target, LOCKED, ACTIVE).await?,
        Act::AccountClose => {
            keep_an_owner(tx, target).await?;
            close::erase(tx, target, now).await?.get("account") == Some(&json!(1))
        }
        Act::InviteMake => {
            let uses = ready.detail.as_deref().and_then(|n| n.parse().ok());
            let uses = uses.ok_or(Refusal::Field("detail"))?;
            let until = now.plus_seconds(invite::LIFE);
            invite::store::insert(tx, target, uses, now, until).await?;
            true
        }
        Act::InviteEnd => invite::store::end(tx, target).await?,
        Act::Give => store::give(tx, target, capability(ready)?, now).await?,
        Act::Take => take(tx, target, capability(ready)?).await?,
    };
    if !happened {
        return Err(Refusal::Conflict);
    }
    if let Some(event) = &ready.event {
        let detail = json!({ "reason": ready.reason, "capability": ready.detail });
        events::write(tx, target, &event.clone().about(detail), now).await?;
    }
    Ok(())
}

async fn switch(tx: &mut Tx<'_>, id: &str, enabled: bool) -> Result<bool, Refusal> {
    client::store::set_enabled(tx, id, enabled).await?;
    Ok(true)
}

async fn verify(tx: &mut Tx<'_>, id: &str, verified: bool) -> Result<bool, Refusal> {
    client::store::set_verified(tx, id, verified).await?;
    Ok(true)
}

/// Ends every login, code and token of the account at once and keeps it shut. An account of the last
/// owner stays: nobody could give a capability again.
async fn lock(tx: &mut Tx<'_>, account: &str, now: Timestamp) -> Result<bool, Refusal> {
    keep_an_owner(tx, account).await?;
    logout::end(tx, Which::Everywhere { account }, now).await?;
    Ok(store::move_account(tx, account, ACTIVE, LOCKED).await?)
}

async fn take(tx: &mut Tx<'_>, account: &str, capability: Capability) -> Result<bool, Refusal> {
    if capability == Capability::Owner {
        keep_an_owner(tx, account).await?;
    }
    Ok(store::take(tx, account, capability).await?)
}

/// Refuses what would leave no owner whose account may be used.
async fn keep_an_owner(tx: &mut Tx<'_>, without: &str) -> Result<(), Refusal> {
    let owners = store::owners(tx).await?;
    match owners.iter().all(|owner| owner == without) && !owners.is_empty() {
        true => Err(Refusal::LastOwner),
        false => Ok(()),
    }
}

fn capability(ready: &Ready) -> Result<Capability, Refusal> {
    let word = ready.detail.as_deref();
    word.and_then(Capability::parse)
        .ok_or(Refusal::Field("detail"))
}
