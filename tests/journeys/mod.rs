//! The main job, told from outside: the built programs, real HTTP on loopback, real audio.

mod house;
mod listener;
mod player;
mod steps;
mod visitor;
mod wallet;

mod crash;
mod hears_a_preview;
mod joins_pseudonymously;
mod keeps_its_vault_elsewhere;
mod leaves_no_trace;
mod partner_app_logs_in;
mod plays_and_artist_is_paid;
mod split;
