//! What a key signs, and how long it is kept for that.

use credential::{jose::Alg, vocab::cards::CARDS};

const DAY: i64 = 86_400;

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ID Tokens, access tokens and logout tokens of that algorithm.
    Token(Alg),
    /// Cards.
    Card,
}

impl Kind {
    /// All of them; one key of each signs.
    pub(crate) const ALL: [Self; 4] = [
        Self::Token(Alg::Rs256),
        Self::Token(Alg::Es256),
        Self::Token(Alg::EdDsa),
        Self::Card,
    ];

    /// The word an operator uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Token(alg) => alg.as_str(),
            Self::Card => "card",
        }
    }

    /// Reads that word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The algorithm of its keys.
    pub(crate) const fn alg(self) -> Alg {
        match self {
            Self::Token(alg) => alg,
            Self::Card => Alg::Es256,
        }
    }

    /// The word in its column.
    pub(super) const fn purpose(self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Card => "card",
        }
    }

    /// The kind of a row.
    pub(super) fn of_row(alg: &str, purpose: &str) -> Option<Self> {
        let fits = |kind: &Self| kind.alg().as_str() == alg && kind.purpose() == purpose;
        Self::ALL.into_iter().find(fits)
    }

    /// The address private halves are sealed under. That of cards is older than their place among
    /// these rows, and a sealed cell keeps its address.
    pub(super) const fn cell(self) -> &'static str {
        match self {
            Self::Token(_) => "idp_key",
            Self::Card => "idp_card_key",
        }
    }

    /// How long a retired key is still shown, seconds: the longest life of what it signed, and some
    /// clock difference.
    pub(super) fn shown(self) -> i64 {
        match self {
            Self::Token(_) => 600 + 300,
            Self::Card => {
                let longest = CARDS.iter().map(|card| i64::from(card.life_days)).max();
                (longest.unwrap_or_default() + 1) * DAY
            }
        }
    }

    /// How long a retired key verifies at all, seconds: token keys also hints of old tokens.
    pub(super) fn kept(self) -> i64 {
        match self {
            Self::Token(_) => 90 * DAY,
            Self::Card => self.shown(),
        }
    }
}
