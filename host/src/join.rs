//! Joining the parts of one process: their routers by origin, their peer surfaces, their jobs.

use crate::{
    jobs::{Job, JobError, Jobs},
    migrate::{self, Migrations},
    once,
    outbox::{self, Outbox},
    part::{Check, Finding, Ground, Origin, Part, When},
    peers,
};
use axum::Router;
use kernel::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// The parts of one process, ready to be served.
pub struct Joined {
    /// What each public origin answers, without the edge's layers.
    pub public: Vec<(Origin, Router)>,
    /// The peer surface: each module below its name.
    pub peer: Router,
    /// Recurring work.
    pub jobs: Jobs,
    /// What must hold, those of `host` among it.
    pub checks: Vec<Check>,
    outbox: Outbox,
}

/// Longest time an event may wait until the node is not ready.
const WAIT_MOST_S: i64 = 600;

/// Joins `parts`: from here on they reach one another in process.
#[must_use]
pub fn join(ground: &Ground, parts: Vec<Part>) -> Joined {
    let mut public: BTreeMap<Origin, Router> = BTreeMap::new();
    let mut peer = Router::new();
    let mut jobs = vec![("host", sweep(ground))];
    let mut checks = own_checks(ground, parts.iter().map(|part| part.migrations).collect());
    for part in parts {
        for (origin, routes) in part.routes.public {
            let merged = public.remove(&origin).unwrap_or_default().merge(routes);
            public.insert(origin, merged);
        }
        let (db, world) = (ground.db.clone(), ground.world.clone());
        let hears = part.subscriptions;
        let peers = ground.peers.clone();
        let surface = part
            .routes
            .peer
            .merge(outbox::routes(
                part.name,
                hears,
                db,
                peers,
                world,
                &ground.origins,
            ))
            .merge(peers::routes(
                ground.secrets.clone(),
                ground.world.clone(),
                part.name,
            ));
        ground.peers.mount(part.name, surface.clone());
        ground.outbox.serve(part.name);
        peer = peer.nest(&format!("/{}", part.name), surface);
        jobs.extend(part.jobs.into_iter().map(|job| (part.name, job)));
        checks.extend(part.checks);
    }
    for (origin, routes) in &public {
        ground.peers.mount_origin(*origin, routes.clone());
    }
    let jobs = Jobs::new(ground.db.clone(), ground.world.clone(), jobs);
    let public = public.into_iter().collect();
    Joined {
        public,
        peer,
        jobs,
        checks,
        outbox: ground.outbox.clone(),
    }
}

impl Joined {
    /// Sends events and runs jobs, until dropped.
    pub async fn work(&self) {
        tokio::join!(self.outbox.run(), self.jobs.run());
    }

    /// Runs the checks of `when`, and the quick ones in any case; answers what does not hold.
    pub async fn check(&self, when: When, now: Timestamp) -> Vec<(&'static str, Finding)> {
        let mut found = Vec::new();
        for check in self
            .checks
            .iter()
            .filter(|c| c.when == When::Ready || c.when == when)
        {
            if let Err(finding) = check.run(now).await {
                found.push((check.name, finding));
            }
        }
        found
    }
}

fn own_checks(ground: &Ground, migrations: Vec<&'static Migrations>) -> Vec<Check> {
    let (schema, migrations) = (ground.db.clone(), Arc::new(migrations));
    let (db, waiting, dead) = (
        ground.db.clone(),
        ground.outbox.clone(),
        ground.outbox.clone(),
    );
    vec![
        Check::new("database", When::Ready, move |_| {
            let db = db.clone();
            async move { Ok(db.probe().await?) }
        }),
        Check::new("schema", When::Ready, move |_| {
            let (db, migrations) = (schema.clone(), migrations.clone());
            async move { Ok(migrate::check(&db, &migrations).await?) }
        }),
        Check::new("outbox-waits", When::Ready, move |now| {
            let outbox = waiting.clone();
            async move {
                let oldest = outbox.backlog().await?.oldest;
                let late = |made: Timestamp| made.plus_seconds(WAIT_MOST_S) < now;
                match oldest.filter(|made| late(*made)) {
                    Some(made) => Err(Finding(format!("an event of {made} is not received yet"))),
                    None => Ok(()),
                }
            }
        }),
        Check::new("outbox-dead", When::Audit, move |_| {
            let outbox = dead.clone();
            async move {
                match outbox.backlog().await?.dead {
                    0 => Ok(()),
                    dead => Err(Finding(format!("{dead} events were given up"))),
                }
            }
        }),
    ]
}

/// Forgets what has ended: single-use things, and events received a week ago.
fn sweep(ground: &Ground) -> Job {
    let (db, outbox) = (ground.db.clone(), ground.outbox.clone());
    Job::new("sweep", 3600, move |now| {
        let (db, outbox) = (db.clone(), outbox.clone());
        async move {
            db.write(move |tx| Box::pin(once::sweep(tx, now))).await?;
            outbox.sweep(now).await?;
            Ok::<_, JobError>(())
        }
    })
}
