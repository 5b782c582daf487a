//! OpenID4VP 1.0: requests, answers, and the one door every presentation passes.

mod answer;
mod door;
mod parameters;
mod request;
mod signed;

pub use crate::{Verified, kb::Nonce};
pub use answer::{AnswerWant, Answered, parse_vp_token, verify_answer, vp_token};
pub use door::{Presentation, Want, verify_presentation};
pub use request::{Ask, Request, WalletPolicy};
pub use signed::{
    Link, SignedWant, SigningParams, complain_signed, complain_unsigned, open_request,
    x509_client_id,
};
