//! Beats: what the player reports, and what follows from it.

use super::{
    Play, PlayRow, State,
    end::{self, Ending},
    post::{self, Posted},
    qualify,
};
use crate::{days::Plan, store};
use host::{
    db::{self, Tx},
    outbox::Outbox,
};
use kernel::{Id, Timestamp};

/// A beat with what this node knows of the play.
#[derive(Clone, Debug)]
pub struct Beat {
    /// Which play.
    pub play: Id<Play>,
    /// Who reports, keyed-hashed.
    pub listener: [u8; 32],
    /// Heard time in milliseconds.
    pub heard_ms: i64,
    /// Whether the player is done with it.
    pub is_end: bool,
    /// Bytes sent that are not written down yet.
    pub unwritten: u64,
    /// First byte as this node saw it.
    pub first_at: Option<Timestamp>,
    /// What the play must reach.
    pub terms: qualify::Terms,
    /// Id of whichever event follows.
    pub event: String,
}

/// What a beat came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// No such play of this listener (ST44).
    Unknown,
    /// The report is impossible; the play goes on and cannot count (ST45).
    Impossible,
    /// The play as it stands now.
    Stands(Box<PlayRow>),
}

/// Takes a beat in, in one transaction.
///
/// # Errors
/// [`db::Error`].
pub async fn hear(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    beat: &Beat,
    now: Timestamp,
) -> Result<Heard, db::Error> {
    let Some(mut row) = store::play::by_id(tx, beat.play).await? else {
        return Ok(Heard::Unknown);
    };
    if row.listener != beat.listener {
        return Ok(Heard::Unknown);
    }
    if !row.state.is_live() {
        return Ok(Heard::Stands(Box::new(row)));
    }
    row.served = row
        .served
        .saturating_add(i64::try_from(beat.unwritten).unwrap_or(i64::MAX));
    row.first_at = row.first_at.or(beat.first_at);
    if !qualify::is_possible(&row.progress(), beat.heard_ms, now) {
        store::play::progress(tx, &row).await?;
        store::play::taint(tx, row.play).await?;
        return Ok(Heard::Impossible);
    }
    row.heard_ms = beat.heard_ms;
    store::play::progress(tx, &row).await?;
    if row.state == State::Granted {
        row.state = State::Playing;
    }
    if row.state.is_open() {
        settle(outbox, tx, &mut row, beat, now).await?;
    }
    if beat.is_end && row.state == State::Qualified {
        store::play::finish(tx, row.play, now).await?;
        row.state = State::Ended;
    }
    Ok(Heard::Stands(Box::new(row)))
}

/// Counts an open play that has come far enough, or ends one the player is done with.
async fn settle(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    row: &mut PlayRow,
    beat: &Beat,
    now: Timestamp,
) -> Result<(), db::Error> {
    let ending = Ending {
        state: State::Voided,
        why: "ended",
        terms: beat.terms,
        served: u64::try_from(row.served).unwrap_or(0),
        event: beat.event.clone(),
    };
    let counts = row.plan != Plan::Own && qualify::qualifies(&row.progress(), &beat.terms, now);
    if counts {
        match post::post(outbox, tx, row, &ending, now).await? {
            Posted::Counted => {
                row.state = State::Qualified;
                row.qualified_at = Some(now);
            }
            Posted::Voided(why) => {
                row.state = State::Voided;
                row.why = Some(why.to_owned());
            }
            Posted::Already => {}
        }
    } else if beat.is_end && end::close(outbox, tx, row, &ending, now).await? {
        row.state = State::Voided;
        row.why = Some(ending.why.to_owned());
    }
    Ok(())
}
