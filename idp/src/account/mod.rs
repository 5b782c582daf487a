//! Accounts: a pseudonym, and random names for what signs in to it.

pub(crate) mod store;
mod words;

pub(crate) use words::draw as drawn_handle;

use host::db::{self, Conn, Tx};
use kernel::{Day, Handle, World, b64};
use sqlx::{Row, any::AnyRow};

/// An account as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// Names it here and nowhere else; pairwise subjects are made from it.
    pub(crate) id: String,
    /// `user.id` of its passkeys: base64url of 16 random bytes.
    pub(crate) user_handle: String,
    /// The chosen pseudonym.
    pub(crate) handle: String,
    /// What its Listener cards call it: base64url of 16 random bytes, shown to the issuer alone.
    pub(crate) wallet_ref: String,
    /// Whether it may be used at all.
    pub(crate) active: bool,
    /// Raised to end every login and token at once.
    pub(crate) epoch: i64,
    /// Language of its pages.
    pub(crate) locale: Option<String>,
    /// The day it was made.
    pub(crate) created_day: Day,
}

/// An account about to be made. All chance is drawn here, before the transaction.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct New {
    /// See [`Account::id`].
    pub(crate) id: String,
    /// See [`Account::user_handle`].
    pub(crate) user_handle: String,
    /// See [`Account::wallet_ref`].
    pub(crate) wallet_ref: String,
    /// See [`Account::locale`].
    pub(crate) locale: String,
}

impl New {
    /// Draws the random names of an account.
    pub(crate) fn draw(world: &World) -> Self {
        Self {
            id: kernel::Id::<Account>::draw(world).to_string(),
            user_handle: b64::encode(world.random::<16>()),
            wallet_ref: b64::encode(world.random::<16>()),
            locale: "en".to_owned(),
        }
    }
}

/// Writes the account; `false` if the handle is taken, nothing is written then.
///
/// # Errors
/// [`db::Error`] of the store.
pub(crate) async fn create(
    tx: &mut Tx<'_>,
    new: &New,
    handle: &Handle,
    day: Day,
) -> Result<bool, db::Error> {
    store::insert(tx, new, handle.as_str(), day).await
}

/// The first handle that is free: `wish`, else the drawn ones in order. `None` if all are taken.
///
/// # Errors
/// [`db::Error`] of the store.
pub(crate) async fn free_handle(
    conn: &mut Conn,
    wishes: &[Handle],
) -> Result<Option<Handle>, db::Error> {
    for wish in wishes {
        if store::by_handle(conn, wish.as_str()).await?.is_none() {
            return Ok(Some(wish.clone()));
        }
    }
    Ok(None)
}

/// The account if it may be used and its epoch is still `epoch`: the one check at each redemption.
///
/// # Errors
/// [`db::Error`] of the store.
pub(crate) async fn usable(
    conn: &mut Conn,
    id: &str,
    epoch: i64,
) -> Result<Option<Account>, db::Error> {
    let account = store::by_id(conn, id).await?;
    Ok(account.filter(|a| a.standing().is_of(epoch)))
}

/// Whether an account may be used, and its epoch: what [`usable`] asks, for rows that are read
/// together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    active: bool,
    epoch: i64,
}

impl Account {
    fn standing(&self) -> Standing {
        Standing {
            active: self.active,
            epoch: self.epoch,
        }
    }
}

impl Standing {
    /// From a row that has the account's `account_state` and `account_epoch`.
    ///
    /// # Errors
    /// [`db::Error`] for a row without them.
    pub(crate) fn read(row: &AnyRow) -> Result<Self, db::Error> {
        let state: String = row.try_get("account_state")?;
        Ok(Self {
            active: state == store::ACTIVE,
            epoch: row.try_get("account_epoch")?,
        })
    }

    /// Whether the account may be used and its epoch is still `epoch`.
    pub(crate) const fn is_of(self, epoch: i64) -> bool {
        self.active && self.epoch == epoch
    }
}

/// The account of that id if it may be used.
///
/// # Errors
/// [`db::Error`] of the store.
pub(crate) async fn active(conn: &mut Conn, id: &str) -> Result<Option<Account>, db::Error> {
    Ok(store::by_id(conn, id).await?.filter(|a| a.active))
}

/// The account of that handle.
///
/// # Errors
/// [`db::Error`] of the store.
pub(crate) async fn find(conn: &mut Conn, handle: &str) -> Result<Option<Account>, db::Error> {
    store::by_handle(conn, handle).await
}
