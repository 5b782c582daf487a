//! `grant_type=client_credentials`: a token for the app itself. It names nobody, opens nothing of a
//! person, and there is no refresh token.

use super::{
    Asking,
    mint::{About, Draw, Minted, Pen},
    store::{self, Owner},
};
use crate::{core::Core, params::Params, problem::OAuthError, scope};
use kernel::{Timestamp, problem};

/// Gives one: opaque, or signed for a resource. A signed one is stored nowhere, so that where nothing
/// is spent nothing is written.
///
/// # Errors
/// `invalid_scope` for words that need a person, `invalid_target`, what spending refuses, the
/// store's own.
pub(super) async fn give(
    core: &Core,
    asking: &Asking<'_>,
    params: &Params,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    needs_nobody(params)?;
    let audience = asking.who.resource.clone().for_nobody()?;
    let (client, jkt) = (asking.client(), asking.jkt());
    let draw = Draw::new(&core.ground.world);
    let access = if let Some(audience) = &audience {
        let pen = Pen::take(core, now).await?;
        asking.spend_alone(core, now).await?;
        let about = About {
            sub: client.id.clone(),
            client_id: &client.id,
            scope: "",
            jti: &draw.jti,
            jkt,
            login: None,
        };
        pen.access(audience, &about)?
    } else {
        let (owner, token) = (&Owner::App(client.id.clone()), &draw.access);
        let row = &store::Access::new(owner, jkt, "", now);
        core.ground
            .db
            .write(move |tx| {
                Box::pin(async move {
                    asking.spend(core, tx, now).await?;
                    store::insert_access(tx, token, row).await?;
                    Ok::<_, OAuthError>(())
                })
            })
            .await?;
        draw.access.clone()
    };
    Ok(Minted::of_app(access, jkt.is_some()))
}

/// Every scope word there is opens something of a person. Unknown words are dropped, as elsewhere.
fn needs_nobody(params: &Params) -> Result<(), OAuthError> {
    let refused = |why| OAuthError::refused(&problem::INVALID_SCOPE, why);
    let asked = params.get("scope").unwrap_or_default();
    if !scope::is_well_formed(asked) {
        return Err(refused("scope is not well-formed"));
    }
    if asked.split(' ').any(scope::is_known) {
        return Err(refused("this scope needs a person"));
    }
    Ok(())
}
