//! The composition root: a ground from a plan, the modules it names on that ground, and what each
//! listener answers.

use crate::plan::{Module, ObjectsAt, Plan};
use anyhow::{Context, Result};
use axum::{Router, response::IntoResponse};
use host::{
    Check, Db, Demo, Ground, Heavy, Keyring, Meter, Migrations, Objects, Origin, Outbox, Part,
    Peers, Seals,
    config::ConfigError,
    edge::{self, EdgeConfig, ProblemPage},
    health::{self, Health},
    join::{Joined, join},
    migrate,
    telemetry::Metrics,
    world::{self, SystemEntropy},
};
use kernel::World;
use std::{path::Path, sync::Arc};
use web::{Site, lang::Choice};

/// A node, ready to be shown on listeners.
pub struct House {
    /// What the modules stand on.
    pub ground: Ground,
    /// Their routes, jobs and checks, joined.
    pub joined: Joined,
    /// Whether it can do its work.
    pub health: Health,
    /// The provider, where it runs here.
    pub idp: Option<idp::Idp>,
    /// The streaming module, where it runs here.
    pub streaming: Option<streaming::Streaming>,
}

/// What to do with a schema that is not this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Bring it to this program's.
    Migrate,
    /// Refuse to start.
    Check,
}

/// The tables of the modules of a plan.
#[must_use]
pub fn migrations(plan: &Plan) -> Vec<&'static Migrations> {
    let own = plan.modules.iter().map(|module| match module {
        Module::Idp => &idp::MIGRATIONS,
        Module::Streaming => &streaming::MIGRATIONS,
        Module::Payments => &payments::MIGRATIONS,
        Module::Recovery => &recovery::MIGRATIONS,
    });
    [&web::MIGRATIONS].into_iter().chain(own).collect()
}

/// Opens what the plan names. In the demo, keys that are absent are made.
///
/// # Errors
/// The configuration, keys, database or objects cannot be used.
pub async fn ground(plan: &Plan, demo: Option<Demo>) -> Result<Ground> {
    let world = match &demo {
        Some(demo) => World::new(Arc::new(demo.clock().clone()), Arc::new(SystemEntropy)),
        None => world::system(),
    };
    let secrets = match &demo {
        Some(_) => Keyring::create(&plan.kek, &plan.keys, world.clone())?,
        None => Keyring::open(&plan.kek, &plan.keys, world.clone())?,
    };
    let db = Db::open(plan.database.expose())
        .await
        .context("the database cannot be used")?;
    let objects = match &plan.objects {
        ObjectsAt::Folder(folder) => Objects::local(folder),
        ObjectsAt::Bucket(bucket) => Objects::bucket(bucket),
    };
    let objects = objects.context("the object store cannot be used")?;
    let bases = plan.peers.clone();
    let peers = Peers::new(world.clone(), plan.origins.clone(), secrets.clone(), bases)?;
    let outbox = Outbox::new(
        db.clone(),
        world.clone(),
        secrets.clone(),
        peers.clone(),
        plan.origins.clone(),
    );
    Ok(Ground {
        meter: Meter::new(world.clone()),
        heavy: Heavy::of_this_machine(),
        seals: Seals::new(secrets.clone()),
        origins: plan.origins.clone(),
        world,
        db,
        objects,
        secrets,
        outbox,
        peers,
        demo,
    })
}

/// Puts the plan's modules on its ground.
///
/// # Errors
/// As [`ground`]; the schema is not this program's; a module refuses its configuration.
pub async fn build(plan: &Plan, demo: Option<Demo>, schema: Schema) -> Result<House> {
    let ground = ground(plan, demo).await?;
    let tables = migrations(plan);
    match schema {
        Schema::Migrate => migrate::run(&ground.db, &tables).await?,
        Schema::Check => migrate::check(&ground.db, &tables).await?,
    }
    let mut parts = vec![web_part(&ground, plan)];
    let (mut provider, mut catalogue) = (None, None);
    for module in &plan.modules {
        parts.push(match module {
            Module::Idp => {
                let idp = idp::Idp::new(&ground, plan.idp.clone())
                    .map_err(|error| ConfigError::at("idp", error.to_string()))?;
                idp.start().await?;
                provider.insert(idp).part()
            }
            Module::Streaming => {
                let own = streaming::Streaming::new(&ground, plan.streaming.clone())?;
                catalogue.insert(own).part()
            }
            Module::Payments => {
                let own = plan.payments.clone();
                let own = own.context("payments runs here and has no configuration")?;
                payments::Payments::new(&ground, own).part()
            }
            Module::Recovery => recovery::Recovery::new(&ground).part(),
        });
    }
    let joined = join(&ground, parts);
    let mut checks: Vec<Check> = joined.checks.clone();
    checks.push(health::clock());
    checks.extend(plan.data.clone().map(health::disk));
    let health = Health::new(ground.world.clone(), checks);
    Ok(House {
        ground,
        joined,
        health,
        idp: provider,
        streaming: catalogue,
    })
}

/// The shared pages, for the origins this node answers: an origin that stood here in part only would
/// hide its other half on another node from the back channel.
fn web_part(ground: &Ground, plan: &Plan) -> Part {
    let mut part = web::part(ground);
    part.routes
        .public
        .retain(|(origin, _)| plan.answers(*origin));
    part
}

impl House {
    /// What the public listener answers: each origin by its host, all behind the gate. `beside` is
    /// added to each origin.
    pub fn public(&self, plan: &Plan, beside: &Router) -> Router {
        let mut hosts = Vec::new();
        let mut origins = Vec::new();
        for (origin, routes) in &self.joined.public {
            let site = Site::of(&self.ground, *origin);
            let host = host_of(&site.base);
            let routes = routes.clone().merge(health::alive()).merge(beside.clone());
            let routes = edge::origin_with_pages(routes, page_of(site.clone()));
            // Outermost, so that refusals of the edge carry the common headers too.
            let routes = web::headers::frame(routes, *origin, site.https);
            hosts.push(host.clone());
            origins.push((host, routes));
        }
        let (world, meter) = (self.ground.world.clone(), self.ground.meter.clone());
        let mut config = EdgeConfig::new(world, meter, hosts);
        config.proxies.clone_from(&plan.proxies);
        edge::gate(edge::by_host(origins), config)
    }

    /// What the peer listener answers: other nodes, `/readyz`, `/metrics`. Never public.
    pub fn peer(&self, metrics: &Metrics) -> Router {
        let routes = self
            .joined
            .peer
            .clone()
            .merge(self.health.routes())
            .merge(health::alive())
            .merge(metrics.routes());
        let (world, meter) = (self.ground.world.clone(), self.ground.meter.clone());
        edge::layers(routes, EdgeConfig::new(world, meter, Vec::new()))
    }
}

/// Host and port of an origin, as a `Host` header has them.
#[must_use]
pub fn host_of(origin: &str) -> String {
    origin
        .split_once("://")
        .map_or(origin, |(_, host)| host)
        .to_ascii_lowercase()
}

fn page_of(site: Site) -> ProblemPage {
    Arc::new(move |asked, problem, id| {
        let choice = Choice::of(&asked.method, &asked.uri, &asked.headers);
        web::page::refusal(&site, &choice, problem, Some(id)).into_response()
    })
}

/// Whether a folder is one of the demo's.
///
/// # Errors
/// It is: a demo's data is never served for real.
pub fn refuse_demo_data(folder: Option<&Path>) -> Result<(), ConfigError> {
    match folder.filter(|folder| host::demo::is_stamped(folder)) {
        None => Ok(()),
        Some(folder) => Err(ConfigError::new(
            "database.url",
            format!("{} was made by `resonate demo`", folder.display()),
            "Name another folder: made-up data is never served for real",
        )),
    }
}

impl Plan {
    /// Whether this node answers for an origin.
    #[must_use]
    pub fn answers(&self, origin: Origin) -> bool {
        match origin {
            Origin::Listen => self.modules.contains(&Module::Streaming),
            Origin::Wallet => self.modules.contains(&Module::Recovery),
            Origin::Id | Origin::Coop | Origin::Staff => self.modules.contains(&Module::Idp),
        }
    }
}
