//! The ledger: accounts, transfers that are never changed, and the one function that books them.
//!
//! Limited accounts keep four sums and never fall below zero; folded ones keep none, so that no row
//! is hot, and their balance is a sum over rows. A batch stands whole or not at all: a refusal inside
//! [`book`] undoes the savepoint it runs in.

mod account;
mod rules;

pub use account::{Account, Rule, Sums};
pub use rules::{Booked, Refusal, book};

use crate::{ids::Bytes16, store};
use host::db::{self, Conn};
use kernel::{Amount, Timestamp};

/// The most one transfer may move: what JSON carries exactly. Sums of a thousand such still fit.
pub const MOST: Amount = Amount::new((1 << 53) - 1);

/// Which money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ledger {
    /// Micro-credits.
    Ucr,
    /// Euro cents.
    Eur,
}

impl Ledger {
    /// Its name as stored and hashed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ucr => "UCR",
            Self::Eur => "EUR",
        }
    }
}

/// What a transfer does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Moves at once.
    Single {
        /// What it leaves.
        debit: Account,
        /// What it reaches.
        credit: Account,
        /// How much.
        amount: Amount,
    },
    /// Keeps an amount of a limited account until it is posted, voided or its end has come.
    Hold {
        /// What it is kept in.
        debit: Account,
        /// What it is kept for.
        credit: Account,
        /// How much.
        amount: Amount,
        /// Its end.
        until: Timestamp,
    },
    /// Moves at most what the hold keeps; the rest is freed.
    Post {
        /// The hold.
        hold: Bytes16,
        /// How much of it.
        amount: Amount,
    },
    /// Frees a hold; also after its end.
    Void {
        /// The hold.
        hold: Bytes16,
    },
}

/// One entry, with the id its maker computed.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Known already: the same body answers the same, another is refused.
    pub id: Bytes16,
    /// What it does.
    pub act: Act,
    /// Why, in a word: `topup`, `play`, `fold`.
    pub code: &'static str,
    /// What it belongs to, as bytes: an order.
    pub reference: Option<Vec<u8>>,
    /// Who caused it, opaque: a mandate.
    pub cause: Option<String>,
}

/// What stands on an account: a limited one's own sums, a folded one's counted from its transfers.
///
/// # Errors
/// [`db::Error`] of the database.
pub async fn sums(conn: &mut Conn, account: &Account) -> Result<Sums, db::Error> {
    match account.rule() {
        Rule::Limited => Ok(store::account::sums(conn, account.id())
            .await?
            .unwrap_or_default()),
        Rule::Folded => counted(conn, account).await,
    }
}

/// What an account's transfers sum to, whatever its row says.
///
/// # Errors
/// [`db::Error`] of the database.
pub async fn counted(conn: &mut Conn, account: &Account) -> Result<Sums, db::Error> {
    store::transfer::counted(conn, account.id()).await
}
