//! The link for the first owner, from `resonate init` to the first `resonate serve`: the database does
//! not exist when it is drawn, so its hash waits in a file beside the keys.

use crate::plan::Plan;
use anyhow::{Context, Result};
use idp::Idp;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The file's name. It holds a hash and an end: no link can be made from it.
pub const FILE: &str = "owner.link";

/// Where the file is: beside the wrapped keys.
#[must_use]
pub fn file(keys: &Path) -> PathBuf {
    keys.with_file_name(FILE)
}

/// Makes the link that waits good, and removes its file. Without a file, or with one that was taken
/// before, nothing changes: a file that cannot be removed does no harm.
///
/// # Errors
/// The file cannot be read; the database.
pub async fn take_in(plan: &Plan, idp: Option<&Idp>) -> Result<()> {
    let Some(idp) = idp else { return Ok(()) };
    let file = file(&plan.keys);
    let note = match fs::read_to_string(&file) {
        Ok(note) => note,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    idp.accept_owner_link(&note).await?;
    if let Err(error) = fs::remove_file(&file) {
        tracing::warn!(%error, "the owner link's file stays; it is not taken twice");
    }
    Ok(())
}
