//! The start of a play: decide, price, row and hold side by side, then the grant.
//!
//! No byte of a full rendition leaves before its hold is durable: the grant is made last.

use super::{
    Hold, LAPSES_MOST, Play, PlayRow, RESUMES_S, Refusal, State,
    end::{self, Ending},
    found::Found,
    hold_of, ladder,
};
use crate::{
    catalogue::{Kind, Rendition, State as TrackState, Track},
    days::Plan,
    rights::{self, Action, Decision, Facts, Rule, Terms, Who},
    store,
};
use host::{
    db::{self, Conn, Tx},
    outbox::Outbox,
};
use kernel::{Amount, Id, Timestamp};
use serde::Deserialize;

/// What a player asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Drawn by the player, so that a repeat is harmless.
    pub play: Id<Play>,
    /// What to play.
    pub track: Id<Track>,
    /// Kinds of file, best first.
    #[serde(default)]
    pub prefer: Vec<String>,
    /// The listener's own setting; `ZZ` is unknown.
    #[serde(default)]
    pub region: Option<String>,
    /// The listener's own setting.
    #[serde(default)]
    pub explicit_ok: bool,
    /// What the person signed to pay at most.
    #[serde(default)]
    pub intent: Option<String>,
}

/// A play that may start, as it would be stored.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The row.
    pub row: PlayRow,
    /// The file it reads.
    pub file: Rendition,
}

/// Decides as if a hold existed, so that a refusal comes before money moves, and prices the play.
///
/// # Errors
/// [`Refusal`], by the rule that forbids.
pub fn draft(
    ask: &Ask,
    found: &Found,
    (listener, jkt): (&[u8; 32], &[u8; 32]),
    now: Timestamp,
) -> Result<Draft, Refusal> {
    let facts = Facts {
        action: Action::Play,
        who: Who::Listener {
            manages: &found.manages,
        },
        track: &found.terms,
        now,
        region: ask.region.as_deref().unwrap_or("ZZ"),
        explicit_ok: ask.explicit_ok,
        owned: found.tally.is_owned(),
        covered: true,
    };
    let decision = rights::decide(&facts);
    if !decision.permit {
        return Err(refused(&decision, &found.terms, now));
    }
    let plan = plan(&decision);
    let n = if plan == Plan::S2o {
        found.tally.n + 1
    } else {
        found.tally.n.max(1)
    };
    let file = file(&found.files, &ask.prefer).ok_or(Refusal::Unknown)?;
    let row = PlayRow {
        play: ask.play,
        listener: *listener,
        track: ask.track,
        rendition: file.hash,
        plan,
        n,
        price: if plan == Plan::S2o {
            ladder::price(n)
        } else {
            Amount::ZERO
        },
        hold: hold_of(ask.play),
        state: State::Granted,
        why: None,
        rules: decision.names(),
        jkt: *jkt,
        day: now.day(),
        paid_at_start: plan == Plan::S2o && found.lapses > LAPSES_MOST,
        granted_at: now,
        first_at: None,
        qualified_at: None,
        heard_ms: 0,
        served: 0,
    };
    Ok(Draft {
        row,
        file: file.clone(),
    })
}

/// How a permitted play is paid: the cheapest permission decides.
fn plan(decision: &Decision) -> Plan {
    let by = |rule| decision.rules.contains(&rule);
    if by(Rule::P5) {
        Plan::Own
    } else if by(Rule::P4) {
        Plan::Owned
    } else if by(Rule::P2) {
        Plan::Free
    } else {
        Plan::S2o
    }
}

/// The answer for a decision that forbids (ST36 to ST39).
#[must_use]
pub fn refused(decision: &Decision, terms: &Terms, now: Timestamp) -> Refusal {
    let by = |rule| decision.rules.contains(&rule);
    let later = terms.opens_at.filter(|at| now < *at);
    match terms.state {
        TrackState::Draft | TrackState::Processing | TrackState::Ready => Refusal::Unknown,
        TrackState::Blocked => Refusal::Blocked,
        _ if later.is_some() => Refusal::NotYet(later.unwrap_or(now)),
        TrackState::Withdrawn => Refusal::Withdrawn,
        _ if by(Rule::F2) => Refusal::Withdrawn,
        _ if by(Rule::F3) => Refusal::Territory,
        _ if by(Rule::F4) => Refusal::ExplicitOff,
        _ => Refusal::RightsOff,
    }
}

/// The first file of those the player prefers, else the best there is.
fn file<'a>(files: &'a [Rendition], prefer: &[String]) -> Option<&'a Rendition> {
    let wanted = prefer.iter().filter_map(|word| Kind::parse(word));
    wanted
        .chain(Kind::PLAYED)
        .filter(|kind| Kind::PLAYED.contains(kind))
        .find_map(|kind| files.iter().find(|file| file.kind == kind))
}

/// What the row of a play id means for a start.
#[derive(Clone, Debug)]
pub enum Before {
    /// The id is fresh, or its hold was refused before.
    Fresh,
    /// This very play is open or counted: the answer comes from its row.
    Same(Box<PlayRow>),
}

/// Reads the row of a play id (ST34).
///
/// # Errors
/// [`Refusal::Reused`].
pub fn before(
    row: Option<&PlayRow>,
    listener: &[u8; 32],
    track: Id<Track>,
    now: Timestamp,
) -> Result<Before, Refusal> {
    let Some(row) = row else {
        return Ok(Before::Fresh);
    };
    let same = row.listener == *listener && row.track == track;
    let resumes = now < row.granted_at.plus_seconds(RESUMES_S);
    match row.state {
        _ if !same => Err(Refusal::Reused),
        State::Voided if row.why.as_deref() == Some(REFUSED) => Ok(Before::Fresh),
        State::Granted | State::Playing => Ok(Before::Same(Box::new(row.clone()))),
        State::Qualified if resumes => Ok(Before::Same(Box::new(row.clone()))),
        _ => Err(Refusal::Reused),
    }
}

/// Why a play was voided whose hold payments refused; its id may be used again.
pub const REFUSED: &str = "refused";

/// Stores the row of a start. The row that stands afterwards, if it is not this one.
///
/// # Errors
/// [`db::Error`].
pub async fn put(tx: &mut Tx<'_>, row: &PlayRow, edge: &str) -> Result<Option<PlayRow>, db::Error> {
    if store::play::insert(tx, row, edge).await? || store::play::reopen(tx, row).await? {
        return Ok(None);
    }
    store::play::by_id(tx, row.play).await
}

/// Whether a start takes the place of others, or lost its step to one that counted meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    /// Older open plays that end.
    pub older: Vec<PlayRow>,
    /// Another play of the track counted since this one was priced.
    pub step_moved: bool,
}

/// Looks who else is open, once the hold of `row` stands. One play may sound and one may wait: of
/// the same track none but the newest, of others the newest that sounds.
///
/// # Errors
/// [`db::Error`].
pub async fn crowd(conn: &mut Conn, row: &PlayRow) -> Result<Crowd, db::Error> {
    let tally = store::tally::one(conn, &row.listener, row.track).await?;
    let open = store::play::open(conn, &row.listener).await?;
    let mut sounding = None;
    let older = open.into_iter().filter(|other| {
        let is_older = (other.granted_at, other.play) < (row.granted_at, row.play);
        let first = other.track != row.track
            && other.state == State::Playing
            && *sounding.get_or_insert(other.play) == other.play;
        is_older && other.play != row.play && !first
    });
    let older = older.take(12).collect();
    let step_moved = row.has_hold() && tally.n + 1 != row.n;
    Ok(Crowd { older, step_moved })
}

/// Makes room for a start: ends the older plays, or this one where its step is gone.
///
/// # Errors
/// [`db::Error`].
pub async fn make_room(
    outbox: &Outbox,
    tx: &mut Tx<'_>,
    ends: &[(PlayRow, Ending)],
    now: Timestamp,
) -> Result<(), db::Error> {
    for (row, ending) in ends {
        end::close(outbox, tx, row, ending, now).await?;
    }
    Ok(())
}

/// The body of the peer call that holds the price.
#[must_use]
pub fn hold_call(row: &PlayRow, intent: &str) -> serde_json::Value {
    let hold: Id<Hold> = row.hold;
    serde_json::json!({
        "hold": hold, "amount": row.price, "day": row.day, "rule": ladder::RULE, "intent": intent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(kind: Kind) -> Rendition {
        let mime = "audio/ogg".to_owned();
        Rendition {
            hash: [kind.as_str().len().try_into().unwrap(); 32],
            kind,
            mime,
            bytes: 1,
            ms: 1,
        }
    }

    #[test]
    fn the_file_is_what_the_player_prefers() {
        let files = [
            file_of(Kind::Flac),
            file_of(Kind::Mp3),
            file_of(Kind::Opus128),
        ];
        let pick = |words: &[&str]| {
            let prefer: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            file(&files, &prefer).map(|f| f.kind)
        };
        assert_eq!(pick(&["mp3", "opus128"]), Some(Kind::Mp3));
        assert_eq!(pick(&["opus64", "mp3"]), Some(Kind::Mp3));
        assert_eq!(
            pick(&["flac"]),
            Some(Kind::Opus128),
            "FLAC is for downloads"
        );
        assert_eq!(pick(&["preview"]), Some(Kind::Opus128));
        assert_eq!(pick(&[]), Some(Kind::Opus128));
    }
}
