//! The card types: what a definition is, and what it decides. The definitions stand in `table`.

mod table;

pub use table::{LISTENER, MEMBER, MUSIC_MAKER, RECEIPT, TRUST_NOTE, VOLUNTEER};

use crate::Refusal;
use serde_json::{Map, Value};

/// One type of card. All its claims are selectively disclosable.
#[derive(Debug, PartialEq, Eq)]
pub struct Card {
    /// Name of configuration and type.
    pub name: &'static str,
    /// What people call it.
    pub title: Words,
    /// What it is for, in a sentence.
    pub about: Words,
    /// Who lets it be issued.
    pub maker: Maker,
    /// Grows when a claim changes its meaning.
    pub version: u32,
    /// Its claims.
    pub claims: &'static [Claim],
    /// Copies in one batch.
    pub copies: u8,
    /// Life in days; from 30 on it ends on a Monday.
    pub life_days: i32,
    /// Whether each copy has a place in a status list.
    pub status: bool,
}

/// One claim.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: &'static str,
    /// What values it takes.
    pub form: Form,
    /// Who may be shown it.
    pub sight: Sight,
    /// How people call it.
    pub label: &'static str,
    /// The same in German.
    pub label_de: &'static str,
}

/// The same words in both languages of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// German.
    pub de: &'static str,
}

/// Who lets a card be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Whoever signs in to the account it is about.
    Login,
    /// A module, by a signed offer; which one: [`crate::trust::SENDERS`].
    Offer,
    /// Another person's wallet. Our issuer knows nothing of it.
    Ward,
}

/// What values a claim takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text of 1 to 256 characters.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// True or false.
    Flag,
    /// An integer from zero.
    Count,
    /// A list with this many places, each disclosed alone, the rest decoys.
    Places(usize),
}

/// Who may be shown a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Whoever the holder agrees to show it to.
    Anyone,
    /// The issuer alone: it names the holder lastingly.
    Issuer,
    /// The listen origin, which it was made for, and the issuer, which made it.
    Listen,
}

/// All types.
pub const CARDS: &[Card] = &[
    LISTENER,
    MEMBER,
    VOLUNTEER,
    MUSIC_MAKER,
    RECEIPT,
    TRUST_NOTE,
];

/// Those our issuer makes, as its metadata lists them.
pub fn issued() -> impl Iterator<Item = &'static Card> {
    CARDS.iter().filter(|card| card.maker != Maker::Ward)
}

/// The type of that name.
#[must_use]
pub fn card(name: &str) -> Option<&'static Card> {
    CARDS.iter().find(|card| card.name == name)
}

/// The type that a `vct` names, whoever issues it: the two last segments of its path.
#[must_use]
pub fn card_of(vct: &str) -> Option<&'static Card> {
    let (rest, version) = vct.rsplit_once('/')?;
    let (rest, name) = rest.rsplit_once('/')?;
    let card = card(name).filter(|card| version.parse() == Ok(card.version))?;
    rest.ends_with("/vct").then_some(card)
}

/// The `vct` of the Listener card of this issuer.
#[must_use]
pub fn listener_vct(issuer: &str) -> String {
    LISTENER.vct(issuer)
}

impl Card {
    /// The `vct` under an issuer; its type metadata is served there.
    #[must_use]
    pub fn vct(&self, issuer: &str) -> String {
        format!("{issuer}/vct/{}/{}", self.name, self.version)
    }

    /// The claim of that name.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&'static Claim> {
        self.claims.iter().find(|claim| claim.name == name)
    }

    /// How many digests stand at the top level of every copy, decoys among them: one for each
    /// claim of the table that is no list, whatever the person holds.
    #[must_use]
    pub fn digests(&self) -> usize {
        self.claims
            .iter()
            .filter(|claim| !matches!(claim.form, Form::Places(_)))
            .count()
    }

    /// Checks claims against the table; any may be absent.
    ///
    /// # Errors
    /// [`Refusal::ClaimType`] for a claim the table does not know or a value its form does not take.
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), Refusal> {
        let good = |(name, value): (&String, &Value)| {
            self.claim(name)
                .is_some_and(|claim| claim.form.takes(value))
        };
        if claims.iter().all(good) {
            Ok(())
        } else {
            Err(Refusal::ClaimType)
        }
    }
}

impl Form {
    /// Whether a value is of this form.
    #[must_use]
    pub fn takes(self, value: &Value) -> bool {
        let short = |text: &str| (1..=256).contains(&text.len());
        match self {
            Self::Text => value.as_str().is_some_and(short),
            Self::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Flag => value.is_boolean(),
            Self::Count => value.as_i64().is_some_and(|n| n >= 0),
            Self::Places(n) => value.as_array().is_some_and(|list| {
                list.len() <= n && list.iter().all(|v| v.as_str().is_some_and(short))
            }),
        }
    }
}

impl Claim {
    /// Whether a verifier may be shown this claim. `verifier` is the origin that asks, `issuer` the
    /// card's `iss`, `listen` the listen origin of the issuer's platform.
    #[must_use]
    pub fn may_be_shown(&self, verifier: &str, issuer: &str, listen: &str) -> bool {
        match self.sight {
            Sight::Anyone => true,
            Sight::Issuer => verifier == issuer,
            Sight::Listen => verifier == listen || verifier == issuer,
        }
    }
}

/// The quarter in which an account was made, as `joined_quarter` says it: `2026-Q4`.
#[must_use]
pub fn quarter(day: kernel::Day) -> String {
    let text = day.to_string();
    let (year, rest) = text.split_once('-').unwrap_or((&text, ""));
    let month: u32 = rest.get(..2).and_then(|m| m.parse().ok()).unwrap_or(1);
    format!("{year}-Q{}", month.saturating_sub(1) / 3 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Day;
    use serde_json::json;

    #[test]
    fn a_type_is_known_by_name_and_version() {
        let vct = listener_vct("https://id.example.coop");
        assert_eq!(vct, "https://id.example.coop/vct/listener/1");
        assert_eq!(card_of(&vct), Some(&LISTENER));
        for bad in [
            "https://id.example.coop/vct/listener/2",
            "https://x/type/listener/1",
            "a",
        ] {
            assert_eq!(card_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_claim_outside_the_table_is_refused() {
        let claims = |v: Value| v.as_object().cloned().unwrap();
        assert_eq!(
            LISTENER.check(&claims(json!({"handle": "ada", "age_over_16": true}))),
            Ok(())
        );
        for bad in [
            json!({"legal_name": "Ada"}),
            json!({"handle": 7}),
            json!({"age_over_16": "y"}),
        ] {
            assert_eq!(LISTENER.check(&claims(bad)), Err(Refusal::ClaimType));
        }
        let long = json!({"share_classes": ["a", "b", "c", "d", "e"]});
        assert_eq!(MEMBER.check(&claims(long)), Err(Refusal::ClaimType));
    }

    #[test]
    fn what_names_a_person_lastingly_is_shown_to_its_maker_alone() {
        let (id, listen) = ("https://id.x", "https://listen.x");
        let account = LISTENER.claim("account").unwrap();
        assert!(account.may_be_shown(id, id, listen));
        assert!(!account.may_be_shown(listen, id, listen));
        let listener = LISTENER.claim("listener").unwrap();
        assert!(listener.may_be_shown(listen, id, listen));
        assert!(!listener.may_be_shown("https://app.y", id, listen));
    }

    #[test]
    fn every_definition_can_be_told_to_people_and_told_apart() {
        let mut names: Vec<&str> = CARDS.iter().map(|card| card.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CARDS.len());
        for card in CARDS {
            for words in [card.title, card.about] {
                assert!(
                    !words.en.is_empty() && !words.de.is_empty(),
                    "{}",
                    card.name
                );
            }
            let mut claims: Vec<&str> = card.claims.iter().map(|claim| claim.name).collect();
            claims.sort_unstable();
            claims.dedup();
            assert_eq!(claims.len(), card.claims.len(), "{}", card.name);
            let told = |claim: &Claim| !claim.label.is_empty() && !claim.label_de.is_empty();
            assert!(card.claims.iter().all(told), "{}", card.name);
            let offered = crate::trust::SENDERS
                .iter()
                .filter(|row| row.configurations.contains(&card.name));
            let offered = offered.count();
            assert_eq!(offered > 0, card.maker == Maker::Offer, "{}", card.name);
            // What personal dates could tell: an end that is days away from now.
            assert!(card.life_days < 30 || card.status || card.maker == Maker::Ward);
        }
    }

    #[test]
    fn what_is_legal_name_address_or_birth_date_is_in_no_card() {
        for claim in CARDS.iter().flat_map(|card| card.claims) {
            for word in ["name", "address", "birth", "email", "phone"] {
                assert!(!claim.name.contains(word), "{}", claim.name);
            }
        }
    }

    #[test]
    fn quarters() {
        for (day, q) in [
            ("2026-01-01", "2026-Q1"),
            ("2026-11-21", "2026-Q4"),
            ("2026-06-30", "2026-Q2"),
        ] {
            assert_eq!(quarter(Day::parse(day).unwrap()), q);
        }
    }
}
