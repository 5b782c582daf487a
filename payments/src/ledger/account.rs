//! Names of accounts and what each may do.

use super::{Ledger, Refusal};
use crate::{ids, ids::Bytes16};
use kernel::Amount;

/// How an account's balance is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Four sums in its row; pending and posted debits never pass posted credits.
    Limited,
    /// No sums; the balance is counted from transfers and may fall below zero.
    Folded,
}

impl Rule {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Folded => "folded",
        }
    }
}

/// Kinds of account: ledger, word, whether a name follows a colon, rule.
const KINDS: &[(Ledger, &str, bool, Rule)] = &[
    (Ledger::Ucr, "purse", true, Rule::Limited),
    (Ledger::Ucr, "gift", true, Rule::Limited),
    (Ledger::Ucr, "payee", true, Rule::Limited),
    (Ledger::Ucr, "suspense", true, Rule::Limited),
    (Ledger::Ucr, "coop", false, Rule::Limited),
    (Ledger::Ucr, "floor", false, Rule::Limited),
    (Ledger::Ucr, "refunds", false, Rule::Limited),
    (Ledger::Ucr, "welcome", false, Rule::Limited),
    (Ledger::Ucr, "solidarity", false, Rule::Limited),
    (Ledger::Ucr, "node_operator", false, Rule::Limited),
    (Ledger::Ucr, "plays", true, Rule::Folded),
    (Ledger::Ucr, "pool", true, Rule::Folded),
    (Ledger::Ucr, "node", true, Rule::Folded),
    (Ledger::Ucr, "bridge", false, Rule::Folded),
    (Ledger::Eur, "bridge", false, Rule::Folded),
    (Ledger::Eur, "psp", true, Rule::Folded),
    (Ledger::Eur, "bank", false, Rule::Folded),
    (Ledger::Eur, "fees", false, Rule::Folded),
    (Ledger::Eur, "share_capital", false, Rule::Folded),
    (Ledger::Eur, "donations", false, Rule::Folded),
    (Ledger::Eur, "vat", true, Rule::Folded),
    (Ledger::Eur, "psp_cost", false, Rule::Folded),
    (Ledger::Eur, "payable", true, Rule::Folded),
    (Ledger::Eur, "venue", true, Rule::Folded),
];

/// An account by name. Two with the same ledger and name are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    ledger: Ledger,
    name: String,
    code: &'static str,
    rule: Rule,
    id: Bytes16,
}

impl Account {
    /// Reads a name such as `plays:2026-11-21`.
    ///
    /// # Errors
    /// [`Refusal::AccountKind`] for a word this ledger does not have, or a name where none belongs.
    pub fn parse(ledger: Ledger, name: &str) -> Result<Self, Refusal> {
        let (word, rest) = name
            .split_once(':')
            .map_or((name, None), |(w, r)| (w, Some(r)));
        let good =
            |r: &str| !r.is_empty() && r.len() <= 64 && r.bytes().all(|c| c.is_ascii_graphic());
        let named = rest.is_some();
        if !rest.is_none_or(good) {
            return Err(Refusal::AccountKind);
        }
        KINDS
            .iter()
            .find(|(l, w, n, _)| *l == ledger && *w == word && *n == named)
            .map(|(_, code, _, rule)| Self {
                ledger,
                name: name.to_owned(),
                code,
                rule: *rule,
                id: ids::account(ledger, name),
            })
            .ok_or(Refusal::AccountKind)
    }

    /// An account whose name this crate writes itself.
    pub(crate) fn known(ledger: Ledger, name: &str) -> Self {
        Self::parse(ledger, name).expect("the crate's own account names are of a known kind")
    }

    /// Its sixteen bytes.
    #[must_use]
    pub const fn id(&self) -> &Bytes16 {
        &self.id
    }

    /// Its ledger.
    #[must_use]
    pub const fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind, in a word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// How its balance is kept.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }
}

/// What stands on an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Held of what it has.
    pub debits_pending: Amount,
    /// Gone out.
    pub debits_posted: Amount,
    /// On its way in.
    pub credits_pending: Amount,
    /// Come in.
    pub credits_posted: Amount,
}

impl Sums {
    /// What may still be held or moved; below zero for a folded account that gave more than it got.
    #[must_use]
    pub fn available(&self) -> Amount {
        self.credits_posted
            .minus(self.debits_pending)
            .and_then(|a| a.minus(self.debits_posted))
            .expect("sums of transfers of 53 bits are far from the ends of an i64")
    }
}
