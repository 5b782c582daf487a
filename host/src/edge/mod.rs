//! What every request passes before a module sees it: an id, size limits, the list of hosts, a
//! time limit, one log line. No address, user agent, query string or subject is logged or measured.

mod gate;
mod heavy;
mod hosts;
mod page;
mod rate;

pub(crate) use gate::Remote;
pub use gate::{
    Asked, EdgeConfig, ProblemPage, RequestId, gate, layers, origin, origin_with_pages,
};
pub use heavy::{Heavy, Turn};
pub use hosts::by_host;
pub use rate::{Class, Meter, Source, classes};

/// The most bytes of path and query; 414 beyond.
pub const URL_MOST: usize = 8 * 1024;
/// The most bytes of all headers; 431 beyond.
pub const HEADERS_MOST: usize = 16 * 1024;
/// Seconds until a request without an answer ends in 503.
pub const REQUEST_S: u64 = 30;
