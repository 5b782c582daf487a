//! Who acts: a person by a login of this browser, or by a token of one of our own apps.

use super::FRESH;
use crate::{
    account::{self, Account},
    acr::Acr,
    browser::Browser,
    core::Core,
    problem::Refusal,
    scope,
    session::{self, Login},
    token::access::{self, ResourceError},
};
use axum::http::{HeaderMap, Method};
use host::db::{Conn, Tx};
use kernel::Timestamp;

/// A person, how well they are known, and from where they act.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// Whose account.
    pub(crate) account: Account,
    /// The login of this browser; none for a token.
    pub(crate) login: Option<Login>,
    /// When the proof was given.
    pub(crate) auth_time: Timestamp,
    /// How strong it was.
    pub(crate) acr: Acr,
    /// Where a ceremony must be finished that is begun here: a browser's or a key's hash.
    pub(crate) place: String,
}

impl Who {
    /// The person signed in to this browser.
    ///
    /// # Errors
    /// `LoginNeeded`; `ProofNeeded` for a login that is too weak for an account's own pages; the
    /// store's own.
    pub(crate) async fn signed_in(
        core: &Core,
        headers: &HeaderMap,
        browser: &Browser,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let login = session::current(core, headers, now).await?;
        let login = login.ok_or(Refusal::LoginNeeded)?;
        if !login.acr.opens_account() {
            return Err(Refusal::ProofNeeded);
        }
        let mut conn = core.ground.db.read().await?;
        let account = account::usable(&mut conn, &login.account, login.epoch).await?;
        Ok(Self {
            account: account.ok_or(Refusal::LoginNeeded)?,
            auth_time: login.auth_time,
            acr: login.acr,
            login: Some(login),
            place: browser.hash(),
        })
    }

    /// The person of a token: of one of our own apps, of the scope for accounts, bound to a key and
    /// proven with it, and made by more than another device's wallet.
    ///
    /// # Errors
    /// [`ResourceError`].
    pub(crate) async fn of_token(
        core: &Core,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Self, ResourceError> {
        let opened = access::open(core, method, path, headers, None, now).await?;
        let place = opened.jkt.ok_or(ResourceError::Token)?;
        let grant = &opened.holding.grant;
        let acr = Acr::parse(&grant.acr).ok_or(ResourceError::Token)?;
        let may = opened.holding.client.first_party && acr.opens_account();
        if !may || !scope::has(&opened.scope, scope::ACCOUNT) {
            return Err(ResourceError::Scope(scope::ACCOUNT));
        }
        let mut conn = core.ground.db.read().await?;
        let account = account::usable(&mut conn, &grant.account, grant.epoch).await?;
        Ok(Self {
            account: account.ok_or(ResourceError::Token)?,
            login: None,
            auth_time: grant.auth_time,
            acr,
            place,
        })
    }

    /// Whether a passkey was shown within the last five minutes.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.acr.satisfies(Acr::Phr) && now <= self.auth_time.plus_seconds(FRESH)
    }

    /// Refuses without a fresh proof: for what changes the ways in.
    ///
    /// # Errors
    /// `ProofNeeded`.
    pub(crate) fn proven(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.is_fresh(now) {
            Ok(())
        } else {
            Err(Refusal::ProofNeeded)
        }
    }

    /// Refuses where account or login have ended since this was read: asked in the transaction of
    /// an act.
    ///
    /// # Errors
    /// `LoginNeeded`; the store's own.
    pub(crate) async fn still(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Refusal> {
        let holds = match &self.login {
            Some(login) => session::holding(tx, &login.id_h, now).await?.is_some(),
            None => self.usable(tx).await?,
        };
        if holds {
            Ok(())
        } else {
            Err(Refusal::LoginNeeded)
        }
    }

    async fn usable(&self, conn: &mut Conn) -> Result<bool, Refusal> {
        let account = account::usable(conn, &self.account.id, self.account.epoch).await?;
        Ok(account.is_some())
    }

    /// Whether that login is the one of this browser.
    pub(crate) fn is_this(&self, id_h: &str) -> bool {
        self.this() == Some(id_h)
    }

    /// Hash of the login of this browser.
    pub(crate) fn this(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.id_h.as_str())
    }
}
