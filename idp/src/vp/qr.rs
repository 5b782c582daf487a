//! Signing in by a wallet on another device: a picture here, two digits typed there.
//!
//! A picture can be photographed and sent on, so this is the lowest strength. The number is the same
//! for all pictures of one sign-in, so that a wallet which read the last one may still answer it. The
//! wallet's answer leads nowhere: the browser that shows the picture asks, and goes on by its own form.

use super::{
    CODE_LIFE, OURSELVES, Refusal, Status, Transaction,
    answer::Outcome,
    qr_pages,
    request::{LOGIN, blank, wallet_url},
    store,
};
use crate::{
    account,
    acr::Acr,
    authorize::reply::see_other,
    client,
    core::{Core, Shared},
    interaction::{self, Interaction, Proven},
    problem as flow, session,
};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use credential::vocab::purpose;
use host::{
    Answer, Json,
    db::{Conn, Error, Tx},
    form::Form,
    once::{self, Taken, spaces::QR_ANSWER},
};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sqlx::Row;
use web::lang::Choice;

/// How long a picture is shown before another is drawn, in seconds.
const SHOWN: i64 = 90;

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/interaction/{ix}/qr", post(act).get(show))
        .route("/interaction/{ix}/poll", get(poll))
        .route("/vp/r/{request_id}", get(unfold))
        .with_state(core)
}

/// Every statement of this file.
pub(crate) const STATEMENTS: &[&str] = &[INSERT, LATEST, SWEEP];

const INSERT: &str = "INSERT INTO idp_qr (request_id, ix, number, drawn) VALUES ($1, $2, $3, $4)";

async fn insert(
    conn: &mut Conn,
    (request_id, ix): (&str, &str),
    number: i64,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(request_id)
        .bind(ix)
        .bind(number)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

const LATEST: &str = "SELECT qr.request_id, qr.number, qr.drawn, tx.status, tx.until \
    FROM idp_qr qr JOIN idp_vp_tx tx ON tx.request_id = qr.request_id WHERE qr.ix = $1 \
    ORDER BY CASE WHEN tx.status = 'answered' THEN 0 ELSE 1 END, qr.drawn DESC, qr.request_id LIMIT 1";

/// The picture of a sign-in that counts: one that was answered, else the last drawn.
struct Picture {
    request_id: String,
    number: i64,
    drawn: Timestamp,
    status: Status,
    until: Timestamp,
}

async fn latest(conn: &mut Conn, ix: &str) -> Result<Option<Picture>, Error> {
    let Some(row) = sqlx::query(LATEST).bind(ix).fetch_optional(conn).await? else {
        return Ok(None);
    };
    let status: String = row.try_get("status")?;
    Ok(Some(Picture {
        request_id: row.try_get("request_id")?,
        number: row.try_get("number")?,
        drawn: Timestamp::from_micros(row.try_get("drawn")?),
        status: Status::parse(&status).ok_or(Error::Corrupt("idp_vp_tx.status"))?,
        until: Timestamp::from_micros(row.try_get("until")?),
    }))
}

const SWEEP: &str = "DELETE FROM idp_qr WHERE drawn < $1";

/// Forgets pictures drawn before `before`; their requests are over.
pub(crate) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<(), Error> {
    sqlx::query(SWEEP)
        .bind(before.micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Where a sign-in by another device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// The picture is fresh, an answer is awaited.
    Waiting,
    /// The picture is to be drawn anew.
    Stale,
    /// A good answer came.
    Answered,
    /// The wallet said no.
    Refused,
    /// Five answers were bad.
    Closed,
}

impl Stands {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Stale => "stale",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }
}

impl Picture {
    fn stands(&self, now: Timestamp) -> Stands {
        match self.status {
            Status::Open if now >= self.drawn.plus_seconds(SHOWN) => Stands::Stale,
            Status::Open => Stands::Waiting,
            // As long as the answer waits to be taken.
            Status::Answered if now < self.until.plus_seconds(CODE_LIFE) => Stands::Answered,
            Status::Answered => Stands::Stale,
            Status::Refused => Stands::Refused,
            Status::Closed => Stands::Closed,
        }
    }
}

#[derive(Deserialize)]
struct Button {
    form_token: String,
    qr: String,
}

/// `POST /interaction/{ix}/qr`: `show` draws a picture, `go` goes on with the wallet's answer.
async fn act(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    headers: HeaderMap,
    Form(button): Form<Button>,
) -> Response {
    let now = core.ground.world.now();
    let done = async {
        let at = interaction::load(&core, &headers, &ix, now).await?;
        let (browser, purpose) = (at.browser.id(), at.purpose());
        core.forms
            .check(
                &headers,
                core.issuer(),
                browser,
                &purpose,
                &button.form_token,
            )
            .map_err(flow::Refusal::Edge)?;
        if !at.state.awaits_proof() {
            return Ok(interaction::next(&core, &at, None));
        }
        if let Some(told) = interaction::too_weak(&core, &choice, &at, Acr::Qr) {
            return Ok(told);
        }
        match button.qr.as_str() {
            "show" => draw(&core, &at, now).await,
            "go" => go(&core, &headers, &at, now).await,
            _ => Err(flow::Refusal::Malformed.into()),
        }
    };
    super::back::answer(&core, &choice, done.await)
}

fn page_of(at: &Interaction) -> Response {
    see_other(&format!("{}/qr", at.path()))
}

/// Whether this way in is there for the app: our own wallet signs in with its key, where it runs.
pub(crate) fn is_offered(at: &Interaction) -> bool {
    at.request.client_id != client::WALLET && at.request.may_end_with(Acr::Qr)
}

async fn draw(core: &Core, at: &Interaction, now: Timestamp) -> Result<Response, Refusal> {
    if !is_offered(at) {
        return Err(flow::Refusal::NotFound.into());
    }
    let world = &core.ground.world;
    let purpose = purpose::find(LOGIN).ok_or(Refusal::Purpose("no such purpose"))?;
    let before = latest(&mut *core.ground.db.read().await?, &at.ix).await?;
    let [byte] = world.random::<1>();
    let number = before.map_or(10 + i64::from(byte) % 90, |picture| picture.number);
    let of = Transaction {
        ix: Some(at.ix.clone()),
        number: Some(number),
        ..blank(world, purpose, OURSELVES, now)
    };
    let row = &of;
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::insert(tx, row).await?;
                insert(tx, (&row.request_id, &at.ix), number, now).await?;
                interaction::proving(tx, at).await?;
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    Ok(page_of(at))
}

/// Signs in with what the wallet answered; without a good answer the page is shown again.
async fn go(
    core: &Core,
    headers: &HeaderMap,
    at: &Interaction,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let picture = latest(&mut *core.ground.db.read().await?, &at.ix).await?;
    let answered = picture.filter(|picture| picture.stands(now) == Stands::Answered);
    let Some(picture) = answered else {
        return Ok(page_of(at));
    };
    let draw = interaction::Draw::new(&core.ground.world);
    let old = session::shown(core, headers);
    let (id, draw, old) = (picture.request_id.as_str(), &draw, old.as_deref());
    let login = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let proven = recognise(tx, at, id, now).await?;
                let login = interaction::prove(tx, at, &proven, draw, old, now).await?;
                Ok::<_, Refusal>(login)
            })
        })
        .await?;
    Ok(interaction::next(core, at, Some(&login)))
}

async fn recognise(
    tx: &mut Tx<'_>,
    at: &Interaction,
    request_id: &str,
    now: Timestamp,
) -> Result<Proven, Refusal> {
    let Taken::Body(body) = once::take(tx, &QR_ANSWER, request_id, &at.ix, now).await? else {
        return Err(Refusal::Elsewhere);
    };
    let Ok(Outcome::Account(id)) = serde_json::from_str(&body) else {
        return Err(Refusal::Elsewhere);
    };
    let owner = account::active(tx, &id).await?.ok_or(Refusal::Account)?;
    Ok(Proven {
        account: owner.id,
        epoch: owner.epoch,
        acr: Acr::Qr,
        amr: Acr::Qr.amr(),
        card: None,
    })
}

/// `GET /interaction/{ix}/qr`: the picture and its number, or what became of it.
async fn show(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let shown = async {
        let at = interaction::load(&core, &headers, &ix, now).await?;
        let picture = latest(&mut *core.ground.db.read().await?, &at.ix).await?;
        let Some(picture) = picture.filter(|_| at.state.awaits_proof()) else {
            return Ok(interaction::next(&core, &at, None));
        };
        let shown = qr_pages::Shown {
            address: core.url(&format!("/vp/r/{}", picture.request_id)),
            number: picture.number,
            stands: picture.stands(now),
        };
        Ok(qr_pages::page(&core, &choice, &at, &shown).into_response())
    };
    super::back::answer(&core, &choice, shown.await)
}

/// `GET /interaction/{ix}/poll`: where it stands, as one word for the page's script.
async fn poll(
    State(core): State<Shared>,
    Path(ix): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let at = interaction::load(&core, &headers, &ix, now).await?;
    let picture = latest(&mut *core.ground.db.read().await?, &at.ix).await?;
    let word = match picture.filter(|_| at.state.awaits_proof()) {
        Some(picture) => picture.stands(now).as_str(),
        None => "moved",
    };
    Ok(Json(json!({ "status": word })).into_response())
}

/// `GET /vp/r/{request_id}`: what a picture names. An unsigned request stands in the wallet's own
/// address, too long to be drawn well, so the picture holds this address and leads there.
async fn unfold(State(core): State<Shared>, Path(request_id): Path<String>) -> Answer<Response> {
    let now = core.ground.world.now();
    let of = store::find(&mut *core.ground.db.read().await?, &request_id).await?;
    let open =
        |of: &Transaction| of.number.is_some() && of.status == Status::Open && now < of.until;
    let of = of.filter(open).ok_or(flow::Refusal::NotFound)?;
    let purpose = purpose::find(&of.purpose).ok_or(flow::Refusal::NotFound)?;
    let mut answer = see_other(&wallet_url(&core, purpose, &of));
    let any = HeaderValue::from_static("*");
    answer
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    Ok(answer)
}
