//! What staff can do: the one list of acts, with the capability and the number of people each needs.

use super::Capability;
use crate::events;

/// Declares acts: word, capability, people, and the keys of its name and of what it brings about.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $capability:ident, $people:literal, $said:literal, $effect:literal;)*) => {
        /// One kind of act.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Act { $($(#[$doc])* $name),* }

        impl Act {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in tables, forms and answers.
            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What is needed for it.
            pub(super) const fn capability(self) -> Capability {
                match self { $(Self::$name => Capability::$capability),* }
            }

            /// Whether a second person has to confirm it.
            pub(super) const fn needs_two(self) -> bool {
                match self { $(Self::$name => $people > 1),* }
            }

            /// The key of its name on pages.
            pub(super) const fn said(self) -> &'static str {
                match self { $(Self::$name => $said),* }
            }

            /// The key of the sentence on what it brings about.
            pub(super) const fn effect(self) -> &'static str {
                match self { $(Self::$name => $effect),* }
            }
        }
    };
}

acts! {
    /// An app gets sign-ins again.
    ClientEnable = "client.enable", Clients, 1, "act-client-enable", "effect-client-enable";
    /// An app gets no sign-ins and no tokens.
    ClientDisable = "client.disable", Clients, 1, "act-client-disable", "effect-client-disable";
    /// The co-op looked at an app.
    ClientVerify = "client.verify", Clients, 1, "act-client-verify", "effect-client-verify";
    /// The co-op no longer stands by that.
    ClientUnverify = "client.unverify", Clients, 1, "act-client-unverify", "effect-client-unverify";
    /// An app is held to the strict profile from now on.
    ClientHigh = "client.high", Clients, 2, "act-client-high", "effect-client-high";
    /// A token key is replaced.
    KeyRotate = "key.rotate", Keys, 2, "act-key-rotate", "effect-key-rotate";
    /// An account is looked at; its owner is told.
    AccountLook = "account.look", Accounts, 1, "act-account-look", "effect-account-look";
    /// An account opens nothing until it is unlocked.
    AccountLock = "account.lock", Accounts, 2, "act-account-lock", "effect-account-lock";
    /// A locked account may be used again.
    AccountUnlock = "account.unlock", Accounts, 1, "act-account-unlock", "effect-account-unlock";
    /// An account ends for good.
    AccountClose = "account.close", Accounts, 2, "act-account-close", "effect-account-close";
    /// An invitation for a number of accounts.
    InviteMake = "invite.make", Invites, 1, "act-invite-make", "effect-invite-make";
    /// An invitation gives no more accounts.
    InviteEnd = "invite.end", Invites, 1, "act-invite-end", "effect-invite-end";
    /// Somebody is given a capability.
    Give = "staff.give", Owner, 1, "act-staff-give", "effect-staff-give";
    /// A capability is taken away.
    Take = "staff.take", Owner, 1, "act-staff-take", "effect-staff-take";
}

impl Act {
    /// Reads the word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.as_str() == word)
    }

    /// Whether its target is an account, named by its handle from outside and by its id in tables.
    pub(super) const fn is_about_account(self) -> bool {
        matches!(
            self,
            Self::AccountLook
                | Self::AccountLock
                | Self::AccountUnlock
                | Self::AccountClose
                | Self::Give
                | Self::Take
        )
    }

    /// Whether its target is an app.
    pub(super) const fn is_about_client(self) -> bool {
        matches!(
            self,
            Self::ClientEnable
                | Self::ClientDisable
                | Self::ClientVerify
                | Self::ClientUnverify
                | Self::ClientHigh
        )
    }

    /// The kind of line it leaves in the log of the account it is about.
    pub(super) const fn event(self) -> Option<&'static str> {
        match self {
            Self::AccountLook => Some(events::STAFF_LOOKED),
            Self::AccountLock => Some(events::STAFF_LOCKED),
            Self::AccountUnlock => Some(events::STAFF_UNLOCKED),
            Self::Give => Some(events::STAFF_GAVE),
            Self::Take => Some(events::STAFF_TOOK),
            // A closed account has no log any more.
            Self::AccountClose
            | Self::ClientEnable
            | Self::ClientDisable
            | Self::ClientVerify
            | Self::ClientUnverify
            | Self::ClientHigh
            | Self::KeyRotate
            | Self::InviteMake
            | Self::InviteEnd => None,
        }
    }
}

/// Rows that are no acts of their own: how a second person decided, and the first owner.
pub(super) const CONFIRM: &str = "request.confirm";
pub(super) const REFUSE: &str = "request.refuse";
pub(super) const WITHDRAW: &str = "request.withdraw";
pub(super) const FIRST_OWNER: &str = "owner.redeem";

/// The key of an act's name, for any word of the table.
pub(super) fn said(word: &str) -> &'static str {
    match word {
        CONFIRM => "act-request-confirm",
        REFUSE => "act-request-refuse",
        WITHDRAW => "act-request-withdraw",
        FIRST_OWNER => "act-owner-redeem",
        word => Act::parse(word).map_or("act-unknown", Act::said),
    }
}
