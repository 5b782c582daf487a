//! A person looks up the code of a device and decides.

use super::{
    store::{self, State, Waiting},
    user_code::UserCode,
};
use crate::{
    client::Client,
    consent::{self, Consent},
    core::Core,
    events,
    grant::{self, Grant},
    params::Params,
    pow,
    problem::Refusal,
    session::{self, Login},
};
use host::db::Tx;
use kernel::{Timestamp, b64, hex};
use serde_json::json;

/// What a typed code led to.
pub(super) enum Looked {
    /// A device that waits.
    Found(Box<Seen>),
    /// Nothing; it counts.
    Unknown,
    /// Nothing was looked up: too many were wrong, and a piece of work is asked for.
    CostsWork,
}

/// A device that waits, and what its page says.
pub(super) struct Seen {
    pub(super) code: UserCode,
    pub(super) waiting: Waiting,
    pub(super) client: Client,
    /// The nickname this app knows already.
    pub(super) nickname: Option<String>,
}

/// Looks a code up; `params` may bring a piece of work.
///
/// # Errors
/// `FlowMoved` where it was decided on, `ClientDisabled`, the store's own.
pub(super) async fn look(
    core: &Core,
    login: &Login,
    typed: &str,
    params: &Params,
    now: Timestamp,
) -> Result<Looked, Refusal> {
    if core.device_tries.cost_work(&login.account, now) && !worked(core, params, now).await? {
        return Ok(Looked::CostsWork);
    }
    let Some((code, waiting)) = waiting(core, typed, now).await? else {
        core.device_tries.wrong(&login.account, now);
        return Ok(Looked::Unknown);
    };
    if waiting.state != State::Pending {
        return Err(Refusal::FlowMoved);
    }
    let mut conn = core.ground.db.read().await?;
    let client = core
        .clients
        .enabled(&mut conn, &waiting.client_id, now)
        .await?;
    let client = client.ok_or(Refusal::ClientDisabled)?;
    let before = consent::store::find(&mut conn, &login.account, &client.id).await?;
    Ok(Looked::Found(Box::new(Seen {
        code,
        waiting,
        client,
        nickname: before.and_then(|before| before.nickname),
    })))
}

async fn waiting(
    core: &Core,
    typed: &str,
    now: Timestamp,
) -> Result<Option<(UserCode, Waiting)>, Refusal> {
    let Some(code) = UserCode::parse(typed) else {
        return Ok(None);
    };
    let mut conn = core.ground.db.read().await?;
    let row = store::by_user_code(&mut conn, &code.hash(&core.user_code_key)).await?;
    let row = row.filter(|row| now < row.until);
    Ok(row.map(|row| (code, row)))
}

/// Whether the form brings a piece of work; it is used up.
async fn worked(core: &Core, params: &Params, now: Timestamp) -> Result<bool, Refusal> {
    let Ok(work) = core
        .pow
        .check(params.get("resonate_admission"), params.source(), now)
    else {
        return Ok(false);
    };
    let work = &work;
    let spent = core
        .ground
        .db
        .write(move |tx| Box::pin(async move { pow::spend(work, tx, now).await }))
        .await;
    match spent {
        Ok(()) => Ok(true),
        Err(pow::Refusal::Denied(_)) => Ok(false),
        Err(pow::Refusal::Store(error)) => Err(error.into()),
    }
}

/// What a person decided.
pub(super) struct Decision<'a> {
    pub(super) login: &'a Login,
    pub(super) code: &'a UserCode,
    pub(super) allows: bool,
    pub(super) nickname: Option<String>,
}

/// Chance for a decision.
struct Draw {
    grant: String,
    sid: String,
    line: events::New,
}

/// Writes the decision, the first one only. A yes makes the grant, which the device fetches.
///
/// # Errors
/// `UserCodeUnknown` where it ended meanwhile, `FlowMoved` where it was decided on, `ClientDisabled`,
/// `LoginNeeded`, the store's own.
pub(super) async fn decide(
    core: &Core,
    decision: &Decision<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let world = &core.ground.world;
    let draw = &Draw {
        grant: b64::encode(world.random::<16>()),
        sid: hex::encode(world.random::<16>()),
        line: events::New::draw(world, events::APP_ALLOWED),
    };
    core.ground
        .db
        .write(move |tx| Box::pin(write(core, tx, decision, draw, now)))
        .await
}

async fn write(
    core: &Core,
    tx: &mut Tx<'_>,
    decision: &Decision<'_>,
    draw: &Draw,
    now: Timestamp,
) -> Result<(), Refusal> {
    let hash = decision.code.hash(&core.user_code_key);
    let waiting = store::by_user_code(tx, &hash).await?;
    let waiting = waiting
        .filter(|waiting| now < waiting.until)
        .ok_or(Refusal::UserCodeUnknown)?;
    let client = core.clients.enabled(tx, &waiting.client_id, now).await?;
    let client = client.ok_or(Refusal::ClientDisabled)?;
    let login = session::holding(tx, &decision.login.id_h, now).await?;
    let login = login.ok_or(Refusal::LoginNeeded)?;
    let grant_id = decision.allows.then_some(draw.grant.as_str());
    if !store::decide(tx, &waiting.device_h, grant_id).await? {
        return Err(Refusal::FlowMoved);
    }
    if !decision.allows {
        return Ok(());
    }
    let before = consent::store::find(tx, &login.account, &client.id).await?;
    let who = (login.account.as_str(), client.id.as_str());
    let asked = (waiting.scope.as_str(), waiting.resource.as_deref());
    let agreed = Consent::after(before, who, asked, decision.nickname.clone(), now);
    consent::store::put(tx, &agreed).await?;
    let line = draw.line.clone().about(json!({ "client": client.id }));
    events::write(tx, &login.account, &line, now).await?;
    session::store::sid(tx, &login.id_h, &client.id, &draw.sid).await?;
    // Another's visit brought the proof about, for a device has none: so only our own apps learn when.
    let told = client.first_party.then_some(login.auth_time);
    let grant = grant_of(waiting, login, &draw.grant, now);
    grant::store::insert(tx, &Grant { told, ..grant }).await?;
    Ok(())
}

fn grant_of(waiting: Waiting, login: Login, id: &str, now: Timestamp) -> Grant {
    Grant {
        id: id.to_owned(),
        account: login.account,
        client_id: waiting.client_id,
        scope: waiting.scope,
        resource: waiting.resource,
        auth_time: login.auth_time,
        acr: login.acr.as_str().to_owned(),
        amr: login.amr,
        session: Some(login.id_h),
        epoch: login.epoch,
        created: now,
        ended: None,
        told: None,
    }
}
