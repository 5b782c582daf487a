//! Apps that an operator registers, on the command line: the same check, with an operator's word.

use super::{INITIAL, document, document::Secret, draw_id, store};
use crate::{
    Idp,
    client::{
        metadata::{Invalid, Policy},
        store as clients,
    },
    problem::OAuthError,
    secrets,
};
use host::{Retryable, db};
use kernel::Timestamp;
use serde_json::{Map, Value};

/// An app that was registered: what to configure it with. The secret is shown here and never again.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Its registration with defaults, `client_id` and, where it has one, `client_secret`.
    pub told: Map<String, Value>,
}

/// An app as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLine {
    /// Its id.
    pub id: String,
    /// The name people see; empty where the registration is not held here.
    pub name: String,
    /// Where it comes from: `configured`, `registered`, `sandbox`.
    pub origin: &'static str,
    /// Whether it may be used.
    pub enabled: bool,
    /// Where it may be returned to.
    pub redirects: Vec<String>,
}

/// Why an operator's app is not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The document breaks a rule.
    #[error("{0}")]
    Refused(String),
    /// An app of that id exists.
    #[error("an app with the id `{0}` exists; choose another client_id, or leave it out")]
    Taken(String),
    /// An app is that resource.
    #[error("there is an app for the resource `{0}`; two apps cannot be one resource")]
    Resource(String),
    /// No app of that id.
    #[error("there is no app with the id `{0}`; `resonate client list` shows all")]
    Unknown(String),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for RegisterError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<Invalid> for RegisterError {
    fn from(invalid: Invalid) -> Self {
        Self::Refused(format!("{}: {invalid}", invalid.code()))
    }
}

impl Idp {
    /// Registers an app by an operator's word: RFC 7591 metadata, with a `client_id` if a certain one
    /// is wanted. A secret is drawn where it proves itself by one.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn add_client(&self, mut metadata: Value) -> Result<NewClient, RegisterError> {
        let core = &self.0;
        let now = core.ground.world.now();
        let wish = metadata.as_object_mut().and_then(|m| m.remove("client_id"));
        let id = match wish {
            None | Some(Value::Null) => draw_id(core),
            Some(Value::String(id)) if is_plain(&id) => id,
            Some(_) => return Err(Invalid::Metadata("client_id").into()),
        };
        let policy = Policy {
            demo: core.ground.demo.is_some(),
            may_waive_pkce: true,
            trusted: true,
        };
        let secret = Secret::draw(core);
        let draft = document::check(core, metadata, &id, &secret, &policy).await;
        let draft = draft.map_err(|error| match error {
            OAuthError::Registration(invalid) => invalid.into(),
            OAuthError::Store(error) => RegisterError::Store(error),
            other => RegisterError::Refused(other.to_string()),
        })?;
        if core.clients.is_fixed(&id) {
            return Err(RegisterError::Taken(id));
        }
        let resource = draft.client.resource.as_ref();
        let resource = resource.map(|resource| resource.uri.as_str());
        if let Some(uri) = resource.filter(|uri| core.clients.fixed_resource(uri).is_some()) {
            return Err(RegisterError::Resource(uri.to_owned()));
        }
        let row = store::Registration {
            token_h: None,
            inspect_h: None,
            owner: None,
            created: now,
        };
        let (app, row, name) = (&draft, &row, id.as_str());
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move {
                if app.insert(tx, row).await? {
                    return Ok(());
                }
                // The table refused it; which of the two it holds already?
                match resource {
                    Some(uri) if clients::of_resource(tx, uri).await?.is_some() => {
                        Err(RegisterError::Resource(uri.to_owned()))
                    }
                    _ => Err(RegisterError::Taken(name.to_owned())),
                }
            })
        });
        write.await?;
        let mut told = draft.told(core, None, Some(&secret), now);
        // Nobody manages it by token: an operator does.
        told.remove("registration_client_uri");
        Ok(NewClient { told })
    }

    /// Every app: those of the configuration and those of the table.
    ///
    /// # Errors
    /// The database's.
    pub async fn clients(&self) -> Result<Vec<ClientLine>, db::Error> {
        let core = &self.0;
        let now = core.ground.world.now();
        let mut conn = core.ground.db.read().await?;
        let mut ids: Vec<String> = core.clients.fixed_ids();
        ids.extend(clients::ids(&mut conn).await?);
        ids.sort_unstable();
        ids.dedup();
        let mut lines = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(found) = core.clients.find(&mut conn, &id, now).await? else {
                continue;
            };
            let origin = match (core.clients.is_fixed(&id), found.sandbox) {
                (true, _) => "configured",
                (false, true) => "sandbox",
                (false, false) => "registered",
            };
            lines.push(ClientLine {
                id,
                name: found.client.name,
                origin,
                enabled: found.enabled,
                redirects: found.client.redirects,
            });
        }
        Ok(lines)
    }

    /// Enables or disables an app that exists. It is asked for at the start of a sign-in and at each
    /// redemption, so a disabled app gets nothing from this moment on.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`]; the database's.
    pub async fn switch_client(&self, id: &str, enabled: bool) -> Result<(), RegisterError> {
        let found = {
            let now = self.0.ground.world.now();
            let mut conn = self.0.ground.db.read().await?;
            self.0.clients.find(&mut conn, id, now).await?
        };
        if found.is_none() {
            return Err(RegisterError::Unknown(id.to_owned()));
        }
        Ok(self.set_client_enabled(id, enabled).await?)
    }

    /// Makes an initial access token, good for `uses` registrations and `days` days. It is shown here
    /// and never again.
    ///
    /// # Errors
    /// The database's.
    pub async fn admit_clients(&self, uses: u32, days: u32) -> Result<String, db::Error> {
        let core = &self.0;
        let now: Timestamp = core.ground.world.now();
        let token = secrets::token(INITIAL, &core.ground.world);
        let (hash, until) = (
            secrets::hash(&token),
            now.plus_seconds(i64::from(days) * 86_400),
        );
        let hash = hash.as_str();
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move { store::admit(tx, hash, i64::from(uses), until).await })
        });
        write.await?;
        Ok(token)
    }
}

/// An id that stands well in addresses, forms and logs.
fn is_plain(id: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    (3..=64).contains(&id.len()) && id.bytes().all(plain)
}
