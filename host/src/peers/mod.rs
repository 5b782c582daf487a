//! Modules call one another here, in one process or between nodes: the same bytes, the same
//! verification. A call and its answer are signed letters (`resonate-peer+jwt`).

mod delivery;
mod keys;
mod letters;
mod reach;
mod vouch;

pub(crate) use delivery::Delivery;
pub use keys::rotate;
pub(crate) use keys::{routes, signing};
pub use letters::{AskError, Heard};
pub use reach::Unreachable;

use crate::{
    config::{ConfigError, Origins},
    http_client::HttpClient,
    keyring::Keyring,
    part::Origin,
};
use axum::Router;
use kernel::World;
use reach::Reach;
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

/// The way to other modules and to the platform's own public addresses. Cloning shares it.
#[derive(Clone)]
pub struct Peers(Arc<Inner>);

struct Inner {
    world: World,
    origins: Origins,
    secrets: Keyring,
    http: HttpClient,
    modules: RwLock<HashMap<String, Reach>>,
    publics: RwLock<HashMap<Origin, Router>>,
    keys: keys::Cache,
}

impl Peers {
    /// Knows the modules of other nodes by their bases (`[peers.NAME]`); those of this process are
    /// mounted by [`crate::join::join`].
    ///
    /// # Errors
    /// [`ConfigError`]: TLS cannot be set up on this machine.
    pub fn new(
        world: World,
        origins: Origins,
        secrets: Keyring,
        bases: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let http = HttpClient::peers().map_err(|error| {
            ConfigError::new(
                "peers",
                format!("no TLS ({error})"),
                "Check the machine's TLS set-up",
            )
        })?;
        let there = |(name, base): (String, String)| {
            (name, Reach::There(base.trim_end_matches('/').to_owned()))
        };
        Ok(Self(Arc::new(Inner {
            world,
            origins,
            secrets,
            http,
            modules: RwLock::new(bases.into_iter().map(there).collect()),
            publics: RwLock::default(),
            keys: keys::Cache::default(),
        })))
    }

    /// Puts a module of this process in its place.
    pub(crate) fn mount(&self, module: &str, surface: Router) {
        let mut modules = self
            .0
            .modules
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        modules.insert(module.to_owned(), Reach::Here(surface));
    }

    /// Puts a public origin of this process in its place.
    pub(crate) fn mount_origin(&self, origin: Origin, routes: Router) {
        let mut publics = self
            .0
            .publics
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        publics.insert(origin, routes);
    }

    /// The module that signs as `iss`, if it is one we know.
    fn module_named(&self, iss: &str) -> Option<String> {
        let modules = self
            .0
            .modules
            .read()
            .unwrap_or_else(|lock| lock.into_inner());
        modules
            .keys()
            .find(|module| self.0.origins.name_of(module) == iss)
            .cloned()
    }
}
