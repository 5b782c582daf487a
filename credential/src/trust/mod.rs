//! Who may issue which cards, and who may send which events. Neither a signature nor a fetched key
//! makes anyone trusted: standing in this list does.

mod list;

pub use list::{Pinned, TrustList, open_list, sign_list};

use crate::{Refusal, jose::Jwk};

/// The list one verifier or receiver goes by.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Issuers of cards.
    pub issuers: Vec<Issuer>,
    /// Senders of events and peer bodies.
    pub senders: Vec<Sender>,
}

/// An issuer of cards.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Compared byte for byte with `iss`.
    pub iss: String,
    /// The types it may issue.
    pub vcts: Vec<String>,
    /// Its card keys, and no others: not its status keys, not its token keys.
    pub keys: Vec<Jwk>,
    /// Its status keys, and no others.
    pub status_keys: Vec<Jwk>,
    /// Whether it is believed.
    pub state: State,
}

impl Issuer {
    /// Whether a status list of that address is one of its own: `<iss>/status/<n>`.
    #[must_use]
    pub fn has_list(&self, uri: &str) -> bool {
        let name = uri
            .strip_prefix(&self.iss)
            .and_then(|rest| rest.strip_prefix("/status/"));
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// Whether an issuer is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Issues and is believed.
    #[default]
    Active,
    /// Issues no more; what it issued is believed until it ends.
    Retired,
    /// Not believed.
    Distrusted,
}

impl State {
    /// Its word in lists.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Distrusted => "distrusted",
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Retired, Self::Distrusted]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// A sender of events.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Its name, compared byte for byte with `iss`.
    pub iss: String,
    /// Topics it may send, without version: `idp.offer`.
    pub topics: Vec<String>,
    /// Card types it may offer, by configuration name.
    pub configurations: Vec<String>,
    /// Its event keys.
    pub keys: Vec<Jwk>,
}

impl Sender {
    /// A module of this platform, with the topics and configurations its table row gives it.
    #[must_use]
    pub fn module(module: &str, iss: &str, keys: Vec<Jwk>) -> Self {
        let row = SENDERS.iter().find(|row| row.module == module);
        let texts = |list: Option<&[&str]>| -> Vec<String> {
            list.unwrap_or_default()
                .iter()
                .map(|text| (*text).to_owned())
                .collect()
        };
        Self {
            iss: iss.to_owned(),
            topics: texts(row.map(|row| row.topics)),
            configurations: texts(row.map(|row| row.configurations)),
            keys,
        }
    }
}

impl Trust {
    /// The list that trusts one issuer for these types.
    #[must_use]
    pub fn in_issuer(iss: &str, vcts: &[&str], keys: Vec<Jwk>) -> Self {
        let vcts = vcts.iter().map(|vct| (*vct).to_owned()).collect();
        let issuer = Issuer {
            iss: iss.to_owned(),
            vcts,
            keys,
            status_keys: Vec::new(),
            state: State::Active,
        };
        Self {
            issuers: vec![issuer],
            senders: Vec::new(),
        }
    }

    /// The same, with the keys that its issuers sign status lists with.
    #[must_use]
    pub fn with_status_keys(mut self, keys: &[Jwk]) -> Self {
        for issuer in &mut self.issuers {
            issuer.status_keys = keys.to_vec();
        }
        self
    }

    /// The issuer of that name.
    ///
    /// # Errors
    /// [`Refusal::Issuer`] when it is not in the list.
    pub fn issuer(&self, iss: &str) -> Result<&Issuer, Refusal> {
        self.issuers
            .iter()
            .find(|issuer| issuer.iss == iss)
            .ok_or(Refusal::Issuer)
    }

    /// The sender of that name.
    ///
    /// # Errors
    /// [`Refusal::InvalidIssuer`] when it is not in the list.
    pub fn sender(&self, iss: &str) -> Result<&Sender, Refusal> {
        self.senders
            .iter()
            .find(|sender| sender.iss == iss)
            .ok_or(Refusal::InvalidIssuer)
    }
}

/// What one module may send.
#[derive(Debug)]
pub struct SenderRow {
    /// The module.
    pub module: &'static str,
    /// Its topics.
    pub topics: &'static [&'static str],
    /// The cards it may offer.
    pub configurations: &'static [&'static str],
}

/// Which module may send which topic and offer which card.
pub const SENDERS: &[SenderRow] = &[
    SenderRow {
        module: "idp",
        topics: &["idp.redeemed", "idp.watch_ended", "log.append"],
        configurations: &[],
    },
    SenderRow {
        module: "membership",
        topics: &[
            "membership.candidate",
            "idp.offer",
            "idp.withdraw",
            "log.append",
        ],
        configurations: &["member", "volunteer"],
    },
    SenderRow {
        module: "streaming",
        topics: &[
            "streaming.qualified",
            "streaming.released",
            "streaming.day",
            "idp.offer",
            "idp.withdraw",
            "log.append",
        ],
        configurations: &["music-maker", "receipt"],
    },
    SenderRow {
        module: "payments",
        topics: &["payments.settled", "payments.disputed", "log.append"],
        configurations: &[],
    },
    SenderRow {
        module: "recovery",
        topics: &[
            "recovery.opened",
            "recovery.closed",
            "recovery.completed",
            "log.append",
        ],
        configurations: &[],
    },
    SenderRow {
        module: "governance",
        topics: &["governance.certified", "log.append"],
        configurations: &[],
    },
    SenderRow {
        module: "log",
        topics: &["log.appended"],
        configurations: &[],
    },
];

/// Whether the module may send the topic (without version).
#[must_use]
pub fn may_send(module: &str, topic: &str) -> bool {
    SENDERS
        .iter()
        .any(|row| row.module == module && row.topics.contains(&topic))
}
