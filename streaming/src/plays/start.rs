//! The start of a play: decide, price, row and hold side by side, then the grant.
//!
//! No byte of a full rendition leaves before its hold is durable: the grant is made last.

use super::{
    Hold, Play, PlayRow, State,
    end::{self, Ending},
    hold_of, ladder,
};
use crate::{
    catalogue::{Kind, Party, Rendition, Shown, State as TrackState, Track},
    days::Plan,
    rights::{self, Action, Decision, Facts, Rule, Terms, Who, rule::RuleFile},
    store::{self, tally::Tally},
};
use host::{
    db::{self, Conn, Retryable, Tx},
    outbox::Outbox,
};
use kernel::{Amount, Id, Problem, Timestamp, problem};
use serde::Deserialize;

/// Lapsed starts a day after which a start is paid with its first byte.
const LAPSES: i64 = 20;
/// A play that counted goes on free for so long.
const RESUMES_S: i64 = 86_400;

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

/// Why a play does not start.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// More than thirty starts in a minute.
    #[error("too many starts")]
    Often(i64),
    /// No such track for this listener.
    #[error("no such track")]
    Unknown,
    /// Blocked by a legal order.
    #[error("blocked")]
    Blocked,
    /// Withdrawn, or its time is over.
    #[error("withdrawn")]
    Withdrawn,
    /// Opens later.
    #[error("not open yet")]
    NotYet(Timestamp),
    /// Not offered in the region.
    #[error("not offered there")]
    Territory,
    /// The listener does not want explicit tracks.
    #[error("explicit tracks are off")]
    ExplicitOff,
    /// The rights do not include it.
    #[error("the rights do not include it")]
    RightsOff,
    /// The intent is missing or not for this.
    #[error("the intent is not for this play")]
    Intent,
    /// The price is above what was signed.
    #[error("the price changed")]
    PriceChanged(Amount, i64),
    /// The play id is another's or has ended.
    #[error("the play id was used")]
    Reused,
    /// Payments said no.
    #[error("payments refused")]
    Hold(Box<Problem>),
    /// Payments cannot be reached.
    #[error("payments is away")]
    Away,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Often(wait) => Self::new(&problem::TOO_MANY).with("retry_after", wait),
            Refusal::Unknown => Self::new(&problem::NOT_FOUND),
            Refusal::Blocked => Self::new(&problem::BLOCKED),
            Refusal::Withdrawn => Self::new(&problem::WITHDRAWN),
            Refusal::NotYet(at) => Self::new(&problem::NOT_YET).with("opens_at", at.seconds()),
            Refusal::Territory => Self::new(&problem::TERRITORY),
            Refusal::ExplicitOff => Self::new(&problem::EXPLICIT_OFF),
            Refusal::RightsOff => Self::new(&problem::RIGHTS_OFF),
            Refusal::Intent => Self::new(&problem::INTENT_INVALID),
            Refusal::PriceChanged(price, n) => Self::new(&problem::PRICE_CHANGED)
                .with("price", price.minor())
                .with("n", n),
            Refusal::Reused => Self::new(&problem::PLAY_REUSED),
            Refusal::Hold(problem) => *problem,
            Refusal::Away => Self::new(&problem::PEER_AWAY),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// All that a start looks up, in one view of the store.
#[derive(Debug)]
pub struct Found {
    /// The play of that id.
    pub row: Option<PlayRow>,
    /// The track.
    pub track: Shown,
    /// Its terms.
    pub terms: Terms,
    /// Its files.
    pub files: Vec<Rendition>,
    /// How far the listener is with it.
    pub tally: Tally,
    /// The parties whose music the listener manages.
    pub manages: Vec<Id<Party>>,
    /// Lapsed starts today.
    pub lapses: i64,
}

/// Looks up what a start needs.
///
/// # Errors
/// [`Refusal::Unknown`], [`Refusal::Store`].
pub async fn find(
    conn: &mut Conn,
    listener: &[u8; 32],
    play: Id<Play>,
    track: Id<Track>,
    now: Timestamp,
) -> Result<Found, Refusal> {
    let row = store::play::by_id(conn, play).await?;
    let track = store::track::by_id(conn, track)
        .await?
        .ok_or(Refusal::Unknown)?;
    let terms = terms(conn, &track).await?;
    Ok(Found {
        row,
        files: store::rendition::by_track(conn, track.id).await?,
        tally: store::tally::one(conn, listener, track.id).await?,
        manages: store::manager::of(conn, listener, now).await?,
        lapses: store::lapse::count(conn, listener, now.day()).await?,
        track,
        terms,
    })
}

/// The terms of a track: its state and its rule file. Without one it is its artist's alone.
///
/// # Errors
/// [`db::Error`].
pub async fn terms(conn: &mut Conn, track: &Shown) -> Result<Terms, db::Error> {
    let body = match &track.rights {
        Some(hash) => store::right::body(conn, hash).await?,
        None => None,
    };
    let rule = body.as_deref().and_then(|body| RuleFile::parse(body).ok());
    Ok(terms_of(track, rule.as_ref()))
}

fn terms_of(track: &Shown, rule: Option<&RuleFile>) -> Terms {
    let worldwide = rule.is_none_or(|rule| rule.worldwide);
    Terms {
        state: track.state,
        payee: track.payee,
        opens_at: track.opens_at.or(rule.and_then(|rule| rule.opens_at)),
        closes_at: rule.and_then(|rule| rule.closes_at),
        worldwide,
        territories: rule
            .map(|rule| rule.territories.clone())
            .unwrap_or_default(),
        explicit: track.explicit,
        preview: rule.is_some_and(|rule| rule.preview),
        stream: rule.map_or(rights::Stream::Off, |rule| rule.stream),
        download: rule.map_or(rights::Download::Owners, |rule| rule.download),
    }
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
        paid_at_start: plan == Plan::S2o && found.lapses > LAPSES,
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
            "ST41: FLAC is for owners' downloads"
        );
        assert_eq!(pick(&["preview"]), Some(Kind::Opus128));
        assert_eq!(pick(&[]), Some(Kind::Opus128));
    }
}
