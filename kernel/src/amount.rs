//! Money and credits in integer minor units. Every operation is checked; there is no division.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Minor units of one ledger (micro-credits or cents), as i64. Which ledger: its account says.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From minor units.
    #[must_use]
    pub const fn new(minor: i64) -> Self {
        Self(minor)
    }

    /// Minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Sum, or `None` past i64.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` past i64.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Product with a count, or `None` past i64.
    #[must_use]
    pub fn times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// Sum of many, or `None` past i64.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wraps() {
        let most = Amount::new(i64::MAX);
        assert_eq!(most.plus(Amount::new(1)), None);
        assert_eq!(Amount::new(i64::MIN).minus(Amount::new(1)), None);
        assert_eq!(most.times(2), None);
        assert_eq!(Amount::sum([most, Amount::new(1), Amount::new(-2)]), None);
        assert_eq!(
            Amount::sum([Amount::new(3), Amount::new(-1)]),
            Some(Amount::new(2))
        );
    }
}
