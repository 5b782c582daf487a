//! Which earlier copies of a vault stay: the last five, and for thirty days the last of each day.

use kernel::{Day, Timestamp};
use std::collections::HashSet;

/// So many stay however old they are.
pub(crate) const LAST: usize = 5;
/// So long one a day stays, in seconds.
pub(crate) const DAILY_S: i64 = 30 * 86_400;

/// The versions that may go, of copies named newest first.
pub(crate) fn may_go(copies: &[(i64, Timestamp)], now: Timestamp) -> Vec<i64> {
    let mut days: HashSet<Day> = HashSet::new();
    let mut go = Vec::new();
    for (place, (version, at)) in copies.iter().enumerate() {
        let first_of_day = days.insert(at.day());
        let recent = now.seconds() - at.seconds() < DAILY_S;
        if place >= LAST && !(recent && first_of_day) {
            go.push(*version);
        }
    }
    go
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn five_stay_and_one_of_each_day_for_thirty_days() {
        let now = at("2026-11-21T09:00:00Z");
        let copies: Vec<(i64, Timestamp)> = (0..200_i64)
            .map(|n| (200 - n, now.plus_seconds(-n * 6 * 3_600)))
            .collect();
        let go = may_go(&copies, now);
        let stay: Vec<_> = copies.iter().filter(|(v, _)| !go.contains(v)).collect();
        assert_eq!(
            stay.iter().take(5).map(|(v, _)| *v).collect::<Vec<_>>(),
            [200, 199, 198, 197, 196]
        );
        let days: HashSet<Day> = stay.iter().skip(5).map(|(_, at)| at.day()).collect();
        assert_eq!(days.len(), stay.len() - 5, "one a day");
        assert!(
            stay.iter()
                .skip(5)
                .all(|(_, at)| now.seconds() - at.seconds() < DAILY_S)
        );
        assert!(stay.len() >= 33, "{}", stay.len());
        // Of an old vault that nobody writes, five stay.
        let late = now.plus_seconds(400 * 86_400);
        assert_eq!(copies.len() - may_go(&copies, late).len(), LAST);
        assert!(may_go(&copies[..5], late).is_empty());
    }
}
