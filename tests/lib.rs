//! The suites stand in `main.rs`, one test binary; see README.md.
