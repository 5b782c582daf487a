//! One track, or one cover, from source to checked files.

use crate::{
    Facts, Picture, Refused, Rendition, Tags,
    child::Measured,
    encode,
    sandbox::{self, Tools},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A track that may enter the catalogue.
#[derive(Clone, Debug)]
pub struct Made {
    /// What was measured.
    pub facts: Facts,
    /// What the file says of itself.
    pub tags: Tags,
    /// All of [`crate::Kind::ALL`].
    pub renditions: Vec<Rendition>,
}

/// Makes all renditions of `source` below `work`, an empty folder that the caller removes. Blocks
/// for about a second a minute of sound.
///
/// # Errors
/// Why the file is not taken; then nothing in `work` counts.
pub fn track(tools: &Tools, source: &Path, work: &Path) -> Result<Made, Refused> {
    let source = readable(source)?;
    let ending = ending(&source);
    let output = tools.child("measure", &source, &ending).output();
    let output = output.map_err(|e| Refused::Tool(e.to_string()))?;
    if !output.status.success() {
        return Err(sandbox::refusal(output.status, &output.stderr));
    }
    let measured: Measured =
        serde_json::from_slice(&output.stdout).map_err(|e| Refused::Tool(e.to_string()))?;
    let renditions = encode::renditions(tools, &source, &ending, &measured.facts, work)?;
    Ok(Made {
        facts: measured.facts,
        tags: measured.tags,
        renditions,
    })
}

/// Makes the three sizes of a cover below `work`.
///
/// # Errors
/// [`Refused::Image`] with what is wrong.
pub fn cover(tools: &Tools, source: &Path, work: &Path) -> Result<Vec<Picture>, Refused> {
    let source = readable(source)?;
    let output = tools.cover_child(&source, work).output();
    let output = output.map_err(|e| Refused::Tool(e.to_string()))?;
    if !output.status.success() {
        return Err(match sandbox::refusal(output.status, &output.stderr) {
            Refused::AudioLimits => {
                Refused::Image("reading it took too much memory or time".into())
            }
            refused => refused,
        });
    }
    let pictures: Vec<Picture> =
        serde_json::from_slice(&output.stdout).map_err(|e| Refused::Tool(e.to_string()))?;
    // The child named the files as it sees them.
    let outside = |p: Picture| {
        let name = p.file.file_name().map(PathBuf::from).unwrap_or_default();
        Picture {
            side: p.side,
            file: work.join(name),
        }
    };
    Ok(pictures.into_iter().map(outside).collect())
}

fn readable(source: &Path) -> Result<PathBuf, Refused> {
    let source = fs::canonicalize(source).map_err(|e| Refused::Tool(e.to_string()))?;
    let length = fs::metadata(&source)
        .map_err(|e| Refused::Tool(e.to_string()))?
        .len();
    if length == 0 {
        return Err(Refused::AudioEmpty);
    }
    Ok(source)
}

fn ending(path: &Path) -> String {
    path.extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
}
