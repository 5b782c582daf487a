//! What this module gives to the server.

use crate::{
    Core, Recovery,
    core::NAME,
    http, job,
    store::audit::{self, Question},
};
use axum::Router;
use host::{Check, Finding, Job, Migrations, Origin, Part, Routes, When};
use std::sync::Arc;

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

/// The tables of this module.
pub static MIGRATIONS: Migrations = host::migrations!(
    "recovery",
    [("0001_vault", include_str!("../migrations/0001_vault.sql"))]
);

impl Recovery {
    /// Routes, tables, jobs and checks.
    #[must_use]
    pub fn part(&self) -> Part {
        Part {
            name: NAME,
            routes: Routes {
                public: vec![(Origin::Wallet, http::routes(&self.core))],
                peer: Router::new(),
            },
            migrations: &MIGRATIONS,
            jobs: jobs(&self.core),
            subscriptions: Vec::new(),
            checks: audit::QUESTIONS
                .iter()
                .map(|question| check(&self.core, question))
                .collect(),
        }
    }
}

fn jobs(core: &Arc<Core>) -> Vec<Job> {
    let (leaver, thinner) = (core.clone(), core.clone());
    vec![
        Job::new("leaving", HOUR_S, move |now| {
            let core = leaver.clone();
            async move { Ok(job::leave(&core, now).await?) }
        }),
        Job::new("old-copies", DAY_S, move |now| {
            let core = thinner.clone();
            async move { Ok(job::thin(&core, now).await?) }
        }),
    ]
}

fn check(core: &Arc<Core>, question: &'static Question) -> Check {
    let db = core.ground.db.clone();
    Check::new(question.name, When::Audit, move |_| {
        let db = db.clone();
        async move {
            let mut conn = db.read().await?;
            match audit::ask(&mut conn, question).await? {
                0 => Ok(()),
                found => Err(Finding(format!("{found} found"))),
            }
        }
    })
}
