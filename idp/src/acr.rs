//! How strongly someone proved who they are, which strength satisfies which wish, and what a weak one
//! never opens. One table; nothing else compares strengths.
//!
//! `Member` stands in the table but is reached by nobody yet: it needs Member cards, which come with
//! the register.

use crate::scope;
use serde::{Deserialize, Serialize};

/// A strength reached by a proof, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Acr {
    /// Another device's wallet, by a picture that can be phished.
    #[serde(rename = "urn:resonate:acr:qr")]
    Qr,
    /// A provider elsewhere, attached to the account.
    #[serde(rename = "urn:resonate:acr:external")]
    External,
    /// A wallet's software key on this device.
    #[serde(rename = "urn:resonate:acr:wallet")]
    Wallet,
    /// A passkey with user verification (phishing resistant).
    #[serde(rename = "phr")]
    Phr,
    /// A passkey just now, and a Member card in good standing beside it.
    #[serde(rename = "urn:resonate:acr:member")]
    Member,
}

/// What one strength is worth.
struct Row {
    /// The word in requests and tokens.
    word: &'static str,
    /// By what it is reached, in the words of RFC 8176. `hwk` is never claimed.
    amr: &'static [&'static str],
    /// The wishes it satisfies.
    satisfies: &'static [Acr],
    /// Whether it opens what changes an account: its pages and their scope, its cards.
    opens_account: bool,
}

/// In the order of [`Acr`]. A wallet's key does not stand in for an attached provider: that is
/// another way in.
static TABLE: [Row; 5] = [
    Row {
        word: "urn:resonate:acr:qr",
        amr: &["pop"],
        satisfies: &[Acr::Qr],
        opens_account: false,
    },
    Row {
        word: "urn:resonate:acr:external",
        amr: &[],
        satisfies: &[Acr::External],
        opens_account: false,
    },
    Row {
        word: "urn:resonate:acr:wallet",
        amr: &["pop", "swk"],
        satisfies: &[Acr::Qr, Acr::Wallet],
        opens_account: true,
    },
    Row {
        word: "phr",
        amr: &["pop", "user", "mfa"],
        satisfies: &[Acr::Qr, Acr::External, Acr::Wallet, Acr::Phr],
        opens_account: true,
    },
    Row {
        word: "urn:resonate:acr:member",
        amr: &["pop", "swk", "user", "mfa"],
        satisfies: &Acr::ALL,
        opens_account: true,
    },
];

/// Scopes that change an account, or give out cards by which it can be signed in to.
const ACCOUNT_SCOPES: [&str; 2] = [scope::CREDENTIAL, scope::ACCOUNT];

impl Acr {
    /// All, weakest first, as discovery lists them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Qr,
        Self::External,
        Self::Wallet,
        Self::Phr,
        Self::Member,
    ];

    /// Those a person can reach here now.
    pub(crate) const REACHABLE: [Self; 4] = [Self::Qr, Self::External, Self::Wallet, Self::Phr];

    const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The word in requests and tokens.
    pub(crate) const fn as_str(self) -> &'static str {
        self.row().word
    }

    /// By what it is reached, in the words of RFC 8176.
    pub(crate) fn amr(self) -> Vec<&'static str> {
        self.row().amr.to_vec()
    }

    /// Reads the word; unknown words are `None`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == word)
    }

    /// Whether a login of this strength is enough where `wished` was asked for.
    pub(crate) fn satisfies(self, wished: Self) -> bool {
        self.row().satisfies.contains(&wished)
    }

    /// Whether a login of this strength opens the account's own pages.
    pub(crate) fn opens_account(self) -> bool {
        self.row().opens_account
    }

    /// Whether a login of this strength may give an app that scope, whatever the app asks for.
    pub(crate) fn may_give(self, scope: &str) -> bool {
        self.opens_account() || !ACCOUNT_SCOPES.iter().any(|word| scope::has(scope, word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_strengths() {
        for acr in Acr::ALL {
            assert_eq!(Some(acr), Acr::parse(acr.as_str()));
            assert!(acr.satisfies(acr), "{acr:?}");
            let written = serde_json::to_value(acr).unwrap();
            assert_eq!(written, acr.as_str());
        }
    }

    #[test]
    fn a_picture_and_an_outside_provider_never_open_the_account() {
        for weak in [Acr::Qr, Acr::External] {
            assert!(!weak.opens_account());
            assert!(weak.may_give("openid profile resonate.play"));
            assert!(!weak.may_give("openid resonate.credential"));
            assert!(!weak.may_give("openid resonate.account"));
            for strong in [Acr::Wallet, Acr::Phr, Acr::Member] {
                assert!(!weak.satisfies(strong), "{weak:?} {strong:?}");
            }
        }
        assert!(Acr::Wallet.may_give("openid resonate.credential"));
    }
}
