//! `grant_type=refresh_token`. A public app's token is used once; its successor is computed, so that
//! a lost answer can be repeated within 30 seconds by the same key. Any other reuse ends the family
//! and the grant, and the person is told.

use super::{
    Asking, checks,
    mint::{self, Draw, IdToken, Minted, Pen, Tokens},
    store::{self, Refresh},
};
use crate::{
    audience,
    core::Core,
    grant::{self, Grant, Holding},
    keyed,
    params::Params,
    problem::OAuthError,
    scope, session,
};
use host::db::{Conn, Tx};
use kernel::{Secret, Timestamp, b64, problem};

const UNKNOWN: &str = "the refresh token is not known or over";
/// Within how many seconds a used token may be shown again by the same key.
const GRACE: i64 = 30;

/// `"rs_rt_" b64url(HMAC-SHA-256(K, "resonate/refresh/v1" 00 family 00 parent))`.
pub(crate) fn successor(key: &Secret<[u8; 32]>, family: &str, parent: &str) -> String {
    let mac = keyed::mac(
        key,
        "resonate/refresh/v1",
        &[family.as_bytes(), parent.as_bytes()],
    );
    format!("rs_rt_{}", b64::encode(mac))
}

/// What may be done with a refresh token that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is current: use it.
    Current,
    /// It was used just now by the same key: the same successor again.
    Again,
    /// It is over, or a current one came with another key. Nothing changes.
    Refused,
    /// It was used before: someone has a copy. The family ends.
    Reused,
}

/// Judges a token by its row. `successor_unused`: whether its successor exists and was not used.
pub(crate) fn judge(
    row: &Refresh,
    jkt: Option<&str>,
    successor_unused: bool,
    now: Timestamp,
) -> Use {
    if now >= row.idle_until || now >= row.ends {
        return Use::Refused;
    }
    let same_key = row.jkt.is_some() && row.jkt.as_deref() == jkt;
    match row.used_at {
        None if row.jkt.is_none() || same_key => Use::Current,
        None => Use::Refused,
        Some(at) if same_key && successor_unused && now <= at.plus_seconds(GRACE) => Use::Again,
        Some(_) => Use::Reused,
    }
}

/// How a refresh ended, where the transaction is kept.
enum Ended {
    Good(Box<(Holding, Tokens, Option<String>)>),
    Reused,
}

/// Redeems a refresh token.
///
/// # Errors
/// `invalid_grant` for unknown, over, another app's or key's, reused, or a grant that no longer
/// holds; `invalid_scope` for more than was allowed; `invalid_target`; the store's own.
pub(super) async fn redeem(
    core: &Core,
    asking: &Asking<'_>,
    params: &Params,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    let missing = "refresh_token is missing";
    let shown = checks::shown(params, "refresh_token", "rs_rt_", missing, UNKNOWN)?;
    let draw = &Draw::new(&core.ground.world);
    let pen = Pen::take(core, now).await?;
    let ended = core
        .ground
        .db
        .write(move |tx| Box::pin(take(core, tx, asking, params, shown, draw, now)))
        .await?;
    let Ended::Good(good) = ended else {
        return Err(OAuthError::grant(
            "the refresh token was used before; the grant is ended",
        ));
    };
    let (holding, tokens, sid) = *good;
    let id_token = IdToken {
        sid,
        says_auth_time: true,
        ..IdToken::default()
    };
    pen.sign(&holding, tokens, &id_token, asking.jkt())
}

fn unknown() -> OAuthError {
    OAuthError::grant(UNKNOWN)
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
    let row = store::find_refresh(tx, shown).await?.ok_or_else(unknown)?;
    let grant = checks::own_grant(tx, asking, &row.grant_id).await?;
    let grant = grant.filter(|grant| grant.ended.is_none());
    let grant = grant.ok_or_else(unknown)?;
    let next = successor(&core.refresh_key, &row.family, shown);
    let successor_row = store::find_refresh(tx, &next).await?;
    let unused = successor_row.is_some_and(|row| row.used_at.is_none());
    let verdict = judge(&row, asking.jkt(), unused, now);
    match verdict {
        Use::Refused => return Err(unknown()),
        Use::Reused => {
            checks::end_copied(tx, &grant, "refresh-reused", draw, now).await?;
            return Ok(Ended::Reused);
        }
        Use::Current | Use::Again => {}
    }
    let holding = grant::holding(core, tx, &grant.id, now).await?;
    let scope = narrowed(&grant, params)?;
    let refresh = if asking.client().is_public() {
        if verdict == Use::Current {
            rotate(tx, shown, &next, &row, now).await?;
        }
        next
    } else {
        store::keep_refresh(tx, shown, now.plus_seconds(mint::IDLE)).await?;
        shown.to_owned()
    };
    let access = mint::store_access(tx, &holding, &scope, asking.jkt(), draw, now).await?;
    let sid = match &grant.session {
        Some(session) => session::store::known_sid(tx, session, &grant.client_id).await?,
        None => None,
    };
    let tokens = Tokens {
        access,
        refresh: Some(refresh),
        scope,
    };
    Ok(Ended::Good(Box::new((holding, tokens, sid))))
}

async fn rotate(
    conn: &mut Conn,
    shown: &str,
    next: &str,
    row: &Refresh,
    now: Timestamp,
) -> Result<(), OAuthError> {
    store::use_refresh(conn, shown, now).await?;
    let idle_until = now.plus_seconds(mint::IDLE);
    let successor = Refresh {
        used_at: None,
        idle_until,
        ..row.clone()
    };
    store::insert_refresh(conn, next, &successor).await?;
    Ok(())
}

/// The scope of the new access token: what was allowed, or less (RFC 6749 section 6).
fn narrowed(grant: &Grant, params: &Params) -> Result<String, OAuthError> {
    audience::stays(params, grant.resource.as_deref())?;
    match params.get("scope") {
        None => Ok(grant.scope.clone()),
        Some(asked) if scope::is_within(asked, &grant.scope) => Ok(asked.to_owned()),
        Some(_) => Err(OAuthError::refused(
            &problem::INVALID_SCOPE,
            "more than the person allowed",
        )),
    }
}
