//! Events between modules: written in the transaction of their cause, signed once, sent until they
//! are received, heard once.

mod inbox;
mod send;
mod store;

pub(crate) use inbox::routes;
pub use send::Backlog;
pub use store::STATEMENTS;

use crate::{
    db::{self, BoxFuture, Db, Error, Retryable, Tx},
    keyring::Keyring,
    peers::Peers,
};
use kernel::{Timestamp, World};
use serde_json::Value;
use std::sync::{Arc, RwLock};
use tokio::sync::Notify;

/// Something that happened, for one module to hear.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Dotted, without version: `streaming.qualified`.
    pub topic: &'static str,
    /// From 1.
    pub version: u32,
    /// An opaque reference to what it is about; never an account or a member.
    pub subject: String,
    /// Grows with topic and subject. A hearer ignores a lower one than it knows: events may come
    /// in any order.
    pub ver: i64,
    /// The module that hears it; when heard, the hearer itself.
    pub audience: &'static str,
    /// Further members, an object; when heard, with `sub` and `ver` among them.
    pub body: Value,
}

/// What a module does with a topic.
#[derive(Clone)]
pub struct Subscription {
    /// The topic, without version.
    pub topic: &'static str,
    /// Its version.
    pub version: u32,
    handler: Handler,
}

type Handler = Arc<
    dyn for<'t, 'c> Fn(&'c mut Tx<'t>, Event, Timestamp) -> BoxFuture<'c, Result<(), NotHeard>>
        + Send
        + Sync,
>;

/// Why an event was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotHeard {
    /// The body is not what the topic promises: it will never be taken, its sender is told so.
    #[error("the event's body is malformed")]
    Malformed,
    /// The database's; the event comes again.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl From<sqlx::Error> for NotHeard {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Retryable for NotHeard {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl Subscription {
    /// Hears `topic/version` with `handler`, in the transaction that marks the event as heard. Its
    /// time argument is the present instant. A handler keeps the rules of [`crate::db`].
    pub fn new(
        topic: &'static str,
        version: u32,
        handler: impl for<'t, 'c> Fn(
            &'c mut Tx<'t>,
            Event,
            Timestamp,
        ) -> BoxFuture<'c, Result<(), NotHeard>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            topic,
            version,
            handler: Arc::new(handler),
        }
    }
}

/// Events on their way out. Cloning shares it.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    db: Db,
    world: World,
    secrets: Keyring,
    peers: Peers,
    origins: crate::config::Origins,
    /// The modules of this process: only their events are sent from here.
    modules: RwLock<Vec<&'static str>>,
    bell: Notify,
}

impl Outbox {
    /// An outbox in `db`, signing with the keys of `secrets`.
    #[must_use]
    pub fn new(
        db: Db,
        world: World,
        secrets: Keyring,
        peers: Peers,
        origins: crate::config::Origins,
    ) -> Self {
        let (modules, bell) = (RwLock::default(), Notify::new());
        Self(Arc::new(Inner {
            db,
            world,
            secrets,
            peers,
            origins,
            modules,
            bell,
        }))
    }

    /// Puts an event of `module` in the same transaction as its cause. `id` becomes its `jti`: 16
    /// to 64 characters, drawn before the transaction. The same id again changes nothing.
    ///
    /// # Errors
    /// The database's; [`Error::Setup`] for an id of another length or a body that is no object.
    pub async fn put(
        &self,
        tx: &mut Tx<'_>,
        module: &'static str,
        event: Event,
        id: String,
        now: Timestamp,
    ) -> Result<(), Error> {
        if !(16..=64).contains(&id.len()) || !event.body.is_object() {
            return Err(Error::Setup(
                "an event has an id of 16 to 64 characters and an object as body".into(),
            ));
        }
        store::insert(tx, module, &event, &id, now).await?;
        // Before the commit: the worker's own turn at the database comes after this one.
        self.0.bell.notify_one();
        Ok(())
    }

    /// Names a module of this process, whose events are sent from here.
    pub(crate) fn serve(&self, module: &'static str) {
        let mut modules = self
            .0
            .modules
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        if !modules.contains(&module) {
            modules.push(module);
        }
    }
}
