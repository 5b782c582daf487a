#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod address;
pub mod dcql;
pub mod did;
pub mod dpop;
pub mod event;
pub mod jose;
pub mod json;
pub mod kb;
pub mod pkce;
mod refusal;
pub mod rp;
pub mod sdjwt;
pub mod siop;
pub mod status;
pub mod trust;
pub mod vc;
pub mod vci;
mod verified;
pub mod versions;
pub mod vocab;
pub mod vp;

pub use refusal::Refusal;
pub use trust::Trust;
pub use verified::Verified;
