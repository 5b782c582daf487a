//! Why the store says no.

use host::{
    Retryable, db,
    pow::Denied,
    proof::{ProofFault, Why},
};

/// A no of the vault store. Nothing of the request is kept.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such vault, or none for whoever asks: one answer for both.
    #[error("there is no such vault for this asker")]
    Unknown,
    /// The proof of the write key does not stand.
    #[error("the proof is not good")]
    Proof(ProofFault),
    /// Another device wrote first.
    #[error("the vault is at version {version}")]
    Behind {
        /// The version that is stored.
        version: i64,
    },
    /// The epoch is not the next one, or the new key comes without the old.
    #[error("the epoch does not follow")]
    Epoch,
    /// Not a document of this format: the member that is wrong.
    #[error("not a vault document: {0}")]
    Format(&'static str),
    /// A member of the request that is wrong.
    #[error("the field {0} is wrong")]
    Field(&'static str),
    /// The id belongs to something else.
    #[error("the id is taken")]
    Taken,
    /// Work is missing, used or too little.
    #[error("more work is needed")]
    Work(Denied),
    /// The database's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Refusal {
    /// The proof stands for another request than this.
    pub(crate) fn proof(why: &'static str, nonce: String) -> Self {
        Self::Proof(ProofFault {
            why: Why::Refused(why),
            nonce,
        })
    }
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}
