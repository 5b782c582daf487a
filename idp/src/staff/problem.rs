//! What staff are refused.

use super::door::FRESH;
use host::{Retryable, db};
use kernel::{
    Problem,
    problem::{self, Slug},
};

/// A no at the staff origin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nobody is signed in here, or the login has ended at the provider.
    #[error("login needed")]
    LoginNeeded,
    /// The proof is too old for an act.
    #[error("the proof is too old")]
    Stale,
    /// The capability is missing.
    #[error("capability missing")]
    Forbidden,
    /// The act needs another person than this one.
    #[error("second person needed")]
    SecondPerson,
    /// The reason is missing, too short or too long.
    #[error("reason missing")]
    Reason,
    /// The target does not exist.
    #[error("not found")]
    NotFound,
    /// It is so already, or was changed by somebody else.
    #[error("conflict")]
    Conflict,
    /// The request waited too long for its second person, or the link has ended.
    #[error("gone")]
    Gone,
    /// Nobody would be left who can give capabilities.
    #[error("last owner")]
    LastOwner,
    /// The app cannot be held to the strict profile as it is registered.
    #[error("profile")]
    Profile,
    /// A field has a value that is not allowed.
    #[error("field {0}")]
    Field(&'static str),
    /// What the edge says.
    #[error("edge")]
    Edge(Problem),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let slug: &'static Slug = match refusal {
            Refusal::LoginNeeded => &problem::LOGIN_NEEDED,
            Refusal::Stale => {
                return Self::new(&problem::INSUFFICIENT_USER_AUTHENTICATION)
                    .with("acr_values", "phr")
                    .with("max_age", FRESH);
            }
            Refusal::Forbidden => &problem::FORBIDDEN,
            Refusal::SecondPerson => &problem::SECOND_PERSON,
            Refusal::Reason => &problem::REASON_MISSING,
            Refusal::NotFound => &problem::NOT_FOUND,
            Refusal::Conflict => &problem::CONFLICT,
            Refusal::Gone => &problem::GONE,
            Refusal::LastOwner => &problem::LAST_OWNER,
            Refusal::Profile => {
                let why = "the app is not registered in a way the strict profile allows";
                return Self::new(&problem::INVALID_FIELD)
                    .detail(why)
                    .with("field", "target");
            }
            Refusal::Field(name) => {
                return Self::new(&problem::INVALID_FIELD).with("field", name);
            }
            Refusal::Edge(problem) => return problem,
            Refusal::Store(error) => return error.into(),
        };
        Self::new(slug)
    }
}
