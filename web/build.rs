//! The pages' scripts and styles are built before the binary that carries them.

use std::{path::Path, process::exit};

fn main() {
    println!("cargo:rerun-if-changed=dist");
    if !Path::new("dist/manifest.json").is_file() {
        println!("cargo::error=web/dist is missing: run scripts/web-build, then build again");
        exit(1);
    }
}
