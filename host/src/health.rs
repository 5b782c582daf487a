//! `/healthz` says that the process lives; `/readyz`, on the peer listener, that it can do its work.

use crate::part::{Check, Finding, When};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use kernel::{Timestamp, World};
use serde_json::{Map, Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

/// A check that hangs counts as failed after this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether this process takes requests, and what must hold for that.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    world: World,
    leaving: AtomicBool,
    checks: Vec<Check>,
}

impl Health {
    /// With the checks of all parts; those made for [`When::Ready`] are run by `/readyz`.
    #[must_use]
    pub fn new(world: World, checks: Vec<Check>) -> Self {
        Self(Arc::new(Inner {
            world,
            leaving: AtomicBool::new(false),
            checks,
        }))
    }

    /// From now on `/readyz` says no, so that a proxy sends nothing new.
    pub fn leave(&self) {
        self.0.leaving.store(true, Ordering::Release);
    }

    /// What does not hold now: names and findings of checks for `when`.
    pub async fn findings(&self, when: When) -> Vec<(&'static str, Finding)> {
        let now = self.0.world.now();
        let mut found = Vec::new();
        for check in self.0.checks.iter().filter(|check| check.when == when) {
            match tokio::time::timeout(PATIENCE, check.run(now)).await {
                Ok(Ok(())) => {}
                Ok(Err(finding)) => found.push((check.name, finding)),
                Err(_) => found.push((check.name, Finding("it did not answer in time".into()))),
            }
        }
        found
    }

    /// `GET /readyz`: 200, or 503 naming what failed.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/readyz", get(ready))
            .with_state(self.clone())
    }
}

/// `GET /healthz`: 200 while the process lives. On every listener.
pub fn alive() -> Router {
    Router::new().route(
        "/healthz",
        get(|| async { ([(header::CACHE_CONTROL, "no-store")], "ok\n") }),
    )
}

async fn ready(State(health): State<Health>) -> Response {
    let leaving = health.0.leaving.load(Ordering::Acquire);
    let mut failed: Map<String, Value> = health
        .findings(When::Ready)
        .await
        .into_iter()
        .map(|(name, finding)| (name.to_owned(), finding.0.into()))
        .collect();
    if leaving {
        failed.insert("leaving".to_owned(), "this process is ending".into());
    }
    let status = if failed.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({ "ready": failed.is_empty(), "failed": failed });
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

/// Fails when less than 5 % of the disk that holds `folder` is free.
#[must_use]
pub fn disk(folder: PathBuf) -> Check {
    Check::new("disk", When::Ready, move |_| {
        let room = room(&folder);
        async move {
            match room {
                Ok(percent) if percent >= 5 => Ok(()),
                Ok(percent) => Err(Finding(format!("{percent} % of the disk is free"))),
                Err(error) => Err(Finding(format!("the disk cannot be looked at: {error}"))),
            }
        }
    })
}

fn room(folder: &Path) -> rustix::io::Result<u64> {
    let about = rustix::fs::statvfs(folder)?;
    Ok(about.f_bavail.saturating_mul(100) / about.f_blocks.max(1))
}

/// Fails while the clock stands more than a minute before the latest instant it ever showed here:
/// times it gives cannot be trusted.
#[must_use]
pub fn clock() -> Check {
    const SLACK_US: i64 = 60_000_000;
    let latest = Arc::new(AtomicI64::new(i64::MIN));
    Check::new("clock", When::Ready, move |now: Timestamp| {
        let before = latest.fetch_max(now.micros(), Ordering::AcqRel);
        async move {
            if before.saturating_sub(now.micros()) > SLACK_US {
                return Err(Finding("the clock went back".into()));
            }
            Ok(())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_goes_back_and_a_full_disk_are_found() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let clock = clock();
        clock.run(at(1_000)).await.unwrap();
        clock.run(at(990)).await.unwrap();
        assert!(clock.run(at(900)).await.is_err());
        assert!(disk("/nowhere/at/all".into()).run(at(1)).await.is_err());
        assert!(disk(std::env::temp_dir()).run(at(1)).await.is_ok());
    }
}
