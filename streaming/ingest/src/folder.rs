//! What a folder offers: music, and the picture that belongs to it.

use crate::identify;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Most files looked at in one import.
const MOST: usize = 10_000;
/// Deepest folder looked into.
const DEEPEST: usize = 8;

/// A file that calls itself music.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The music.
    pub audio: PathBuf,
    /// `cover.png`, `cover.jpg`, `folder.jpg` or `front.jpg` beside it.
    pub cover: Option<PathBuf>,
}

/// Music below `folder`, sorted by path. Links are not followed, so that a folder cannot hand in
/// files from elsewhere; hidden files are left out.
///
/// # Errors
/// What the file system says, or more than 10,000 files.
pub fn list(folder: &Path) -> io::Result<Vec<Found>> {
    let mut found = vec![];
    walk(folder, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<Found>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let cover = entries
        .iter()
        .map(fs::DirEntry::path)
        .find(|path| is_cover(path));
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth < DEEPEST {
            walk(&path, depth + 1, found)?;
        }
        let ending = path
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase());
        if kind.is_file() && ending.is_some_and(|ending| identify::is_audio_name(&ending)) {
            if found.len() == MOST {
                return Err(io::Error::other(
                    "more than 10,000 files: import them in parts",
                ));
            }
            found.push(Found {
                audio: path,
                cover: cover.clone(),
            });
        }
    }
    Ok(())
}

fn is_cover(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .map(|s| s.to_string_lossy().to_ascii_lowercase());
    let ending = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase());
    matches!(stem.as_deref(), Some("cover" | "folder" | "front"))
        && matches!(ending.as_deref(), Some("png" | "jpg" | "jpeg"))
}
