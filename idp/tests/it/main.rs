//! The provider through its router.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test that calls them"
)]

mod admission;
mod ages;
mod asking;
mod assertions;
mod attaching;
mod audiences;
mod authenticator;
mod authorize;
mod authorize_cases;
mod backchannel;
mod cards;
mod colluders;
mod developers;
mod device;
mod external;
mod fetched;
mod flow;
mod high;
mod house;
mod invites;
mod joins;
mod leaving;
mod liar;
mod limits;
mod logout;
mod openapi;
mod own;
mod partner;
mod passkeys;
mod people;
mod people_api;
mod people_data;
mod presentations;
mod qr;
mod races;
mod register;
mod register_cases;
mod resources;
mod rotation;
mod staff;
mod staff_sees;
mod tables;
mod token;
mod unverified;
mod vouching;
mod wallet;
