//! Claims path pointers (OpenID4VP 1.0 section 7).

use crate::Refusal;
use serde_json::Value;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The member of an object.
    Name(String),
    /// The place of an array, from 0.
    Index(usize),
    /// All places of an array.
    All,
}

/// A way to one or several values in a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// The top-level claim of that name.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self(vec![Step::Name(name.to_owned())])
    }

    /// These steps.
    #[must_use]
    pub const fn of(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// Reads the JSON form: a non-empty array of text, integers from 0, and null.
    ///
    /// # Errors
    /// [`Refusal::RequestQuery`] for any other form.
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let steps = json.as_array().filter(|steps| !steps.is_empty());
        let step = |step: &Value| match step {
            Value::String(name) => Some(Step::Name(name.clone())),
            Value::Null => Some(Step::All),
            other => other
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .map(Step::Index),
        };
        let steps: Option<Vec<Step>> = steps
            .ok_or(Refusal::RequestQuery)?
            .iter()
            .map(step)
            .collect();
        steps.map(Self).ok_or(Refusal::RequestQuery)
    }

    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let step = |step: &Step| match step {
            Step::Name(name) => Value::from(name.as_str()),
            Step::Index(n) => Value::from(*n),
            Step::All => Value::Null,
        };
        Value::Array(self.0.iter().map(step).collect())
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The values it leads to in `claims`; at least one.
    ///
    /// # Errors
    /// [`Refusal::ClaimNotPresented`] when it leads nowhere, or through another kind of value than
    /// a step needs (section 7.1: processing aborts).
    pub fn select<'v>(&self, claims: &'v Value) -> Result<Vec<&'v Value>, Refusal> {
        const NOTHING: Refusal = Refusal::ClaimNotPresented;
        let mut at = vec![claims];
        for step in &self.0 {
            let mut next = Vec::new();
            for value in at {
                match step {
                    Step::Name(name) => next.extend(value.as_object().ok_or(NOTHING)?.get(name)),
                    Step::Index(n) => next.extend(value.as_array().ok_or(NOTHING)?.get(*n)),
                    Step::All => next.extend(value.as_array().ok_or(NOTHING)?),
                }
            }
            at = next;
        }
        if at.is_empty() { Err(NOTHING) } else { Ok(at) }
    }

    /// Whether a place in a card lies on this way, at its end or below it: all of those must be
    /// disclosed to show what it leads to.
    pub(crate) fn touches(&self, place: &[Step]) -> bool {
        self.0
            .iter()
            .zip(place)
            .all(|(want, have)| match (want, have) {
                (Step::All, Step::Index(_)) => true,
                _ => want == have,
            })
    }
}
