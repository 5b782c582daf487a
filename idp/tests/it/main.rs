//! The provider through its router.

mod authenticator;
mod assertions;
mod authorize;
mod authorize_cases;
mod cards;
mod flow;
mod house;
mod joins;
mod logout;
mod passkeys;
mod presentations;
mod resources;
mod token;
mod wallet;
