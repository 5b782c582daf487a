#![doc = include_str!("../README.md")]

mod account;
mod acr;
mod api;
mod audience;
mod authorize;
mod browser;
mod client;
mod config;
mod consent;
mod core;
mod cors;
mod demo;
mod developers;
mod device;
mod discovery;
mod events;
mod external;
mod grant;
mod interaction;
mod introspect;
mod invite;
mod issuer;
mod join;
mod keyed;
mod keys;
mod limits;
mod logout;
mod page;
mod pairwise;
mod params;
mod passkey;
mod people;
mod pow;
mod problem;
mod problem_pages;
mod register;
mod revoke;
mod scope;
mod secrets;
mod session;
mod siop;
mod staff;
mod sweep;
mod token;
mod userinfo;
mod vp;

#[cfg(test)]
mod corpora;
#[cfg(test)]
mod vectors;

pub use config::{Config, ConfigError, Registration, Settings};
pub use external::ExternalSettings;
pub use keys::KeyLine;
pub use register::{ClientLine, NewClient, RegisterError};
pub use staff::OwnerLink;

use crate::{
    core::{Core, Shared},
    keys::Kind,
};
use axum::{Router, middleware};
use host::{Check, Finding, Ground, Migrations, Origin, Part, Routes, When, db};
use std::sync::Arc;

/// The tables of this module.
pub static MIGRATIONS: Migrations = host::migrations!(
    "idp",
    [
        ("0001_idp", include_str!("../migrations/0001_idp.sql")),
        (
            "0002_credentials",
            include_str!("../migrations/0002_credentials.sql")
        ),
        ("0003_device", include_str!("../migrations/0003_device.sql")),
        (
            "0004_clients",
            include_str!("../migrations/0004_clients.sql")
        ),
        (
            "0005_account",
            include_str!("../migrations/0005_account.sql")
        ),
        ("0006_logout", include_str!("../migrations/0006_logout.sql")),
        (
            "0007_external",
            include_str!("../migrations/0007_external.sql")
        ),
        ("0008_staff", include_str!("../migrations/0008_staff.sql")),
        ("0009_apps", include_str!("../migrations/0009_apps.sql")),
    ]
);

/// Every SQL text of this module.
pub const STATEMENTS: &[&[&str]] = &[
    account::store::STATEMENTS,
    authorize::store::STATEMENTS,
    client::store::STATEMENTS,
    consent::store::STATEMENTS,
    device::store::STATEMENTS,
    events::STATEMENTS,
    external::store::STATEMENTS,
    grant::store::STATEMENTS,
    interaction::store::STATEMENTS,
    invite::store::STATEMENTS,
    issuer::store::STATEMENTS,
    keys::store::STATEMENTS,
    logout::store::STATEMENTS,
    passkey::store::STATEMENTS,
    people::STATEMENTS[0],
    people::STATEMENTS[1],
    people::STATEMENTS[2],
    register::store::STATEMENTS,
    session::store::STATEMENTS,
    siop::store::STATEMENTS,
    staff::store::STATEMENTS,
    token::store::STATEMENTS,
    vp::qr::STATEMENTS,
    vp::store::STATEMENTS,
];

/// The identity provider.
#[derive(Clone)]
pub struct Idp(Shared);

impl Idp {
    /// Puts the provider on its ground.
    ///
    /// # Errors
    /// [`ConfigError`] for an app that is refused, or an origin without host.
    pub fn new(ground: &Ground, config: Config) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Core::new(ground, config)?)))
    }

    /// Makes the first keys, and in the demo the accounts of the personas. May be repeated.
    ///
    /// # Errors
    /// The database's.
    pub async fn start(&self) -> Result<(), db::Error> {
        let now = self.0.ground.world.now();
        self.0.ring(now).await?;
        if self.0.ground.demo.is_some() {
            demo::seed(&self.0, now).await?;
        }
        Ok(())
    }

    /// Begins the replacement of a key: `RS256`, `ES256` or `EdDSA` for tokens, `card` for cards;
    /// `false` for another word. The new key signs after 24 hours; in the demo, or `at_once`, now:
    /// apps with a cached key set then meet a key they do not know.
    ///
    /// # Errors
    /// The database's.
    pub async fn rotate(&self, kind: &str, at_once: bool) -> Result<bool, db::Error> {
        let Some(kind) = Kind::parse(kind) else {
            return Ok(false);
        };
        let now = self.0.ground.world.now();
        self.0.rotate(kind, at_once, now).await?;
        Ok(true)
    }

    /// Every key that is not destroyed, oldest first: for an operator.
    ///
    /// # Errors
    /// The database's.
    pub async fn keys(&self) -> Result<Vec<KeyLine>, db::Error> {
        self.0.key_lines().await
    }

    /// Enables or disables an app. It is asked for at the start of a sign-in and at each redemption,
    /// so a disabled app gets nothing from this moment on.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_client_enabled(&self, id: &str, enabled: bool) -> Result<(), db::Error> {
        let write = self.0.ground.db.write(move |tx| {
            Box::pin(async move { client::store::set_enabled(tx, id, enabled).await })
        });
        write.await
    }

    /// Makes the link of a note good for becoming the first owner: what `resonate init` left beside the
    /// keys. `false` where it is over, was taken before, or there is an owner. May be repeated.
    ///
    /// # Errors
    /// The database's.
    pub async fn accept_owner_link(&self, note: &str) -> Result<bool, db::Error> {
        staff::accept(&self.0, note, self.0.ground.world.now()).await
    }

    /// Whether somebody can give capabilities to staff.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_owner(&self) -> Result<bool, db::Error> {
        staff::has_owner(&self.0).await
    }

    /// What the server composes.
    #[must_use]
    pub fn part(&self) -> Part {
        Part {
            name: "idp",
            routes: Routes {
                public: vec![
                    (Origin::Id, self.public()),
                    (Origin::Staff, staff::routes(&self.0)),
                ],
                peer: vp::peer_routes(&self.0),
            },
            migrations: &MIGRATIONS,
            jobs: sweep::jobs(&self.0),
            subscriptions: Vec::new(),
            checks: vec![self.keys_sign()],
        }
    }

    /// Whether each algorithm has a key that signs and opens.
    fn keys_sign(&self) -> Check {
        let core = self.0.clone();
        Check::new("token-keys", When::Ready, move |now| {
            let core = core.clone();
            async move {
                let ring = core.ring(now).await?;
                match Kind::ALL.into_iter().find(|kind| !ring.signs(*kind)) {
                    None => Ok(()),
                    Some(kind) => Err(Finding(format!("no {} key signs", kind.as_str()))),
                }
            }
        })
    }

    fn public(&self) -> Router {
        let core = &self.0;
        let routes = authorize::routes(core.clone())
            .merge(interaction::http::routes(core.clone()))
            .merge(token::routes(core.clone()))
            .merge(userinfo::routes(core.clone()))
            .merge(register::routes(core.clone()))
            .merge(developers::routes(core.clone()))
            .merge(revoke::routes(core.clone()))
            .merge(introspect::routes(core.clone()))
            .merge(logout::routes(core.clone()))
            .merge(people::routes(core))
            .merge(device::routes(core))
            .merge(keys::http::routes(core.clone()))
            .merge(discovery::routes(core))
            .merge(demo::routes(core.clone()))
            .merge(problem_pages::routes(core.clone()))
            .merge(api::routes(core.clone()))
            .merge(join::routes(core.clone()))
            .merge(passkey::routes(core))
            .merge(pow::routes(core.clone()))
            .merge(vp::routes(core))
            .merge(external::routes(core))
            .merge(issuer::routes(core));
        let watch = middleware::from_fn_with_state(core.clone(), developers::watch);
        let routes = routes.layer(watch);
        web::headers::frame(routes, Origin::Id, core.is_https())
    }
}
