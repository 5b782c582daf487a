//! The handles: a transaction that can write, a connection that can only read.

use super::{Conn, lite::Turn, readers::Lent};
use sqlx::{Any, Transaction, pool::PoolConnection};
use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

/// A transaction of the write door. It derefs to [`Conn`], which statements run on. `'env` is the
/// life of what the closure borrows from its surroundings.
pub struct Tx<'env> {
    hold: Hold,
    env: PhantomData<&'env ()>,
}

/// What holds the connection of a [`Tx`].
pub(super) enum Hold {
    Lite(Turn),
    Pg(Transaction<'static, Any>),
}

impl Tx<'_> {
    pub(super) fn new(hold: Hold) -> Self {
        Self {
            hold,
            env: PhantomData,
        }
    }

    pub(super) fn into_turn(self) -> Option<Turn> {
        match self.hold {
            Hold::Lite(turn) => Some(turn),
            Hold::Pg(_) => None,
        }
    }

    pub(super) fn into_transaction(self) -> Option<Transaction<'static, Any>> {
        match self.hold {
            Hold::Lite(_) => None,
            Hold::Pg(transaction) => Some(transaction),
        }
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match &self.hold {
            Hold::Lite(turn) => turn.conn(),
            Hold::Pg(transaction) => transaction,
        }
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.hold {
            Hold::Lite(turn) => turn.conn_mut(),
            Hold::Pg(transaction) => transaction,
        }
    }
}

/// A connection that can only read. It derefs to [`Conn`].
pub struct ReadConn<'env> {
    from: From,
    env: PhantomData<&'env ()>,
}

enum From {
    Shelf(Lent),
    Pool(PoolConnection<Any>),
    View(Transaction<'static, Any>),
}

impl ReadConn<'_> {
    pub(super) fn single(conn: PoolConnection<Any>) -> Self {
        Self {
            from: From::Pool(conn),
            env: PhantomData,
        }
    }

    pub(super) fn lent(conn: Lent) -> Self {
        Self {
            from: From::Shelf(conn),
            env: PhantomData,
        }
    }

    pub(super) fn view(view: Transaction<'static, Any>) -> Self {
        Self {
            from: From::View(view),
            env: PhantomData,
        }
    }
}

impl Deref for ReadConn<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match &self.from {
            From::Shelf(lent) => lent.conn(),
            From::Pool(conn) => conn,
            From::View(view) => view,
        }
    }
}

impl DerefMut for ReadConn<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.from {
            From::Shelf(lent) => lent.conn_mut(),
            From::Pool(conn) => conn,
            From::View(view) => view,
        }
    }
}
