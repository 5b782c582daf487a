//! What counts as a play. Pure: the client's word alone never counts and never saves money.

use kernel::Timestamp;

/// Qualified plays a listener may have in a day (rule f).
pub const DAILY: usize = 1920;

/// How far a play has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The start.
    pub granted_at: Timestamp,
    /// The first byte served.
    pub first_at: Option<Timestamp>,
    /// Heard time the player reported, in milliseconds.
    pub heard_ms: i64,
    /// Bytes served.
    pub served: u64,
    /// An impossible report was made.
    pub tainted: bool,
}

/// What a play must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The qualifying time T in milliseconds.
    pub qualify_ms: i64,
    /// The bytes of T in the rendition that is played.
    pub qualify_bytes: u64,
}

/// The qualifying time of a track: 45 s, or nine tenths of a shorter one.
#[must_use]
pub const fn default_ms(duration_ms: i64) -> i64 {
    let most = duration_ms.saturating_mul(9) / 10;
    if most < 45_000 { most } else { 45_000 }
}

/// The bytes that the qualifying time takes of a rendition.
#[must_use]
pub fn bytes(qualify_ms: i64, length: u64, duration_ms: i64) -> u64 {
    let part = u128::try_from(qualify_ms.max(0)).unwrap_or(0);
    let whole = u128::try_from(duration_ms.max(1)).unwrap_or(1);
    u64::try_from(u128::from(length) * part / whole).unwrap_or(u64::MAX)
}

fn wall_ms(from: Timestamp, to: Timestamp) -> i64 {
    to.micros_since(from).max(0) / 1000
}

/// Whether a reported heard time can be true: it never goes back and never runs faster than 1.05
/// times the wall clock (rule b, ST45).
#[must_use]
pub fn is_possible(progress: &Progress, heard_ms: i64, now: Timestamp) -> bool {
    let wall = wall_ms(progress.granted_at, now);
    heard_ms >= progress.heard_ms && heard_ms.saturating_mul(100) <= wall.saturating_mul(105)
}

/// Whether enough was heard, served and waited: rules b, c and d.
#[must_use]
pub fn qualifies(progress: &Progress, terms: &Terms, now: Timestamp) -> bool {
    let Some(first_at) = progress.first_at else {
        return false;
    };
    let served = u128::from(progress.served) * 10 >= u128::from(terms.qualify_bytes) * 8;
    let waited = wall_ms(first_at, now).saturating_mul(100) >= terms.qualify_ms.saturating_mul(95);
    !progress.tainted && progress.heard_ms >= terms.qualify_ms && served && waited
}

/// Whether most of the qualifying time was taken although the play never counted.
#[must_use]
pub fn is_lapse(served: u64, terms: &Terms) -> bool {
    terms.qualify_bytes > 0 && u128::from(served) * 2 > u128::from(terms.qualify_bytes)
}

/// A play that counted, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its first byte.
    pub first_at: Timestamp,
    /// Its qualifying time in milliseconds.
    pub qualify_ms: i64,
}

/// Rule f: whether one person could have heard all of these up to `now`. From each first byte on,
/// the qualifying times of the plays begun since then fit 1.05 times into the wall time.
#[must_use]
pub fn one_pair_of_ears(plays: &[Counted], now: Timestamp) -> bool {
    if plays.len() > DAILY {
        return false;
    }
    let mut latest_first: Vec<Counted> = plays.to_vec();
    latest_first.sort_by_key(|play| std::cmp::Reverse(play.first_at));
    let mut heard = 0_i64;
    latest_first.iter().all(|play| {
        heard = heard.saturating_add(play.qualify_ms);
        // The newest alone obeys rule d, which allows 0.95: only company can break rule f.
        heard == play.qualify_ms
            || heard.saturating_mul(100) <= wall_ms(play.first_at, now).saturating_mul(105)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_micros(1_795_251_600_000_000 + ms * 1000)
    }

    const TERMS: Terms = Terms {
        qualify_ms: 45_000,
        qualify_bytes: 720_000,
    };

    fn progress() -> Progress {
        Progress {
            granted_at: at(0),
            first_at: Some(at(0)),
            heard_ms: 45_000,
            served: 720_000,
            tainted: false,
        }
    }

    #[test]
    fn a_play_counts_when_all_of_it_is_true() {
        assert!(qualifies(&progress(), &TERMS, at(45_000)));
        let cases = [
            (
                "44 999 ms",
                Progress {
                    heard_ms: 44_999,
                    ..progress()
                },
            ),
            (
                "no byte",
                Progress {
                    first_at: None,
                    ..progress()
                },
            ),
            (
                "too few bytes",
                Progress {
                    served: 575_999,
                    ..progress()
                },
            ),
            (
                "too soon",
                Progress {
                    first_at: Some(at(2251)),
                    ..progress()
                },
            ),
            (
                "tainted",
                Progress {
                    tainted: true,
                    ..progress()
                },
            ),
        ];
        for (why, progress) in cases {
            assert!(!qualifies(&progress, &TERMS, at(45_000)), "{why}");
        }
        assert!(qualifies(
            &Progress {
                served: 576_000,
                ..progress()
            },
            &TERMS,
            at(45_000)
        ));
        assert!(qualifies(
            &Progress {
                first_at: Some(at(2250)),
                ..progress()
            },
            &TERMS,
            at(45_000)
        ));
    }

    #[test]
    fn short_tracks_count_at_nine_tenths() {
        assert_eq!(default_ms(180_000), 45_000);
        assert_eq!(default_ms(50_000), 45_000);
        assert_eq!(default_ms(20_000), 18_000);
        assert_eq!(bytes(45_000, 2_880_000, 180_000), 720_000);
    }

    #[test]
    fn two_tabs_are_not_two_pairs_of_ears() {
        let play = |ms| Counted {
            first_at: at(ms),
            qualify_ms: 45_000,
        };
        assert!(
            one_pair_of_ears(&[play(0)], at(42_750)),
            "rule d alone governs a single play"
        );
        assert!(one_pair_of_ears(&[play(0), play(45_000)], at(90_000)));
        assert!(one_pair_of_ears(
            &[play(0), play(40_000), play(86_000)],
            at(131_000)
        ));
        assert!(
            !one_pair_of_ears(&[play(0), play(1000)], at(46_000)),
            "ST49"
        );
        let morning = play(-36_000_000);
        assert!(
            !one_pair_of_ears(&[morning, play(0), play(1000)], at(46_000)),
            "ST49"
        );
        assert!(!one_pair_of_ears(
            &vec![play(0); DAILY + 1],
            at(i64::from(i32::MAX))
        ));
    }

    proptest! {
        /// However beats are reported, nothing counts before 0.95 T of wall time and 0.8 of its bytes.
        #[test]
        fn no_report_counts_early(heard in 0_i64..200_000, served in 0_u64..1_000_000,
                                  wall in 0_i64..200_000) {
            let before = Progress { heard_ms: 0, served, ..progress() };
            let now = at(wall);
            if is_possible(&before, heard, now) {
                let after = Progress { heard_ms: heard, ..before };
                if qualifies(&after, &TERMS, now) {
                    prop_assert!(wall >= 42_750 && served >= 576_000 && heard >= 45_000);
                }
            } else {
                prop_assert!(heard * 100 > wall * 105);
            }
        }

        /// An honest listener who plays track after track is never taken for two.
        #[test]
        fn an_honest_day_is_one_pair_of_ears(pauses in prop::collection::vec(0_i64..600_000, 1..60)) {
            let mut clock = 0;
            let mut plays = Vec::new();
            for pause in pauses {
                clock += pause;
                plays.push(Counted { first_at: at(clock), qualify_ms: 45_000 });
                clock += 45_000;
                prop_assert!(one_pair_of_ears(&plays, at(clock)));
            }
        }
    }
}
