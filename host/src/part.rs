//! What a module gives to the server, and the ground it is given.

use crate::{
    Heavy, Meter, Objects,
    db::{self, BoxFuture, Db},
    demo::Demo,
    jobs::Job,
    keyring::Keyring,
    migrate::Migrations,
    outbox::{Outbox, Subscription},
    peers::Peers,
    seal::Seals,
};
use axum::Router;
use kernel::{Timestamp, World};
use std::{future::Future, sync::Arc};

pub use crate::config::Origins;

/// A public address of the platform. Each is one first-party client with one login and one cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The identity provider.
    Id,
    /// The browser wallet.
    Wallet,
    /// Listening, purse and studio.
    Listen,
    /// The co-op's pages for members.
    Coop,
    /// Staff pages.
    Staff,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Id,
        Self::Wallet,
        Self::Listen,
        Self::Coop,
        Self::Staff,
    ];
}

impl Origins {
    /// The configured address of `origin`, without a trailing slash.
    #[must_use]
    pub fn of(&self, origin: Origin) -> &str {
        match origin {
            Origin::Id => &self.id,
            Origin::Wallet => &self.wallet,
            Origin::Listen => &self.listen,
            Origin::Coop => &self.coop,
            Origin::Staff => &self.staff,
        }
    }

    /// The name by which a module signs and is addressed: the issuer for `idp`, else
    /// `<public origin>/<module>`. Compared as text, never dialled.
    #[must_use]
    pub fn name_of(&self, module: &str) -> String {
        match module {
            "idp" => self.id.clone(),
            "recovery" => format!("{}/{module}", self.wallet),
            "membership" | "governance" | "log" => format!("{}/{module}", self.coop),
            _ => format!("{}/{module}", self.listen),
        }
    }
}

/// What a module gives to the server. Routers arrive with their state applied.
pub struct Part {
    /// The module's name: prefix of its tables and its path on the peer surface.
    pub name: &'static str,
    /// Where it answers.
    pub routes: Routes,
    /// Its tables.
    pub migrations: &'static Migrations,
    /// Its recurring work.
    pub jobs: Vec<Job>,
    /// The events it hears.
    pub subscriptions: Vec<Subscription>,
    /// What must hold of its data.
    pub checks: Vec<Check>,
}

/// Where a module answers.
#[derive(Clone, Default)]
pub struct Routes {
    /// Routes of public origins.
    pub public: Vec<(Origin, Router)>,
    /// Calls of other modules, below `/<module>` of the peer surface; never on a public listener.
    /// `/events` and `/jwks.json` are added by `host`.
    pub peer: Router,
}

/// What every module stands on. Cloning shares it.
#[derive(Clone)]
pub struct Ground {
    /// Time and chance.
    pub world: World,
    /// The database.
    pub db: Db,
    /// Large things.
    pub objects: Objects,
    /// Sealed cells.
    pub seals: Seals,
    /// Named secrets outside the database.
    pub secrets: Keyring,
    /// Events to other modules.
    pub outbox: Outbox,
    /// Calls to other modules.
    pub peers: Peers,
    /// Rates.
    pub meter: Meter,
    /// The gate for costly work.
    pub heavy: Heavy,
    /// The configured public addresses.
    pub origins: Origins,
    /// Only in the demo.
    pub demo: Option<Demo>,
}

/// Where a check is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Quick: at `/readyz` too.
    Ready,
    /// Thorough: by `doctor`, `audit` and tests.
    Audit,
}

/// Something that must hold.
#[derive(Clone)]
pub struct Check {
    /// Its name, as `/readyz` and `doctor` print it.
    pub name: &'static str,
    /// Where it is run.
    pub when: When,
    run: Arc<dyn Fn(Timestamp) -> BoxFuture<'static, Result<(), Finding>> + Send + Sync>,
}

/// Why a check does not hold, in words for an operator; no handle, subject or address in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Finding(pub String);

impl From<db::Error> for Finding {
    fn from(error: db::Error) -> Self {
        Self(error.to_string())
    }
}

impl Check {
    /// A check that runs `run` with the present instant.
    pub fn new<F>(
        name: &'static str,
        when: When,
        run: impl Fn(Timestamp) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Finding>> + Send + 'static,
    {
        Self {
            name,
            when,
            run: Arc::new(move |now| Box::pin(run(now))),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// The [`Finding`], where it does not hold.
    pub async fn run(&self, now: Timestamp) -> Result<(), Finding> {
        (self.run)(now).await
    }
}
