//! `/login`, `/cb` and `/logout` of one origin.

use super::{
    Ask, COOKIE, FLOW_COOKIE, StepAsk,
    door::{AGAIN, DENIED, Flow, OTHER, SignInDoor},
    enter::{Entered, enter},
    hash, store,
};
use crate::{cookie, lang::Choice};
use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::{
    Form, Query, db,
    once::{self, Taken, spaces},
};
use kernel::{Problem, Timestamp, b64, problem};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct LoginQuery {
    #[serde(rename = "return")]
    return_to: Option<String>,
    prompt: Option<String>,
    step: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Logout {
    form_token: String,
}

pub(super) async fn begin(
    State(door): State<Arc<SignInDoor>>,
    choice: Choice,
    headers: HeaderMap,
    Query(query): Query<LoginQuery>,
) -> Response {
    let now = door.ground.world.now();
    match start(&door, &choice, &headers, query, now).await {
        Ok(Some(response)) => response,
        Ok(None) => door
            .note(&choice, StatusCode::BAD_REQUEST, &AGAIN)
            .into_response(),
        Err(problem) => door.refuse(&choice, problem),
    }
}

async fn start(
    door: &SignInDoor,
    choice: &Choice,
    headers: &HeaderMap,
    query: LoginQuery,
    now: Timestamp,
) -> Result<Option<Response>, Problem> {
    let step = match &query.step {
        None => None,
        Some(step) => match take_step(door, headers, step, now).await? {
            None => return Ok(None),
            step => step,
        },
    };
    let kept = cookie::read(headers, FLOW_COOKIE, door.site.https);
    let browser = kept.unwrap_or_else(|| b64::encode(door.ground.world.random::<32>()));
    let state = b64::encode(door.ground.world.random::<32>());
    let return_to = match &step {
        Some(step) => step.return_to.clone(),
        None => query
            .return_to
            .filter(|r| is_own_path(r))
            .unwrap_or_else(|| "/".into()),
    };
    let prompt = query
        .prompt
        .filter(|p| p == "create" || p == "login" || p == "select_account");
    let lang = choice.lang.tag().to_owned();
    let flow = Flow {
        return_to,
        began: now.micros(),
        prompt,
        lang,
        step,
    };
    let ask = door.ask(&state, &flow);
    let to = door.provider.begin(&ask, now).await?;
    let body = serde_json::to_string(&flow).expect("text and numbers serialise");
    let (bound, until) = (door.bound(&browser), spaces::SIGN_IN.until(now));
    let (state, bound, body) = (&state, &bound, &body);
    door.ground
        .db
        .write(move |tx| {
            Box::pin(once::issue(
                tx,
                &spaces::SIGN_IN,
                state,
                bound,
                body,
                "",
                until,
            ))
        })
        .await
        .map_err(Problem::from)?;
    let https = door.site.https;
    let mut response = see_other(&to);
    let flow_cookie = cookie::set(FLOW_COOKIE, &browser, https, Some(spaces::SIGN_IN.life_s));
    response
        .headers_mut()
        .append(header::SET_COOKIE, flow_cookie);
    Ok(Some(response))
}

async fn take_step(
    door: &SignInDoor,
    headers: &HeaderMap,
    step: &str,
    now: Timestamp,
) -> Result<Option<StepAsk>, Problem> {
    let Some(login) = super::current(&door.ground, door.origin, headers, now).await? else {
        return Err(Problem::new(&problem::LOGIN_NEEDED));
    };
    let bound = format!("{}:{}", crate::name(door.origin), login.bound());
    let bound = &bound;
    let taken = door
        .ground
        .db
        .write(move |tx| Box::pin(once::take(tx, &spaces::STEP_ASK, step, bound, now)))
        .await
        .map_err(|e: db::Error| Problem::from(e))?;
    Ok(match taken {
        Taken::Body(body) => serde_json::from_str(&body).ok(),
        Taken::Spent(_) | Taken::Unknown => None,
    })
}

pub(super) async fn finish(
    State(door): State<Arc<SignInDoor>>,
    choice: Choice,
    headers: HeaderMap,
    Query(back): Query<Callback>,
) -> Response {
    let now = door.ground.world.now();
    let (ask, flow) = match come_back(&door, &headers, &back, now).await {
        Ok(Some(known)) => known,
        Ok(None) => {
            return door
                .note(&choice, StatusCode::BAD_REQUEST, &AGAIN)
                .into_response();
        }
        Err(problem) => return door.refuse(&choice, problem),
    };
    let choice = choice.speaking(ask.lang);
    if let Some(error) = &back.error {
        return if error == "access_denied" {
            door.note(&choice, StatusCode::OK, &DENIED).into_response()
        } else {
            door.note(&choice, StatusCode::BAD_REQUEST, &AGAIN)
                .into_response()
        };
    }
    let Some(code) = &back.code else {
        return door
            .note(&choice, StatusCode::BAD_REQUEST, &AGAIN)
            .into_response();
    };
    let proven = match door.provider.finish(&ask, code, now).await {
        Ok(proven) => proven,
        Err(problem) => return door.refuse(&choice, problem),
    };
    match enter(&door, &headers, &ask, &flow, &proven, now).await {
        Ok(Entered::In(response)) => response,
        Ok(Entered::Other) => door
            .note(&choice, StatusCode::FORBIDDEN, &OTHER)
            .into_response(),
        Ok(Entered::Weak) => door
            .note(&choice, StatusCode::FORBIDDEN, &AGAIN)
            .into_response(),
        Err(problem) => door.refuse(&choice, problem),
    }
}

/// Takes the sign-in this callback belongs to. Another browser's, another provider's, a used or an old
/// one is nothing, and stays untouched where it is somebody else's.
async fn come_back(
    door: &SignInDoor,
    headers: &HeaderMap,
    back: &Callback,
    now: Timestamp,
) -> Result<Option<(Ask, Flow)>, Problem> {
    let (Some(state), Some(iss)) = (&back.state, &back.iss) else {
        return Ok(None);
    };
    let Some(browser) = cookie::read(headers, FLOW_COOKIE, door.site.https) else {
        return Ok(None);
    };
    // RFC 9207: from our one issuer, errors too, and before the state is spent.
    if *iss != door.ground.origins.id {
        return Ok(None);
    }
    let bound = door.bound(&browser);
    let bound = &bound;
    let taken = door
        .ground
        .db
        .write(move |tx| Box::pin(once::take(tx, &spaces::SIGN_IN, state, bound, now)))
        .await
        .map_err(|e: db::Error| Problem::from(e))?;
    let Taken::Body(body) = taken else {
        return Ok(None);
    };
    let flow: Option<Flow> = serde_json::from_str(&body).ok();
    Ok(flow.map(|flow| (door.ask(state, &flow), flow)))
}

pub(super) async fn logout(State(door): State<Arc<SignInDoor>>, request: Request) -> Response {
    let choice = Choice::of(request.method(), request.uri(), request.headers());
    let headers = request.headers().clone();
    let form = match Form::<Logout>::from_request(request, &()).await {
        Ok(Form(form)) => form,
        Err(fault) => return door.refuse(&choice, fault.0),
    };
    let Some(browser) = cookie::read(&headers, COOKIE, door.site.https) else {
        return signed_out(&door, &choice);
    };
    let own = &door.site.base;
    if let Err(stale) = door
        .form
        .check(&headers, own, &browser, "logout", &form.form_token)
    {
        return door.refuse(&choice, stale);
    }
    let (id_h, origin) = (hash(&browser), crate::name(door.origin));
    let id = &id_h;
    let done = door
        .ground
        .db
        .write(move |tx| Box::pin(store::delete(tx, id, origin)))
        .await;
    match done {
        Ok(()) => signed_out(&door, &choice),
        Err(error) => door.refuse(&choice, error),
    }
}

/// Nothing of the login is left in the browser; the player's key goes too. What still stands is the
/// login at the provider, and the page says so: on a shared device it matters.
fn signed_out(door: &SignInDoor, choice: &Choice) -> Response {
    let https = door.site.https;
    door.signed_out(choice)
        .cookie(cookie::clear(COOKIE, https))
        .header(
            HeaderName::from_static("clear-site-data"),
            HeaderValue::from_static("\"cookies\", \"storage\""),
        )
        .into_response()
}

/// A path of this origin that cannot be read as another host by any browser.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= 1024
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

pub(super) fn see_other(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_leads_nowhere_but_home() {
        for good in ["/", "/purse", "/tracks/x?y=1#z"] {
            assert!(is_own_path(good), "{good}");
        }
        let long = format!("/{}", "a".repeat(1024));
        for bad in [
            "",
            "purse",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/ü",
            &long,
        ] {
            assert!(!is_own_path(bad), "{bad}");
        }
    }
}
