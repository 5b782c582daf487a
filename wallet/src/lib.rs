//! stub while written
pub mod derive;
mod seal;
pub mod vault;
