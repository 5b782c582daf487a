//! Bytes: grants, ranges, the gate, and the way from a file to a connection.

pub mod body;
pub mod files;
pub mod gate;
pub mod grant;
pub mod range;
