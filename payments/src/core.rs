//! What every handler and job of this module works with, made once.

use crate::{
    Config,
    http::caller::Caller,
    issuer::Keys,
    provider::{Provider, fake::Fake},
    purse::PurseKey,
};
use credential::dpop::NonceKey;
use host::{Ground, Origin, proof::Door, seal::ModuleSeal};
use std::sync::Arc;
use web::{Site, form::FormKey};

/// Name of this module.
pub(crate) const NAME: &str = "payments";

/// Shared by all handlers and jobs.
pub(crate) struct Core {
    pub ground: Ground,
    pub config: Config,
    pub purses: PurseKey,
    pub provider: Arc<dyn Provider>,
    pub seal: ModuleSeal,
    pub door: Door,
    pub form: FormKey,
    pub site: Site,
    pub token_keys: Keys,
    pub card_keys: Keys,
}

impl Core {
    /// What a play intent must be addressed to: this module's name, compared as text.
    pub fn audience(&self) -> String {
        format!("{}/{NAME}", self.ground.origins.listen)
    }

    /// Where the provider's pages live.
    pub fn pay_origin(&self) -> String {
        self.ground.origins.listen.clone()
    }

    /// The token of the header's "Sign out", for a browser.
    pub fn logout_token(&self, caller: &Caller) -> Option<String> {
        caller
            .login
            .as_ref()
            .map(|login| self.form.token(&login.browser, "logout"))
    }
}

/// The module.
pub struct Payments {
    pub(crate) core: Arc<Core>,
    pub(crate) fake: Arc<Fake>,
}

impl Payments {
    /// Makes the module on its ground. Keys are drawn from the key file, never from the database.
    #[must_use]
    pub fn new(ground: &Ground, config: Config) -> Self {
        let fake = Arc::new(Fake::new(
            ground,
            ground.secrets.key("payments/webhook-fake"),
        ));
        let site = Site::of(ground, Origin::Listen);
        let nonces = NonceKey::new(ground.secrets.key("payments/dpop-nonce"));
        let core = Core {
            purses: PurseKey::new(ground.secrets.key("payments/purse")),
            provider: fake.clone(),
            seal: ground.seals.module(NAME),
            door: Door::new(nonces, site.base.clone(), NAME),
            form: FormKey::new(ground.secrets.key("web/form")),
            token_keys: Keys::tokens(),
            card_keys: Keys::cards(),
            ground: ground.clone(),
            config,
            site,
        };
        Self {
            core: Arc::new(core),
            fake,
        }
    }

    /// The fake provider, for a test that makes things go wrong.
    #[must_use]
    pub fn fake(&self) -> &Fake {
        &self.fake
    }
}
