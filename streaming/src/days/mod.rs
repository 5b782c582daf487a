//! The sums of a closed day. Pure: rows in, the manifest's payload out.

pub mod close;

use kernel::{Amount, Day};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How a play is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plan {
    /// By the ladder: stream to own.
    S2o,
    /// Not at all: a free track.
    Free,
    /// Not at all: one's own music.
    Own,
    /// Not any more: owned.
    Owned,
}

impl Plan {
    const ALL: [Self; 4] = [Self::S2o, Self::Free, Self::Own, Self::Owned];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S2o => "s2o",
            Self::Free => "free",
            Self::Own => "own",
            Self::Owned => "owned",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == word)
    }
}

/// The counted plays of one track and plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Track id as stored.
    pub track: String,
    /// Party that is paid.
    pub payee: String,
    /// Hash of the split sheet in force.
    pub sheet: String,
    /// How they were paid.
    pub plan: Plan,
    /// How many.
    pub plays: i64,
    /// Micro-credits paid.
    pub ucr: Amount,
}

/// A day's sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// Counted plays of every plan.
    pub plays: i64,
    /// Micro-credits paid.
    pub ucr: Amount,
    /// The payload of the manifest.
    pub payload: Value,
}

/// Adds up a day; `None` if a sum leaves i64.
#[must_use]
pub fn sums(issuer: &str, day: Day, lines: &[Line]) -> Option<Sums> {
    let mut plans: BTreeMap<&str, (i64, Amount)> = Plan::ALL
        .iter()
        .map(|plan| (plan.as_str(), (0, Amount::ZERO)))
        .collect();
    let mut tracks: BTreeMap<&str, (&Line, i64, Amount)> = BTreeMap::new();
    for line in lines {
        let plan = plans.entry(line.plan.as_str()).or_insert((0, Amount::ZERO));
        *plan = (plan.0.checked_add(line.plays)?, plan.1.plus(line.ucr)?);
        let track = tracks.entry(&line.track).or_insert((line, 0, Amount::ZERO));
        *track = (
            line,
            track.1.checked_add(line.plays)?,
            track.2.plus(line.ucr)?,
        );
    }
    let plays = plans
        .values()
        .try_fold(0_i64, |sum, (plays, _)| sum.checked_add(*plays))?;
    let ucr = Amount::sum(plans.values().map(|(_, ucr)| *ucr))?;
    let plans: Map<String, Value> = plans
        .into_iter()
        .map(|(plan, (plays, ucr))| (plan.to_owned(), json!({ "plays": plays, "ucr": ucr })))
        .collect();
    let tracks: Vec<Value> = tracks
        .into_iter()
        .map(|(track, (line, plays, ucr))| {
            json!({
                "track": track, "payee": line.payee, "sheet": line.sheet,
                "plays": plays, "ucr": ucr,
            })
        })
        .collect();
    let payload = json!({
        "iss": issuer, "day": day.to_string(), "plans": plans, "tracks": tracks,
    });
    Some(Sums {
        plays,
        ucr,
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(track: &str, plan: Plan, plays: i64, ucr: i64) -> Line {
        let (payee, sheet) = ("p".to_owned(), "s".to_owned());
        Line {
            track: track.to_owned(),
            payee,
            sheet,
            plan,
            plays,
            ucr: Amount::new(ucr),
        }
    }

    #[test]
    fn a_day_is_summed_by_plan_and_by_track() {
        let day = Day::parse("2026-11-21").unwrap();
        let lines = [
            line("b", Plan::S2o, 2, 6000),
            line("a", Plan::S2o, 1, 2000),
            line("b", Plan::Owned, 3, 0),
        ];
        let sums = sums("http://listen.localhost/streaming", day, &lines).unwrap();
        assert_eq!((sums.plays, sums.ucr), (6, Amount::new(8000)));
        assert_eq!(
            sums.payload["plans"]["s2o"],
            json!({"plays": 3, "ucr": 8000})
        );
        assert_eq!(sums.payload["plans"]["free"], json!({"plays": 0, "ucr": 0}));
        assert_eq!(sums.payload["tracks"][0]["track"], "a");
        assert_eq!(sums.payload["tracks"][1]["plays"], 5);
        assert_eq!(sums.payload["tracks"][1]["ucr"], 6000);
    }

    proptest! {
        #[test]
        fn the_tracks_add_up_to_the_plans(rows in prop::collection::vec((0_u8..5, 0_i64..99, 0_i64..9_999), 0..40)) {
            let lines: Vec<Line> =
                rows.iter().map(|(t, plays, ucr)| line(&t.to_string(), Plan::S2o, *plays, *ucr)).collect();
            let day = Day::parse("2026-11-21").unwrap();
            let sums = sums("i", day, &lines).unwrap();
            let total: i64 = sums.payload["tracks"].as_array().unwrap().iter()
                .map(|t| t["ucr"].as_i64().unwrap()).sum();
            prop_assert_eq!(total, sums.ucr.minor());
            prop_assert_eq!(sums.payload["plans"]["s2o"]["ucr"].as_i64(), Some(total));
        }
    }
}
