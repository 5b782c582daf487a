//! Matching cards to queries, for the holder who chooses and the verifier who checks.

use super::{ClaimQuery, CredentialQuery, Path, Query};
use crate::Refusal;
use serde_json::Value;

/// What a holder must disclose of one card.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The ways to disclose.
    pub paths: Vec<Path>,
}

impl ClaimQuery {
    /// Whether the claim is there, with one of the values asked for (section 6.4.1: compared
    /// strictly by JSON type; one match among several selected values is enough).
    #[must_use]
    pub fn is_met(&self, claims: &Value) -> bool {
        match self.path.select(claims) {
            Err(_) => false,
            Ok(found) => {
                self.values.is_empty() || found.iter().any(|value| self.values.contains(value))
            }
        }
    }
}

impl CredentialQuery {
    /// What to disclose of a card with these claims, all of them revealed; `None` when it does not
    /// fit. The first claim set that fits wins (section 6.4.1).
    #[must_use]
    pub fn choose(&self, claims: &Value) -> Option<Asked> {
        let vct = claims.get("vct").and_then(Value::as_str)?;
        if !self.vct_values.iter().any(|want| want == vct) {
            return None;
        }
        let set = self
            .sets()
            .find(|set| set.iter().all(|claim| claim.is_met(claims)))?;
        Some(Asked {
            paths: set.iter().map(|claim| claim.path.clone()).collect(),
        })
    }

    /// The alternatives; without claim sets all claims are the only one.
    fn sets(&self) -> impl Iterator<Item = Vec<&ClaimQuery>> {
        let all = self
            .claim_sets
            .is_empty()
            .then(|| self.claims.iter().collect());
        let named = self.claim_sets.iter().map(|ids| {
            let named = |claim: &&ClaimQuery| claim.id.as_ref().is_some_and(|id| ids.contains(id));
            self.claims.iter().filter(named).collect()
        });
        all.into_iter().chain(named)
    }
}

/// The verifier's second look: whether a presentation's claims hold everything asked.
///
/// # Errors
/// [`Refusal::Vct`] for a type that was not asked, [`Refusal::ClaimNotPresented`] when a claim is
/// missing or has another value.
pub fn asked_is_shown(query: &CredentialQuery, claims: &Value) -> Result<(), Refusal> {
    let vct = claims
        .get("vct")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !query.vct_values.iter().any(|want| want == vct) {
        return Err(Refusal::Vct);
    }
    query
        .choose(claims)
        .map(|_| ())
        .ok_or(Refusal::ClaimNotPresented)
}

/// Whether cards of these ids are what the query asks for, no more and enough.
///
/// # Errors
/// [`Refusal::ResponseShape`] for an unknown id, or a required card or set missing.
pub fn sets_are_met(query: &Query, ids: &[&str]) -> Result<(), Refusal> {
    let known = ids.iter().all(|id| query.credential(id).is_some());
    let all = |wanted: &[String]| wanted.iter().all(|id| ids.contains(&id.as_str()));
    let met = if query.credential_sets.is_empty() {
        query
            .credentials
            .iter()
            .all(|c| ids.contains(&c.id.as_str()))
    } else {
        let needed = query.credential_sets.iter().filter(|set| set.required);
        needed
            .into_iter()
            .all(|set| set.options.iter().any(|option| all(option)))
    };
    // An empty answer answers nothing, even where every set is optional.
    if known && met && !ids.is_empty() {
        Ok(())
    } else {
        Err(Refusal::ResponseShape)
    }
}
