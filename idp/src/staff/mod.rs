//! Staff: accounts with a fresh passkey and a capability an owner gave them. Until role cards exist
//! the table `idp_staff` says who that is.
//!
//! - Every act has a reason and a row; a row is written in the transaction that acts, never after it.
//! - Some acts need two people: the first asks, a second one confirms within 24 hours.
//! - Staff never sign in as someone, add a way in, see or search a subject: there is no act for it.

mod act;
mod api;
mod decide;
mod door;
mod effect;
mod forms;
mod owner;
mod pages;
mod perform;
mod problem;
mod see;
mod signin;
pub(crate) mod store;
mod words;

pub use owner::OwnerLink;
pub(crate) use owner::{accept, has_owner};
pub(crate) use problem::Refusal;

use crate::core::Shared;
use axum::Router;
use host::Origin;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use web::signin::SignInDoor;

/// What somebody may do for the co-op here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Capability {
    /// Gives and takes away capabilities.
    #[serde(rename = "owner")]
    Owner,
    /// Looks at apps, keys, invitations and acts.
    #[serde(rename = "idp.read")]
    Read,
    /// Switches apps on and off, marks them verified, raises their profile.
    #[serde(rename = "idp.clients")]
    Clients,
    /// Looks at an account by its handle, locks, unlocks and closes it.
    #[serde(rename = "idp.accounts")]
    Accounts,
    /// Replaces token keys.
    #[serde(rename = "idp.keys")]
    Keys,
    /// Makes and ends invitations.
    #[serde(rename = "idp.invites")]
    Invites,
}

impl Capability {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Owner,
        Self::Read,
        Self::Clients,
        Self::Accounts,
        Self::Keys,
        Self::Invites,
    ];

    /// The word in tables, forms and answers.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Read => "idp.read",
            Self::Clients => "idp.clients",
            Self::Accounts => "idp.accounts",
            Self::Keys => "idp.keys",
            Self::Invites => "idp.invites",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// Everything at the staff origin.
pub(crate) fn routes(core: &Shared) -> Router {
    let provider = Arc::new(signin::Within::new(core.clone()));
    let door = SignInDoor::new(&core.ground, Origin::Staff, provider);
    let own = pages::routes(core.clone())
        .merge(forms::routes(core.clone()))
        .merge(owner::routes(core.clone()))
        .merge(api::routes(core.clone()));
    let own = own.merge(door.routes());
    web::headers::frame(own, Origin::Staff, core.staff_site.https)
}
