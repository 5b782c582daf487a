//! Every operation of this origin, by room.

mod account;
mod apps;
mod cards;
mod outside;
mod pages;
mod provider;
mod staff;
mod ways_in;

use super::op::Op;

/// Rooms and their operations, in the order in which they are shown.
pub(super) fn all() -> Vec<(&'static str, Vec<Op>)> {
    vec![
        ("OpenID provider", provider::ops()),
        ("Apps", apps::ops()),
        ("Sign-in", ways_in::ops()),
        ("Other devices and providers", outside::ops()),
        ("Cards", cards::ops()),
        ("Account", account::ops()),
        ("Staff", staff::ops()),
        ("Pages", pages::ops()),
    ]
}
