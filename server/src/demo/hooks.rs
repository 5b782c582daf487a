//! The demo's hooks, on every origin: `POST /demo/clock`, `/demo/rotate`, `/demo/reset`. Routes that
//! only the demo adds; elsewhere these paths are unknown (404).

use super::state::State as Files;
use crate::house::House;
use axum::{Router, extract::State, routing::post};
use host::{Answer, Demo, Fault, Json, Outbox, jobs::Jobs};
use kernel::{Problem, World, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, mpsc, oneshot};

/// The most seconds of one push: ten years.
const PUSH_MOST: i64 = 10 * 366 * 86_400;

/// Asks the demo's main loop to go back to the seeded state; it answers when it has.
pub type Reset = mpsc::Sender<oneshot::Sender<bool>>;

/// What the hooks act on.
pub struct Hooks {
    demo: Demo,
    world: World,
    jobs: Jobs,
    outbox: Outbox,
    idp: Option<idp::Idp>,
    files: Files,
    pushed: AtomicI64,
    turn: Mutex<()>,
    reset: Reset,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    alg: String,
}

impl Hooks {
    /// For a house whose clock was pushed by `pushed` seconds so far.
    #[must_use]
    pub fn new(house: &House, demo: Demo, files: Files, pushed: i64, reset: Reset) -> Arc<Self> {
        Arc::new(Self {
            demo,
            world: house.ground.world.clone(),
            jobs: house.joined.jobs.clone(),
            outbox: house.ground.outbox.clone(),
            idp: house.idp.clone(),
            files,
            pushed: AtomicI64::new(pushed),
            turn: Mutex::new(()),
            reset,
        })
    }

    /// The three routes.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/demo/clock", post(clock))
            .route("/demo/rotate", post(rotate))
            .route("/demo/reset", post(reset))
            .with_state(self.clone())
    }

    /// Runs due jobs as time goes by. One turn at a time, so that whoever pushed the clock knows
    /// that what became due was done by its own turn or before it.
    pub async fn tick(&self) {
        let mut each = tokio::time::interval(Duration::from_secs(1));
        loop {
            each.tick().await;
            let _turn = self.turn.lock().await;
            if let Err(error) = self.jobs.run_due(self.world.now()).await {
                tracing::warn!(%error, "jobs wait for the database");
            }
        }
    }

    /// Jobs and the events they cause, until both are quiet.
    async fn settle(&self) -> Result<usize, host::db::Error> {
        let mut ran = 0;
        let mut beat = tokio::time::interval(Duration::from_millis(25));
        for _ in 0..200 {
            let due = self.jobs.run_due(self.world.now()).await?;
            let left = self.outbox.drain().await?;
            ran += due;
            if due == 0 && left.waiting == 0 {
                break;
            }
            // What is left is in the hands of the worker beside us.
            beat.tick().await;
        }
        Ok(ran)
    }
}

/// Pushes the clock forward, never back; answers when what became due is done.
async fn clock(State(hooks): State<Arc<Hooks>>, Json(ask): Json<Advance>) -> Answer<Json<Value>> {
    if !(0..=PUSH_MOST).contains(&ask.advance) {
        return Err(Problem::new(&problem::INVALID_FIELD)
            .detail("advance is a number of seconds from 0 to ten years")
            .into());
    }
    let _turn = hooks.turn.lock().await;
    let pushed = hooks.pushed.fetch_add(ask.advance, Ordering::Relaxed) + ask.advance;
    // Kept before it counts: rows of a later time than the clock would look like a fault.
    hooks
        .files
        .keep_clock(pushed)
        .map_err(|error| broken(&error))?;
    hooks.demo.clock().advance(ask.advance);
    let ran = hooks.settle().await?;
    Ok(Json(
        json!({ "now": hooks.world.now().to_string(), "jobs": ran }),
    ))
}

/// A new token key, which signs at once.
async fn rotate(State(hooks): State<Arc<Hooks>>, Json(ask): Json<Rotate>) -> Answer<Json<Value>> {
    let Some(idp) = &hooks.idp else {
        return Err(Fault::from(&problem::NOT_FOUND));
    };
    if !idp.rotate(&ask.alg, true).await? {
        return Err(Problem::new(&problem::INVALID_FIELD)
            .detail("alg is RS256, ES256, EdDSA or card")
            .into());
    }
    Ok(Json(json!({ "rotated": ask.alg })))
}

/// Back to the seeded state: accounts, purses, plays and logins since then are gone.
async fn reset(State(hooks): State<Arc<Hooks>>) -> Answer<Json<Value>> {
    let (tell, told) = oneshot::channel();
    let sent = hooks.reset.send(tell).await.is_ok();
    if sent && told.await == Ok(true) {
        return Ok(Json(json!({ "reset": true })));
    }
    Err(Fault::from(&problem::INTERNAL))
}

fn broken(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "the demo's folder cannot be written");
    Problem::new(&problem::INTERNAL)
}
