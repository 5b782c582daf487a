//! `/purse/mandates`: asking for a spending limit, confirming it, ending it.

use super::{caller::Caller, topups::see_other};
use crate::{
    Core,
    mandate::{self, Limits, Refusal, Via, Wish},
    words::Say,
};
use askama::Template;
use axum::{
    Router,
    extract::{FromRequest, Path, Request, State},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use credential::vocab::transaction;
use host::{Answer, Form, Json, Origin, Query};
use http::StatusCode;
use kernel::{Amount, Problem, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use web::{lang::Choice, page::Shell, signin::StepUp};

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/purse/mandates", post(ask))
        .route("/purse/mandates/{id}", delete(revoke))
        .route("/purse/mandates/{id}/revoke", post(revoke_form))
        .route("/purse/mandates/{id}/confirm", post(confirm))
        .route("/purse/mandates/{id}/return", get(returned))
        .route("/purse/mandates/{id}/stepped", get(stepped))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    jwk: Value,
    #[serde(default)]
    max_play: Option<Amount>,
    #[serde(default)]
    max_total: Option<Amount>,
    #[serde(default)]
    days: Option<u32>,
    #[serde(default)]
    via: Option<Via>,
    #[serde(default, rename = "return")]
    back: Option<String>,
}

async fn ask(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Json(body): Json<Asked>,
) -> Answer<Response> {
    caller.check_form(&core, None)?;
    let now = core.ground.world.now();
    let standard = Limits::default();
    let default_via = if caller.login.is_some() {
        Via::Passkey
    } else {
        Via::Wallet
    };
    let wish = Wish {
        purse: caller.purse,
        jwk: body.jwk,
        limits: Limits {
            max_play: body.max_play.unwrap_or(standard.max_play),
            max_total: body.max_total.unwrap_or(standard.max_total),
            days: body.days.unwrap_or(standard.days),
        },
        via: body.via.unwrap_or(default_via),
        back: body.back,
    };
    if wish.back.as_deref().is_some_and(|b| !is_own_path(b)) {
        return Err(Refusal::ReturnUrl.into());
    }
    let via = wish.via;
    // An app has no login of ours to step up from; its way is the wallet's.
    if via == Via::Passkey && caller.login.is_none() {
        return Err(Refusal::Field("via").into());
    }
    let asked = mandate::ask(&core, wish, now).await?;
    let mut answer = json!({
        "id": asked.id,
        "via": via,
        "transaction_data": asked.transaction_data,
        "exp": asked.until.seconds(),
    });
    if let Some(shown) = &asked.shown {
        answer["transaction_id"] = json!(shown.transaction_id);
        answer["wallet_url"] = json!(shown.wallet_url);
    } else if let Some(login) = &caller.login {
        let step = StepUp {
            acr: "phr",
            max_age: 0,
            nonce: transaction::hash(&asked.transaction_data),
            return_to: format!("/purse/mandates/{}/stepped", asked.id),
        };
        let url = web::signin::step_up_url(&core.ground, Origin::Listen, step, login, now).await?;
        answer["step_up_url"] = json!(url);
    }
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// A path of this origin that no browser reads as another host.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 512
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmed {
    response_code: String,
    #[serde(default)]
    form_token: Option<String>,
}

async fn confirm(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Response> {
    let is_form = !super::is_json(request.headers());
    let body: Confirmed = if is_form {
        Form::from_request(request, &()).await?.0
    } else {
        Json::from_request(request, &()).await?.0
    };
    caller.check_form(&core, body.form_token.as_deref())?;
    let now = core.ground.world.now();
    let done =
        mandate::confirm_by_wallet(&core, &id, &caller.name, &body.response_code, now).await?;
    if is_form {
        return Ok(see_other("/purse"));
    }
    Ok(Json(mandate::view(&done, Amount::ZERO)).into_response())
}

async fn revoke(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<Response> {
    caller.check_form(&core, None)?;
    mandate::revoke(&core, &id, &caller.purse, core.ground.world.now()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    form_token: String,
}

async fn revoke_form(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    Form(form): Form<Token>,
) -> Answer<Response> {
    caller.check_form(&core, Some(&form.form_token))?;
    mandate::revoke(&core, &id, &caller.purse, core.ground.world.now()).await?;
    Ok(see_other("/purse"))
}

#[derive(Template)]
#[template(path = "mandate_return.html")]
struct ReturnPage {
    title: &'static str,
    why: &'static str,
    action: String,
    form_token: String,
    code_word: &'static str,
    send: &'static str,
    purse: String,
    purse_word: &'static str,
}

/// Where the wallet sends the browser. The code stands in the fragment, which no server sees; the
/// script `back` moves it into the form, and without script it can be pasted.
async fn returned(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    choice: Choice,
) -> Answer<Response> {
    if kernel::hex::decode_array::<16>(&id).is_none() {
        return Err(Problem::new(&problem::NOT_FOUND).into());
    }
    let say = |key| Say(choice.lang).say(key);
    let page = ReturnPage {
        title: say("mandate-return-title"),
        why: say("mandate-return-why"),
        action: format!("/purse/mandates/{id}/confirm"),
        form_token: caller.form_token(&core).unwrap_or_default(),
        code_word: say("mandate-return-code"),
        send: say("mandate-return-send"),
        purse: choice.link("/purse"),
        purse_word: say("topup-purse"),
    };
    let token = core.logout_token(&caller);
    let shell = Shell::new(&core.site, &choice, page.title)
        .learns(say("mandate-learns"), say("mandate-learns-not"))
        .script("back")
        .signed_in(token.as_deref());
    Ok(shell.page(&page).into_response())
}

#[derive(Deserialize)]
struct Step {
    step: String,
}

/// Where a step-up comes back to: like any sign-in's callback a GET, good once, for this login.
async fn stepped(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<Step>,
) -> Answer<Response> {
    let login = caller
        .login
        .as_ref()
        .ok_or(Problem::new(&problem::LOGIN_NEEDED))?;
    let now = core.ground.world.now();
    let back = mandate::confirm_by_passkey(&core, &id, login, &query.step, now).await?;
    Ok(see_other(back.as_deref().unwrap_or("/purse")))
}
