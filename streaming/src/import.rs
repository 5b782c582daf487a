//! Bringing in a folder of music: each file by itself, reported by name, visible only when whole.

use crate::{
    Streaming,
    catalogue::{
        self, Covers, Group, Kind, Party, Rendition,
        admit::{self, Admitted, NewGroup, NewTrack},
    },
};
use ingest::{Made, Refused, Tools, folder::Found};
use kernel::{Id, World, hex};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

/// What became of one file.
#[derive(Debug)]
pub enum Outcome {
    /// It is in, as ready, with its title.
    Admitted(String),
    /// This artist has exactly this sound already; nothing was stored.
    Known,
    /// It was not taken; nothing of it was stored.
    Refused(String),
}

/// One line of a report.
#[derive(Debug)]
pub struct Line {
    /// The file, or a picture beside it.
    pub file: PathBuf,
    /// What became of it.
    pub outcome: Outcome,
    /// How many files are done, this one with them, and how many there are.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

/// Why a folder cannot be brought in at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The folder cannot be read, or the work folder cannot be made.
    #[error("{0}")]
    Folder(#[from] io::Error),
    /// The store or the objects failed: our side. What was reported as admitted stays.
    #[error("{0}")]
    Storage(String),
}

/// The pictures of a release, or why there are none.
type Pictures = Result<Covers, String>;

/// One import that is under way.
struct Import<'a> {
    streaming: &'a Streaming,
    tools: &'a Tools,
    party: Id<Party>,
    artist: &'a str,
    world: World,
    covers: HashMap<PathBuf, Pictures>,
}

impl Streaming {
    /// Brings in every music file below `folder` for `party`, whose shown name is `artist`, and
    /// calls `report` after each. Tracks end as ready; publishing them is another act.
    ///
    /// # Errors
    /// [`ImportError`]; a file that is refused is a line of the report, not an error.
    pub async fn import(
        &self,
        tools: &Tools,
        folder: &Path,
        party: Id<Party>,
        artist: &str,
        mut report: impl FnMut(Line),
    ) -> Result<(), ImportError> {
        let found = ingest::folder::list(folder)?;
        let world = self.core.ground.world.clone();
        let covers = HashMap::new();
        let mut import = Import {
            streaming: self,
            tools,
            party,
            artist,
            world,
            covers,
        };
        for (at, one) in found.iter().enumerate() {
            let (done, of) = (at + 1, found.len());
            if let Some(why) = import.picture(one).await? {
                let file = one.cover.clone().unwrap_or_default();
                report(Line {
                    file,
                    outcome: Outcome::Refused(why),
                    done: at,
                    of,
                });
            }
            let outcome = import.file(one).await?;
            report(Line {
                file: one.audio.clone(),
                outcome,
                done,
                of,
            });
        }
        Ok(())
    }
}

impl Import<'_> {
    /// Makes the pictures of a cover the first time it is met; answers why not, that time only.
    async fn picture(&mut self, found: &Found) -> Result<Option<String>, ImportError> {
        let Some(cover) = found
            .cover
            .clone()
            .filter(|cover| !self.covers.contains_key(cover))
        else {
            return Ok(None);
        };
        let work = self.work()?;
        let (tools, source, out) = (self.tools.clone(), cover.clone(), work.0.clone());
        let made = blocking(move || ingest::cover(&tools, &source, &out)).await?;
        let pictures = match made {
            Err(refused) => Err(refused.to_string()),
            Ok(made) => {
                let mut covers = Covers::default();
                for picture in made {
                    covers
                        .0
                        .push((picture.side, self.store_picture(&picture.file).await?));
                }
                Ok(covers)
            }
        };
        let why = pictures.as_ref().err().cloned();
        self.covers.insert(cover, pictures);
        Ok(why)
    }

    fn work(&self) -> io::Result<Work> {
        Work::below(self.streaming.core.config.work_dir.as_deref(), &self.world)
    }

    async fn store_picture(&self, file: &Path) -> Result<[u8; 32], ImportError> {
        let bytes = std::fs::read(file)?;
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let objects = &self.streaming.core.ground.objects;
        objects
            .put(&catalogue::object_key(&hash), bytes)
            .await
            .map_err(storage)?;
        Ok(hash)
    }

    async fn file(&self, found: &Found) -> Result<Outcome, ImportError> {
        let work = self.work()?;
        let (tools, source, out) = (self.tools.clone(), found.audio.clone(), work.0.clone());
        let made = match blocking(move || ingest::track(&tools, &source, &out)).await? {
            Ok(made) => made,
            Err(Refused::Tool(why)) => return Err(ImportError::Storage(why)),
            Err(refused) => return Ok(Outcome::Refused(refused.to_string())),
        };
        // Bytes first: a track is never visible before all its files are stored. Bytes of a track
        // that is then not admitted are named by nothing and stand in nobody's way.
        let objects = &self.streaming.core.ground.objects;
        for one in &made.renditions {
            let key = catalogue::object_key(&one.hash);
            objects.put_file(&key, &one.file).await.map_err(storage)?;
        }
        self.admit(found, &made).await
    }

    async fn admit(&self, found: &Found, made: &Made) -> Result<Outcome, ImportError> {
        let Some(track) = self.track(found, made) else {
            return Ok(Outcome::Refused(
                "its length or size is out of range".into(),
            ));
        };
        let (id, now) = (Id::draw(&self.world), self.world.now());
        let track = &track;
        let db = &self.streaming.core.ground.db;
        let admitted = db
            .write(move |tx| Box::pin(admit::admit(tx, track, id, now)))
            .await;
        match admitted {
            Ok(Admitted::New(_)) => Ok(Outcome::Admitted(track.title.clone())),
            Ok(Admitted::Known(_)) => Ok(Outcome::Known),
            Err(admit::Refusal::Store(e)) => Err(storage(e)),
            Err(refused) => Ok(Outcome::Refused(refused.to_string())),
        }
    }

    /// The track as its tags suggest it; what tags leave open comes from the file's name.
    fn track(&self, found: &Found, made: &Made) -> Option<NewTrack> {
        let stem = found.audio.file_stem()?.to_string_lossy().into_owned();
        let title = made.tags.title.clone().unwrap_or_else(|| plain(&stem));
        let rendition = |one: &ingest::Rendition| {
            Some(Rendition {
                hash: one.hash,
                kind: Kind::parse(one.kind.name())?,
                mime: one.kind.media_type().to_owned(),
                bytes: one.bytes,
                ms: i64::try_from(one.ms).ok()?,
            })
        };
        let release = made.tags.album.as_ref().map(|album| {
            let group = self.release(found, album);
            (group, 1, i64::from(made.tags.number.unwrap_or(1)))
        });
        Some(NewTrack {
            party: self.party,
            release,
            title,
            version: None,
            artist: made
                .tags
                .artist
                .clone()
                .unwrap_or_else(|| self.artist.to_owned()),
            isrc: made.tags.isrc.as_deref().and_then(catalogue::check::isrc),
            lang: None,
            explicit: false,
            licence: None,
            duration_ms: i64::try_from(made.facts.duration_ms).ok()?,
            lufs_milli: Some(made.facts.lufs_milli),
            peak_milli: Some(made.facts.peak_milli),
            waveform: hex::decode(&made.facts.waveform),
            pcm_hash: Some(made.facts.pcm_hash.clone()),
            renditions: made
                .renditions
                .iter()
                .map(rendition)
                .collect::<Option<_>>()?,
        })
    }

    fn release(&self, found: &Found, album: &str) -> NewGroup {
        let covers = found
            .cover
            .as_ref()
            .and_then(|cover| self.covers.get(cover));
        NewGroup {
            id: release_id(self.party, album),
            kind: "lp",
            title: album.to_owned(),
            artist: self.artist.to_owned(),
            released: None,
            gtin: None,
            about: None,
            covers: covers
                .and_then(|pictures| pictures.clone().ok())
                .unwrap_or_default(),
        }
    }
}

/// The same artist and title name the same release, so a repeated import finds it again.
fn release_id(party: Id<Party>, album: &str) -> Id<Group> {
    let mut hash = Sha256::new();
    hash.update(b"resonate/release/1\0");
    hash.update(party.bytes());
    hash.update(album.as_bytes());
    let digest = hash.finalize();
    Id::from_bytes(std::array::from_fn(|i| digest[i]))
}

/// `03 Slack_Tide` without its number, as a title of last resort.
fn plain(stem: &str) -> String {
    let title = stem.trim_start_matches(|c: char| c.is_ascii_digit() || " .-_".contains(c));
    let title = if title.is_empty() { stem } else { title };
    title
        .replace('_', " ")
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// A folder for one file's work, gone with it.
struct Work(PathBuf);

impl Work {
    fn below(folder: Option<&Path>, world: &World) -> io::Result<Self> {
        let name = format!("resonate-import-{}", hex::encode(world.random::<8>()));
        let path = folder
            .map_or_else(std::env::temp_dir, Path::to_owned)
            .join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(error = %e, "a work folder could not be removed");
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ImportError> {
    tokio::task::spawn_blocking(work).await.map_err(storage)
}

fn storage(e: impl std::fmt::Display) -> ImportError {
    ImportError::Storage(e.to_string())
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_files_name_becomes_a_title() {
        assert_eq!(plain("03 Slack_Tide"), "Slack Tide");
        assert_eq!(plain("1999"), "1999");
    }
}
