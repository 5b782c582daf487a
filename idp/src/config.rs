//! Configuration of the provider.

use crate::{
    client::{
        Client,
        metadata::{self, Facts, Invalid, Policy},
    },
    demo,
    external::ExternalSettings,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The section `[idp]` as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Apps, by RFC 7591 metadata with fixed `client_id` and secret. The demo reads them from the
    /// file of `--clients`.
    pub clients: Vec<Value>,
    /// Names of the demo's personas; without the demo they mean nothing.
    pub personas: Vec<String>,
    /// Token calls a minute for each app; 6,000 where nothing is said.
    pub token_calls_per_minute: Option<u32>,
    /// Outside OpenID providers, by name.
    pub external: BTreeMap<String, ExternalSettings>,
    /// Who may register apps by `/register`.
    pub registration: Registration,
    /// Whether anyone may make an app of a day for loopback; on a loopback issuer anyone may.
    pub sandbox: bool,
}

/// Who may register apps by themselves (RFC 7591).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Nobody.
    Closed,
    /// Whoever holds an initial access token.
    #[default]
    Token,
    /// Anyone.
    Open,
}

/// Configuration that was checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) clients: Vec<Value>,
    pub(crate) personas: Vec<String>,
    pub(crate) token_calls_per_minute: Option<u32>,
    pub(crate) external: BTreeMap<String, ExternalSettings>,
    pub(crate) registration: Registration,
    pub(crate) sandbox: bool,
}

/// Why the provider cannot start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An app's metadata is refused.
    #[error("clients: app {number}: {why}")]
    Client {
        /// Which app of the list, from one.
        number: usize,
        /// The rule it breaks.
        why: String,
    },
    /// Two apps share an id, or a resource.
    #[error("clients: {0} stands twice")]
    Twice(String),
    /// A persona's name makes no handle.
    #[error("personas: {0} makes no handle")]
    Persona(String),
    /// An outside provider's settings are refused.
    #[error("external.{name}: {why}")]
    External {
        /// Its name.
        name: String,
        /// The rule it breaks.
        why: String,
    },
    /// An origin is no address.
    #[error("origins: {0} is no web address")]
    Origin(&'static str),
    /// Calls to the outside cannot be made.
    #[error("TLS cannot be set up on this machine")]
    Tls,
}

impl Config {
    /// Checks what can be checked before the ground is known.
    ///
    /// # Errors
    /// [`ConfigError`] names the app and the rule.
    pub fn parse(settings: Settings) -> Result<Self, ConfigError> {
        let config = Self {
            clients: settings.clients,
            personas: settings.personas,
            token_calls_per_minute: settings.token_calls_per_minute,
            external: settings.external,
            registration: settings.registration,
            sandbox: settings.sandbox,
        };
        if let Some(bad) = config.personas.iter().find(|p| demo::handle(p).is_none()) {
            return Err(ConfigError::Persona(bad.clone()));
        }
        // Read once as the demo would, so that a broken file is told of before anything starts.
        config.apps(&Policy {
            demo: true,
            may_waive_pkce: true,
            trusted: true,
        })?;
        Ok(config)
    }

    /// The apps under a policy.
    pub(crate) fn apps(&self, policy: &Policy) -> Result<Vec<Client>, ConfigError> {
        let mut apps: Vec<Client> = Vec::new();
        for (at, metadata) in self.clients.iter().enumerate() {
            let refused = |invalid: Invalid| ConfigError::Client {
                number: at + 1,
                why: format!("{}: {invalid}", invalid.code()),
            };
            let app = metadata::parse(metadata, &Facts::default(), policy).map_err(refused)?;
            if apps.iter().any(|known| known.id == app.id) {
                return Err(ConfigError::Twice(app.id));
            }
            apps.push(app);
        }
        Ok(apps)
    }
}
