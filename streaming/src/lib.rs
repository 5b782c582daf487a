#![doc = include_str!("../README.md")]

pub mod catalogue;
mod checks;
pub mod config;
mod core;
pub mod days;
mod events;
mod http;
pub mod import;
mod issuer;
mod jobs;
pub mod media;
mod names;
pub mod plays;
pub mod rights;
mod seed;
mod seen;
mod signin;
pub mod store;

pub use config::{Config, Settings};
pub use seed::{NewArtist, SeedRefusal};

use crate::core::Core;
use host::{ConfigError, Ground, Migrations, Origin, Part, Routes};
use std::sync::Arc;
use web::signin::SignInDoor;

/// The tables of this module.
pub static MIGRATIONS: Migrations = host::migrations!(
    "streaming",
    [
        (
            "0001_catalogue",
            include_str!("../migrations/0001_catalogue.sql")
        ),
        ("0002_plays", include_str!("../migrations/0002_plays.sql")),
    ]
);

/// Every statement of this module.
pub const STATEMENTS: &[&[&str]] = store::STATEMENTS;

/// The module.
#[derive(Clone)]
pub struct Streaming {
    core: Arc<Core>,
}

impl Streaming {
    /// On this ground.
    ///
    /// # Errors
    /// None today; the shape is that of every module.
    pub fn new(ground: &Ground, config: Config) -> Result<Self, ConfigError> {
        Ok(Self {
            core: Arc::new(Core::new(ground, config)),
        })
    }

    /// What it gives to the server.
    #[must_use]
    pub fn part(&self) -> Part {
        let ground = &self.core.ground;
        let sign_in = Arc::new(signin::Listen::new(ground));
        let door = SignInDoor::new(ground, Origin::Listen, sign_in);
        let public = http::public(&self.core).merge(door.routes());
        Part {
            name: "streaming",
            routes: Routes {
                public: vec![(Origin::Listen, public)],
                peer: http::peer(&self.core),
            },
            migrations: &MIGRATIONS,
            jobs: jobs::all(&self.core),
            subscriptions: Vec::new(),
            checks: checks::all(&self.core),
        }
    }
}
