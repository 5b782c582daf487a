//! What ends logins and grants. One function, whoever asks.

use crate::{account, grant, session};
use host::db::{Error, Tx};
use kernel::Timestamp;

/// What is ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    /// One login, by the hash of its cookie.
    Login(&'a str),
    /// What one app has of a person.
    App {
        /// Whose.
        account: &'a str,
        /// The app.
        client_id: &'a str,
    },
    /// Everything: the epoch is raised.
    Everywhere {
        /// Whose.
        account: &'a str,
    },
}

/// Ends it.
///
/// # Errors
/// The store's own.
pub(crate) async fn end(tx: &mut Tx<'_>, which: Which<'_>, now: Timestamp) -> Result<(), Error> {
    match which {
        Which::Login(id_h) => session::store::end(tx, id_h).await.map(|_| ()),
        Which::App { account, client_id } => {
            grant::store::end_of_app(tx, account, client_id, now).await
        }
        Which::Everywhere { account } => account::store::raise_epoch(tx, account).await,
    }
}
