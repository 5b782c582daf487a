#![doc = include_str!("../README.md")]

pub mod assets;
pub mod cookie;
pub mod form;
pub mod headers;
pub mod lang;
pub mod page;
pub mod problems;
pub mod signin;
pub mod words;

mod home;
mod wallet;

use axum::Router;
use host::{Ground, Job, Migrations, Origin, Part, Routes};

pub use wallet::wallet_pages;

/// The tables of this crate.
pub static MIGRATIONS: Migrations = host::migrations!(
    "web",
    [(
        "0001_web_login",
        include_str!("../migrations/0001_web_login.sql")
    )]
);

/// One public origin, as its pages need it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Which.
    pub origin: Origin,
    /// Scheme, host and port as configured, without a trailing slash.
    pub base: String,
    /// Whether it is served over https: decides cookie prefix and Strict-Transport-Security.
    pub https: bool,
}

impl Site {
    /// The origin as configured.
    #[must_use]
    pub fn of(ground: &Ground, origin: Origin) -> Self {
        Self::new(origin, ground.origins.of(origin))
    }

    /// An origin at `base`.
    #[must_use]
    pub fn new(origin: Origin, base: &str) -> Self {
        let https = base.starts_with("https://");
        Self {
            origin,
            base: base.to_owned(),
            https,
        }
    }
}

/// The name of an origin in rows and bindings.
const fn name(origin: Origin) -> &'static str {
    match origin {
        Origin::Id => "id",
        Origin::Wallet => "wallet",
        Origin::Listen => "listen",
        Origin::Coop => "coop",
        Origin::Staff => "staff",
    }
}

/// What this crate gives to `server`: assets of every origin, the wallet's plain pages, the room that
/// opens later, the login table and its sweeper.
#[must_use]
pub fn part(ground: &Ground) -> Part {
    let public = vec![
        (Origin::Id, assets::routes()),
        (Origin::Wallet, assets::routes().merge(wallet_pages(ground))),
        (Origin::Listen, assets::routes()),
        (Origin::Coop, assets::routes().merge(home::routes(ground))),
        (Origin::Staff, assets::routes()),
    ];
    Part {
        name: "web",
        routes: Routes {
            public,
            peer: Router::new(),
        },
        migrations: &MIGRATIONS,
        jobs: vec![sweep(ground)],
        subscriptions: vec![],
        checks: vec![],
    }
}

fn sweep(ground: &Ground) -> Job {
    let db = ground.db.clone();
    Job::new("logins", 86_400, move |now| {
        let db = db.clone();
        async move {
            db.write(move |tx| Box::pin(signin::sweep(tx, now))).await?;
            Ok(())
        }
    })
}
