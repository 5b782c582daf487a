//! Publishing: all files made, the rights rule signed, the split sheet signed by every payee.

use super::{Kind, Party, Track};
use crate::{
    rights::{
        rule::RuleFile,
        sheet::{self, Sheet},
    },
    store,
};
use credential::{did, jose::Jwk};
use host::db::{self, Retryable, Tx};
use kernel::{Id, Timestamp};

/// What a payee signs to publish a track.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The track.
    pub track: Id<Track>,
    /// The rule file, word for word.
    pub rule: String,
    /// It, signed by the payee.
    pub rule_jws: String,
    /// The split sheet.
    pub sheet: Sheet,
    /// It, signed by each payee.
    pub sheet_jws: Vec<(Id<Party>, String)>,
}

/// Why a track is not published. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A file is missing, or the track is not ready, or a payee has not signed (ST16).
    #[error("the track is not ready: {0}")]
    NotReady(&'static str),
    /// A signature is not the payee's.
    #[error("a signature is not the payee's")]
    Signature,
    /// The shares do not make the whole.
    #[error("the shares do not make the whole")]
    Split,
    /// The rule file is not understood.
    #[error("{0}")]
    Rule(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

/// Publishes a ready track and the releases it stands on.
///
/// # Errors
/// [`Refusal`].
pub async fn publish(tx: &mut Tx<'_>, signed: &Signed, now: Timestamp) -> Result<(), Refusal> {
    let rule = RuleFile::parse(&signed.rule).map_err(|e| Refusal::Rule(e.to_string()))?;
    signed.sheet.check().map_err(|_| Refusal::Split)?;
    let track = store::track::by_id(tx, signed.track).await?;
    let track = track.ok_or(Refusal::NotReady("there is no such track"))?;
    files_are_made(tx, signed.track, rule.preview).await?;
    let payee = key_of(tx, track.payee).await?;
    sheet::verify_rule(signed.track, &signed.rule, &signed.rule_jws, &payee)
        .map_err(|_| Refusal::Signature)?;
    for (party, bps) in &signed.sheet.lines {
        let jws = signed.sheet_jws.iter().find(|(signer, _)| signer == party);
        let (_, jws) = jws.ok_or(Refusal::NotReady("a payee has not signed the split sheet"))?;
        let key = key_of(tx, *party).await?;
        signed
            .sheet
            .verify(jws, &key)
            .map_err(|_| Refusal::Signature)?;
        store::right::sign(tx, &signed.sheet, *party, *bps, jws).await?;
    }
    let hash = sheet::rule_hash(&signed.rule);
    store::right::insert(tx, &hash, &signed.rule, &signed.rule_jws, now).await?;
    if !store::track::publish(tx, signed.track, &hash, rule.opens_at, rule.qualify_ms).await? {
        return Err(Refusal::NotReady("the track is in another state"));
    }
    store::group::publish_with(tx, signed.track).await?;
    Ok(())
}

async fn files_are_made(tx: &mut Tx<'_>, track: Id<Track>, preview: bool) -> Result<(), Refusal> {
    let files = store::rendition::by_track(tx, track).await?;
    let has = |kind| files.iter().any(|file| file.kind == kind && file.bytes > 0);
    if !has(Kind::Opus128) && !has(Kind::Mp3) {
        return Err(Refusal::NotReady("there is no file to play"));
    }
    if preview && !has(Kind::Preview) {
        return Err(Refusal::NotReady("there is no preview"));
    }
    Ok(())
}

/// The key of a party's public identity.
async fn key_of(tx: &mut Tx<'_>, party: Id<Party>) -> Result<Jwk, Refusal> {
    let party = store::party::by_id(tx, party).await?;
    let did = party
        .and_then(|party| party.did)
        .ok_or(Refusal::Signature)?;
    did::key(&did).map_err(|_| Refusal::Signature)
}
