//! Attaching a provider to an account that is signed in.

use super::{
    flow::{self, Back, Way, Wish},
    store,
};
use crate::{
    authorize::reply::see_other, browser::Browser, core::Core, events, people::Who,
    problem::Refusal, session,
};
use axum::response::Response;
use kernel::Timestamp;

/// Where to send the browser. The proof is asked for here; the way there and back may take longer
/// than it is fresh, so on return the login must be the same, in the same browser.
///
/// # Errors
/// `ProofNeeded`, `NotFound` for an unknown provider or a person without a login here,
/// `ExternalRefused`; the store's own.
pub(crate) async fn begin(
    core: &Core,
    who: &Who,
    browser: &Browser,
    name: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    who.proven(now)?;
    let way = Way::to(core, name)?;
    let login = who.this().ok_or(Refusal::NotFound)?;
    flow::go(core, &way, &Wish::Attach(login.to_owned()), browser, now).await
}

/// The provider said who it is: the tag becomes a way in, if it is nobody else's.
pub(super) async fn finish(
    back: &Back<'_>,
    way: &Way<'_>,
    login: &str,
    tag: &str,
) -> Result<Response, Refusal> {
    let core = back.core;
    let name = way.provider.name.as_str();
    let line = events::New::draw(&core.ground.world, events::EXTERNAL_ATTACHED)
        .about(serde_json::json!({ "name": name }));
    let line = &line;
    if session::shown(core, back.headers).as_deref() != Some(login) {
        return Err(Refusal::WrongBrowser);
    }
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                back.take(tx).await?;
                let login = session::holding(tx, login, back.now).await?;
                let account = login.ok_or(Refusal::LoginNeeded)?.account;
                match store::account_of(tx, tag).await? {
                    Some(owner) if owner == account => return Ok(()),
                    Some(_) => return Err(Refusal::ExternalUsed),
                    None => {}
                }
                if !store::attach(tx, tag, &account, name, back.now.day()).await? {
                    return Err(Refusal::ExternalUsed);
                }
                events::write(tx, &account, line, back.now).await?;
                Ok(())
            })
        })
        .await?;
    Ok(see_other("/account/external"))
}
