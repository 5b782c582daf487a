//! What happens without being asked: holds that end, deliveries to look into, payments to ask about,
//! days to share out. Each may run twice, late or on two nodes.

use crate::{
    Core, fold, hold, ledger,
    mandate::ASKED_S,
    order::{self, Unsettled},
    store,
};
use host::db;
use kernel::Timestamp;

/// Seconds between two questions about an open order.
const ASK_AGAIN_S: i64 = 300;
/// Seconds after the end of its page for which an unpaid order is still asked about.
const ASK_UNTIL_S: i64 = 86_400;
/// Rounds of 64 holds a run frees at most.
const ROUNDS: usize = 64;

/// Why a job stopped. It is taken up again at its next turn.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The ledger refused, or the database.
    #[error(transparent)]
    Ledger(#[from] ledger::Refusal),
}

impl From<db::Error> for Stopped {
    fn from(error: db::Error) -> Self {
        Self::Ledger(error.into())
    }
}

/// Frees holds whose end has come, and forgets requests nobody confirmed.
///
/// # Errors
/// [`Stopped`].
pub async fn sweep(core: &Core, now: Timestamp) -> Result<(), Stopped> {
    for _ in 0..ROUNDS {
        let due = {
            let mut conn = core.ground.db.read().await?;
            store::transfer::overdue(&mut conn, now).await?
        };
        if due.is_empty() {
            break;
        }
        for id in &due {
            free(core, id, now).await?;
        }
    }
    let before = now.plus_seconds(-ASKED_S);
    core.ground
        .db
        .write(move |tx| Box::pin(async move { store::mandate::forget(tx, before).await }))
        .await?;
    Ok(())
}

async fn free(core: &Core, id: &crate::ids::Bytes16, now: Timestamp) -> Result<(), Stopped> {
    let done = core
        .ground
        .db
        .write(move |tx| Box::pin(hold::void(tx, id, now)))
        .await;
    match done {
        // Posted or freed since it was read: nothing is left to do.
        Ok(_) | Err(ledger::Refusal::AlreadyPosted | ledger::Refusal::AlreadyVoided) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Asks the provider about each delivery that was noted.
///
/// # Errors
/// [`Stopped`]. A provider that is away is no error: the delivery waits.
pub async fn noted(core: &Core, now: Timestamp) -> Result<(), Stopped> {
    let name = core.provider.name();
    let waiting = {
        let mut conn = core.ground.db.read().await?;
        store::order::noted(&mut conn, name).await?
    };
    for (event, body) in waiting {
        let Some(outcome) = look_into(core, &body, now).await? else {
            return Ok(());
        };
        let (event, outcome) = (event.as_str(), outcome);
        core.ground
            .db
            .write(move |tx| {
                Box::pin(
                    async move { store::order::event_done(tx, name, event, now, outcome).await },
                )
            })
            .await?;
    }
    Ok(())
}

/// The outcome in a word, or nothing while the provider is away.
async fn look_into(
    core: &Core,
    body: &[u8],
    now: Timestamp,
) -> Result<Option<&'static str>, Stopped> {
    let Some(reference) = core.provider.reference(body) else {
        return Ok(Some("unknown"));
    };
    let order = {
        let mut conn = core.ground.db.read().await?;
        store::order::by_ref(&mut conn, core.provider.name(), &reference).await?
    };
    let Some(order) = order else {
        tracing::error!("a delivery names a payment that is none of ours");
        return Ok(Some("unknown"));
    };
    match order::settle(core, &order, now).await {
        Ok(outcome) => Ok(Some(outcome)),
        Err(Unsettled::Away(_)) => Ok(None),
        Err(Unsettled::Ledger(refusal)) => Err(refusal.into()),
    }
}

/// Asks about open orders: deliveries get lost.
///
/// # Errors
/// [`Stopped`]. A provider that is away is no error: the orders wait.
pub async fn poll(core: &Core, now: Timestamp) -> Result<(), Stopped> {
    let (before, horizon) = (
        now.plus_seconds(-ASK_AGAIN_S),
        now.plus_seconds(-ASK_UNTIL_S),
    );
    let open = {
        let mut conn = core.ground.db.read().await?;
        store::order::to_ask(&mut conn, before, horizon).await?
    };
    for order in open {
        match order::settle(core, &order, now).await {
            Ok(_) => {}
            Err(Unsettled::Away(_)) => return Ok(()),
            Err(Unsettled::Ledger(refusal)) => return Err(refusal.into()),
        }
    }
    Ok(())
}

/// Shares out closed days.
///
/// # Errors
/// [`Stopped`].
pub async fn fold(core: &Core, now: Timestamp) -> Result<(), Stopped> {
    Ok(fold::run(core, now).await?)
}
