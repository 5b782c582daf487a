//! Joining with a passkey: a handle, a piece of work, one touch.

use super::{Done, Finish, LIFE, NAMELESS, Options, Refusal, Signal, store};
use crate::{
    account,
    acr::Acr,
    core::{Core, Shared},
    interaction::{self, Interaction, Proven},
    invite::{self, Admission},
    session::{self, NewLogin},
};
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use host::{
    Answer, Json, Source,
    db::Tx,
    once::{self, Taken, spaces::CEREMONY},
};
use kernel::{Handle, Timestamp, b64};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{PasskeyRegistration, Uuid};

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/passkey/join/options", post(options))
        .route("/passkey/join", post(finish))
        .with_state(core)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    handle: String,
    #[serde(default)]
    admission: Option<String>,
    #[serde(default)]
    ix: Option<String>,
}

/// All that the second step must know, kept by us until then.
#[derive(Serialize, Deserialize)]
struct Ceremony {
    state: PasskeyRegistration,
    new: account::New,
    handle: Handle,
    admission: Admission,
}

/// `POST /passkey/join/options`.
async fn options(
    State(core): State<Shared>,
    source: Source,
    headers: HeaderMap,
    Json(wish): Json<Wish>,
) -> Answer<Json<Options>> {
    web::form::from_own_page(&headers, core.issuer())?;
    let now = core.ground.world.now();
    let ix = wish.ix.filter(|ix| !ix.is_empty());
    if let Some(ix) = &ix {
        interaction::load(&core, &headers, ix, now).await?;
    }
    Ok(Json(
        begin(
            &core,
            &wish.handle,
            (wish.admission.as_deref(), source),
            ix.as_deref(),
            now,
        )
        .await?,
    ))
}

async fn begin(
    core: &Core,
    handle: &str,
    (admission, source): (Option<&str>, Source),
    ix: Option<&str>,
    now: Timestamp,
) -> Result<Options, Refusal> {
    let handle = Handle::parse(handle)?;
    let stored = admission.map(invite::at_rest);
    let admission = invite::read(&core.pow, stored.as_deref(), source, now);
    let admission = admission.map_err(crate::pow::Refusal::from)?;
    let mut conn = core.ground.db.read().await?;
    admission.hold(&mut conn, now).await?;
    if account::find(&mut conn, handle.as_str()).await?.is_some() {
        return Err(Refusal::HandleTaken);
    }
    drop(conn);
    let new = account::New::draw(&core.ground.world);
    let user = b64::decode_array(&new.user_handle)
        .map(Uuid::from_bytes)
        .ok_or(Refusal::Refused)?;
    let (options, state) = core
        .passkeys
        .begin_join(user, handle.as_str(), Vec::new())?;
    let secret = b64::encode(core.ground.world.random::<32>());
    let bound = ix.unwrap_or("-").to_owned();
    let body = json!(Ceremony {
        state,
        new,
        handle,
        admission
    })
    .to_string();
    let (secret_ref, bound_ref, body) = (&secret, &bound, &body);
    let until = now.plus_seconds(LIFE);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                once::issue(tx, &CEREMONY, secret_ref, bound_ref, body, "", until).await?;
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    Ok(Options {
        ceremony: format!("{bound}~{secret}"),
        public_key: json!(options.public_key),
    })
}

/// What one joining needs, chance and time included.
struct Joining<'a> {
    core: &'a Core,
    secret: &'a str,
    bound: &'a str,
    credential: &'a Value,
    at: Option<&'a Interaction>,
    draw: &'a interaction::Draw,
    old: Option<&'a str>,
    now: Timestamp,
}

/// `POST /passkey/join`.
async fn finish(
    State(core): State<Shared>,
    source: Source,
    headers: HeaderMap,
    Json(body): Json<Finish>,
) -> Answer<Response> {
    web::form::from_own_page(&headers, core.issuer())?;
    let now = core.ground.world.now();
    let _turn = core.ground.heavy.enter().await?;
    let (bound, secret) = body.ceremony.split_once('~').ok_or(Refusal::Refused)?;
    let at = match bound {
        "-" => None,
        ix => Some(interaction::load(&core, &headers, ix, now).await?),
    };
    let draw = interaction::Draw::new(&core.ground.world);
    let old = session::shown(&core, &headers);
    let joining = Joining {
        core: &core,
        secret,
        bound,
        credential: &body.credential,
        at: at.as_ref(),
        draw: &draw,
        old: old.as_deref(),
        now,
    };
    let joining = &joining;
    let (login, signal) = core
        .ground
        .db
        .write(move |tx| Box::pin(write(tx, joining)))
        .await?;
    core.pow.made(source, now);
    let next = match &at {
        Some(at) => core.url(&at.path()),
        None => format!("{}/login", core.ground.origins.listen),
    };
    let mut answer = Json(Done { next, signal }).into_response();
    login.set_cookie(&core, answer.headers_mut());
    Ok(answer)
}

/// Account, passkey, login and admission stand or fall together.
async fn write(tx: &mut Tx<'_>, join: &Joining<'_>) -> Result<(NewLogin, Signal), Refusal> {
    let taken = once::take(tx, &CEREMONY, join.secret, join.bound, join.now).await?;
    let Taken::Body(body) = taken else {
        return Err(Refusal::Refused);
    };
    let ceremony: Ceremony = serde_json::from_str(&body).map_err(|_| Refusal::Refused)?;
    let passkey = join
        .core
        .passkeys
        .finish_join(join.credential, &ceremony.state)?;
    ceremony.admission.spend(tx, join.now).await?;
    let day = join.now.day();
    if !account::create(tx, &ceremony.new, &ceremony.handle, day).await? {
        return Err(Refusal::HandleTaken);
    }
    let id = b64::encode(passkey.cred_id());
    if !store::insert(tx, &id, &ceremony.new.id, &passkey, NAMELESS, day).await? {
        return Err(Refusal::Refused);
    }
    let proven = Proven {
        account: ceremony.new.id.clone(),
        epoch: 0,
        acr: Acr::Phr,
        amr: Acr::Phr.amr(),
        card: None,
    };
    let login = match join.at {
        Some(at) => interaction::prove(tx, at, &proven, join.draw, join.old, join.now).await?,
        None => session::begin(tx, &proven, &join.draw.login, join.old, join.now).await?,
    };
    let signal = Signal::of(join.core, tx, &ceremony.new.id, &ceremony.new.user_handle).await?;
    Ok((login, signal))
}
