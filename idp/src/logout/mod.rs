//! Signing out: one function ends logins, whoever asks, and apps are told (OpenID Connect
//! Back-Channel Logout 1.0).
//!
//! [`end`] belongs into the transaction of its cause and writes down whom to tell; [`tell`] comes
//! after the commit and sends at once. What is not heard is sent again by the job, three times in
//! five minutes, also after a restart.

pub(crate) mod http;
mod notice;
pub(crate) mod store;

pub(crate) use http::{PURPOSE, routes};
#[cfg(test)]
pub(crate) use notice::claims;
pub(crate) use notice::{job, tell, tell_app};

use crate::{account, consent, core::Core, grant, session};
use host::db::{self, Tx};
use kernel::Timestamp;

/// What is ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    /// One login, by the hash of its cookie.
    Login(&'a str),
    /// All logins of an account, or all but one.
    Logins {
        /// Whose.
        account: &'a str,
        /// Hash of the one that stays.
        but: Option<&'a str>,
    },
    /// What one app has of a person: the agreement, every grant, its part in every login.
    App {
        /// Whose.
        account: &'a str,
        /// The app.
        client_id: &'a str,
    },
    /// All that an app has, of everybody: it left.
    Client(&'a str),
    /// Logins that nobody used or that lasted long enough.
    Expired,
    /// Everything: the epoch is raised, so that each login, code and token of the account is over.
    /// Also for an account that is locked or closed.
    Everywhere {
        /// Whose.
        account: &'a str,
    },
}

/// Ends it, and notes for each app concerned that it is to be told. A login that is ended takes its
/// grants along but for those of `offline_access` (Back-Channel Logout 1.0 section 2.7).
///
/// # Errors
/// The store's own.
pub(crate) async fn end(
    tx: &mut Tx<'_>,
    which: Which<'_>,
    now: Timestamp,
) -> Result<(), db::Error> {
    match which {
        Which::Login(id_h) => login(tx, id_h, now).await,
        Which::Logins { account, but } => {
            for id_h in session::store::ids(tx, account).await? {
                if Some(id_h.as_str()) != but {
                    login(tx, &id_h, now).await?;
                }
            }
            Ok(())
        }
        Which::App { account, client_id } => {
            store::note_app(tx, account, client_id, now).await?;
            store::note_grants(tx, account, Some(client_id), now).await?;
            session::store::forget_app(tx, account, client_id).await?;
            consent::store::end(tx, account, client_id).await?;
            grant::store::end_of_app(tx, account, client_id, now).await
        }
        Which::Client(client_id) => {
            store::note_client(tx, client_id, now).await?;
            session::store::forget_client(tx, client_id).await?;
            consent::store::end_of_client(tx, client_id).await?;
            grant::store::end_of_client(tx, client_id, now).await
        }
        Which::Expired => {
            let idle_since = now.plus_seconds(-session::IDLE);
            store::note_expired(tx, now, idle_since).await?;
            grant::store::end_of_expired(tx, now, idle_since).await?;
            session::store::sweep(tx, now, idle_since).await
        }
        Which::Everywhere { account } => {
            for id_h in session::store::ids(tx, account).await? {
                login(tx, &id_h, now).await?;
            }
            store::note_grants(tx, account, None, now).await?;
            grant::store::end_of_account(tx, account, now).await?;
            account::store::raise_epoch(tx, account).await
        }
    }
}

async fn login(tx: &mut Tx<'_>, id_h: &str, now: Timestamp) -> Result<(), db::Error> {
    store::note_login(tx, id_h, now).await?;
    grant::store::end_of_login(tx, id_h, now).await?;
    session::store::end(tx, id_h).await?;
    Ok(())
}

/// Ends it in a transaction of its own, and tells the apps before it returns.
///
/// # Errors
/// The store's own; an app that does not hear is none.
pub(crate) async fn out(
    core: &Core,
    account: &str,
    which: Which<'_>,
    now: Timestamp,
) -> Result<(), db::Error> {
    core.ground
        .db
        .write(move |tx| Box::pin(end(tx, which, now)))
        .await?;
    tell(core, account, now).await;
    Ok(())
}
