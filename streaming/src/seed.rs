//! What an operator's commands do with the catalogue: bring in an artist, publish what is ready.

use crate::{
    Streaming,
    catalogue::{
        Party,
        publish::{self, Signed},
    },
    rights::{
        rule,
        sheet::{RULE_TYP, SHEET_TYP, Sheet, rule_payload},
    },
    store::{self, party::NewParty},
};
use credential::{
    did,
    jose::{self, SigningKey},
};
use host::db;
use kernel::{Id, Timestamp};
use serde_json::json;

/// An artist who enters the catalogue.
#[derive(Clone, Debug)]
pub struct NewArtist {
    /// The same every time, so that a repeat changes nothing.
    pub id: Id<Party>,
    /// Shown name.
    pub name: String,
    /// ISO 3166 code.
    pub country: Option<String>,
    /// Words about the artist.
    pub bio: Option<String>,
}

/// Why an artist or a track does not enter.
#[derive(Debug, thiserror::Error)]
pub enum SeedRefusal {
    /// The key is of a kind that no public identity has.
    #[error("an artist signs with an Ed25519 or P-256 key")]
    Key,
    /// A track is not published.
    #[error(transparent)]
    Publish(#[from] publish::Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Streaming {
    /// Brings an artist in, whose public identity is the did:key of `key`; without one, nothing of
    /// theirs can be published yet. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`SeedRefusal::Key`], [`SeedRefusal::Store`].
    pub async fn add_artist(
        &self,
        artist: &NewArtist,
        key: Option<&SigningKey>,
    ) -> Result<(), SeedRefusal> {
        let did = key.map(|key| did::of_key(&key.public()).map_err(|_| SeedRefusal::Key));
        let did = did.transpose()?;
        let party = NewParty {
            id: artist.id,
            kind: "artist",
            name: artist.name.clone(),
            country: artist.country.clone(),
            did,
            bio: artist.bio.clone(),
        };
        let party = &party;
        self.core
            .ground
            .db
            .write(move |tx| Box::pin(store::party::insert(tx, party)))
            .await?;
        Ok(())
    }

    /// Publishes every ready track of a party under the usual rule file, paid and worldwide, with
    /// all of the artist side to that party, both signed by `key`. Answers how many.
    ///
    /// # Errors
    /// [`SeedRefusal`]; what was published before stays so.
    pub async fn publish_ready(
        &self,
        party: Id<Party>,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<usize, SeedRefusal> {
        let db = &self.core.ground.db;
        let ready = store::track::ready_of(&mut *db.read().await?, party).await?;
        for track in &ready {
            let sheet = Sheet::single(*track, party);
            let sign = |typ, payload| jose::sign(key, &json!({ "typ": typ }), &payload);
            let signed = Signed {
                track: *track,
                rule: rule::PAID.to_owned(),
                rule_jws: sign(RULE_TYP, rule_payload(*track, rule::PAID)),
                sheet_jws: vec![(party, sign(SHEET_TYP, sheet.payload()))],
                sheet,
            };
            let signed = &signed;
            db.write(move |tx| Box::pin(publish::publish(tx, signed, now)))
                .await?;
        }
        Ok(ready.len())
    }

    /// Lets the listener with that pairwise name manage a party's music until `until`.
    ///
    /// # Errors
    /// [`db::Error`].
    pub async fn add_manager(
        &self,
        party: Id<Party>,
        name: &str,
        until: Timestamp,
    ) -> Result<(), db::Error> {
        let listener = self.core.names.listener(name);
        let listener = &listener;
        self.core
            .ground
            .db
            .write(move |tx| Box::pin(store::manager::put(tx, party, listener, until)))
            .await
    }
}
