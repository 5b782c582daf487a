//! Who is at the door: somebody signed in here, whose login at the provider still holds, and what they
//! may do.

use super::{Capability, Refusal, store};
use crate::{
    account::{self, Account},
    acr::Acr,
    client::STAFF,
    core::Core,
    session,
};
use axum::http::HeaderMap;
use host::Origin;
use kernel::Timestamp;
use web::{form::FormKey, signin};

/// The oldest proof with which an act is done, seconds.
pub(super) const FRESH: i64 = 900;
/// The oldest proof with which anything is shown, seconds.
pub(super) const LONGEST: i64 = 8 * 3600;
/// What the forms of these pages are for, as form tokens name it.
const PURPOSE: &str = "staff";

/// Somebody signed in at the staff origin. Whether they are staff their capabilities say.
pub(super) struct Staff {
    pub(super) account: Account,
    pub(super) capabilities: Vec<Capability>,
    proved: Timestamp,
    browser: String,
}

impl Staff {
    /// The person of this request. The login here lives no longer than the one at the provider it
    /// came from: whatever ends that one (lock, sign-out everywhere) ends this one.
    ///
    /// # Errors
    /// `LoginNeeded`; the store's own.
    pub(super) async fn of(
        core: &Core,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let here = signin::current(&core.ground, Origin::Staff, headers, now).await?;
        let here = here.ok_or(Refusal::LoginNeeded)?;
        let mut conn = core.ground.db.read().await?;
        let named = session::store::of_sid(&mut conn, STAFF, &here.sub).await?;
        let login = session::holding(&mut conn, &named.ok_or(Refusal::LoginNeeded)?, now)
            .await?
            .filter(|login| {
                login.acr.satisfies(Acr::Phr) && session::is_young(login.auth_time, LONGEST, now)
            })
            .ok_or(Refusal::LoginNeeded)?;
        let account = account::usable(&mut conn, &login.account, login.epoch).await?;
        let account = account.ok_or(Refusal::LoginNeeded)?;
        let capabilities = store::capabilities(&mut conn, &account.id).await?;
        Ok(Self {
            account,
            capabilities,
            proved: login.auth_time,
            browser: here.browser,
        })
    }

    /// Whether they were given any capability.
    pub(super) const fn is_staff(&self) -> bool {
        !self.capabilities.is_empty()
    }

    /// Whether they have it.
    pub(super) fn has(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Refuses whoever has none of these.
    ///
    /// # Errors
    /// `Forbidden`.
    pub(super) fn must_have(&self, any: &[Capability]) -> Result<(), Refusal> {
        match any.iter().any(|capability| self.has(*capability)) {
            true => Ok(()),
            false => Err(Refusal::Forbidden),
        }
    }

    /// Refuses a proof that is too old to act on.
    ///
    /// # Errors
    /// `Stale`.
    pub(super) fn must_be_fresh(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.is_fresh(now) {
            true => Ok(()),
            false => Err(Refusal::Stale),
        }
    }

    /// Whether the proof is young enough to act on.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        now <= self.proved.plus_seconds(FRESH)
    }

    /// The token of every form here.
    pub(super) fn form_token(&self, core: &Core) -> String {
        core.forms.token(&self.browser, PURPOSE)
    }

    /// The token of the button "Sign out".
    pub(super) fn logout_token(&self, core: &Core) -> String {
        FormKey::of(&core.ground).token(&self.browser, "logout")
    }

    /// Refuses what was not sent by a page of ours in this browser.
    ///
    /// # Errors
    /// 403 `form-stale`.
    pub(super) fn check_form(
        &self,
        core: &Core,
        headers: &HeaderMap,
        token: &str,
    ) -> Result<(), Refusal> {
        let own = &core.staff_site.base;
        core.forms
            .check(headers, own, &self.browser, PURPOSE, token)
            .map_err(Refusal::Edge)
    }
}
