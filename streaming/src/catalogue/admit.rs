//! How a track enters the catalogue, once its files are made and stored.

use super::{Covers, Group, Party, Rendition, Track};
use crate::store;
use host::db::{self, Retryable, Tx};
use kernel::{Id, Timestamp};

/// The release a track stands on. The first track of a release brings it along; for the others it
/// only has to have the same id.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Its id; the same for all tracks of the release.
    pub id: Id<Group>,
    /// lp, ep, single, compilation, collection or podcast.
    pub kind: &'static str,
    /// Shown title.
    pub title: String,
    /// Artist as printed.
    pub artist: String,
    /// ISO 8601 date, possibly partial.
    pub released: Option<String>,
    /// UPC or EAN.
    pub gtin: Option<String>,
    /// Words about it.
    pub about: Option<String>,
    /// Its pictures; their bytes are stored already under [`super::object_key`].
    pub covers: Covers,
}

/// A track whose files are stored already under [`super::object_key`] of their hashes.
#[derive(Clone, Debug)]
pub struct NewTrack {
    /// The party that is paid.
    pub party: Id<Party>,
    /// The release, and the track's disc and position on it, both from 1.
    pub release: Option<(NewGroup, i64, i64)>,
    /// Shown title.
    pub title: String,
    /// Remix, live and the like.
    pub version: Option<String>,
    /// Artist as printed.
    pub artist: String,
    /// ISRC in canonical form.
    pub isrc: Option<String>,
    /// BCP 47 tag.
    pub lang: Option<String>,
    /// Words not for everyone.
    pub explicit: bool,
    /// SPDX or Creative Commons id; all rights reserved where there is none.
    pub licence: Option<String>,
    /// Length in milliseconds.
    pub duration_ms: i64,
    /// Integrated loudness in thousandths of LUFS.
    pub lufs_milli: Option<i64>,
    /// True peak in thousandths of dBTP.
    pub peak_milli: Option<i64>,
    /// One thousand signed peaks.
    pub waveform: Option<Vec<u8>>,
    /// SHA-256 of the decoded sound, in hexadecimal.
    pub pcm_hash: Option<String>,
    /// The files, the preview among them.
    pub renditions: Vec<Rendition>,
}

/// What became of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is in, as ready.
    New(Id<Track>),
    /// This party has a track of exactly this sound; nothing was stored.
    Known(Id<Track>),
}

/// Why a track does not enter. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such party.
    #[error("there is no such party")]
    PartyUnknown,
    /// Another party has a track of exactly this sound (ST59).
    #[error("another party has a track of exactly this sound")]
    HeldDuplicate,
    /// The ISRC or one of the files belongs to another track (ST63).
    #[error("the ISRC or a file belongs to another track")]
    Taken,
    /// The place on the release is taken.
    #[error("the place on the release is taken")]
    PlaceTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

/// Takes a track in as ready; nobody but its artist sees it before it is published. Repeating it
/// with the same sound stores nothing.
///
/// # Errors
/// [`Refusal`].
pub async fn admit(
    tx: &mut Tx<'_>,
    track: &NewTrack,
    id: Id<Track>,
    now: Timestamp,
) -> Result<Admitted, Refusal> {
    store::party::by_id(tx, track.party)
        .await?
        .ok_or(Refusal::PartyUnknown)?;
    if let Some(pcm) = &track.pcm_hash
        && let Some((known, payee)) = store::track::same_sound(tx, pcm).await?
    {
        let ours = payee == track.party;
        return if ours {
            Ok(Admitted::Known(known))
        } else {
            Err(Refusal::HeldDuplicate)
        };
    }
    if !store::track::insert(tx, track, id, now).await? {
        return Err(Refusal::Taken);
    }
    for file in &track.renditions {
        if !store::rendition::insert(tx, id, file).await? {
            return Err(Refusal::Taken);
        }
    }
    if let Some((group, disc, pos)) = &track.release {
        store::group::insert(tx, group, track.party).await?;
        if !store::group::place(tx, group.id, *disc, *pos, id).await? {
            return Err(Refusal::PlaceTaken);
        }
    }
    Ok(Admitted::New(id))
}
