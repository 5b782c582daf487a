//! Units: micro-credits (UCR), cents, and how both are shown. No floats, nothing rounds but what is
//! only shown.

use kernel::Amount;

/// Micro-credits a euro cent buys, exactly: 1.022 credits are EUR 1.25.
pub const UCR_PER_CENT: i64 = 8_176;
/// Micro-credits of one credit.
pub const UCR_PER_CREDIT: i64 = 1_000_000;
/// Euro cents of the top-ups that are sold.
pub const TOPUPS: [i64; 5] = [500, 1_000, 2_000, 5_000, 10_000];

/// Micro-credits for whole cents; `None` past i64.
#[must_use]
pub fn ucr_of_cents(cents: i64) -> Option<Amount> {
    cents.checked_mul(UCR_PER_CENT).map(Amount::new)
}

/// Cents of VAT on `net` cents at `bps` basis points, half a cent rounded up; `None` past i64 or
/// for a negative input.
#[must_use]
pub fn vat(net: i64, bps: i64) -> Option<i64> {
    if net < 0 || bps < 0 {
        return None;
    }
    i64::try_from((i128::from(net) * i128::from(bps) + 5_000) / 10_000).ok()
}

/// Credits with four decimals, rounded down: `4.0880`. Negative amounts are shown with their sign.
#[must_use]
pub fn credits(ucr: Amount) -> String {
    let minor = ucr.minor().unsigned_abs();
    let sign = if ucr.minor() < 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", minor / 1_000_000, minor % 1_000_000 / 100)
}

/// Micro-euro worth of an amount that is not a ladder price: floor(UCR x 625 / 511). For showing
/// only; `None` past i64.
#[must_use]
pub fn micro_eur(ucr: Amount) -> Option<i64> {
    i64::try_from((i128::from(ucr.minor()) * 625).div_euclid(511)).ok()
}

/// Euro and cents: `5.00`.
#[must_use]
pub fn euros(cents: i64) -> String {
    let minor = cents.unsigned_abs();
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}
