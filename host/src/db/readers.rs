//! Connections that read a SQLite file, lent for one use each.
//!
//! The pool of sqlx asks a connection whether it still lives each time it comes back, in a task of its
//! own: for a file that costs as much as the question it was lent for. A connection to a file does not
//! go away, and a question dropped midway is finished by SQLite's own thread before the next one.

use super::{Conn, Error, PATIENCE, open};
use sqlx::{AnyConnection, ConnectOptions, Executor, any::AnyConnectOptions};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// What is lent; cloning shares it.
#[derive(Clone)]
pub(super) struct Readers(Arc<Shelf>);

struct Shelf {
    options: AnyConnectOptions,
    /// Run on each connection first.
    prepare: &'static str,
    /// As many as may be out at once.
    places: Arc<Semaphore>,
    idle: Mutex<Vec<AnyConnection>>,
}

/// A connection until it is dropped.
pub(super) struct Lent {
    /// `None` only while it is dropped.
    conn: Option<AnyConnection>,
    shelf: Readers,
    _place: OwnedSemaphorePermit,
}

impl Readers {
    /// At most `most` connections, opened when first needed.
    ///
    /// # Errors
    /// [`Error::Setup`] for a malformed URL.
    pub(super) fn new(url: &str, most: usize, prepare: &'static str) -> Result<Self, Error> {
        Ok(Self(Arc::new(Shelf {
            options: open::options(url)?,
            prepare,
            places: Arc::new(Semaphore::new(most)),
            idle: Mutex::new(Vec::with_capacity(most)),
        })))
    }

    /// Lends a connection.
    ///
    /// # Errors
    /// [`Error::Busy`] where none is free for 5 s or all are closed; what opening one answers.
    pub(super) async fn lend(&self) -> Result<Lent, Error> {
        let place = timeout(PATIENCE, self.0.places.clone().acquire_owned()).await;
        let place = place.ok().and_then(Result::ok).ok_or(Error::Busy)?;
        let idle = self.idle().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.open().await?,
        };
        Ok(Lent {
            conn: Some(conn),
            shelf: self.clone(),
            _place: place,
        })
    }

    /// Closes what is here; later calls are answered `Busy`, and what is out is not kept.
    pub(super) fn close(&self) {
        self.0.places.close();
        self.idle().clear();
    }

    async fn open(&self) -> Result<AnyConnection, Error> {
        let mut conn = self.0.options.connect().await?;
        conn.execute(sqlx::raw_sql(self.0.prepare)).await?;
        Ok(conn)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<AnyConnection>> {
        // A list of connections is whole whoever panicked beside it.
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    pub(super) fn conn(&self) -> &Conn {
        self.conn.as_ref().expect("a connection is here until drop")
    }

    pub(super) fn conn_mut(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("a connection is here until drop")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take()
            && !self.shelf.0.places.is_closed()
        {
            self.shelf.idle().push(conn);
        }
    }
}
