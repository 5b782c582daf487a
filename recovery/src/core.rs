//! What every handler and job of this module works with, made once.

use credential::dpop::NonceKey;
use host::{Ground, Origin, edge::classes, pow::Mint, proof::Door};
use std::sync::Arc;

/// Name of this module.
pub(crate) const NAME: &str = "recovery";

/// Shared by all handlers and jobs.
pub(crate) struct Core {
    pub ground: Ground,
    pub door: Door,
    pub mint: Mint,
}

/// The module.
pub struct Recovery {
    pub(crate) core: Arc<Core>,
}

impl Recovery {
    /// Makes the module on its ground. Keys are drawn from the key file, never from the database.
    #[must_use]
    pub fn new(ground: &Ground) -> Self {
        let nonces = NonceKey::new(ground.secrets.key("recovery/dpop-nonce"));
        let work = ground.secrets.key("recovery/pow");
        let core = Core {
            door: Door::new(nonces, ground.origins.of(Origin::Wallet), NAME),
            mint: Mint::new(work, &classes::VAULT_MAKE, ground.demo.is_some()),
            ground: ground.clone(),
        };
        Self {
            core: Arc::new(core),
        }
    }
}
