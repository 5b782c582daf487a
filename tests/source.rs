//! The repository's own files, as the checks of its shape read them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ stands in the root")
        .to_owned()
}

/// Paths of the files git knows or would add, relative to the root, that end in one of `ends`.
pub fn files(ends: &[&str]) -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is needed to list the files");
    let mut files: Vec<String> = String::from_utf8(listed.stdout)
        .expect("paths are UTF-8")
        .lines()
        .filter(|path| ends.iter().any(|end| path.ends_with(end)))
        .filter(|path| root().join(path).exists())
        .map(str::to_owned)
        .collect();
    files.sort();
    assert!(!files.is_empty(), "git lists no file that ends in {ends:?}");
    files
}

/// The text of a file.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}
