//! `POST /vp/s`: a wallet answers.
//!
//! Order: the request is open, the answer is of the kind asked, one presentation for each thing, each
//! through the one door, everything asked looked at again, then `open -> answered` in one statement.
//! A refused answer changes nothing but the count.

use super::{CODE_LIFE, MOST_TRIES, Mode, Refusal, Status, Transaction, problem, store, verify};
use crate::core::{Core, Shared};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use credential::{event::PresentationResult, vocab::purpose};
use host::{
    Fault, Json, body, form,
    once::{
        self,
        spaces::{QR_ANSWER, RESPONSE_CODE},
    },
};
use kernel::{Problem, Timestamp, b64, problem as slugs};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Presentations are larger than other forms.
const MOST: usize = 64 * 1024;

pub(super) fn routes(core: Shared) -> Router {
    Router::new().route("/vp/s", post(receive)).with_state(core)
}

/// What lies behind the code of a good answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// The account a Listener card names.
    Account(String),
    /// The key of a self-issued token.
    Key(String),
    /// What a module gets, not yet signed.
    Result(Box<PresentationResult>),
}

/// The form as sent. `response` is the encrypted form of another mode.
#[derive(Default)]
struct Sent {
    state: Option<String>,
    vp_token: Option<String>,
    id_token: Option<String>,
    number: Option<String>,
    error: Option<String>,
    response: Option<String>,
}

impl Sent {
    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let mut sent = Self::default();
        for (name, value) in form::pairs(bytes)? {
            let place = match name.as_str() {
                "state" => &mut sent.state,
                "vp_token" => &mut sent.vp_token,
                "id_token" => &mut sent.id_token,
                "number" => &mut sent.number,
                "error" => &mut sent.error,
                "response" => &mut sent.response,
                // Further members are the wallet's own business (OpenID4VP 1.0 section 8.1).
                _ => continue,
            };
            *place = Some(value);
        }
        Ok(sent)
    }
}

async fn receive(State(core): State<Shared>, request: Request) -> Response {
    let mut answer = match read(request).await {
        Ok(sent) => match core.ground.heavy.enter().await {
            Ok(_turn) => match respond(&core, &sent).await {
                Ok(Some(redirect)) => Json(json!({ "redirect_uri": redirect })).into_response(),
                // For another device: a browser there waits by itself, and nobody is led anywhere.
                Ok(None) => Json(json!({})).into_response(),
                Err(refusal) => problem::answer(refusal),
            },
            Err(busy) => Fault::from(busy).into_response(),
        },
        Err(fault) => fault.into_response(),
    };
    let any = HeaderValue::from_static("*");
    answer
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    answer
}

async fn read(request: Request) -> Result<Sent, Fault> {
    if !body::is(request.headers(), "application/x-www-form-urlencoded") {
        return Err(Fault::from(&slugs::MEDIA_TYPE));
    }
    let bytes = body::read(request, MOST).await?;
    Ok(Sent::read(&bytes)?)
}

/// The address the wallet shall send the browser to, if it is on this device.
async fn respond(core: &Core, sent: &Sent) -> Result<Option<String>, Refusal> {
    let now = core.ground.world.now();
    let of = open(core, sent.state.as_deref(), now).await?;
    if sent.response.is_some() {
        return Err(Refusal::Encrypted);
    }
    if sent.error.is_some() {
        return decline(core, &of).await;
    }
    match check(core, &of, sent, now).await {
        Ok(outcome) => accept(core, &of, &outcome, now).await,
        Err(refusal) if refusal.counts() => Err(count(core, &of, refusal).await?),
        Err(refusal) => Err(refusal),
    }
}

async fn open(core: &Core, state: Option<&str>, now: Timestamp) -> Result<Transaction, Refusal> {
    let mut conn = core.ground.db.read().await?;
    let of = store::find(&mut conn, state.ok_or(Refusal::State)?).await?;
    let of = of.filter(|of| now < of.until).ok_or(Refusal::State)?;
    match of.status {
        Status::Open => Ok(of),
        Status::Answered => Err(Refusal::Answered),
        Status::Refused | Status::Closed => Err(Refusal::Closed),
    }
}

async fn check(
    core: &Core,
    of: &Transaction,
    sent: &Sent,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    if of.number.map(|n| n.to_string()) != sent.number {
        return Err(Refusal::Number);
    }
    match (of.mode, &sent.vp_token, &sent.id_token) {
        (Mode::SelfIssued, None, Some(token)) => {
            Ok(Outcome::Key(verify::self_issued(core, of, token, now)?))
        }
        (Mode::Card, Some(token), None) => {
            let purpose = purpose::find(&of.purpose).ok_or(Refusal::State)?;
            let shown = verify::card(core, of, purpose, token, now).await?;
            match of.ix {
                Some(_) => verify::account(core, &shown).await.map(Outcome::Account),
                None => Ok(Outcome::Result(Box::new(verify::result(
                    core, of, purpose, &shown,
                )))),
            }
        }
        _ => Err(Refusal::Shape),
    }
}

/// Moves the request to `answered` and lays the outcome behind a code.
async fn accept(
    core: &Core,
    of: &Transaction,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    // On another device no code travels: the browser that waits asks for it by the request's name,
    // and it is bound to its sign-in.
    let (space, code, from) = match of.number {
        Some(_) => (&QR_ANSWER, of.request_id.clone(), of.until),
        None => (
            &RESPONSE_CODE,
            b64::encode(core.ground.world.random::<32>()),
            now,
        ),
    };
    let body = json!(outcome).to_string();
    let (code_ref, body, until) = (&code, &body, from.plus_seconds(CODE_LIFE));
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if !store::step(tx, &of.request_id, Status::Answered).await? {
                    return Err(Refusal::Answered);
                }
                once::issue(tx, space, code_ref, of.bound(), body, &of.request_id, until).await?;
                Ok(())
            })
        })
        .await?;
    Ok(match of.number {
        Some(_) => None,
        None => Some(format!("{}#response_code={code}", of.back)),
    })
}

/// The wallet's owner said no: a sign-in goes back to its page, a module hears it.
async fn decline(core: &Core, of: &Transaction) -> Result<Option<String>, Refusal> {
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                match store::step(tx, &of.request_id, Status::Refused).await? {
                    true => Ok(()),
                    false => Err(Refusal::Answered),
                }
            })
        })
        .await?;
    Ok(match (&of.ix, of.number) {
        (_, Some(_)) => None,
        (Some(ix), None) => Some(core.url(&format!("/interaction/{ix}"))),
        (None, None) => Some(format!("{}#error=access_denied", of.back)),
    })
}

/// Counts a refused answer; the fifth closes the request and is told so.
async fn count(core: &Core, of: &Transaction, refusal: Refusal) -> Result<Refusal, Refusal> {
    let closed = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::count(tx, &of.request_id, MOST_TRIES).await?;
                let now_is = store::find(tx, &of.request_id).await?;
                Ok::<_, Refusal>(now_is.is_some_and(|of| of.status == Status::Closed))
            })
        })
        .await?;
    Ok(if closed { Refusal::Closed } else { refusal })
}
