//! The demo's data folder. `host` stamps it, so that nothing else is ever emptied or opened as a
//! demo, and no demo data is ever served for real.

use crate::exit::Failure;
use host::demo::{STAMP, is_stamped};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Makes `path` ready for a demo: makes it if absent, empties it if `fresh`.
///
/// # Errors
/// A folder with content that no demo made, whatever `fresh` says; a folder that cannot be written.
pub fn open(path: &Path, fresh: bool) -> Result<PathBuf, Failure> {
    let cannot = |error: io::Error| {
        Failure::usage(format!(
            "the folder {} cannot be used: {error}",
            path.display()
        ))
    };
    fs::create_dir_all(path).map_err(cannot)?;
    let path = path.canonicalize().map_err(cannot)?;
    let has_content = fs::read_dir(&path).map_err(cannot)?.next().is_some();
    if has_content && !is_stamped(&path) {
        return Err(Failure::usage(format!(
            "the folder {} holds something that `resonate demo` did not make. Name another with --data",
            path.display()
        )));
    }
    if fresh && has_content {
        empty(&path).map_err(cannot)?;
    }
    Ok(path)
}

/// Removes all but the stamp, so that a crash in between leaves a folder known as the demo's.
fn empty(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == STAMP {
            continue;
        }
        // A link is removed, never followed.
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stamped_folder_is_emptied() {
        let base = std::env::temp_dir().join(format!("resonate-folder-{}", std::process::id()));
        let _ = fs::remove_dir_all(&base);
        let path = open(&base.join("a"), true).unwrap();
        fs::write(path.join(STAMP), "").unwrap();
        fs::create_dir(path.join("objects")).unwrap();
        fs::write(path.join("objects/x"), "x").unwrap();
        assert_eq!(open(&base.join("a"), false).unwrap(), path);
        assert!(path.join("objects/x").exists());
        open(&base.join("a"), true).unwrap();
        assert!(is_stamped(&path) && !path.join("objects").exists());

        let own = base.join("own");
        fs::create_dir(&own).unwrap();
        fs::write(own.join("thesis.tex"), "x").unwrap();
        for fresh in [false, true] {
            assert!(matches!(open(&own, fresh), Err(Failure::Usage(_))));
            assert!(own.join("thesis.tex").exists() && !is_stamped(&own));
        }
        fs::remove_dir_all(&base).unwrap();
    }
}
