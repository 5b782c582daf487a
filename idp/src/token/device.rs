//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4): a device asks
//! whether someone has decided.

use super::{
    Asking, checks,
    mint::{self, Draw, IdToken, Minted, Pen, Tokens},
};
use crate::{
    audience,
    core::Core,
    device::{
        STEP,
        store::{self, State, Waiting},
    },
    grant::{self, Holding},
    params::Params,
    problem::OAuthError,
    secrets, session,
};
use host::db::Tx;
use kernel::{Timestamp, problem};

const UNKNOWN: &str = "the device code is not known, or was used";

/// How asking ended, where the transaction is kept.
enum Ended {
    Good(Box<(Holding, Tokens, Option<String>)>),
    /// Nobody has decided; whether the device asked too soon is written down.
    Waits {
        too_soon: bool,
    },
}

/// Fetches what was allowed, once.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `expired_token`, `access_denied`; `invalid_grant` for
/// unknown, another app's, fetched before, or a grant that no longer holds; the store's own.
pub(super) async fn redeem(
    core: &Core,
    asking: &Asking<'_>,
    params: &Params,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    let missing = "device_code is missing";
    let shown = checks::shown(params, "device_code", "rs_dc_", missing, UNKNOWN)?;
    let device_h = &secrets::hash(shown);
    let draw = &Draw::new(&core.ground.world);
    let pen = Pen::take(core, now).await?;
    let ended = core
        .ground
        .db
        .write(move |tx| Box::pin(take(core, tx, asking, params, device_h, draw, now)))
        .await?;
    match ended {
        Ended::Good(good) => {
            let (holding, tokens, sid) = *good;
            let id_token = IdToken {
                sid,
                says_auth_time: holding.client.require_auth_time,
                ..IdToken::default()
            };
            pen.sign(&holding, tokens, &id_token, asking.jkt())
        }
        Ended::Waits { too_soon: true } => Err(OAuthError::refused(
            &problem::SLOW_DOWN,
            "asked too soon; wait five seconds longer from now on",
        )),
        Ended::Waits { too_soon: false } => Err(OAuthError::refused(
            &problem::AUTHORIZATION_PENDING,
            "nobody has decided yet",
        )),
    }
}

async fn take(
    core: &Core,
    tx: &mut Tx<'_>,
    asking: &Asking<'_>,
    params: &Params,
    device_h: &str,
    draw: &Draw,
    now: Timestamp,
) -> Result<Ended, OAuthError> {
    asking.spend(core, tx, now).await?;
    let waiting = store::by_device(tx, device_h).await?;
    let waiting = waiting.filter(|waiting| waiting.client_id == asking.client().id);
    let waiting = waiting.ok_or(OAuthError::grant(UNKNOWN))?;
    if now >= waiting.until {
        let slug = &problem::EXPIRED_TOKEN;
        return Err(OAuthError::refused(slug, "nobody decided in time"));
    }
    match waiting.state {
        State::Pending => return waits(tx, &waiting, now).await,
        State::Denied => {
            let slug = &problem::ACCESS_DENIED;
            return Err(OAuthError::refused(slug, "the person did not agree"));
        }
        State::Taken => return Err(OAuthError::grant(UNKNOWN)),
        State::Allowed => {}
    }
    audience::stays(params, waiting.resource.as_deref())?;
    let grant_id = waiting.grant_id.ok_or_else(OAuthError::internal)?;
    if !store::take(tx, device_h).await? {
        return Err(OAuthError::grant(UNKNOWN));
    }
    let holding = grant::holding(core, tx, &grant_id, now).await?;
    let tokens = mint::store_new(tx, &holding, asking.jkt(), draw, now).await?;
    let sid = match &holding.grant.session {
        Some(session) => session::store::known_sid(tx, session, &holding.client.id).await?,
        None => None,
    };
    Ok(Ended::Good(Box::new((holding, tokens, sid))))
}

async fn waits(tx: &mut Tx<'_>, waiting: &Waiting, now: Timestamp) -> Result<Ended, OAuthError> {
    let earliest = waiting.polled.map(|at| at.plus_seconds(waiting.step));
    let too_soon = earliest.is_some_and(|at| now < at);
    let step = if too_soon {
        waiting.step + STEP
    } else {
        waiting.step
    };
    store::asked(tx, &waiting.device_h, now, step).await?;
    Ok(Ended::Waits { too_soon })
}
