//! What was shown to whom.

use serde::{Deserialize, Serialize};

/// How a disclosure ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Written before sending; stays when the process ends in between.
    Sent,
    /// Taken.
    Accepted,
    /// Not taken.
    Refused,
    /// No answer came.
    Unknown,
}

/// One disclosure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// Seconds since 1970.
    pub at: i64,
    /// Who asked: an origin.
    pub verifier: String,
    /// Which card; empty for a self-issued login.
    pub card: String,
    /// Names of the facts shown.
    pub facts: Vec<String>,
    /// Texts signed with it, such as a payment.
    pub signed: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
}
