//! How strongly someone proved who they are, and which strength satisfies which wish.

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
    pub(crate) const REACHABLE: [Self; 2] = [Self::Wallet, Self::Phr];

    /// The word in requests and tokens.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Qr => "urn:resonate:acr:qr",
            Self::External => "urn:resonate:acr:external",
            Self::Wallet => "urn:resonate:acr:wallet",
            Self::Phr => "phr",
            Self::Member => "urn:resonate:acr:member",
        }
    }

    /// Reads the word; unknown words are `None`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == word)
    }

    /// Whether a login of this strength is enough where `wished` was asked for.
    /// A wallet's key does not stand in for an attached provider: it is another way in.
    pub(crate) fn satisfies(self, wished: Self) -> bool {
        match self {
            Self::Qr | Self::External => self == wished,
            Self::Wallet => matches!(wished, Self::Qr | Self::Wallet),
            Self::Phr => wished != Self::Member,
            Self::Member => true,
        }
    }
}
