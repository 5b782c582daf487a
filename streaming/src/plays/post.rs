//! The moment a play counts: play row, tally and event in one transaction.

use super::{
    PlayRow, State,
    end::{self, Ending},
    qualify::{self, Counted},
};
use crate::{days::Plan, events, store};
use host::{
    db::{self, Tx},
    outbox::Outbox,
};
use kernel::Timestamp;

/// What became of a play that reached its qualifying time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It counts now.
    Counted,
    /// It was counted or ended before; nothing was done.
    Already,
    /// It was ended without a charge, for this reason.
    Voided(&'static str),
}

/// More than one pair of ears could hear (rule f).
const PARALLEL: &str = "parallel";
/// Another play of the track counted in between; its price was another step's.
const STEP_MOVED: &str = "step-moved";
const DAY_S: i64 = 86_400;

/// Counts a play. `event` is the id of whichever event follows.
///
/// # Errors
/// [`db::Error`].
pub async fn post(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    play: &PlayRow,
    ending: &Ending,
    now: Timestamp,
) -> Result<Posted, db::Error> {
    if !play.paid_at_start && !is_one_listener(tx, play, ending, now).await? {
        return void(outbox, tx, play, ending, PARALLEL, now).await;
    }
    if play.plan == Plan::S2o {
        let counted = store::tally::count(tx, &play.listener, play.track, play.n, now).await?;
        if !counted {
            return void(outbox, tx, play, ending, STEP_MOVED, now).await;
        }
        events::qualified(outbox, tx, play.hold, ending.event.clone(), now).await?;
    }
    store::play::qualify(tx, play.play, now).await?;
    Ok(Posted::Counted)
}

async fn is_one_listener(
    tx: &mut Tx<'_>,
    play: &PlayRow,
    ending: &Ending,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let since = now.plus_seconds(-DAY_S);
    let mut plays = store::play::counted(tx, &play.listener, since).await?;
    let first_at = play.first_at.unwrap_or(now);
    plays.push(Counted {
        first_at,
        qualify_ms: ending.terms.qualify_ms,
    });
    Ok(qualify::one_pair_of_ears(&plays, now))
}

async fn void(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    play: &PlayRow,
    ending: &Ending,
    why: &'static str,
    now: Timestamp,
) -> Result<Posted, db::Error> {
    let ending = Ending {
        state: State::Voided,
        why,
        ..ending.clone()
    };
    let closed = end::close(outbox, tx, play, &ending, now).await?;
    Ok(if closed {
        Posted::Voided(why)
    } else {
        Posted::Already
    })
}
