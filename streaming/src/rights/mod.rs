//! Who may do what with a track: one pure, total function, called once for each start.

pub mod rule;
pub mod sheet;

use crate::catalogue::{Party, State};
use kernel::{Id, Timestamp};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The preview file.
    Preview,
    /// The whole track.
    Play,
    /// A file to keep.
    Download,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// Somebody without a play session.
    Visitor,
    /// A listener.
    Listener {
        /// The parties whose music this person manages.
        manages: &'a [Id<Party>],
    },
}

/// How a track may be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// For the price of the ladder.
    Paid,
    /// By anyone.
    Free,
    /// Not at all.
    Off,
}

impl Stream {
    /// The word of the rule file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Free => "free",
            Self::Off => "off",
        }
    }
}

/// Who may download a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Download {
    /// Those who own it.
    Owners,
    /// Every listener.
    Free,
}

/// The terms of a track.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Where it stands in the catalogue.
    pub state: State,
    /// The party that is paid.
    pub payee: Id<Party>,
    /// From when it may be played.
    pub opens_at: Option<Timestamp>,
    /// Until when it may be played.
    pub closes_at: Option<Timestamp>,
    /// Whether every territory is meant.
    pub worldwide: bool,
    /// ISO 3166 codes, where not every territory is.
    pub territories: Vec<String>,
    /// Words not for everyone.
    pub explicit: bool,
    /// Whether there is a preview.
    pub preview: bool,
    /// How it may be played.
    pub stream: Stream,
    /// Who may download it.
    pub download: Download,
}

/// All that a decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What is asked for.
    pub action: Action,
    /// Who asks.
    pub who: Who<'a>,
    /// The terms of the track.
    pub track: &'a Terms,
    /// When.
    pub now: Timestamp,
    /// The listener's own setting; `ZZ` is unknown.
    pub region: &'a str,
    /// The listener's own setting.
    pub explicit_ok: bool,
    /// Whether the listener owns the track.
    pub owned: bool,
    /// Whether a hold exists.
    pub covered: bool,
}

/// The rules by name: P permits, F forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the names are the rules' own; `decide` says each"
)]
pub enum Rule {
    P1,
    P2,
    P3,
    P4,
    P5,
    P6,
    F0,
    F1,
    F2,
    F3,
    F4,
}

/// Whether it may be, and the rules that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may be.
    pub permit: bool,
    /// Those that forbid, or else those that permit; none where nothing permits.
    pub rules: Vec<Rule>,
}

impl Decision {
    /// The rules as the play row keeps them.
    #[must_use]
    pub fn names(&self) -> String {
        self.rules
            .iter()
            .map(|rule| format!("{rule:?}"))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Any F refuses; else one P must permit; else refused.
#[must_use]
pub fn decide(facts: &Facts<'_>) -> Decision {
    let forbids = forbidding(facts);
    if !forbids.is_empty() {
        return Decision {
            permit: false,
            rules: forbids,
        };
    }
    let permits = permitting(facts);
    Decision {
        permit: !permits.is_empty(),
        rules: permits,
    }
}

fn is_own(facts: &Facts<'_>) -> bool {
    matches!(facts.who, Who::Listener { manages } if manages.contains(&facts.track.payee))
}

fn permitting(facts: &Facts<'_>) -> Vec<Rule> {
    let track = facts.track;
    let listener = matches!(facts.who, Who::Listener { .. });
    let is = |action| facts.action == action;
    let cases = [
        // Anyone: the preview where there is one, a free track.
        (Rule::P1, is(Action::Preview) && track.preview),
        (Rule::P2, is(Action::Play) && track.stream == Stream::Free),
        // A listener: a covered play, anything owned, anything of one's own.
        (
            Rule::P3,
            listener && is(Action::Play) && track.stream == Stream::Paid && facts.covered,
        ),
        (Rule::P4, listener && facts.owned),
        (Rule::P5, is_own(facts)),
        (
            Rule::P6,
            listener && is(Action::Download) && track.download == Download::Free,
        ),
    ];
    cases
        .into_iter()
        .filter_map(|(rule, holds)| holds.then_some(rule))
        .collect()
}

fn forbidding(facts: &Facts<'_>) -> Vec<Rule> {
    let (track, now) = (facts.track, facts.now);
    let own = is_own(facts);
    let listener = matches!(facts.who, Who::Listener { .. });
    let owned = listener && facts.owned;
    let kept = track.state == State::Withdrawn && owned;
    let early = track.opens_at.is_some_and(|at| now < at);
    let closed = track.closes_at.is_some_and(|at| now >= at);
    let here = track.worldwide || track.territories.iter().any(|t| t == facts.region);
    let cases = [
        (Rule::F0, track.state == State::Blocked),
        (Rule::F1, track.state != State::Published && !own && !kept),
        (Rule::F2, !own && (early || (closed && !owned))),
        (Rule::F3, !here && !own && !owned),
        (Rule::F4, listener && track.explicit && !facts.explicit_ok),
    ];
    cases
        .into_iter()
        .filter_map(|(rule, holds)| holds.then_some(rule))
        .collect()
}

#[cfg(test)]
mod table;
