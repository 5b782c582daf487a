//! Takes the quick start out of its page, so that what is compiled is what people read.

use std::{env, error::Error, fs, path::Path};

const PAGE: &str = "../../../docs/quickstarts/rust.md";

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where to write by its environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PAGE}");
    let page = fs::read_to_string(PAGE)?;
    let block = page
        .split_once("\n```rust\n")
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .ok_or("the page has no block")?
        .0;
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("quickstart.rs"),
        format!("{block}\n"),
    )?;
    Ok(())
}
