//! OpenID4VCI 1.0: what an issuer publishes, what a wallet proves and asks, and the signed offers by
//! which a module hands a grant to the issuer.

mod metadata;
mod nonce;
mod offer;
mod proof;
mod request;

pub use metadata::{
    BATCH_SIZE, integrity, issuer_keys, issuer_metadata, read_issuer_keys, type_metadata, type_text,
};
pub use nonce::CNonceKey;
pub use offer::{Offer, OfferState, Why, Withdrawal, read_offer, read_withdrawal};
pub use proof::{ProofWant, Proofs, make_proof, verify_proofs};
pub use request::{CredentialRequest, Requested, credential_request, credential_response};
