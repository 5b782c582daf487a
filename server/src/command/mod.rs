//! One file for each command but `demo`.

pub mod client;
pub mod config;
pub mod doctor;
pub mod import;
pub mod init;
pub mod keys;
pub mod migrate;
pub mod owner_link;
pub mod serve;
