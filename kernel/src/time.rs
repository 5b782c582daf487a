//! Instants and days, UTC only. Time arrives as a value: nothing here reads a clock.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since 1970 (JWT `NumericDate`); saturates at the ends of the range.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Reads RFC 3339, for configuration and tests: `2026-11-21T09:00:00Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self(t.as_microsecond()))
    }

    /// Microseconds since 1970, as stored.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down, as JWTs say it.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// This instant and `seconds` more (fewer if negative); saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Microseconds from `earlier` to here; negative when `earlier` is later. Saturates.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The UTC day that holds this instant.
    #[must_use]
    pub fn day(self) -> Day {
        let days = self.seconds().div_euclid(DAY_SECONDS);
        Day(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => t.fmt(f),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// A UTC calendar day, written `2026-11-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        Timestamp::parse(&format!("{text}T00:00:00Z")).map(Timestamp::day)
    }

    /// The instant at which this day begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_seconds(self.0 as i64 * DAY_SECONDS)
    }

    /// This day and `days` more (fewer if negative); saturates.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days since 1970-01-01 (a Thursday).
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.get(..10).unwrap_or(&text))
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a day is YYYY-MM-DD"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_agree() {
        let at = Timestamp::parse("2026-11-21T09:00:00Z").expect("well-formed");
        assert_eq!(at.seconds(), 1_795_251_600);
        assert_eq!(at.day().to_string(), "2026-11-21");
        assert_eq!(Day::parse("2026-11-21"), Some(at.day()));
        assert_eq!(at.day().plus(1).start().seconds(), 1_795_305_600);
        assert_eq!(Timestamp::from_micros(-1).day().to_string(), "1969-12-31");
        assert_eq!(at.to_string(), "2026-11-21T09:00:00Z");
        for bad in ["2026-13-01", "2026-1-01", "21.11.2026", "2026-11-21Z"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }
}
