//! The one way to an act: proof, capability, reason, target; then either the act with its row, or a
//! request for a second person.

use super::{
    Capability, Refusal,
    act::Act,
    door::Staff,
    effect::{self, Ready},
    store::{self, NewAct},
};
use crate::{
    account,
    client::powers,
    core::{Core, Shared},
    invite,
    keys::Kind,
    logout,
};
use host::db::{Conn, Tx};
use kernel::{Handle, Timestamp};

/// How long a request waits for its second person, seconds.
pub(super) const WAITS: i64 = 86_400;
/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 8..=500;

/// What somebody wants to do, as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) act: String,
    /// App, algorithm, handle or invitation.
    pub(super) target: String,
    /// A capability, or a number of accounts.
    pub(super) detail: Option<String>,
    pub(super) reason: String,
}

/// How it went.
pub(super) struct Done {
    /// The row's name.
    pub(super) id: String,
    pub(super) act: Act,
    /// Whether it waits for a second person.
    pub(super) waits: bool,
    /// The invitation that was made: shown now and never again.
    pub(super) token: Option<String>,
}

/// Does it, or asks for a second person. Whatever is refused changes nothing.
///
/// # Errors
/// `Stale`, `Forbidden`, `Reason`, `Field`, `NotFound`, `Conflict`, `LastOwner`; the store's own.
pub(super) async fn perform(
    core: &Shared,
    staff: &Staff,
    wish: &Wish,
    now: Timestamp,
) -> Result<Done, Refusal> {
    staff.must_be_fresh(now)?;
    let act = Act::parse(&wish.act).ok_or(Refusal::Field("act"))?;
    staff.must_have(&[act.capability()])?;
    let reason = reason(&wish.reason)?;
    let target = {
        let mut conn = core.ground.db.read().await?;
        target(core, &mut conn, act, wish, now).await?
    };
    let mut ready = Ready::draw(core, act, target, now);
    ready.detail = detail(act, wish)?;
    ready.reason = reason;
    let (ready_ref, actor) = (&ready, staff.account.id.as_str());
    core.ground
        .db
        .write(move |tx| Box::pin(write(tx, ready_ref, actor, now)))
        .await?;
    if !act.needs_two() {
        settle(core, &ready, now).await;
    }
    Ok(Done {
        id: ready.id,
        act,
        waits: act.needs_two(),
        token: ready.token,
    })
}

async fn write(tx: &mut Tx<'_>, ready: &Ready, actor: &str, now: Timestamp) -> Result<(), Refusal> {
    still_may(tx, actor, ready.act).await?;
    let waits = ready.act.needs_two();
    let row = NewAct {
        id: &ready.id,
        actor,
        act: ready.act.as_str(),
        target: &ready.target,
        detail: ready.detail.as_deref(),
        reason: &ready.reason,
        until: waits.then(|| now.plus_seconds(WAITS)),
    };
    if waits {
        if store::is_asked(tx, row.act, row.target, now).await? {
            return Err(Refusal::Conflict);
        }
    } else {
        effect::carry_out(tx, ready, now).await?;
    }
    store::insert(tx, &row, now).await?;
    Ok(())
}

/// Asks for the capability again where it counts: it may have been taken away a moment ago.
///
/// # Errors
/// `Forbidden`; the store's own.
pub(super) async fn still_may(tx: &mut Tx<'_>, actor: &str, act: Act) -> Result<(), Refusal> {
    let holds = account::active(tx, actor).await?.is_some()
        && store::capabilities(tx, actor)
            .await?
            .contains(&act.capability());
    match holds {
        true => Ok(()),
        false => Err(Refusal::Forbidden),
    }
}

/// What has to follow a commit: a key set read before it is read anew, and apps are told of the end
/// of an account's logins.
pub(super) async fn settle(core: &Core, ready: &Ready, now: Timestamp) {
    match ready.act {
        Act::KeyRotate => core.forget_ring().await,
        Act::AccountLock | Act::AccountClose => logout::tell(core, &ready.target, now).await,
        _ => {}
    }
}

/// A reason of 8 to 500 characters, without the space around it.
///
/// # Errors
/// `Reason`.
pub(super) fn reason(typed: &str) -> Result<String, Refusal> {
    let plain = typed.trim();
    let breaks = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match REASON.contains(&plain.chars().count()) && !plain.contains(breaks) {
        true => Ok(plain.to_owned()),
        false => Err(Refusal::Reason),
    }
}

/// The target as tables name it, if it exists.
async fn target(
    core: &Core,
    conn: &mut Conn,
    act: Act,
    wish: &Wish,
    now: Timestamp,
) -> Result<String, Refusal> {
    let named = wish.target.trim();
    if act.is_about_account() {
        let handle = Handle::parse(named).map_err(|_| Refusal::NotFound)?;
        let account = account::find(conn, handle.as_str()).await?;
        return Ok(account.ok_or(Refusal::NotFound)?.id);
    }
    if act.is_about_client() {
        let found = match named.contains('\0') {
            true => None,
            false => core.clients.find(conn, named, now).await?,
        };
        let app = found.ok_or(Refusal::NotFound)?.client;
        return match act == Act::ClientHigh && powers::lacks(&app).is_some() {
            true => Err(Refusal::Profile),
            false => Ok(app.id),
        };
    }
    if act == Act::KeyRotate {
        let kind = Kind::parse(named).ok_or(Refusal::NotFound)?;
        return Ok(kind.as_str().to_owned());
    }
    if act == Act::InviteEnd {
        let invites = invite::store::all(conn, now).await?;
        let known = invites.iter().any(|invite| invite.token_h == named);
        return known.then(|| named.to_owned()).ok_or(Refusal::NotFound);
    }
    Ok(String::new())
}

/// The further field an act needs, if it needs one.
fn detail(act: Act, wish: &Wish) -> Result<Option<String>, Refusal> {
    let given = wish.detail.as_deref().unwrap_or_default().trim();
    match act {
        Act::InviteMake => {
            let uses = given.parse::<i64>().ok();
            let uses = uses.filter(|uses| (1..=invite::MOST).contains(uses));
            Ok(Some(uses.ok_or(Refusal::Field("detail"))?.to_string()))
        }
        Act::Give | Act::Take => {
            let known = Capability::parse(given).ok_or(Refusal::Field("detail"))?;
            Ok(Some(known.as_str().to_owned()))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_8_to_500_characters() {
        for good in ["a ticket", &"ä".repeat(500), "  two\nlines of it  "] {
            assert!(reason(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "seven c",
            "        ",
            &"a".repeat(501),
            "eight\u{7}bell",
        ] {
            assert!(matches!(reason(bad), Err(Refusal::Reason)), "{bad}");
        }
    }
}
