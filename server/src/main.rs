//! The binary `resonate`: everything is in the library, so that tests can call it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::main(std::env::args_os(), std::env::vars())
}
