//! One binary: the vectors, the refusal table and the laws of this crate.

mod cards;
mod did;
mod events;
mod identity;
mod laws;
mod requests;
mod speed;
mod vectors;
