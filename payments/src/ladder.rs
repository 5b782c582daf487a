//! The price ladder: the n-th play of a track costs 2 000 x 2^(n-1) micro-credits for n = 1..9,
//! later ones nothing. Nine plays pay 1 022 000 in all, and the track is owned.

use kernel::Amount;

/// The name of the ladder in force; a hold names it. Until rule files come with their resolutions
/// this one is built in.
pub const RULE: &str = "ladder/1";
/// Plays that cost something.
pub const STEPS: u32 = 9;
/// What nine plays, or owning at once, cost.
pub const WHOLE_TRACK: Amount = Amount::new(1_022_000);
/// Prices in order.
pub const PRICES: [i64; STEPS as usize] = [
    2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000,
];
/// What each price is shown as in micro-euro: the largest-remainder spread of 1 250 000.
pub const MICRO_EUR: [i64; STEPS as usize] = [
    2_446, 4_892, 9_785, 19_569, 39_139, 78_278, 156_556, 313_112, 626_223,
];

/// Price of the n-th play (from 1); nothing from the tenth on, and nothing for "play 0".
#[must_use]
pub fn price(n: u32) -> Amount {
    let step = n.checked_sub(1).and_then(|i| PRICES.get(i as usize));
    step.map_or(Amount::ZERO, |p| Amount::new(*p))
}

/// What owning costs before the n-th play: the prices not yet paid.
#[must_use]
pub fn remaining_before(n: u32) -> Amount {
    let paid = PRICES
        .iter()
        .take(n.saturating_sub(1) as usize)
        .sum::<i64>();
    Amount::new(WHOLE_TRACK.minor() - paid)
}

/// Whether `amount` is one of the nine prices.
#[must_use]
pub fn holds(amount: Amount) -> bool {
    PRICES.contains(&amount.minor())
}

/// Euro shown beside a price of the ladder, in micro-euro.
#[must_use]
pub fn micro_eur(price: Amount) -> Option<i64> {
    PRICES
        .iter()
        .position(|p| *p == price.minor())
        .map(|i| MICRO_EUR[i])
}
