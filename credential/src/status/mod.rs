//! Status lists: whether a card that is otherwise good was taken back.
//!
//! [`Bits`] is the list itself, in the bit order of either kind: Token Status List (draft 20; private
//! cards) and Bitstring Status List 1.0 (public W3C credentials). [`publish`] and [`open`] are the
//! signed form of the first. A [`StatusView`] is what the door asks.

mod bits;
mod token;
mod view;

pub use bits::{Bits, Order};
pub use token::{ENTRIES, List, Publication, open, publish};
pub use view::{Lists, NoStatus, StatusView, View};
