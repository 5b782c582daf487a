//! Logout tokens and how they reach apps (OpenID Connect Back-Channel Logout 1.0, sections 2.4 to
//! 2.8): in parallel, by the guarded caller, three tries in five minutes.

use super::store::{self, Notice};
use crate::{
    client::Client,
    core::{Core, Shared},
    keys::Ring,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use futures_util::future::join_all;
use host::{
    Job, Origin,
    db::{self, Tx},
    http_client::{Call, Unanswered},
};
use kernel::{Timestamp, b64};
use serde_json::{Value, json};
use std::sync::Arc;

/// What a logout token says has happened.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long a logout token lives, seconds.
const LIFE: i64 = 120;
/// Pause after the first, second and last try, seconds.
const PAUSES: [i64; 3] = [60, 180, 300];
/// How often the job looks, seconds: with the pauses, the last try is within five minutes.
const LOOK: i64 = 30;

/// The claims of a logout token. Never a nonce, so that it can be no ID Token.
pub(crate) fn claims(
    issuer: &str,
    client_id: &str,
    sub: &str,
    sid: Option<&str>,
    jti: &str,
    now: Timestamp,
) -> Value {
    let mut claims = json!({
        "iss": issuer,
        "aud": client_id,
        "sub": sub,
        "iat": now.seconds(),
        "exp": now.seconds() + LIFE,
        "jti": jti,
        "events": { EVENT: {} },
    });
    if let Some(sid) = sid {
        claims["sid"] = sid.into();
    }
    claims
}

/// Sends what is due of an account. Whoever does not hear is tried again by the job; a fault of the
/// store is logged, for the logins have ended whatever becomes of the notices.
pub(crate) async fn tell(core: &Core, account: &str, now: Timestamp) {
    let told = async {
        let due = {
            let mut conn = core.ground.db.read().await?;
            store::of_account(&mut conn, account, now).await?
        };
        round(core, due, now).await
    };
    wait(told.await);
}

/// As [`tell`], for one app and everybody it knew: as many as go out at once, the others by the job.
pub(crate) async fn tell_app(core: &Core, client_id: &str, now: Timestamp) {
    let told = async {
        let due = {
            let mut conn = core.ground.db.read().await?;
            store::of_client(&mut conn, client_id, now).await?
        };
        round(core, due, now).await
    };
    wait(told.await);
}

fn wait(told: Result<(), db::Error>) {
    if let Err(error) = told {
        tracing::warn!(%error, "logout notices wait for the database");
    }
}

/// The job that sends again.
pub(crate) fn job(core: &Shared) -> Job {
    let core = core.clone();
    Job::new("logout", LOOK, move |now| {
        let core = core.clone();
        async move {
            // A try moves its notice on, so this ends.
            loop {
                let due = {
                    let mut conn = core.ground.db.read().await?;
                    store::due(&mut conn, now).await?
                };
                if due.is_empty() {
                    return Ok(());
                }
                round(&core, due, now).await?;
            }
        }
    })
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Heard; or nobody is there to tell.
    Over,
    /// Not heard.
    Missed,
}

/// One try of each.
async fn round(core: &Core, due: Vec<Notice>, now: Timestamp) -> Result<(), db::Error> {
    if due.is_empty() {
        return Ok(());
    }
    let due = &due;
    let claim = core
        .ground
        .db
        .write(move |tx| Box::pin(claimed(tx, due, now)));
    let mine = claim.await?;
    let ring = core.ring(now).await?;
    let told = join_all(mine.iter().map(|notice| send(core, &ring, notice, now))).await;
    let mut over: Vec<&str> = Vec::new();
    for (notice, told) in mine.iter().zip(told) {
        let last = usize::try_from(notice.tries + 1).is_ok_and(|tries| tries >= PAUSES.len());
        if told == Told::Missed && last {
            tracing::warn!(slug = "logout-unheard", client = %notice.client_id, "an app did not hear of a logout");
        }
        if told == Told::Over || last {
            over.push(&notice.id);
        }
    }
    let over = over.as_slice();
    let forget = core.ground.db.write(move |tx| {
        Box::pin(async move {
            for id in over {
                store::done(tx, id).await?;
            }
            Ok(())
        })
    });
    forget.await
}

/// Those that nobody else is sending. One whose last try broke off with its process is over.
async fn claimed(
    tx: &mut Tx<'_>,
    due: &[Notice],
    now: Timestamp,
) -> Result<Vec<Notice>, db::Error> {
    let mut mine = Vec::new();
    for notice in due {
        let pause = usize::try_from(notice.tries).ok();
        let Some(pause) = pause.and_then(|tries| PAUSES.get(tries)) else {
            store::done(tx, &notice.id).await?;
            continue;
        };
        if store::claim(tx, notice, now.plus_seconds(*pause)).await? {
            mine.push(notice.clone());
        }
    }
    Ok(mine)
}

async fn send(core: &Core, ring: &Arc<Ring>, notice: &Notice, now: Timestamp) -> Told {
    let client = match core.ground.db.read().await {
        Ok(mut conn) => {
            core.clients
                .to_tell(&mut conn, &notice.client_id, now)
                .await
        }
        Err(error) => Err(error),
    };
    let client = match client {
        Ok(Some(client)) => client,
        Ok(None) => return Told::Over,
        Err(_) => return Told::Missed,
    };
    let Some(to) = &client.back_channel else {
        return Told::Over;
    };
    if to.session_required && notice.sid.is_none() {
        return Told::Over;
    }
    let Some(token) = token(core, ring, &client, notice, now) else {
        return Told::Missed;
    };
    let answer = match client.first_party {
        true => post_here(core, &to.uri, &token).await,
        false => post(core, &to.uri, &token).await,
    };
    match answer {
        Ok(StatusCode::OK | StatusCode::NO_CONTENT) | Err(Unanswered::Address) => Told::Over,
        Ok(_) | Err(Unanswered::Away | Unanswered::TooLong) => Told::Missed,
    }
}

/// A fresh token for each try: an old one would be over.
fn token(
    core: &Core,
    ring: &Ring,
    client: &Client,
    notice: &Notice,
    now: Timestamp,
) -> Option<String> {
    let sub = core.pairwise.sub(&client.sector, &notice.account).ok()?;
    let jti = b64::encode(core.ground.world.random::<16>());
    let sid = notice.sid.as_deref();
    let claims = claims(core.issuer(), &client.id, &sub, sid, &jti, now);
    ring.sign(client.id_token_alg, "logout+jwt", &claims)
}

const FORM: &str = "application/x-www-form-urlencoded";

/// To one of our own origins, wherever it runs: not by the caller for foreign addresses.
async fn post_here(core: &Core, uri: &str, token: &str) -> Result<StatusCode, Unanswered> {
    let at = |origin: &Origin| uri.starts_with(&format!("{}/", core.ground.origins.of(*origin)));
    let origin = Origin::ALL.into_iter().find(at);
    let origin = origin.ok_or(Unanswered::Address)?;
    let request = http::Request::post(uri)
        .header(header::CONTENT_TYPE, FORM)
        .body(format!("logout_token={token}").into())
        .map_err(|_| Unanswered::Address)?;
    let answer = core.ground.peers.origin(origin, request).await;
    Ok(answer.map_err(|_| Unanswered::Away)?.status())
}

async fn post(core: &Core, uri: &str, token: &str) -> Result<StatusCode, Unanswered> {
    let form = HeaderValue::from_static(FORM);
    let call = Call {
        method: Method::POST,
        url: uri,
        headers: HeaderMap::from_iter([(header::CONTENT_TYPE, form)]),
        body: format!("logout_token={token}").into(),
    };
    Ok(core.outside.send(call).await?.status())
}
