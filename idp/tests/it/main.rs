//! The provider through its router.

mod authorize;
mod flow;
mod house;
mod logout;
mod resources;
mod token;
