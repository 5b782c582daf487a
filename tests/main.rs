//! Suites across modules: one binary, because each one more costs a link of everything.

mod codes;
mod engines;
mod journeys;
mod layers;
mod source;
mod sql;
mod tidy;
