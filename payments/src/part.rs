//! What this module gives to the server.

use crate::{
    Core, Payments,
    core::NAME,
    hear, http, job,
    provider::fake::{self, Fake},
    store::{self, audit::Question, bell},
};
use host::{
    Check, Event, Finding, Job, Migrations, NotHeard, Origin, Part, Routes, Subscription, Tx, When,
};
use kernel::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// Seconds between two turns of a job that nothing called.
const TURN_S: i64 = 60;

/// The tables of this module.
pub static MIGRATIONS: Migrations = host::migrations!(
    "payments",
    [
        (
            "0001_payments",
            include_str!("../migrations/0001_payments.sql")
        ),
        (
            "0002_immutable",
            include_str!("../migrations/0002_immutable.sqlite.sql"),
            include_str!("../migrations/0002_immutable.postgres.sql")
        ),
    ]
);

impl Payments {
    /// Routes, tables, jobs, events heard and checks.
    #[must_use]
    pub fn part(&self) -> Part {
        let core = &self.core;
        let pay = fake::Pay {
            fake: self.fake.clone(),
            site: core.site.clone(),
            demo: core.ground.demo.is_some(),
        };
        let listen = http::listen(core).merge(fake::routes(pay));
        Part {
            name: NAME,
            routes: Routes {
                public: vec![(Origin::Listen, listen)],
                peer: http::peer::routes(core),
            },
            migrations: &MIGRATIONS,
            jobs: jobs(core, &self.fake),
            subscriptions: subscriptions(),
            checks: store::audit::QUESTIONS
                .iter()
                .map(|q| check(core, q))
                .collect(),
        }
    }
}

fn jobs(core: &Arc<Core>, fake: &Arc<Fake>) -> Vec<Job> {
    let (a, b, c, d, e) = (
        core.clone(),
        core.clone(),
        core.clone(),
        core.clone(),
        fake.clone(),
    );
    vec![
        // First of all, so that what is delivered now is looked into by the next.
        Job::new("fake-deliveries", TURN_S, move |now| {
            let fake = e.clone();
            async move {
                fake.deliver(now).await;
                Ok(())
            }
        }),
        Job::new(bell::NOTED_DELIVERIES, TURN_S, move |now| {
            let core = a.clone();
            async move { Ok(job::noted(&core, now).await?) }
        }),
        Job::new("open-orders", TURN_S, move |now| {
            let core = b.clone();
            async move { Ok(job::poll(&core, now).await?) }
        }),
        Job::new("ended-holds", TURN_S, move |now| {
            let core = c.clone();
            async move { Ok(job::sweep(&core, now).await?) }
        }),
        Job::new(bell::CLOSED_DAYS, TURN_S, move |now| {
            let core = d.clone();
            async move { Ok(job::fold(&core, now).await?) }
        }),
    ]
}

fn subscriptions() -> Vec<Subscription> {
    vec![
        Subscription::new("streaming.qualified", 1, |tx, event, now| {
            Box::pin(async move { Ok(hear::qualified(tx, &event.subject, now).await?) })
        }),
        Subscription::new("streaming.released", 1, |tx, event, now| {
            Box::pin(async move { Ok(hear::released(tx, &event.subject, now).await?) })
        }),
        Subscription::new("streaming.day", 1, |tx, event, now| {
            Box::pin(closed(tx, event, now))
        }),
    ]
}

async fn closed(tx: &mut Tx<'_>, event: Event, now: Timestamp) -> Result<(), NotHeard> {
    let hash = event.body.get("manifest_hash").and_then(Value::as_str);
    Ok(hear::day(tx, &event.subject, hash, now).await?)
}

fn check(core: &Arc<Core>, question: &'static Question) -> Check {
    let db = core.ground.db.clone();
    Check::new(question.name, When::Audit, move |_| {
        let db = db.clone();
        async move {
            let mut conn = db.read().await?;
            let found = store::audit::ask(&mut conn, question).await?;
            if found.is_empty() {
                Ok(())
            } else {
                Err(Finding(format!("{} found", found.len())))
            }
        }
    })
}
