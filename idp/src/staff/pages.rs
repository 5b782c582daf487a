//! The pages of the staff origin. Each shows what `see` gives; each act is a form to `/acts`.

use super::{
    Capability, Refusal,
    act::Act,
    decide::{self, Decision},
    door::Staff,
    see::{self, Acted, App, Invite, Key, Person, Seen},
    store,
    words::Say,
};
use crate::core::{Core, Shared};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Query};
use kernel::{Problem, Timestamp};
use serde::Deserialize;
use web::{lang::Choice, page::Shell};

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/clients", get(clients))
        .route("/clients/{id}", get(client))
        .route("/keys", get(keys))
        .route("/accounts", get(accounts))
        .route("/accounts/{look}", get(account))
        .route("/invites", get(invites))
        .route("/people", get(people))
        .route("/acts", get(acts))
        .route("/acts/{id}", get(act))
        .with_state(core)
}

/// A page here, with the button to sign out.
pub(super) fn shell<'a>(
    core: &'a Core,
    choice: &'a Choice,
    title: &str,
    staff: Option<&Staff>,
) -> Shell<'a> {
    let token = staff.map(|staff| staff.logout_token(core));
    Shell::new(&core.staff_site, choice, title).signed_in(token.as_deref())
}

/// Somebody who came to see a room.
pub(super) struct Visit {
    pub(super) staff: Staff,
    pub(super) w: Say,
    pub(super) now: Timestamp,
}

/// Lets in whoever has one of these capabilities and a proof fresh enough for the forms of the room;
/// others are led to the sign-in and back, before they type anything.
async fn visit(
    core: &Core,
    choice: &Choice,
    headers: &HeaderMap,
    uri: &Uri,
    any: &[Capability],
) -> Result<Visit, Response> {
    let now = core.ground.world.now();
    let refuse = |refusal: Refusal| host::Fault(Problem::from(refusal)).into_response();
    let staff = match Staff::of(core, headers, now).await {
        Ok(staff) => staff,
        Err(Refusal::LoginNeeded) => return Err(sign_in(uri)),
        Err(refusal) => return Err(refuse(refusal)),
    };
    staff.must_have(any).map_err(refuse)?;
    if !staff.is_fresh(now) {
        return Err(sign_in(uri));
    }
    let w = Say(choice.lang);
    Ok(Visit { staff, w, now })
}

fn sign_in(uri: &Uri) -> Response {
    let back = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut to = url::form_urlencoded::Serializer::new(String::new());
    to.append_pair("return", back);
    crate::authorize::reply::see_other(&format!("/login?{}", to.finish()))
}

/// The wide page of a room, saying what the server learns from its forms.
fn room(
    core: &Core,
    choice: &Choice,
    title: &'static str,
    visit: &Visit,
    page: &impl Template,
) -> Response {
    let w = visit.w;
    shell(core, choice, w.say(title), Some(&visit.staff))
        .learns(w.say("staff-learns"), w.say("staff-learns-not"))
        .wide()
        .page(page)
        .into_response()
}

#[derive(Template)]
#[template(path = "staff_home.html")]
struct Home {
    w: Say,
    handle: Option<String>,
    capabilities: Vec<&'static str>,
    rooms: Vec<(&'static str, &'static str, &'static str)>,
    waiting: Vec<Acted>,
}

/// Path, name and a sentence of each room, with the capabilities of which one opens it.
const ROOMS: [(&str, &str, &str, &[Capability]); 6] = [
    ("/clients", "clients-title", "clients-lead", CLIENTS),
    ("/keys", "keys-title", "keys-lead", KEYS),
    ("/accounts", "accounts-title", "accounts-lead", ACCOUNTS),
    ("/invites", "invites-title", "invites-lead", INVITES),
    ("/people", "people-title", "people-lead", PEOPLE),
    ("/acts", "acts-title", "acts-lead", ACTS),
];
pub(super) const CLIENTS: &[Capability] = &[Capability::Read, Capability::Clients];
pub(super) const KEYS: &[Capability] = &[Capability::Read, Capability::Keys];
pub(super) const ACCOUNTS: &[Capability] = &[Capability::Accounts];
pub(super) const INVITES: &[Capability] = &[Capability::Read, Capability::Invites];
pub(super) const PEOPLE: &[Capability] = &[Capability::Read, Capability::Owner];
pub(super) const ACTS: &[Capability] = &Capability::ALL;

/// The first page: for staff the rooms and what waits, for others what this place is.
async fn home(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Answer {
    let now = core.ground.world.now();
    let staff = match Staff::of(&core, &headers, now).await {
        Ok(staff) => Some(staff),
        Err(Refusal::LoginNeeded) => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let known = staff.as_ref().filter(|staff| staff.is_staff());
    let waiting = match known {
        Some(staff) => see::waiting(&core, now)
            .await?
            .into_iter()
            .filter(|asked| may_see(staff, asked))
            .collect(),
        None => Vec::new(),
    };
    let opens = |any: &[Capability]| known.is_some_and(|staff| staff.must_have(any).is_ok());
    let rooms = ROOMS.iter().filter(|room| opens(room.3));
    let w = Say(choice.lang);
    let fragment = Home {
        w,
        handle: staff.as_ref().map(|staff| staff.account.handle.clone()),
        capabilities: known.map_or_else(Vec::new, |staff| {
            staff.capabilities.iter().map(|c| c.as_str()).collect()
        }),
        rooms: rooms.map(|room| (room.0, room.1, room.2)).collect(),
        waiting,
    };
    let shell = shell(&core, &choice, w.say("staff-title"), staff.as_ref());
    Ok(shell.page(&fragment).into_response())
}

/// Whether somebody sees an act: by the capability it needs, or by that of reading.
pub(super) fn may_see(staff: &Staff, asked: &Acted) -> bool {
    let needed = Act::parse(&asked.act).map(Act::capability);
    let reads = [Capability::Read, Capability::Owner];
    staff.must_have(&reads).is_ok() || needed.is_some_and(|needed| staff.has(needed))
}

#[derive(Template)]
#[template(path = "staff_clients.html")]
struct Clients {
    w: Say,
    apps: Vec<App>,
}

async fn clients(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, CLIENTS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let apps = see::apps(&core, visit.now).await?;
    let page = Clients { w: visit.w, apps };
    Ok(room(&core, &choice, "clients-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_client.html")]
struct Client {
    w: Say,
    app: App,
    acts: Vec<Act>,
    form_token: String,
}

async fn client(
    State(core): State<Shared>,
    Path(id): Path<String>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, CLIENTS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let app = see::app(&core, &id, visit.now).await?;
    let acts = match visit.staff.has(Capability::Clients) {
        true => app.acts(),
        false => Vec::new(),
    };
    let page = Client {
        w: visit.w,
        app,
        acts,
        form_token: visit.staff.form_token(&core),
    };
    Ok(room(&core, &choice, "client-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_keys.html")]
struct Keys {
    w: Say,
    keys: Vec<Key>,
    kinds: Vec<&'static str>,
    form_token: String,
}

async fn keys(State(core): State<Shared>, choice: Choice, headers: HeaderMap, uri: Uri) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, KEYS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let kinds = crate::keys::Kind::ALL
        .into_iter()
        .map(crate::keys::Kind::as_str);
    let may = visit.staff.has(Capability::Keys);
    let page = Keys {
        w: visit.w,
        keys: see::keys(&core).await?,
        kinds: kinds.filter(|_| may).collect(),
        form_token: visit.staff.form_token(&core),
    };
    Ok(room(&core, &choice, "keys-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_accounts.html")]
struct Accounts {
    w: Say,
    form_token: String,
}

async fn accounts(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, ACCOUNTS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let form_token = visit.staff.form_token(&core);
    let page = Accounts {
        w: visit.w,
        form_token,
    };
    Ok(room(&core, &choice, "accounts-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_account.html")]
struct Account {
    w: Say,
    seen: Seen,
    acts: Vec<Act>,
    form_token: String,
}

async fn account(
    State(core): State<Shared>,
    Path(look): Path<String>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, ACCOUNTS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let seen = see::looked(&core, &look, &visit.staff.account.id, visit.now).await?;
    let page = Account {
        w: visit.w,
        acts: seen.acts(),
        seen,
        form_token: visit.staff.form_token(&core),
    };
    Ok(room(&core, &choice, "account-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_invites.html")]
struct Invites {
    w: Say,
    invites: Vec<Invite>,
    may: bool,
    most: i64,
    form_token: String,
}

async fn invites(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, INVITES).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let page = Invites {
        w: visit.w,
        invites: see::invites(&core, visit.now).await?,
        may: visit.staff.has(Capability::Invites),
        most: crate::invite::MOST,
        form_token: visit.staff.form_token(&core),
    };
    Ok(room(&core, &choice, "invites-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_people.html")]
struct People {
    w: Say,
    people: Vec<Person>,
    may: bool,
    capabilities: Vec<&'static str>,
    form_token: String,
}

async fn people(
    State(core): State<Shared>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, PEOPLE).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let page = People {
        w: visit.w,
        people: see::people(&core).await?,
        may: visit.staff.has(Capability::Owner),
        capabilities: Capability::ALL.map(Capability::as_str).to_vec(),
        form_token: visit.staff.form_token(&core),
    };
    Ok(room(&core, &choice, "people-title", &visit, &page))
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "staff_acts.html")]
struct Acts {
    w: Say,
    acts: Vec<Acted>,
    older: Option<i64>,
}

async fn acts(
    State(core): State<Shared>,
    Query(Before { before }): Query<Before>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, ACTS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let before = before.map_or_else(|| visit.now.plus_seconds(1), Timestamp::from_micros);
    let acts = see::acts(&core, before, visit.now).await?;
    let older = acts
        .last()
        .map(|last| last.micros)
        .filter(|_| acts.len() == 50);
    let shown = acts.into_iter().filter(|act| may_see(&visit.staff, act));
    let page = Acts {
        w: visit.w,
        acts: shown.collect(),
        older,
    };
    Ok(room(&core, &choice, "acts-title", &visit, &page))
}

#[derive(Template)]
#[template(path = "staff_act.html")]
struct OneAct {
    w: Say,
    act: Acted,
    effect: Option<&'static str>,
    decides: bool,
    withdraws: bool,
    form_token: String,
}

async fn act(
    State(core): State<Shared>,
    Path(id): Path<String>,
    choice: Choice,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    let visit = match visit(&core, &choice, &headers, &uri, ACTS).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let found = {
        let mut conn = core.ground.db.read().await.map_err(Refusal::from)?;
        store::find(&mut conn, &id).await.map_err(Refusal::from)?
    };
    let row = found.ok_or(Refusal::NotFound)?;
    let wanted = Act::parse(&row.act);
    let may = |decision| {
        wanted.is_some_and(|act| decide::may(&visit.staff, &row, act, decision, visit.now).is_ok())
    };
    let (decides, withdraws) = (may(Decision::Confirm), may(Decision::Withdraw));
    let act = Acted::of(row, visit.now);
    if !may_see(&visit.staff, &act) {
        return Err(Refusal::NotFound.into());
    }
    let page = OneAct {
        w: visit.w,
        effect: wanted.map(Act::effect),
        act,
        decides,
        withdraws,
        form_token: visit.staff.form_token(&core),
    };
    Ok(room(&core, &choice, "act-title", &visit, &page))
}
