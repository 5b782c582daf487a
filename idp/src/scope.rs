//! Scope words: which exist, and how people read them.

/// Every word there is, as discovery lists them.
pub(crate) const KNOWN: [&str; 5] = [
    "openid",
    "profile",
    "offline_access",
    "resonate.play",
    "resonate.credential",
];
/// Words of an app that registered none.
pub(crate) const DEFAULT: &str = "openid profile offline_access";
/// An ID Token and UserInfo.
pub(crate) const OPENID: &str = "openid";
/// Nickname and language.
pub(crate) const PROFILE: &str = "profile";
/// Refresh tokens.
pub(crate) const OFFLINE: &str = "offline_access";
/// Playing from an app, paid by the person's purse.
pub(crate) const PLAY: &str = "resonate.play";
/// Listener cards for a wallet.
pub(crate) const CREDENTIAL: &str = "resonate.credential";

/// The person's own account, for our own apps alone; discovery does not list it.
pub(crate) const ACCOUNT: &str = "resonate.account";

/// Whether the word exists.
pub(crate) fn is_known(word: &str) -> bool {
    KNOWN.contains(&word) || word == ACCOUNT
}

/// Whether an app that is not our own may register it.
pub(crate) fn is_for_anyone(word: &str) -> bool {
    is_known(word) && word != ACCOUNT
}

/// Whether any app may ask for it; the others are given by the co-op.
pub(crate) fn is_open(word: &str) -> bool {
    matches!(word, OPENID | PROFILE | OFFLINE)
}

/// Whether `word` stands in a list with spaces.
pub(crate) fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|w| w == word)
}

/// Whether each word of `part` stands in `whole`.
pub(crate) fn is_within(part: &str, whole: &str) -> bool {
    part.split(' ')
        .filter(|w| !w.is_empty())
        .all(|w| has(whole, w))
}

/// Whether it has the form of RFC 6749 section 3.3: visible ASCII words, single spaces.
pub(crate) fn is_well_formed(list: &str) -> bool {
    let good = |c: u8| c == 0x21 || (0x23..=0x5b).contains(&c) || (0x5d..=0x7e).contains(&c);
    list.split(' ').all(|word| word.bytes().all(good))
}

/// The key of the sentence that tells a person what the word allows; none for a bare sign-in.
pub(crate) fn sentence(word: &str) -> Option<&'static str> {
    match word {
        OPENID => Some("consent-scope-openid"),
        PROFILE => Some("consent-scope-profile"),
        OFFLINE => Some("consent-scope-offline"),
        PLAY => Some("consent-scope-play"),
        CREDENTIAL => Some("consent-scope-credential"),
        ACCOUNT => Some("consent-scope-account"),
        _ => None,
    }
}
