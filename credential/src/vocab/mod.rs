//! The words the platform's parts share: card types and their claims, purposes of presentations,
//! transaction data, names of events.

pub mod cards;
pub mod purpose;
pub mod topics;
pub mod transaction;

pub use cards::{Card, Claim, Form, Sight, card, card_of, listener_vct};
pub use purpose::Purpose;
