//! Starts and beats.

use super::auth::{self, Caller};
use crate::{
    core::Core,
    days::Plan,
    events,
    media::{
        gate,
        grant::{self, Class},
    },
    plays::{
        Play, PlayRow, Refusal, State,
        beat::{self, Beat, Heard},
        found::{self, Found},
        intent::{self, IntentRefusal},
        ladder,
        live::Live,
        qualify,
        start::{self, Ask, Before, Draft},
    },
    store,
};
use axum::{
    Router,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
    routing::post,
};
use host::{Answer, Json, peers::AskError};
use http::{HeaderMap, Method, StatusCode};
use kernel::{Amount, Id, Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const BEAT_S: i64 = 15;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/play/start", post(start_play))
        .route("/play/{play}/beat", post(take_beat))
}

async fn start_play(
    Shared(core): Shared<Arc<Core>>,
    headers: HeaderMap,
    Json(ask): Json<Ask>,
) -> Answer {
    let now = core.ground.world.now();
    let caller = auth::caller(&core, &Method::POST, "/play/start", &headers, now).await?;
    core.starts
        .take(&caller.listener, now)
        .map_err(Refusal::Often)?;
    let mut conn = core.ground.db.read().await?;
    let found = found::find(&mut conn, &caller.listener, ask.play, ask.track, now).await?;
    drop(conn);
    match start::before(found.row.as_ref(), &caller.listener, ask.track, now)? {
        Before::Same(row) => again(&core, &ask, &found, *row, now).await,
        Before::Fresh => fresh(&core, &ask, &found, &caller, now).await,
    }
}

/// The answer of a start that was made before (ST34). A hold that may not have been told us is
/// asked for once more: the same hold is no second one.
async fn again(core: &Core, ask: &Ask, found: &Found, row: PlayRow, now: Timestamp) -> Answer {
    let available = if row.has_hold() && row.state.is_open() {
        let intent = ask.intent.as_deref().ok_or(Refusal::Intent)?;
        hold(core, &row, intent, now).await?
    } else {
        None
    };
    let file = found.files.iter().find(|file| file.hash == row.rendition);
    let file = file.ok_or(Refusal::Reused)?.clone();
    let draft = Draft { row, file };
    core.live(draft.row.play, now).await?;
    Ok(answer(core, found, &draft, available, StatusCode::OK, now))
}

async fn fresh(core: &Core, ask: &Ask, found: &Found, caller: &Caller, now: Timestamp) -> Answer {
    let draft = start::draft(ask, found, (&caller.listener, &caller.jkt), now)?;
    let available = if draft.row.has_hold() {
        let intent = signed(core, ask, &draft.row, caller, now)?;
        let (stored, held) =
            tokio::join!(put(core, &draft.row), hold(core, &draft.row, intent, now));
        stored?;
        match held {
            Err(Refusal::Hold(problem)) => {
                void_refused(core, &draft.row, now).await?;
                return Err(Refusal::Hold(problem).into());
            }
            other => other?,
        }
    } else {
        put(core, &draft.row).await?;
        None
    };
    make_room(core, &draft.row, now).await?;
    let qualify_ms = found.track.qualify_ms;
    let qualify_bytes = qualify::bytes(qualify_ms, draft.file.bytes, draft.file.ms);
    let terms = qualify::Terms {
        qualify_ms,
        qualify_bytes,
    };
    // A play whose hold was refused before may be here as dead.
    core.lives.forget(draft.row.play.bytes());
    core.lives.add(Live::of(&draft.row, terms, now));
    Ok(answer(
        core,
        found,
        &draft,
        available,
        StatusCode::CREATED,
        now,
    ))
}

/// The intent, checked as far as it can be here.
fn signed<'a>(
    core: &Core,
    ask: &'a Ask,
    row: &PlayRow,
    caller: &Caller,
    now: Timestamp,
) -> Result<&'a str, Refusal> {
    let signed = ask.intent.as_deref().ok_or(Refusal::Intent)?;
    let aud = core.payments_aud();
    let want = intent::Want {
        aud: &aud,
        hold: row.hold,
        price: row.price,
        proof: &caller.proof,
        now,
    };
    match intent::check(signed, &want) {
        Ok(()) => Ok(signed),
        Err(IntentRefusal::Invalid) => Err(Refusal::Intent),
        Err(IntentRefusal::PriceChanged) => Err(Refusal::PriceChanged(row.price, row.n)),
    }
}

async fn put(core: &Core, row: &PlayRow) -> Result<(), Refusal> {
    let edge = core.config.edge.as_str();
    let other = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move { Ok::<_, Refusal>(start::put(tx, row, edge).await?) })
        })
        .await?;
    match other {
        // The same start came twice at once: both answers rest on the one row.
        Some(other) if other.listener == row.listener && other.track == row.track => Ok(()),
        Some(_) => Err(Refusal::Reused),
        None => Ok(()),
    }
}

/// Holds the price at payments. What is available afterwards, where payments says it.
async fn hold(
    core: &Core,
    row: &PlayRow,
    intent: &str,
    now: Timestamp,
) -> Result<Option<i64>, Refusal> {
    let body = start::hold_call(row, intent);
    let asked = core
        .ground
        .peers
        .ask("streaming", "payments", "/peer/holds", &body, now)
        .await;
    match asked {
        Ok(held) => Ok(held.get("available").and_then(Value::as_i64)),
        Err(AskError::Unreachable) => Err(Refusal::Away),
        Err(AskError::Refused { slug, body, .. }) => Err(passed_on(&slug, &body)),
    }
}

/// What payments refused, as the listener reads it (ST29 to ST33).
fn passed_on(slug: &str, body: &Value) -> Refusal {
    let shown = ["funds", "mandate-limit", "intent-invalid", "mandate"];
    let known = problem::find(slug).filter(|known| shown.contains(&known.slug));
    let Some(known) = known else {
        tracing::error!(slug, "payments refused a hold for a reason of ours");
        return Refusal::Away;
    };
    let mut problem = Problem::new(known);
    let hidden = ["type", "title", "status", "detail"];
    for (name, value) in body.as_object().into_iter().flatten() {
        if !hidden.contains(&name.as_str()) {
            problem = problem.with(name, value.clone());
        }
    }
    if known.slug == "funds" {
        problem = problem.with("topup", "/purse");
    }
    Refusal::Hold(Box::new(problem))
}

async fn void_refused(core: &Core, row: &PlayRow, now: Timestamp) -> Result<(), Refusal> {
    let play = row.play;
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::play::close(tx, play, State::Voided, start::REFUSED, now).await?;
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    core.lives.set(play, State::Voided);
    Ok(())
}

/// Ends the plays whose place this one takes; ends this one if its step is gone.
async fn make_room(core: &Core, row: &PlayRow, now: Timestamp) -> Result<(), Refusal> {
    let mut conn = core.ground.db.read().await?;
    let crowd = start::crowd(&mut conn, row).await?;
    drop(conn);
    let mut ends = Vec::new();
    if crowd.step_moved {
        ends.push((
            row.clone(),
            core.ending(row, State::Voided, "step-moved", now).await?,
        ));
    } else {
        // A start whose hold is still asked for ends by itself if it is refused; if not, the step
        // counts once whoever comes first.
        let held = |other: &PlayRow| {
            other.state == State::Playing || core.lives.get(other.play.bytes()).is_some()
        };
        for other in crowd.older.into_iter().filter(held) {
            let ending = core.ending(&other, State::Superseded, "newer", now).await?;
            ends.push((other, ending));
        }
    }
    if ends.is_empty() {
        return Ok(());
    }
    let (outbox, ends) = (&core.ground.outbox, &ends);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(
                async move { Ok::<_, Refusal>(start::make_room(outbox, tx, ends, now).await?) },
            )
        })
        .await?;
    for (ended, ending) in ends {
        core.lives.set(ended.play, ending.state);
    }
    if crowd.step_moved {
        return Err(Refusal::PriceChanged(ladder::price(row.n + 1), row.n + 1));
    }
    Ok(())
}

const fn class(plan: Plan) -> Class {
    match plan {
        Plan::S2o => Class::Play,
        Plan::Free | Plan::Own | Plan::Owned => Class::Owned,
    }
}

/// The gate of a play: none once it counted, and none where nothing is to be paid.
fn gate_of(row: &PlayRow, qualify_ms: i64, duration_ms: i64) -> Option<u16> {
    let gated = row.has_hold() && row.state != State::Qualified && !row.paid_at_start;
    gated.then(|| gate::seconds(qualify_ms, duration_ms))
}

fn answer(
    core: &Core,
    found: &Found,
    draft: &Draft,
    available: Option<i64>,
    status: StatusCode,
    now: Timestamp,
) -> Response {
    let (row, file, track) = (&draft.row, &draft.file, &found.track);
    let exp = grant::ends(now, track.duration_ms);
    let gate_s = gate_of(row, track.qualify_ms, track.duration_ms);
    let at = (row.play.bytes(), exp);
    let url = core.media_url(&file.hash, class(row.plan), gate_s, at, now);
    let body = json!({
        "play": row.play, "url": url, "exp": exp, "price": row.price, "n": row.n,
        "plan": row.plan.as_str(), "qualify_ms": track.qualify_ms, "gate_s": gate_s,
        "paid_at_start": row.paid_at_start, "beat_s": BEAT_S, "available": available,
        "kind": file.kind.as_str(), "mime": file.mime, "bytes": file.bytes,
        "duration_ms": track.duration_ms, "state": row.state.as_str(),
    });
    (status, Json(body)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    heard_ms: i64,
    // Where the head stands: for the player's own use, so only its form is checked.
    #[serde(default, rename = "position_ms")]
    _position_ms: i64,
    event: Option<Event>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Event {
    Beat,
    End,
}

async fn take_beat(
    Shared(core): Shared<Arc<Core>>,
    Path(play): Path<String>,
    headers: HeaderMap,
    Json(report): Json<Report>,
) -> Answer {
    let now = core.ground.world.now();
    let path = format!("/play/{play}/beat");
    let caller = auth::caller(&core, &Method::POST, &path, &headers, now).await?;
    let play = Id::<Play>::parse(&play).ok_or(&problem::NOT_FOUND)?;
    if report.heard_ms < 0 {
        return Err(Problem::new(&problem::BEAT_IMPOSSIBLE).into());
    }
    let live = core.live(play, now).await?.ok_or(&problem::NOT_FOUND)?;
    let (unwritten, first_at) = live.unwritten();
    let beat = Beat {
        play,
        listener: caller.listener,
        heard_ms: report.heard_ms,
        is_end: report.event == Some(Event::End),
        unwritten,
        first_at,
        terms: live.terms,
        event: events::draw(&core.ground.world),
    };
    let (outbox, heard) = (&core.ground.outbox, &beat);
    let heard = core
        .ground
        .db
        .write(move |tx| Box::pin(beat::hear(outbox, tx, heard, now)))
        .await?;
    if heard != Heard::Unknown {
        live.written(unwritten);
    }
    match heard {
        Heard::Unknown => Err(Problem::new(&problem::NOT_FOUND).into()),
        Heard::Impossible => Err(Problem::new(&problem::BEAT_IMPOSSIBLE).into()),
        Heard::Stands(row) => {
            live.set(row.state);
            stands(&core, &row, now).await
        }
    }
}

/// The play as it stands, with a fresh address while it lives.
async fn stands(core: &Core, row: &PlayRow, now: Timestamp) -> Answer {
    let mut conn = core.ground.db.read().await?;
    let tally = store::tally::one(&mut conn, &row.listener, row.track).await?;
    let track = store::track::by_id(&mut conn, row.track)
        .await?
        .ok_or(&problem::NOT_FOUND)?;
    drop(conn);
    let exp = grant::ends(now, track.duration_ms);
    let fresh = row.state.is_live().then(|| {
        let gate_s = gate_of(row, track.qualify_ms, track.duration_ms);
        core.media_url(
            &row.rendition,
            class(row.plan),
            gate_s,
            (row.play.bytes(), exp),
            now,
        )
    });
    let n = if tally.is_owned() {
        ladder::STEPS + 1
    } else {
        tally.n + 1
    };
    let price = if tally.is_owned() {
        Amount::ZERO
    } else {
        ladder::price(n)
    };
    let body = json!({
        "state": row.state.as_str(), "why": row.why, "n": row.n, "price": row.price,
        "next": { "n": n, "price": price }, "available": Value::Null,
        "owned": tally.is_owned(), "exp": fresh.as_ref().map(|_| exp), "url": fresh,
    });
    Ok(Json(body).into_response())
}
