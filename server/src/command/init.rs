//! `resonate init`: a configuration and keys for a new installation.

use crate::{
    args::InitArgs,
    command::config,
    exit::{Failure, Outcome},
    owner,
};
use host::Keyring;
use idp::OwnerLink;
use kernel::World;
use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    process::ExitCode,
};

/// Writes `resonate.toml`, the two key files, the data folder and the hash of the link for the first
/// owner, and prints that link. Nothing is overwritten.
///
/// # Errors
/// Usage: a domain that is none, or a file that exists.
pub fn run(args: &InitArgs, world: &World) -> Outcome {
    let domain = args.domain.to_ascii_lowercase();
    let origin = format!("https://id.{domain}");
    let parsed = url::Url::parse(&origin).map(|url| url.origin().ascii_serialization());
    if parsed.as_deref() != Ok(origin.as_str()) || !domain.contains('.') {
        return Err(Failure::usage(format!(
            "`{domain}` is not a domain, such as coop.example"
        )));
    }
    let file = args.dir.join("resonate.toml");
    let write = |path: &Path, mode: u32, text: &str| {
        create(path, mode, text)
            .map_err(|error| Failure::usage(format!("{} cannot be made: {error}", path.display())))
    };
    folder(&args.dir.join("data"))
        .map_err(|error| Failure::usage(format!("{}: {error}", args.dir.display())))?;
    write(
        &file,
        0o644,
        &config::sample().replace("coop.example", &domain),
    )?;
    Keyring::create(
        &args.dir.join("kek"),
        &args.dir.join("data.keys"),
        world.clone(),
    )?;
    let link = OwnerLink::draw(world, world.now());
    write(&args.dir.join(owner::FILE), 0o600, &link.note())?;
    println!(
        "Made {}, keys and a data folder.\n\
         Next: look at the file, then run `resonate migrate`, `resonate doctor` and `resonate serve`.\n\
         Keep `kek` and `data.keys` apart from backups of the data.\n\
         Then become the first owner, once and within 24 hours:\n{}",
        file.display(),
        link.url(&format!("https://staff.{domain}"))
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes a folder only its owner may enter.
fn folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Makes a file that must not exist yet.
fn create(path: &Path, mode: u32, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
