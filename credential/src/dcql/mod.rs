//! The Digital Credentials Query Language (OpenID4VP 1.0 section 6): the whole language is read,
//! unknown properties are ignored.

mod parse;
mod path;
mod select;

pub use path::{Path, Step};
pub use select::{Asked, asked_is_shown, sets_are_met};

use serde_json::Value;

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The cards asked for.
    pub credentials: Vec<CredentialQuery>,
    /// Which of them suffice; empty: all are needed.
    pub credential_sets: Vec<CredentialSet>,
    /// As it was sent.
    raw: Value,
}

/// One card asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialQuery {
    /// Names it in the answer.
    pub id: String,
    /// `dc+sd-jwt`, or a format we have no card of.
    pub format: String,
    /// The types that will do.
    pub vct_values: Vec<String>,
    /// Whether several cards may answer.
    pub multiple: bool,
    /// The claims asked for; empty: none, only what is always visible.
    pub claims: Vec<ClaimQuery>,
    /// Which of them suffice, best first; empty: all are needed.
    pub claim_sets: Vec<Vec<String>>,
}

/// One claim asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimQuery {
    /// Names it in claim sets.
    pub id: Option<String>,
    /// Where it stands.
    pub path: Path,
    /// Values that will do; empty: any.
    pub values: Vec<Value>,
}

/// Combinations of cards of which one suffices.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialSet {
    /// Each names cards by id.
    pub options: Vec<Vec<String>>,
    /// Whether one must be there.
    pub required: bool,
}

impl Query {
    /// The JSON it was read from.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.raw
    }

    /// The card query of that id.
    #[must_use]
    pub fn credential(&self, id: &str) -> Option<&CredentialQuery> {
        self.credentials.iter().find(|query| query.id == id)
    }
}
