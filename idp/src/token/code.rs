//! `grant_type=authorization_code`.

use super::{
    Asking, checks,
    mint::{self, Draw, IdToken, Minted, Pen, Tokens},
};
use crate::{
    audience,
    authorize::pkce,
    core::Core,
    grant::{
        self, Holding,
        code::{self, Code, Shown},
    },
    params::Params,
    problem::OAuthError,
};
use host::db::Tx;
use kernel::Timestamp;

const UNKNOWN: &str = "the code is not known or over";

/// How a redemption ended, where the transaction is kept.
enum Ended {
    Good(Box<(Holding, Code, Tokens)>),
    /// The code was used before; the grant is ended, and that stays.
    Replayed,
}

/// Redeems a code. Whatever is refused leaves the code for its owner; a second use ends the grant.
///
/// # Errors
/// `invalid_grant` for unknown, over, other app, other address, verifier, key; for an account, app or
/// agreement that no longer holds; `invalid_target`; the store's own.
pub(super) async fn redeem(
    core: &Core,
    asking: &Asking<'_>,
    params: &Params,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    let shown = checks::shown(params, "code", "rs_ac_", "code is missing", UNKNOWN)?;
    let draw = &Draw::new(&core.ground.world);
    // What could not be signed is not taken.
    let pen = Pen::take(core, now).await?;
    let ended = core
        .ground
        .db
        .write(move |tx| Box::pin(take(core, tx, asking, params, shown, draw, now)))
        .await?;
    let Ended::Good(good) = ended else {
        return Err(OAuthError::grant(
            "the code was used before; what came from it is ended",
        ));
    };
    let (holding, code, tokens) = *good;
    let id_token = IdToken {
        nonce: code.nonce,
        sid: Some(code.sid),
        says_auth_time: code.says_auth_time,
        wished: code.id_token_claims,
        card: code.card,
    };
    pen.sign(&holding, tokens, &id_token, asking.jkt())
}

async fn take(
    core: &Core,
    tx: &mut Tx<'_>,
    asking: &Asking<'_>,
    params: &Params,
    shown: &str,
    draw: &Draw,
    now: Timestamp,
) -> Result<Ended, OAuthError> {
    asking.spend(core, tx, now).await?;
    let (grant_id, code) = match code::take(tx, shown, &asking.client().id, now).await? {
        Shown::Good(grant_id, code) => (grant_id, code),
        Shown::Unknown => return Err(OAuthError::grant(UNKNOWN)),
        Shown::Replayed(grant_id) => {
            let grant = checks::own_grant(tx, asking, &grant_id).await?;
            let grant = grant.ok_or(OAuthError::grant(UNKNOWN))?;
            checks::end_copied(tx, &grant, "code-replayed", draw, now).await?;
            return Ok(Ended::Replayed);
        }
    };
    check(&code, asking, params)?;
    let holding = grant::holding(core, tx, &grant_id, now).await?;
    audience::stays(params, holding.grant.resource.as_deref())?;
    let tokens = mint::store_new(tx, &holding, asking.jkt(), draw, now).await?;
    Ok(Ended::Good(Box::new((holding, *code, tokens))))
}

fn check(code: &Code, asking: &Asking<'_>, params: &Params) -> Result<(), OAuthError> {
    if params
        .get("redirect_uri")
        .is_none_or(|uri| uri != code.redirect_uri)
    {
        return Err(OAuthError::grant("redirect_uri is not that of the request"));
    }
    pkce::verify(code.challenge.as_deref(), params.get("code_verifier"))?;
    if code.jkt.is_some() && code.jkt.as_deref() != asking.jkt() {
        return Err(OAuthError::grant(
            "the proof is of another key than the request named",
        ));
    }
    Ok(())
}
