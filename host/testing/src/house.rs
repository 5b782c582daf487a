//! Parts in process, on a ground of their own.

use crate::{Browser, FixedClock, Scratch, fixed_world};
use axum::Router;
use host::{
    Ground, Heavy, Joined, Keyring, Meter, Migrations, Objects, Origin, Origins, Outbox, Part,
    Peers, Seals, When,
    edge::{EdgeConfig, layers},
    join,
};
use std::collections::HashMap;

/// The origins of tests: those of a demo on port 8080.
#[must_use]
pub fn test_origins() -> Origins {
    let origin = |name: &str| format!("http://{name}localhost:8080");
    Origins {
        id: origin(""),
        wallet: origin("wallet."),
        listen: origin("listen."),
        coop: origin("coop."),
        staff: origin("staff."),
    }
}

/// A ground on `scratch`: time of `clock`, seeded chance, objects and keys in memory, no peers.
///
/// # Panics
/// TLS cannot be set up on this machine.
#[must_use]
pub fn ground_for_test(scratch: &Scratch, clock: &FixedClock) -> Ground {
    ground_of_node(scratch, clock, [])
}

/// A ground whose other modules are at these bases: name and URL, as in `[peers.NAME]`.
///
/// # Panics
/// TLS cannot be set up on this machine.
#[must_use]
pub fn ground_of_node(
    scratch: &Scratch,
    clock: &FixedClock,
    bases: impl IntoIterator<Item = (String, String)>,
) -> Ground {
    let world = fixed_world(clock);
    let (origins, secrets) = (test_origins(), Keyring::memory(world.clone()));
    let peers = Peers::new(world.clone(), origins.clone(), secrets.clone(), bases)
        .expect("TLS can be set up");
    let db = scratch.db();
    let outbox = Outbox::new(
        db.clone(),
        world.clone(),
        secrets.clone(),
        peers.clone(),
        origins.clone(),
    );
    Ground {
        db,
        objects: Objects::memory(),
        seals: Seals::new(secrets.clone()),
        secrets,
        outbox,
        peers,
        meter: Meter::new(world.clone()),
        heavy: Heavy::of_this_machine(),
        origins,
        demo: None,
        world,
    }
}

/// Parts joined in process. End each test with [`House::leave`], which proves that nothing was left
/// behind; a house that is merely dropped fails its test.
pub struct House {
    /// What the parts stand on.
    pub ground: Ground,
    /// The clock of all of them.
    pub clock: FixedClock,
    /// The parts.
    pub joined: Joined,
    scratch: Scratch,
    left: bool,
}

impl House {
    /// Migrates `modules` and joins what `build` makes, at 2026-11-21T09:00:00Z.
    ///
    /// # Panics
    /// The ground cannot be made.
    pub async fn open(
        modules: &[&'static Migrations],
        build: impl FnOnce(&Ground) -> Vec<Part>,
    ) -> Self {
        let clock = FixedClock::at("2026-11-21T09:00:00Z");
        let scratch = Scratch::new(modules).await;
        let ground = ground_for_test(&scratch, &clock);
        let joined = join(&ground, build(&ground));
        Self {
            ground,
            clock,
            joined,
            scratch,
            left: false,
        }
    }

    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.routers())
    }

    /// The database of this house.
    #[must_use]
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// The public origins as a listener would serve them, by `Host`.
    fn routers(&self) -> HashMap<String, Router> {
        let served = |(origin, router): &(Origin, Router)| {
            let host = self
                .ground
                .origins
                .of(*origin)
                .trim_start_matches("http://")
                .to_owned();
            let (world, meter) = (self.ground.world.clone(), self.ground.meter.clone());
            let edge = EdgeConfig::new(world, meter, vec![host.clone()]);
            (host, layers(router.clone(), edge))
        };
        self.joined.public.iter().map(served).collect()
    }

    /// Sends all events, then runs every check.
    ///
    /// # Panics
    /// An event was not received, or a check does not hold.
    pub async fn leave(mut self) {
        self.left = true;
        let backlog = self
            .ground
            .outbox
            .drain()
            .await
            .expect("the outbox can be drained");
        assert_eq!(
            (backlog.waiting, backlog.dead),
            (0, 0),
            "events were not received"
        );
        let found = self
            .joined
            .check(When::Audit, self.ground.world.now())
            .await;
        assert!(found.is_empty(), "checks do not hold: {found:?}");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let fine = self.left || std::thread::panicking();
        assert!(
            fine,
            "a test ends with house.leave().await, so that the house is checked"
        );
    }
}
