//! The price of the n-th play of a track: 2, 4, .. 512 thousandths of a credit, then nothing.

use kernel::Amount;

/// Plays after which a track is owned.
pub const STEPS: i64 = 9;
/// The name payments knows this ladder by.
pub const RULE: &str = "ladder/1";
const FIRST_UCR: i64 = 2000;
const WHOLE_UCR: i64 = 1_022_000;

/// Price of play `n`, counted from 1; zero past the ladder and for a number below 1.
#[must_use]
pub const fn price(n: i64) -> Amount {
    if n < 1 || n > STEPS {
        return Amount::ZERO;
    }
    Amount::new(FIRST_UCR << (n - 1))
}

/// What is left to pay until the track is owned, before play `n`.
#[must_use]
pub const fn remaining(n: i64) -> Amount {
    if n < 1 {
        return Amount::new(WHOLE_UCR);
    }
    if n > STEPS {
        return Amount::ZERO;
    }
    Amount::new(WHOLE_UCR - FIRST_UCR * ((1 << (n - 1)) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_plays_make_the_whole() {
        assert_eq!(
            Amount::sum((1..=9).map(price)),
            Some(Amount::new(1_022_000))
        );
        assert_eq!(price(1).minor(), 2000);
        assert_eq!(price(9).minor(), 512_000);
        assert_eq!(price(10), Amount::ZERO);
        assert_eq!(price(0), Amount::ZERO);
        for n in 1..=9 {
            assert_eq!(remaining(n).minus(price(n)), Some(remaining(n + 1)));
        }
        assert_eq!(remaining(9).minor(), 512_000);
        assert_eq!(remaining(10), Amount::ZERO);
    }
}
