//! One binary: the vectors, the refusal table and the laws of this crate.

#[cfg(test)]
mod cards;
#[cfg(test)]
mod did;
#[cfg(test)]
mod events;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod status;
#[cfg(test)]
mod vectors;
