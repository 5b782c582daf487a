//! What every part of the provider holds on to.

use crate::{
    client::{Clients, first_party, keys::FetchedKeys, metadata::Policy},
    config::{Config, ConfigError},
    developers::Inspector,
    device::Tries,
    external::Providers,
    issuer::Nonces,
    keys::Keys,
    limits::Limits,
    pairwise::Pairwise,
    passkey::Party,
    pow::Mint,
};
use credential::dpop::NonceKey;
use host::{Ground, Origin, edge::classes, http_client::HttpClient, proof::Door};
use kernel::Secret;
use std::sync::Arc;
use web::{Site, form::FormKey};

/// The provider's own state: the ground, what was configured, and keys in use. No request's data.
pub(crate) struct Core {
    /// Database, chance, time, seals, outbox, peers.
    pub(crate) ground: Ground,
    /// Checked configuration.
    pub(crate) config: Config,
    /// This origin, as pages need it.
    pub(crate) site: Site,
    /// The staff origin, as its pages need it.
    pub(crate) staff_site: Site,
    /// Apps known from configuration; the table adds to them.
    pub(crate) clients: Clients,
    /// Keys of tokens and of cards.
    pub(crate) keys: Keys,
    /// Makes subjects.
    pub(crate) pairwise: Pairwise,
    /// Makes and checks form tokens.
    pub(crate) forms: FormKey,
    /// Makes the successors of refresh tokens.
    pub(crate) refresh_key: Secret<[u8; 32]>,
    /// Hashes the codes that devices show.
    pub(crate) user_code_key: Secret<[u8; 32]>,
    /// Wrong codes of devices, by account.
    pub(crate) device_tries: Tries,
    /// Hashes the keys of issued cards.
    pub(crate) card_mac: Secret<[u8; 32]>,
    /// Checks DPoP proofs and gives out their nonces.
    pub(crate) door: Door,
    /// Nonces of the card issuer.
    pub(crate) nonces: Nonces,
    /// The relying party of passkeys.
    pub(crate) passkeys: Party,
    /// Challenges of work, for joining.
    pub(crate) pow: Mint,
    /// How often is enough.
    pub(crate) limits: Limits,
    /// Calls to addresses that apps name: guarded.
    pub(crate) outside: HttpClient,
    /// Keys that apps publish.
    pub(crate) fetched_keys: FetchedKeys,
    /// The last requests of apps, for their makers.
    pub(crate) inspector: Inspector,
    /// Outside providers.
    pub(crate) external: Providers,
}

/// The state of every router here.
pub(crate) type Shared = Arc<Core>;

impl Core {
    /// Puts it together; nothing is read or written yet.
    ///
    /// # Errors
    /// [`ConfigError`] for an app that is refused here, or an origin without host.
    pub(crate) fn new(ground: &Ground, config: Config) -> Result<Self, ConfigError> {
        let origins = &ground.origins;
        let secret = |name: &str| ground.secrets.key(name);
        let policy = Policy {
            demo: ground.demo.is_some(),
            may_waive_pkce: true,
            trusted: true,
        };
        let mut apps = config.apps(&policy)?;
        for own in [
            first_party::wallet(origins),
            first_party::listen(origins, &secret("clients/listen")),
            first_party::staff(origins, &secret("clients/staff")),
        ] {
            if apps.iter().any(|app| app.id == own.id) {
                return Err(ConfigError::Twice(own.id));
            }
            apps.push(own);
        }
        let resources = || apps.iter().filter_map(|app| app.resource.as_ref());
        if let Some(twice) =
            resources().find(|r| resources().filter(|o| o.uri == r.uri).count() > 1)
        {
            return Err(ConfigError::Twice(twice.uri.clone()));
        }
        Ok(Self {
            external: Providers::of(ground, &config)?,
            site: Site::of(ground, Origin::Id),
            staff_site: Site::of(ground, Origin::Staff),
            clients: Clients::new(apps, policy),
            keys: Keys::default(),
            pairwise: Pairwise::new(secret("idp/pairwise")),
            forms: FormKey::new(secret("idp/form")),
            refresh_key: secret("idp/refresh"),
            user_code_key: secret("idp/user-code"),
            device_tries: Tries::default(),
            card_mac: secret("idp/card"),
            door: Door::new(NonceKey::new(secret("idp/dpop-nonce")), &origins.id, "idp"),
            nonces: Nonces::new(secret("idp/c-nonce")),
            passkeys: Party::new(&origins.id).ok_or(ConfigError::Origin("id"))?,
            pow: Mint::new(secret("idp/pow"), &classes::JOIN, ground.demo.is_some()),
            limits: Limits::new(config.token_calls_per_minute),
            outside: HttpClient::outside_or_here(ground.demo.as_ref())
                .map_err(|_| ConfigError::Tls)?,
            fetched_keys: FetchedKeys::default(),
            inspector: Inspector::default(),
            config,
            ground: ground.clone(),
        })
    }

    /// The issuer, without a path and without a trailing slash.
    pub(crate) fn issuer(&self) -> &str {
        &self.ground.origins.id
    }

    /// Whether cookies take their prefix and are Secure: the issuer's scheme alone decides.
    pub(crate) fn is_https(&self) -> bool {
        self.site.https
    }

    /// The address of `path` (which begins with a slash) at the issuer.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// What the listening pages call an account: its subject there, and the one claim of a Listener
    /// card that only that origin is shown.
    pub(crate) fn listening_name(&self, account: &str) -> String {
        let sector = first_party::host(&self.ground.origins.listen);
        let name = self.pairwise.sub(&sector, account);
        name.expect("account ids are drawn in lower case, hosts hold no zero byte")
    }
}
