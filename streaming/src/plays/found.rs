//! What a start looks up.

use super::{Play, PlayRow, Refusal};
use crate::{
    catalogue::{Party, Rendition, Shown, Track},
    rights::{self, Terms, rule::RuleFile},
    store::{self, tally::Tally},
};
use host::db::{self, Conn};
use kernel::{Id, Timestamp};

/// All that a start looks up, in one view of the store.
#[derive(Debug)]
pub struct Found {
    /// The play of that id.
    pub row: Option<PlayRow>,
    /// The track.
    pub track: Shown,
    /// Its terms.
    pub terms: Terms,
    /// Its files.
    pub files: Vec<Rendition>,
    /// How far the listener is with it.
    pub tally: Tally,
    /// The parties whose music the listener manages.
    pub manages: Vec<Id<Party>>,
    /// Lapsed starts today.
    pub lapses: i64,
}

/// Looks up what a start needs.
///
/// # Errors
/// [`Refusal::Unknown`], [`Refusal::Store`].
pub async fn find(
    conn: &mut Conn,
    listener: &[u8; 32],
    play: Id<Play>,
    track: Id<Track>,
    now: Timestamp,
) -> Result<Found, Refusal> {
    let row = store::play::by_id(conn, play).await?;
    let track = store::track::by_id(conn, track)
        .await?
        .ok_or(Refusal::Unknown)?;
    let terms = terms(conn, &track).await?;
    Ok(Found {
        row,
        files: store::rendition::by_track(conn, track.id).await?,
        tally: store::tally::one(conn, listener, track.id).await?,
        manages: store::manager::of(conn, listener, now).await?,
        lapses: store::lapse::count(conn, listener, now.day()).await?,
        track,
        terms,
    })
}

/// The terms of a track: its state and its rule file. Without one it is its artist's alone.
///
/// # Errors
/// [`db::Error`].
pub async fn terms(conn: &mut Conn, track: &Shown) -> Result<Terms, db::Error> {
    let body = match &track.rights {
        Some(hash) => store::right::body(conn, hash).await?,
        None => None,
    };
    let rule = body.as_deref().and_then(|body| RuleFile::parse(body).ok());
    Ok(terms_of(track, rule.as_ref()))
}

fn terms_of(track: &Shown, rule: Option<&RuleFile>) -> Terms {
    let worldwide = rule.is_none_or(|rule| rule.worldwide);
    Terms {
        state: track.state,
        payee: track.payee,
        opens_at: track.opens_at.or(rule.and_then(|rule| rule.opens_at)),
        closes_at: rule.and_then(|rule| rule.closes_at),
        worldwide,
        territories: rule
            .map(|rule| rule.territories.clone())
            .unwrap_or_default(),
        explicit: track.explicit,
        preview: rule.is_some_and(|rule| rule.preview),
        stream: rule.map_or(rights::Stream::Off, |rule| rule.stream),
        download: rule.map_or(rights::Download::Owners, |rule| rule.download),
    }
}
