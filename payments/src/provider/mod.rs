//! Payment providers, as far as this module sees them.

pub mod fake;
pub mod signature;

use host::db::BoxFuture;
use http::HeaderMap;
use kernel::Timestamp;

/// What a provider is asked to collect.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The order's id; the provider answers the same for the same one.
    pub order: String,
    /// Cents to pay, VAT included.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Where the payer returns to.
    pub back: String,
}

/// A payment was opened at the provider.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The provider's name for it.
    pub reference: String,
    /// Its hosted page.
    pub url: String,
    /// When that page ends.
    pub until: Timestamp,
}

/// How far a payment is, in the provider's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Not paid yet.
    Open,
    /// Paid, and by what.
    Paid {
        /// Cents.
        minor: i64,
        /// ISO 4217.
        currency: String,
        /// The order it was opened for.
        order: String,
        /// Whether it was real money.
        live: bool,
    },
    /// Its page ended.
    Expired,
    /// It was given up or refused.
    Failed,
}

/// The provider did not answer, or not in a form we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider does not answer")]
pub struct Away;

/// A delivery that is not from the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Forged(pub &'static str);

/// A delivery that is from the provider, by the provider's name for the event. Nothing else it says
/// is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(pub String);

/// A service that takes payments on a page of its own.
///
/// The contract: `open` is idempotent by order id. `state` is the truth and may be asked at any time
/// and any number of times. A delivery may come never, late, often or out of order, so it only ever
/// makes us ask. Neither call changes anything of ours.
pub trait Provider: Send + Sync {
    /// Its name, as in `/webhooks/{name}` and account `psp:{name}`.
    fn name(&self) -> &'static str;
    /// Whether what it reports should be real money.
    fn live(&self) -> bool;
    /// Opens a payment, or answers with the one that stands for this order.
    fn open<'a>(&'a self, ask: &'a Ask, now: Timestamp) -> BoxFuture<'a, Result<Opened, Away>>;
    /// How far a payment is.
    fn state<'a>(&'a self, reference: &'a str, now: Timestamp)
    -> BoxFuture<'a, Result<Seen, Away>>;
    /// Reads a delivery after checking who sent it.
    ///
    /// # Errors
    /// [`Forged`] with the check that failed.
    fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Notice, Forged>;
    /// The payment a delivery is about, to ask about it.
    fn reference(&self, body: &[u8]) -> Option<String>;
}
