//! Refusals as problems, matched exhaustively.

use crate::Refusal;
use host::pow::Denied;
use kernel::{Problem, problem};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::new(&problem::NOT_FOUND),
            Refusal::Proof(fault) => fault.into(),
            Refusal::Behind { version } => {
                Self::new(&problem::VAULT_BEHIND).with("version", version)
            }
            Refusal::Epoch => Self::new(&problem::VAULT_EPOCH),
            Refusal::Format(member) => Self::new(&problem::VAULT_FORMAT).with("field", member),
            Refusal::Field(name) => Self::new(&problem::INVALID_FIELD).with("field", name),
            Refusal::Taken => Self::new(&problem::CONFLICT),
            // A new challenge may be asked for at once; what takes the time is the work.
            Refusal::Work(Denied::Needed | Denied::Work) => {
                Self::new(&problem::VAULT_WORK).with("retry_after", 1)
            }
            Refusal::Work(Denied::More { bits }) => Self::new(&problem::VAULT_WORK)
                .with("retry_after", 1)
                .with("bits", bits),
            Refusal::Store(error) => error.into(),
        }
    }
}
