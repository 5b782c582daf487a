//! The end of a play that did not count: its hold is freed, and taking most of the sound is noted.

use super::{PlayRow, State, qualify};
use crate::{events, store};
use host::{
    db::{self, Tx},
    outbox::Outbox,
};
use kernel::Timestamp;

/// How an open play ends.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Superseded, expired or voided.
    pub state: State,
    /// Why, in a word.
    pub why: &'static str,
    /// What it would have had to reach; notes a lapse where most of that was sent.
    pub terms: qualify::Terms,
    /// All bytes sent.
    pub served: u64,
    /// Id of the event that frees the hold.
    pub event: String,
}

/// Ends an open play; `false`, and nothing done, if it is not open any more.
///
/// # Errors
/// [`db::Error`].
pub async fn close(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    play: &PlayRow,
    ending: &Ending,
    now: Timestamp,
) -> Result<bool, db::Error> {
    if !store::play::close(tx, play.play, ending.state, ending.why, now).await? {
        return Ok(false);
    }
    if play.has_hold() {
        if qualify::is_lapse(ending.served, &ending.terms) {
            store::lapse::add(tx, &play.listener, play.day).await?;
        }
        events::released(outbox, tx, play.hold, ending.event.clone(), now).await?;
    }
    Ok(true)
}
