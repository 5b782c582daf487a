//! Outside OpenID providers: a way in of the least strength, a way to show once that one is somebody,
//! and nothing more. The provider learns that someone uses the co-op, never which app: one client, one
//! return address, scope `openid`, no hint. Of its answer a keyed hash of issuer and subject is kept;
//! the rest is dropped in the handler.

pub(crate) mod attach;
mod config;
mod flow;
mod provider;
pub(crate) mod store;
pub(crate) mod vouch;

pub use config::ExternalSettings;
use config::Unfit;

use crate::{
    config::{Config, ConfigError},
    core::Shared,
    keyed,
};
use axum::Router;
use host::{Demo, Ground, http_client::HttpClient};
use kernel::{Secret, b64};
pub(crate) use provider::Provider;
use std::collections::BTreeMap;

/// The providers of this house, with what is needed to speak to them.
pub(crate) struct Providers {
    list: Vec<Provider>,
    http: Option<HttpClient>,
    key: Secret<[u8; 32]>,
}

impl Providers {
    /// Those of a checked configuration, on this ground.
    ///
    /// # Errors
    /// [`ConfigError::External`] for one that cannot be used here.
    pub(crate) fn of(ground: &Ground, config: &Config) -> Result<Self, ConfigError> {
        let key = ground.secrets.key("idp/external");
        let made = Self::new(&config.external, ground.demo.as_ref(), key);
        made.map_err(|(name, unfit)| ConfigError::External {
            name,
            why: unfit.to_string(),
        })
    }

    /// Takes them from the configuration. Without any, nothing is set up.
    ///
    /// # Errors
    /// [`Unfit`] for one whose address may not be called from here.
    fn new(
        settings: &BTreeMap<String, ExternalSettings>,
        demo: Option<&Demo>,
        key: Secret<[u8; 32]>,
    ) -> Result<Self, (String, Unfit)> {
        let list = settings
            .iter()
            .map(|(name, one)| {
                let provider = one.check(name, demo.is_some());
                provider.map_err(|unfit| (name.clone(), unfit))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let http = match (list.first(), demo) {
            (None, _) => None,
            (Some(_), demo) => Some(HttpClient::outside_or_here(demo)),
        };
        let http = http.transpose();
        let first = list.first().map(|one| one.name.clone()).unwrap_or_default();
        let http = http.map_err(|_| (first, Unfit("TLS cannot be set up on this machine")))?;
        Ok(Self { list, http, key })
    }

    /// All, in stable order: by name.
    pub(crate) fn all(&self) -> &[Provider] {
        &self.list
    }

    /// The provider of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Provider> {
        self.list.iter().find(|one| one.name == name)
    }

    /// What is kept of somebody at a provider:
    /// `b64url(HMAC-SHA-256(K, "resonate/external/v1" 00 iss 00 sub))`.
    pub(crate) fn tag(&self, iss: &str, sub: &str) -> String {
        tag(&self.key, iss, sub)
    }
}

pub(crate) fn tag(key: &Secret<[u8; 32]>, iss: &str, sub: &str) -> String {
    let parts = [iss.as_bytes(), sub.as_bytes()];
    b64::encode(keyed::mac(key, "resonate/external/v1", &parts))
}

/// The routes of this folder.
pub(crate) fn routes(core: &Shared) -> Router {
    flow::routes(core.clone()).merge(vouch::routes(core.clone()))
}
