//! What presentations are asked for. A purpose fixes who may ask, the query, the device, how fresh the
//! card's status must be, and whether the asker hears when a card is taken back.

use super::{cards, transaction};
use serde_json::{Value, json};

/// One purpose.
#[derive(Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Its name.
    pub name: &'static str,
    /// The modules that may ask; [`APP`] for apps that were granted it.
    pub askers: &'static [&'static str],
    /// The card that is needed.
    pub card: Wanted,
    /// A card that may be shown besides.
    pub also: Option<Wanted>,
    /// The type of the transaction data signed along; none where none is.
    pub transaction: Option<&'static str>,
    /// Whether the answer must come from the device the person sits at.
    pub same_device: bool,
    /// How old the status of a card may be, in seconds; none where its type has no status.
    pub status_age_s: Option<i64>,
    /// Whether the asker is told when the card is taken back.
    pub watch: bool,
}

/// The asker of a purpose that is open to apps.
pub const APP: &str = "app";

/// One card of a query.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its id in the query.
    pub id: &'static str,
    /// The type.
    pub card: &'static str,
    /// The facts that must be disclosed.
    pub facts: &'static [Fact],
}

/// One fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A claim, whatever its value.
    Any(&'static str),
    /// A claim that must be true.
    True(&'static str),
    /// All places of a list.
    Each(&'static str),
}

impl Fact {
    /// Its claim.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any(name) | Self::True(name) | Self::Each(name) => name,
        }
    }

    fn dcql(self) -> Value {
        match self {
            Self::Any(name) => json!({"path": [name]}),
            Self::True(name) => json!({"path": [name], "values": [true]}),
            Self::Each(name) => json!({"path": [name, null]}),
        }
    }
}

use Fact::{Any, Each, True};

const QUARTER_HOUR: Option<i64> = Some(900);
const DAY: Option<i64> = Some(86_400);

/// What rows below say only where it is otherwise.
const PLAIN: Purpose = Purpose {
    name: "",
    askers: &["idp"],
    card: wanted("listener", "listener", &[]),
    also: None,
    transaction: None,
    same_device: true,
    status_age_s: QUARTER_HOUR,
    watch: false,
};

const fn wanted(id: &'static str, card: &'static str, facts: &'static [Fact]) -> Wanted {
    Wanted { id, card, facts }
}

const fn paid(name: &'static str, kind: &'static str, card: Wanted) -> Purpose {
    Purpose {
        name,
        askers: &["payments"],
        card,
        transaction: Some(kind),
        ..PLAIN
    }
}

const fn told(name: &'static str, card: Wanted) -> Purpose {
    Purpose {
        name,
        askers: &[APP],
        card,
        same_device: false,
        ..PLAIN
    }
}

/// All purposes.
pub const PURPOSES: &[Purpose] = &[
    Purpose {
        name: "login.listener",
        card: wanted("listener", "listener", &[Any("account")]),
        same_device: false,
        status_age_s: None,
        ..PLAIN
    },
    Purpose {
        name: "login.member",
        askers: &["idp", "membership"],
        card: wanted("member", "member", STANDING),
        ..PLAIN
    },
    Purpose {
        name: "login.artist",
        askers: &["idp", "streaming"],
        card: wanted("artist", "music-maker", &[Any("artist_id")]),
        ..PLAIN
    },
    Purpose {
        name: "step-up.vote",
        askers: &["idp", "governance"],
        card: wanted(
            "member",
            "member",
            &[True("good_standing"), True("voting"), Each("share_classes")],
        ),
        ..PLAIN
    },
    paid(
        "mandate",
        transaction::MANDATE,
        wanted(transaction::PAYER, "listener", &[Any("listener")]),
    ),
    paid(
        "payment",
        transaction::PAYMENT,
        wanted(transaction::PAYER, "listener", &[Any("listener")]),
    ),
    paid(
        "payout",
        transaction::PAYOUT,
        wanted(transaction::PAYER, "music-maker", &[Any("artist_id")]),
    ),
    Purpose {
        name: "forum.standing",
        askers: &["governance"],
        card: wanted("member", "member", STANDING),
        also: Some(wanted("volunteer", "volunteer", &[Each("roles")])),
        same_device: false,
        watch: true,
        ..PLAIN
    },
    Purpose {
        name: "forum.artist",
        askers: &["governance"],
        card: wanted("receipt", "receipt", &[Any("artist_id")]),
        same_device: false,
        status_age_s: DAY,
        ..PLAIN
    },
    Purpose {
        name: "staff",
        card: wanted(
            "volunteer",
            "volunteer",
            &[Each("capabilities"), Any("holder_ref")],
        ),
        ..PLAIN
    },
    told(
        "ask.member",
        wanted("member", "member", &[Any("good_standing")]),
    ),
    told("ask.voter", wanted("member", "member", &[Any("voting")])),
    Purpose {
        status_age_s: None,
        ..told(
            "ask.age-16",
            wanted("listener", "listener", &[Any("age_over_16")]),
        )
    },
    told(
        "ask.artist",
        wanted("artist", "music-maker", &[Any("artist_id")]),
    ),
];

const STANDING: &[Fact] = &[
    True("good_standing"),
    Each("share_classes"),
    Any("primary_class"),
];

/// The purpose of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Purpose> {
    PURPOSES.iter().find(|purpose| purpose.name == name)
}

impl Purpose {
    /// Whether that module may ask.
    #[must_use]
    pub fn may_ask(&self, module: &str) -> bool {
        self.askers.contains(&module)
    }

    /// The cards of its query.
    pub fn cards(&self) -> impl Iterator<Item = &Wanted> {
        std::iter::once(&self.card).chain(self.also.as_ref())
    }

    /// The types it may be answered with, of `issuer`.
    #[must_use]
    pub fn vcts(&self, issuer: &str) -> Vec<String> {
        self.cards().map(|wanted| wanted.vct(issuer)).collect()
    }

    /// The query, for cards of `issuer` (OpenID4VP 1.0 section 6).
    #[must_use]
    pub fn dcql(&self, issuer: &str) -> Value {
        let card = |wanted: &Wanted| {
            let facts: Vec<Value> = wanted.facts.iter().map(|fact| fact.dcql()).collect();
            json!({
                "id": wanted.id,
                "format": crate::versions::CARD_FORMAT,
                "meta": {"vct_values": [wanted.vct(issuer)]},
                "claims": facts,
            })
        };
        let cards: Vec<Value> = self.cards().map(card).collect();
        match &self.also {
            None => json!({"credentials": cards}),
            Some(also) => json!({"credentials": cards, "credential_sets": [
                {"options": [[self.card.id]]},
                {"options": [[also.id]], "required": false},
            ]}),
        }
    }
}

impl Wanted {
    /// The `vct` of its type under `issuer`.
    #[must_use]
    pub fn vct(&self, issuer: &str) -> String {
        let card = cards::card(self.card).expect("the vocabulary's purposes name its own cards");
        card.vct(issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcql::Query;

    #[test]
    fn every_purpose_asks_for_facts_of_its_card_in_a_query_that_is_read() {
        for purpose in PURPOSES {
            let query = purpose.dcql("https://id.example.coop");
            assert!(Query::from_json(query).is_ok(), "{}", purpose.name);
            for wanted in purpose.cards() {
                let card = cards::card(wanted.card).unwrap();
                for fact in wanted.facts {
                    let claim = card.claim(fact.name());
                    let claim = claim.unwrap_or_else(|| panic!("{} {fact:?}", purpose.name));
                    let list = matches!(claim.form, cards::Form::Places(_));
                    assert_eq!(list, matches!(fact, Each(_)), "{} {fact:?}", purpose.name);
                }
                let aged = purpose.status_age_s.is_some();
                assert!(
                    aged || !card.status,
                    "{}: nothing is said of age",
                    purpose.name
                );
            }
            let twice = PURPOSES.iter().filter(|other| other.name == purpose.name);
            assert_eq!(twice.count(), 1, "{}", purpose.name);
        }
    }
}
