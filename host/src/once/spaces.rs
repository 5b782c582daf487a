//! The spaces of single-use things: their names keep one kind from being taken for another.

use kernel::Timestamp;

/// A kind of single-use thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Its name, part of every key. Never reused.
    pub name: &'static str,
    /// How long one is good, in seconds.
    pub life_s: i64,
    /// How long a taken one is remembered as spent, in seconds.
    pub remembered_s: i64,
}

impl Space {
    /// The end of one issued, or seen, at `now`.
    #[must_use]
    pub const fn until(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.life_s)
    }
}

const DAY_S: i64 = 86_400;

/// Declares spaces: name, life in seconds, seconds remembered after it was taken.
macro_rules! spaces {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $life:expr, $remembered:expr;)*) => {
        $(
            $(#[$doc])*
            pub const $name: Space =
                Space { name: $text, life_s: $life, remembered_s: $remembered };
        )*
        /// Every space.
        pub const ALL: &[Space] = &[$($name),*];
    };
}

spaces! {
    /// Authorization codes (RFC 6749 section 4.1.2): remembered as long as what they gave lives.
    AUTH_CODE = "auth-code", 60, 90 * DAY_S;
    /// Pushed authorization requests (RFC 9126).
    REQUEST_URI = "request-uri", 90, DAY_S;
    /// Pages between an authorization request and its answer.
    INTERACTION = "interaction", 900, DAY_S;
    /// Refresh tokens; a second use ends the family.
    REFRESH = "refresh", 30 * DAY_S, 90 * DAY_S;
    /// Response codes of OpenID4VP.
    RESPONSE_CODE = "response-code", 300, DAY_S;
    /// Requests of OpenID4VP, by state.
    VP_REQUEST = "vp-request", 300, DAY_S;
    /// Passkey ceremonies.
    CEREMONY = "ceremony", 300, DAY_S;
    /// Nonces for proofs in OpenID4VCI.
    C_NONCE = "c-nonce", 300, DAY_S;
    /// Credential offers.
    OFFER = "offer", 30 * DAY_S, 90 * DAY_S;
    /// Marks of signed things.
    JTI = "jti", 30 * DAY_S, 0;
    /// Marks of proofs by a key.
    DPOP_JTI = "dpop-jti", 600, 0;
    /// Marks of events heard: as long as an event may be late.
    EVENT = "event", 31 * DAY_S, 0;
    /// Marks of calls between modules.
    PEER = "peer", 300, 0;
    /// Marks of webhooks of providers.
    WEBHOOK = "webhook", 90 * DAY_S, 0;
    /// Proofs of work.
    POW = "pow", 600, DAY_S;
    /// Copies of cards that were shown.
    PRESENTATION = "presentation", 400 * DAY_S, 0;
    /// Tickets that carry a person from one page to the next.
    TICKET = "ticket", 600, DAY_S;
    /// Links for the first owner of an installation, by the hash of their secret.
    OWNER_LINK = "owner-link", DAY_S, 30 * DAY_S;
    /// States of sign-ins under way at a relying party of ours.
    SIGN_IN = "sign-in", 600, DAY_S;
    /// States of sign-ins under way at an outside provider of ours.
    EXTERNAL = "external", 900, DAY_S;
    /// Admissions to join that an outside provider's word was good for.
    MINTED = "minted", 900, DAY_S;
    /// What another device's wallet answered, until the browser that asked goes on.
    QR_ANSWER = "qr-answer", 300, DAY_S;
    /// Stronger proof asked for in the middle of a login.
    STEP_ASK = "step-ask", 300, DAY_S;
    /// What such a proof brought back, on its way to the module that asked.
    STEP_DONE = "step-done", 300, DAY_S;
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_spaces_share_a_name() {
        let mut names: Vec<_> = super::ALL.iter().map(|space| space.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), super::ALL.len());
    }
}
