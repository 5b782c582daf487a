//! The second person: confirms or refuses what a first one asked for; the first may withdraw it.

use super::{
    Refusal,
    act::{self, Act},
    door::Staff,
    effect::{self, Ready},
    perform,
    store::{self, NewAct, Stored},
};
use crate::core::Shared;
use host::db::Tx;
use kernel::Timestamp;

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The act is done.
    Confirm,
    /// It is not.
    Refuse,
    /// Who asked takes it back.
    Withdraw,
}

impl Decision {
    /// Reads the word of a button.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "confirm" => Some(Self::Confirm),
            "refuse" => Some(Self::Refuse),
            "withdraw" => Some(Self::Withdraw),
            _ => None,
        }
    }

    /// The state of the request, and the word of the row that tells of the decision.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Confirm => ("done", act::CONFIRM),
            Self::Refuse => ("refused", act::REFUSE),
            Self::Withdraw => ("withdrawn", act::WITHDRAW),
        }
    }
}

/// Whether this person may take that decision: the capability of the act, and for all but a
/// withdrawal another account than the one that asked and than the one it is about.
///
/// # Errors
/// `Forbidden`, `SecondPerson`, `Conflict` for what was decided, `Gone` for what waited too long.
pub(super) fn may(
    staff: &Staff,
    asked: &Stored,
    act: Act,
    decision: Decision,
    now: Timestamp,
) -> Result<(), Refusal> {
    staff.must_have(&[act.capability()])?;
    let me = staff.account.id.as_str();
    if decision == Decision::Withdraw && asked.actor != me {
        return Err(Refusal::Forbidden);
    }
    if decision != Decision::Withdraw && (asked.actor == me || asked.target == me) {
        return Err(Refusal::SecondPerson);
    }
    match asked.state.as_str() {
        "waiting" if asked.waits(now) => Ok(()),
        "waiting" => Err(Refusal::Gone),
        _ => Err(Refusal::Conflict),
    }
}

/// Takes a decision; with `Confirm` the act happens in the same transaction.
///
/// # Errors
/// `Stale`, `Reason`, `NotFound`, what [`may`] and the act itself refuse; the store's own.
pub(super) async fn decide(
    core: &Shared,
    staff: &Staff,
    id: &str,
    decision: Decision,
    typed: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    staff.must_be_fresh(now)?;
    let asked = {
        let mut conn = core.ground.db.read().await?;
        store::find(&mut conn, id).await?.ok_or(Refusal::NotFound)?
    };
    let wanted = Act::parse(&asked.act).ok_or(Refusal::NotFound)?;
    may(staff, &asked, wanted, decision, now)?;
    let reason = perform::reason(typed)?;
    let mut ready = Ready::draw(core, wanted, asked.target.clone(), now);
    ready.detail.clone_from(&asked.detail);
    ready.reason.clone_from(&asked.reason);
    let (own_id, ready, reason) = (effect::draw_id(&core.ground.world), &ready, &reason);
    let (own_id, actor) = (&own_id, staff.account.id.as_str());
    let first = asked.actor.as_str();
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                perform::still_may(tx, actor, ready.act).await?;
                if decision == Decision::Confirm {
                    // Two people stand behind it at the moment it happens.
                    perform::still_may(tx, first, ready.act).await?;
                }
                let row = NewAct {
                    id: own_id,
                    actor,
                    act: decision.words().1,
                    target: id,
                    detail: None,
                    reason,
                    until: None,
                };
                write(tx, ready, decision, &row, now).await
            })
        })
        .await?;
    if decision == Decision::Confirm {
        perform::settle(core, ready, now).await;
    }
    Ok(())
}

/// The request moves by compare-and-swap: of two who decide at once one is told of the other.
async fn write(
    tx: &mut Tx<'_>,
    ready: &Ready,
    decision: Decision,
    row: &NewAct<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if !store::decide(tx, row.target, decision.words().0, row.actor, now).await? {
        return Err(Refusal::Conflict);
    }
    if decision == Decision::Confirm {
        effect::carry_out(tx, ready, now).await?;
    }
    store::insert(tx, row, now).await?;
    Ok(())
}
