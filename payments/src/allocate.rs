//! Sharing out a whole amount by weights: largest remainders, ties by a seed nobody could choose.

use kernel::Amount;
use sha2::{Digest, Sha256};

/// One who shares.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// Who, as bytes; only hashed for the order of ties.
    pub id: &'a [u8],
    /// Its part of the sum of all weights.
    pub weight: i64,
}

/// Why nothing was shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unshared {
    /// The total is below zero.
    #[error("negative total")]
    NegativeTotal,
    /// Nobody shares.
    #[error("no weights")]
    NoWeights,
    /// A weight is below zero.
    #[error("negative weight")]
    NegativeWeight,
    /// All weights are zero.
    #[error("weights sum to zero")]
    ZeroWeights,
}

/// The place of `id` among equal remainders. By hash, not by id: an id favours the same people for
/// ever; by a seed known only after the fact, so nobody can search for a lucky id.
#[must_use]
pub fn tie(seed: &[u8; 32], scope: &[u8], id: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"resonate/settle/tie/1\0");
    hash.update(seed);
    hash.update(scope);
    hash.update(id);
    hash.finalize().into()
}

/// Splits `total` into parts that sum to it exactly: floor(total x weight / sum), then one unit
/// each to the largest remainders; equal ones by weight descending, then [`tie`] ascending.
/// Answers in the order of `shares`; each part lies within one unit of the exact one.
///
/// # Errors
/// [`Unshared`] says what is wrong with the input.
pub fn allocate(
    total: Amount,
    seed: &[u8; 32],
    scope: &[u8],
    shares: &[Share<'_>],
) -> Result<Vec<Amount>, Unshared> {
    let total = total.minor();
    if total < 0 {
        return Err(Unshared::NegativeTotal);
    }
    if shares.is_empty() {
        return Err(Unshared::NoWeights);
    }
    if shares.iter().any(|s| s.weight < 0) {
        return Err(Unshared::NegativeWeight);
    }
    let sum: i128 = shares.iter().map(|s| i128::from(s.weight)).sum();
    if sum == 0 {
        return Err(Unshared::ZeroWeights);
    }
    let exact = |s: &Share<'_>| i128::from(total) * i128::from(s.weight);
    let floor = |s: &Share<'_>| {
        i64::try_from(exact(s) / sum).expect("a part of an i64 is no larger than it")
    };
    let mut parts: Vec<i64> = shares.iter().map(floor).collect();
    let left = total - parts.iter().sum::<i64>();
    let mut order: Vec<(i128, i64, [u8; 32], usize)> = shares
        .iter()
        .enumerate()
        .map(|(i, s)| (-(exact(s) % sum), -s.weight, tie(seed, scope, s.id), i))
        .collect();
    order.sort_unstable();
    let left = usize::try_from(left).expect("fewer units are left than there are shares");
    for (_, _, _, i) in order.into_iter().take(left) {
        parts[i] += 1;
    }
    Ok(parts.into_iter().map(Amount::new).collect())
}
