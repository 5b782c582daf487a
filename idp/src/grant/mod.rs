//! Grants: what a person allowed an app in one sign-in. Every code and token hangs on one and ends
//! with it.

pub(crate) mod code;
pub(crate) mod store;

use crate::{
    audience::{self, Audience},
    client::Client,
    consent,
    core::Core,
    problem::OAuthError,
    scope,
};
use host::db::Conn;
use kernel::Timestamp;
use store::Together;

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) resource: Option<String>,
    pub(crate) auth_time: Timestamp,
    pub(crate) acr: String,
    pub(crate) amr: String,
    pub(crate) session: Option<String>,
    pub(crate) epoch: i64,
    pub(crate) created: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    /// The instant of the proof as the app may know it; none where the proof was made for another.
    pub(crate) told: Option<Timestamp>,
}

/// A grant that still holds, with what its tokens say.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) grant: Grant,
    pub(crate) client: Client,
    /// Whom its access tokens are for, if not for us.
    pub(crate) audience: Option<Audience>,
    /// The name chosen for this app.
    pub(crate) nickname: Option<String>,
    /// The person's language.
    pub(crate) locale: Option<String>,
}

/// The one check at each redemption and use: grant not ended, app enabled and still allowed its
/// scopes, account usable and of the same epoch, agreement on file, resource still there.
///
/// # Errors
/// `invalid_grant` for whatever no longer holds; the store's own.
pub(crate) async fn holding(
    core: &Core,
    conn: &mut Conn,
    id: &str,
    now: Timestamp,
) -> Result<Holding, OAuthError> {
    let over = || OAuthError::grant("the grant is over");
    let Together {
        grant,
        account,
        handle,
        locale,
        app,
        agreed,
    } = store::together(conn, id).await?.ok_or_else(over)?;
    if grant.ended.is_some() || !account.is_of(grant.epoch) {
        return Err(over());
    }
    let found = core.clients.found(&grant.client_id, app, now)?;
    let client = found.filter(|found| found.enabled).ok_or_else(over)?.client;
    let audience = match &grant.resource {
        None => None,
        Some(uri) => Some(
            audience::find(core, conn, uri, now)
                .await?
                .ok_or_else(over)?,
        ),
    };
    let resources = |word: &str| audience.as_ref().is_some_and(|a| a.declares(word));
    let may = |word: &str| client.scopes.iter().any(|known| known == word) || resources(word);
    if !grant.scope.split(' ').filter(|w| !w.is_empty()).all(may) {
        return Err(over());
    }
    // Our own pages show people their handle; another app learns the name chosen for it, or none.
    let nickname = if client.first_party {
        Some(handle)
    } else {
        let wanted = consent::wanted(&grant.scope, grant.resource.as_deref());
        let (agreed, nickname) = agreed.ok_or_else(over)?;
        if !scope::is_within(&wanted, &agreed) {
            return Err(over());
        }
        nickname
    };
    Ok(Holding {
        grant,
        client,
        audience,
        nickname,
        locale,
    })
}
