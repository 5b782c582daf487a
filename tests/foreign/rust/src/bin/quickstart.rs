//! The quick start for Rust, as its page has it.
#![expect(
    clippy::disallowed_methods,
    reason = "an app of others reads its own environment"
)]
// Clippy leaves wildcards alone where it builds tests.
#![cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "a quick start is short")
)]

include!(concat!(env!("OUT_DIR"), "/quickstart.rs"));
