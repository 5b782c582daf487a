//! The definitions of all card types. No card holds a legal name, an address or a birth date.

use super::{Card, Claim, Form, Maker, Sight, Words};

const fn claim(
    name: &'static str,
    form: Form,
    label: &'static str,
    label_de: &'static str,
) -> Claim {
    Claim {
        name,
        form,
        sight: Sight::Anyone,
        label,
        label_de,
    }
}

const fn kept(
    name: &'static str,
    sight: Sight,
    label: &'static str,
    label_de: &'static str,
) -> Claim {
    Claim {
        name,
        form: Form::Text,
        sight,
        label,
        label_de,
    }
}

const fn words(en: &'static str, de: &'static str) -> Words {
    Words { en, de }
}

/// Every account's card.
pub const LISTENER: Card = Card {
    name: "listener",
    title: words("Listener card", "Hörkarte"),
    about: words(
        "Opens listening and sign-in under your pseudonym.",
        "Öffnet Hören und Anmelden unter deinem Pseudonym.",
    ),
    maker: Maker::Login,
    version: 1,
    claims: &[
        claim("handle", Form::Text, "Handle", "Kürzel"),
        kept(
            "account",
            Sight::Issuer,
            "Account reference, for the issuer alone",
            "Kontobezug, nur für die Ausstellerin",
        ),
        kept(
            "listener",
            Sight::Listen,
            "Listening name, for the listening pages alone",
            "Hörname, nur für die Hörseiten",
        ),
        claim("tier", Form::Text, "Tier", "Stufe"),
        claim("locale", Form::Text, "Language", "Sprache"),
        claim("age_over_16", Form::Flag, "16 or older", "16 oder älter"),
        claim("joined_quarter", Form::Text, "Joined in", "Dabei seit"),
    ],
    copies: 20,
    life_days: 10,
    status: false,
};

/// A member's card, from the register.
pub const MEMBER: Card = Card {
    name: "member",
    title: words("Member card", "Mitgliedskarte"),
    about: words(
        "Shows that you are a member and in which class, without your name.",
        "Zeigt, dass du Mitglied bist und in welcher Klasse, ohne deinen Namen.",
    ),
    maker: Maker::Offer,
    version: 1,
    claims: &[
        claim(
            "good_standing",
            Form::Flag,
            "In good standing",
            "Ohne Rückstand",
        ),
        claim(
            "standing",
            Form::Word(&["good", "grace", "lapsed"]),
            "Standing",
            "Stand",
        ),
        claim(
            "share_classes",
            Form::Places(4),
            "Share classes",
            "Anteilsklassen",
        ),
        claim("primary_class", Form::Text, "Primary class", "Hauptklasse"),
        claim("voting", Form::Flag, "May vote", "Stimmberechtigt"),
        claim(
            "kind",
            Form::Text,
            "Person or organisation",
            "Person oder Organisation",
        ),
        claim("age_over_16", Form::Flag, "16 or older", "16 oder älter"),
        claim(
            "member_since_year",
            Form::Count,
            "Member since",
            "Mitglied seit",
        ),
        claim("shares_balance", Form::Count, "Shares", "Anteile"),
        kept(
            "member_no",
            Sight::Issuer,
            "Member number, for the issuer alone",
            "Mitgliedsnummer, nur für die Ausstellerin",
        ),
    ],
    copies: 10,
    life_days: 30,
    status: true,
};

/// The card of those who act for the co-op.
pub const VOLUNTEER: Card = Card {
    name: "volunteer",
    title: words("Role card", "Rollenkarte"),
    about: words(
        "Shows what you do for the co-op and what you may do in its staff pages.",
        "Zeigt, was du für die Genossenschaft tust und auf ihren Stabsseiten darfst.",
    ),
    maker: Maker::Offer,
    version: 1,
    claims: &[
        claim("roles", Form::Places(8), "Roles", "Rollen"),
        claim(
            "capabilities",
            Form::Places(8),
            "Capabilities",
            "Befugnisse",
        ),
        claim("hours_band", Form::Text, "Hours", "Stunden"),
        claim(
            "disclaimer_year",
            Form::Count,
            "Disclaimer signed in",
            "Erklärung unterschrieben",
        ),
        kept(
            "holder_ref",
            Sight::Issuer,
            "Reference, for the issuer alone",
            "Bezug, nur für die Ausstellerin",
        ),
    ],
    copies: 5,
    life_days: 180,
    status: true,
};

/// An artist's card, from the shop.
pub const MUSIC_MAKER: Card = Card {
    name: "music-maker",
    title: words("Music maker card", "Musikkarte"),
    about: words(
        "Shows which artist you are here and that payouts can reach you.",
        "Zeigt, welche Künstlerin du hier bist und dass Auszahlungen dich erreichen.",
    ),
    maker: Maker::Offer,
    version: 1,
    claims: &[
        claim("artist_id", Form::Text, "Artist", "Künstlerin"),
        claim("roles", Form::Places(8), "Roles", "Rollen"),
        claim(
            "payout_verified",
            Form::Flag,
            "Payout verified",
            "Auszahlung geprüft",
        ),
        claim(
            "qualifying_track",
            Form::Flag,
            "Has a qualifying track",
            "Hat ein zählendes Stück",
        ),
        claim("label", Form::Text, "Label", "Label"),
        claim("isni", Form::Text, "ISNI", "ISNI"),
        claim("ipi", Form::Text, "IPI", "IPI"),
    ],
    copies: 5,
    life_days: 180,
    status: true,
};

/// A receipt for one work, from the shop.
pub const RECEIPT: Card = Card {
    name: "receipt",
    title: words("Receipt", "Beleg"),
    about: words(
        "Shows that a recording is yours, and opens its download.",
        "Zeigt, dass dir eine Aufnahme gehört, und öffnet ihren Download.",
    ),
    maker: Maker::Offer,
    version: 1,
    claims: &[
        claim("work", Form::Text, "Work", "Werk"),
        claim("artist_id", Form::Text, "Artist", "Künstlerin"),
        claim(
            "how",
            Form::Word(&["stream2own", "buy_now", "gift"]),
            "Acquired by",
            "Erworben durch",
        ),
        claim("acquired_day", Form::Text, "Acquired on", "Erworben am"),
        claim("price_ucr", Form::Count, "Price", "Preis"),
        claim("licence", Form::Text, "Licence", "Lizenz"),
    ],
    copies: 3,
    life_days: 730,
    status: true,
};

/// A guardian's note, under a neutral name. The ward's wallet issues it and recovery alone is shown
/// it.
pub const TRUST_NOTE: Card = Card {
    name: "trust-note",
    title: words("Note", "Notiz"),
    about: words(
        "A note that somebody trusted you with.",
        "Eine Notiz, die dir jemand anvertraut hat.",
    ),
    maker: Maker::Ward,
    version: 1,
    claims: &[
        claim("recovery_set", Form::Text, "Set", "Satz"),
        claim("epoch", Form::Count, "Epoch", "Stand"),
        claim("share_index", Form::Count, "Number", "Nummer"),
        claim("share_commitment", Form::Text, "Commitment", "Festlegung"),
    ],
    copies: 1,
    life_days: 730,
    status: false,
};
