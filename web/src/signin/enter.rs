//! The end of a sign-in: the login itself.

use super::{
    Ask, COOKIE, Evidence, LIFE_SECONDS, Login, Proven, StepAsk, Who,
    door::{Flow, SignInDoor},
    flow::see_other,
    hash, step_row, store,
};
use crate::cookie;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use host::{
    db,
    once::{self, spaces},
};
use kernel::{Problem, Timestamp, b64};

/// Seconds by which `auth_time`, told in whole seconds, may seem older than it is.
const LEEWAY_SECONDS: i64 = 60;

/// How a sign-in ended.
pub(super) enum Entered {
    In(Response),
    Other,
    Weak,
}

/// Makes the login, in one transaction with the end of the old one and the evidence of a step-up.
pub(super) async fn enter(
    door: &SignInDoor,
    headers: &HeaderMap,
    ask: &Ask,
    flow: &Flow,
    proven: &Proven,
    now: Timestamp,
) -> Result<Entered, Problem> {
    let old = super::current(&door.ground, door.origin, headers, now).await?;
    if let Some(step) = &flow.step {
        if old.as_ref().is_none_or(|login| login.sub != proven.sub) {
            return Ok(Entered::Other);
        }
        if !is_strong_enough(step, flow.began, proven) {
            return Ok(Entered::Weak);
        }
    }
    let browser = b64::encode(door.ground.world.random::<32>());
    let ends = now.plus_seconds(LIFE_SECONDS);
    let who = Who::of(proven);
    let id_h = hash(&browser);
    let body = who.seal(&door.ground, &id_h);
    let evidence = flow
        .step
        .as_ref()
        .map(|_| Brought::new(door, ask, proven, &who.login(browser.clone(), ends)));
    let sid_h = proven.sid.as_deref().map(hash);
    let origin = crate::name(door.origin);
    let new = store::New {
        id_h: &id_h,
        origin,
        body: &body,
        sid_h: sid_h.as_ref(),
        seen: now,
        ends,
    };
    // Whatever the old cookie says, planted or real, it opens nothing from here on.
    let old_h = cookie::read(headers, COOKIE, door.site.https).map(|c| hash(&c));
    let (new, old_h, brought) = (&new, old_h.as_ref(), evidence.as_ref());
    door.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(old) = old_h {
                    store::delete(tx, old, origin).await?;
                }
                store::insert(tx, new).await?;
                if let Some(b) = brought {
                    let (space, until) = (&spaces::STEP_DONE, spaces::STEP_DONE.until(now));
                    once::issue(tx, space, &b.step, &b.bound, &b.sealed, "", until).await?;
                }
                Ok::<_, db::Error>(())
            })
        })
        .await
        .map_err(Problem::from)?;
    let to = brought.map_or_else(|| flow.return_to.clone(), |b| b.add_to(&flow.return_to));
    let is_another = old.is_some_and(|login| login.sub != proven.sub);
    Ok(Entered::In(entered(door, &to, &browser, is_another)))
}

fn entered(door: &SignInDoor, to: &str, browser: &str, is_another: bool) -> Response {
    let mut response = see_other(to);
    let set = cookie::set(COOKIE, browser, door.site.https, Some(LIFE_SECONDS));
    response.headers_mut().append(header::SET_COOKIE, set);
    // What the last person's pages kept in this browser (the player's key) is not the next one's.
    if is_another {
        let clear = HeaderValue::from_static("\"storage\"");
        response.headers_mut().insert("clear-site-data", clear);
    }
    response
}

/// A step-up's evidence on its way to the module that asked.
struct Brought {
    step: String,
    bound: String,
    sealed: String,
}

impl Brought {
    fn new(door: &SignInDoor, ask: &Ask, proven: &Proven, login: &Login) -> Self {
        let evidence = Evidence {
            id_token: proven.id_token.clone(),
            nonce: ask.nonce.clone(),
            sub: proven.sub.clone(),
            acr: proven.acr.clone(),
            auth_time: proven.auth_time.micros(),
        };
        let text = serde_json::to_vec(&evidence).expect("text and numbers serialise");
        let world = &door.ground.world;
        let step = b64::encode(world.random::<32>());
        let seal = door.ground.seals.module("web");
        let sealed = seal.seal(
            "host_once",
            "step",
            &step_row(&step),
            &text,
            world.entropy(),
        );
        Self {
            step,
            bound: login.bound(),
            sealed: b64::encode(sealed),
        }
    }

    fn add_to(&self, path: &str) -> String {
        let join = if path.contains('?') { '&' } else { '?' };
        format!("{path}{join}step={}", self.step)
    }
}

/// RFC 9470: the strength asked for, proven no longer ago than asked.
fn is_strong_enough(step: &StepAsk, began: i64, proven: &Proven) -> bool {
    let strong =
        proven.acr == step.acr || (step.acr == "phr" && proven.acr == "urn:resonate:acr:member");
    let oldest = Timestamp::from_micros(began).plus_seconds(-step.max_age - LEEWAY_SECONDS);
    strong && proven.auth_time >= oldest
}
