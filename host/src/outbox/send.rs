//! The worker: claims rows by lease, signs what is unsigned and keeps it, sends, records the answer.

use super::{
    Outbox,
    store::{self, Claimed},
};
use crate::{
    db::{Error, Tx},
    peers::{Delivery, signing},
    world,
};
use credential::event;
use futures_util::future::join_all;
use kernel::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;

/// Longer than any delivery takes.
const LEASE_S: i64 = 60;
/// The longest pause between two attempts.
const PAUSE_MOST_S: i64 = 300;
const DAY_S: i64 = 86_400;
/// An event not received for this long is given up.
const GIVE_UP_S: i64 = 14 * DAY_S;
/// Received events are kept this long, to be sent again after a restore.
const KEPT_S: i64 = 7 * DAY_S;
/// How far back events are sent again after a restore.
const RESTORE_S: i64 = 2 * DAY_S;

/// What has not been received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Events still to be sent.
    pub waiting: i64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
    /// Events given up; they stay until an operator revives them.
    pub dead: i64,
}

/// What becomes of a row.
enum Next {
    Done,
    Again(Timestamp, String),
    Dead(String),
}

impl Outbox {
    /// Sends what is due until nothing is, events caused by events among it; answers what is left.
    /// For tests and the demo's clock.
    ///
    /// # Errors
    /// The database's.
    pub async fn drain(&self) -> Result<Backlog, Error> {
        while self.pump().await? > 0 {}
        self.backlog().await
    }

    /// What has not been received.
    ///
    /// # Errors
    /// The database's.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        store::backlog(&mut *self.0.db.read().await?).await
    }

    /// Sends as events come, until dropped.
    pub async fn run(&self) {
        loop {
            let rung = tokio::select! {
                () = self.0.bell.notified() => true,
                () = world::pause(Duration::from_millis(500)) => false,
            };
            let sent = if rung || self.anything_due().await {
                self.pump().await
            } else {
                Ok(0)
            };
            match sent {
                // There may be more than one claim's worth.
                Ok(sent) if sent > 0 => self.0.bell.notify_one(),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the outbox waits for the database");
                    world::pause(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Takes given-up events up again, under fresh signatures; answers how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn retry_dead(&self) -> Result<u64, Error> {
        let now = self.0.world.now();
        self.0
            .db
            .write(move |tx| Box::pin(store::revive(tx, now)))
            .await
    }

    /// After a restore: sends the last two days again, harmless by `jti`; answers how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn resend(&self) -> Result<u64, Error> {
        let now = self.0.world.now();
        let since = now.plus_seconds(-RESTORE_S);
        self.0
            .db
            .write(move |tx| Box::pin(store::resend(tx, since, now)))
            .await
    }

    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<(), Error> {
        let before = now.plus_seconds(-KEPT_S);
        self.0
            .db
            .write(move |tx| Box::pin(store::sweep(tx, before)))
            .await
    }

    async fn anything_due(&self) -> bool {
        let now = self.0.world.now();
        let Ok(mut conn) = self.0.db.read().await else {
            return false;
        };
        for module in self.modules() {
            if store::is_due(&mut conn, module, now).await.unwrap_or(false) {
                return true;
            }
        }
        false
    }

    /// One round over the modules of this process; answers how many rows were tried.
    async fn pump(&self) -> Result<usize, Error> {
        let mut tried = 0;
        for module in self.modules() {
            let now = self.0.world.now();
            let lease = now.plus_seconds(LEASE_S);
            let claim = self
                .0
                .db
                .write(move |tx| Box::pin(store::claim(tx, module, now, lease)));
            let rows = claim.await?;
            if rows.is_empty() {
                continue;
            }
            tried += rows.len();
            let rows = self.signed(module, rows, now).await?;
            let next = join_all(rows.iter().map(|row| self.send(row, now))).await;
            self.record(&rows, &next, now).await?;
        }
        Ok(tried)
    }

    fn modules(&self) -> Vec<&'static str> {
        self.0
            .modules
            .read()
            .unwrap_or_else(|lock| lock.into_inner())
            .clone()
    }

    /// Signs what is unsigned, and keeps it before a byte of it is sent.
    async fn signed(
        &self,
        module: &str,
        mut rows: Vec<Claimed>,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, Error> {
        let mut fresh = Vec::new();
        for row in rows.iter_mut().filter(|row| row.jws.is_none()) {
            let jws = self.sign(module, row, now);
            fresh.push((row.id.clone(), jws.clone()));
            row.jws = Some(jws);
        }
        if !fresh.is_empty() {
            let fresh = &fresh;
            let keep = self
                .0
                .db
                .write(move |tx| Box::pin(store::keep_signed(tx, fresh)));
            keep.await?;
        }
        Ok(rows)
    }

    fn sign(&self, module: &str, row: &Claimed, now: Timestamp) -> String {
        let (key, kid) = signing(&self.0.secrets, module, now);
        let (topic, version) = row.topic.rsplit_once('/').unwrap_or((&row.topic, "0"));
        let body: Map<String, Value> = serde_json::from_str(&row.body).unwrap_or_default();
        let event = event::Event {
            iss: self.0.origins.name_of(module),
            aud: self.0.origins.name_of(&row.audience),
            jti: row.id.clone(),
            iat: now,
            toe: row.made,
            topic: topic.to_owned(),
            version: version.parse().unwrap_or(0),
            sub: row.subject.clone(),
            ver: row.ver,
            body,
        };
        event::sign(&key, &kid, &event)
    }

    async fn send(&self, row: &Claimed, now: Timestamp) -> Next {
        let jws = row.jws.clone().unwrap_or_default();
        let fault = match self.0.peers.deliver(&row.audience, jws).await {
            Delivery::Received => return Next::Done,
            Delivery::Refused(word) => {
                tracing::error!(
                    topic = row.topic,
                    jti = row.id,
                    word,
                    "an event was refused"
                );
                return Next::Dead(word);
            }
            Delivery::Failed(word) => word,
        };
        if now.micros_since(row.made) > GIVE_UP_S * kernel::time::SECOND {
            tracing::error!(topic = row.topic, jti = row.id, "an event was given up");
            return Next::Dead(fault);
        }
        Next::Again(now.plus_seconds(self.pause_s(row.tries)), fault)
    }

    /// 1 s doubling to 5 min; above a second, a random half to whole of it.
    fn pause_s(&self, tries: i64) -> i64 {
        let doubled = 1_i64 << (tries - 1).clamp(0, 9);
        let most = doubled.min(PAUSE_MOST_S);
        let [chance] = self.0.world.random::<1>();
        most - (most / 2) * i64::from(chance) / 255
    }

    async fn record(&self, rows: &[Claimed], next: &[Next], now: Timestamp) -> Result<(), Error> {
        self.0
            .db
            .write(move |tx| Box::pin(record(tx, rows, next, now)))
            .await
    }
}

async fn record(
    tx: &mut Tx<'_>,
    rows: &[Claimed],
    next: &[Next],
    now: Timestamp,
) -> Result<(), Error> {
    for (row, next) in rows.iter().zip(next) {
        match next {
            Next::Done => store::done(tx, &row.id, now).await?,
            Next::Again(due, why) => store::again(tx, &row.id, *due, why).await?,
            Next::Dead(why) => store::bury(tx, &row.id, now, why).await?,
        }
    }
    Ok(())
}
