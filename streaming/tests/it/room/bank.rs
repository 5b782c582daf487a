//! Payments as streaming sees it: signed calls and events, a purse of one listener.

use axum::{Router, extract::State, response::Response, routing::post};
use bytes::Bytes;
use host::{Answer, Event, Ground, Migrations, NotHeard, Part, Routes, Subscription};
use kernel::{Problem, problem, problem::Slug};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

static NOTHING: Migrations = host::migrations!("payments", []);

#[derive(Default)]
pub struct Ledger {
    pub available: i64,
    /// Hold to amount and what became of it.
    pub holds: BTreeMap<String, (i64, &'static str)>,
    /// Day to the hash of its manifest.
    pub days: Vec<(String, String)>,
    /// Answers nothing.
    pub away: bool,
    /// Refuses every hold with this.
    pub refuse: Option<&'static Slug>,
}

#[derive(Clone, Default)]
pub struct Bank(pub Arc<Mutex<Ledger>>);

impl Bank {
    pub fn with<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub fn posted(&self) -> i64 {
        self.count("posted")
    }

    pub fn freed(&self) -> i64 {
        self.count("freed")
    }

    pub fn held(&self) -> i64 {
        self.count("held")
    }

    fn count(&self, what: &str) -> i64 {
        self.with(|l| {
            l.holds
                .values()
                .filter(|(_, state)| *state == what)
                .map(|(a, _)| a)
                .sum()
        })
    }

    pub fn part(&self, ground: &Ground) -> Part {
        let peer = Router::new()
            .route("/peer/holds", post(hold))
            .with_state((self.clone(), ground.clone()));
        Part {
            name: "payments",
            routes: Routes {
                public: vec![],
                peer,
            },
            migrations: &NOTHING,
            jobs: vec![],
            subscriptions: vec![
                self.hear("streaming.qualified", "posted"),
                self.hear("streaming.released", "freed"),
                self.hear_days(),
            ],
            checks: vec![],
        }
    }

    fn hear(&self, topic: &'static str, becomes: &'static str) -> Subscription {
        let bank = self.clone();
        Subscription::new(topic, 1, move |_, event: Event, _| {
            let bank = bank.clone();
            Box::pin(async move {
                bank.with(|ledger| {
                    let hold = ledger
                        .holds
                        .get_mut(&event.subject)
                        .ok_or(NotHeard::Malformed)?;
                    assert_eq!(hold.1, "held", "a hold has one end");
                    hold.1 = becomes;
                    if becomes == "freed" {
                        ledger.available += hold.0;
                    }
                    Ok(())
                })
            })
        })
    }

    fn hear_days(&self) -> Subscription {
        let bank = self.clone();
        Subscription::new("streaming.day", 1, move |_, event: Event, _| {
            let bank = bank.clone();
            Box::pin(async move {
                let hash = event.body["manifest_hash"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                bank.with(|ledger| ledger.days.push((event.subject, hash)));
                Ok(())
            })
        })
    }
}

async fn hold(State((bank, ground)): State<(Bank, Ground)>, body: Bytes) -> Answer<Response> {
    let now = ground.world.now();
    let act = "POST /peer/holds";
    let heard = ground
        .peers
        .heard("payments", act, &body, &["streaming"], now)
        .await?;
    let answer = bank.with(|ledger| place(ledger, &heard.body))?;
    Ok(ground.peers.answer(&heard, &answer, now))
}

fn place(ledger: &mut Ledger, body: &Value) -> Result<Value, Problem> {
    if ledger.away {
        return Err(Problem::new(&problem::PEER_AWAY));
    }
    if let Some(slug) = ledger.refuse {
        let problem = Problem::new(slug);
        return Err(problem
            .with("limit", 5_000_000)
            .with("frees_on", "2026-12-01"));
    }
    let hold = body["hold"].as_str().unwrap().to_owned();
    let amount = body["amount"].as_i64().unwrap();
    assert_eq!(body["rule"], "ladder/1");
    assert!(body["intent"].is_string());
    if !ledger.holds.contains_key(&hold) {
        if ledger.available < amount {
            let funds = Problem::new(&problem::FUNDS);
            return Err(funds
                .with("price", amount)
                .with("available", ledger.available));
        }
        ledger.available -= amount;
        ledger.holds.insert(hold.clone(), (amount, "held"));
    }
    let available = ledger.available;
    Ok(json!({ "hold": hold, "plan": "s2o", "amount": amount, "available": available, "until": 0 }))
}
