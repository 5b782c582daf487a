//! The key that signs cards (ES256), apart from the keys of tokens.

use super::store;
use crate::core::Core;
use credential::jose::{Jwk, SigningKey};
use host::db;
use kernel::Timestamp;
use std::sync::Arc;
use tokio::sync::RwLock;

/// How long keys read from the table are used, seconds.
const CACHED: i64 = 60;

/// Card keys, read from the table and kept for a minute.
#[derive(Default)]
pub(crate) struct CardKeys(RwLock<Option<(Timestamp, Arc<CardRing>)>>);

/// The card keys at one moment: one signs, all verify.
pub(crate) struct CardRing {
    /// Names the key that signs.
    pub(super) kid: String,
    /// The key that signs.
    pub(super) signer: SigningKey,
    /// All public keys, with their names.
    pub(crate) public: Vec<Jwk>,
}

impl Core {
    /// The card keys now; the first use makes the first key.
    ///
    /// # Errors
    /// The store's own; `Corrupt` for a cell that does not open.
    pub(crate) async fn card_ring(&self, now: Timestamp) -> Result<Arc<CardRing>, db::Error> {
        if let Some((read_at, ring)) = &*self.card_keys.0.read().await
            && (0..CACHED).contains(&(now.seconds() - read_at.seconds()))
        {
            return Ok(ring.clone());
        }
        let mut held = self.card_keys.0.write().await;
        let mut rows = self.stored_card_keys().await?;
        if !rows.iter().any(|row| row.active) {
            self.make_card_key(now).await?;
            rows = self.stored_card_keys().await?;
        }
        let ring = Arc::new(self.read_card_ring(&rows)?);
        *held = Some((now, ring.clone()));
        Ok(ring)
    }

    async fn stored_card_keys(&self) -> Result<Vec<store::KeyRow>, db::Error> {
        let mut conn = self.ground.db.read().await?;
        store::keys(&mut conn).await
    }

    /// Puts a fresh key, unless another process was first.
    async fn make_card_key(&self, now: Timestamp) -> Result<(), db::Error> {
        let entropy = self.ground.world.entropy();
        let key = SigningKey::generate_es256(entropy);
        let kid = key.thumbprint();
        let private = key.private_json();
        let sealed = self.ground.seals.module("idp").seal(
            "idp_card_key",
            "private_sealed",
            &kid,
            private.expose().as_bytes(),
            entropy,
        );
        let public = key.public().public_json().to_string();
        let (kid, public, sealed) = (&kid, &public, &sealed);
        self.ground
            .db
            .write(move |tx| {
                Box::pin(async move {
                    if store::keys(tx).await?.iter().any(|row| row.active) {
                        return Ok(());
                    }
                    store::put_key(tx, kid, public, sealed, now).await
                })
            })
            .await
    }

    fn read_card_ring(&self, rows: &[store::KeyRow]) -> Result<CardRing, db::Error> {
        let seal = self.ground.seals.module("idp");
        let mut public = Vec::with_capacity(rows.len());
        let mut signer = None;
        for row in rows {
            let jwk = credential::json::parse(row.public_jwk.as_bytes()).ok();
            let jwk = jwk
                .and_then(|jwk| Jwk::parse(&jwk).ok())
                .ok_or(db::Error::Corrupt("idp_card_key"))?;
            public.push(jwk.with_kid(&row.kid));
            let (true, Some(cell), None) = (row.active, &row.private_sealed, &signer) else {
                continue;
            };
            let plain = seal.open("idp_card_key", "private_sealed", &row.kid, cell)?;
            let json = credential::json::parse(plain.expose())
                .map_err(|_| db::Error::Corrupt("idp_card_key"))?;
            let key = SigningKey::from_private_json(&json)
                .map_err(|_| db::Error::Corrupt("idp_card_key"))?;
            signer = Some((row.kid.clone(), key));
        }
        let (kid, signer) = signer.ok_or(db::Error::Corrupt("idp_card_key"))?;
        Ok(CardRing {
            kid,
            signer,
            public,
        })
    }
}
