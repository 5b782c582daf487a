//! `/purse/topups`: asking for credit, and how far that is.

use super::{caller::Caller, wants_page};
use crate::{
    Core,
    order::{self, Order, Refusal, State},
    store, units,
    words::Say,
};
use askama::Template;
use axum::{
    Router,
    extract::{FromRequest, Path, Request, State as Of},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use host::{Answer, Form, Json};
use http::{HeaderValue, StatusCode, header};
use kernel::{Id, Problem, Timestamp, hex, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use web::{lang::Choice, page::Shell};

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/purse/topups", post(open))
        .route("/purse/topups/{order}", get(show))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    minor: i64,
    #[serde(default)]
    order: Option<Id<Order>>,
    #[serde(default, rename = "return")]
    back: Option<String>,
    #[serde(default)]
    form_token: Option<String>,
}

async fn open(Of(core): Of<Arc<Core>>, caller: Caller, request: Request) -> Answer<Response> {
    let now = core.ground.world.now();
    let is_form = !super::is_json(request.headers());
    let body: Body = if is_form {
        Form::from_request(request, &()).await?.0
    } else {
        Json::from_request(request, &()).await?.0
    };
    caller.check_form(&core, body.form_token.as_deref())?;
    let id = body
        .order
        .unwrap_or_else(|| Id::draw(&core.ground.world))
        .to_string();
    let back = way_back(&core, &id, body.back)?;
    let wanted = Order::new(&core, caller.purse, id, body.minor, back, now)?;
    let order = order::open(&core, wanted).await?;
    let Some(url) = &order.pay_url else {
        return Err(Refusal::Away.into());
    };
    if is_form {
        return Ok(see_other(url));
    }
    let fresh = order.made == now;
    let status = if fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(view(&order))).into_response())
}

/// Where the payer returns to: one of the configured addresses, else the order's own page.
fn way_back(core: &Core, order: &str, asked: Option<String>) -> Result<String, Refusal> {
    let own = format!("{}/purse/topups/{order}", core.site.base);
    match asked {
        None => Ok(own),
        Some(url) if core.config.returns.contains(&url) => Ok(url),
        Some(_) => Err(Refusal::ReturnUrl),
    }
}

/// An order as its owner sees it.
pub(super) fn view(order: &Order) -> Value {
    let mut view = json!({
        "order": order.id,
        "minor": order.minor,
        "currency": order.currency,
        "vat": order.vat,
        "ucr": order.ucr,
        "state": order.state.as_str(),
        "made": order.made.seconds(),
        "paid": order.paid.map(Timestamp::seconds),
    });
    if matches!(order.state, State::Open) {
        view["pay_url"] = json!(order.pay_url);
        view["until"] = json!(order.until.seconds());
    }
    view
}

#[derive(Template)]
#[template(path = "topup.html")]
struct Page {
    title: String,
    says: String,
    open: bool,
    pay_url: Option<String>,
    pay: &'static str,
    purse: String,
    purse_word: &'static str,
}

async fn show(
    Of(core): Of<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    choice: Choice,
    headers: http::HeaderMap,
) -> Answer<Response> {
    let order = own(&core, &caller, &id).await?;
    if !wants_page(&headers) {
        return Ok(Json(view(&order)).into_response());
    }
    let amount = format!("{} {}", units::euros(order.gross()), order.currency);
    let credits = units::credits(order.ucr);
    let values = [("amount", amount.as_str()), ("credits", credits.as_str())];
    let (title, says) = match order.state {
        State::New | State::Open => ("topup-open-title", "topup-open"),
        State::Paid => ("topup-paid-title", "topup-paid"),
        State::Expired => ("topup-expired-title", "topup-expired"),
        State::Failed => ("topup-failed-title", "topup-failed"),
        State::Mismatch => ("topup-mismatch-title", "topup-mismatch"),
    };
    let open = matches!(order.state, State::New | State::Open);
    let page = Page {
        title: Say(choice.lang).say(title).to_owned(),
        says: Say(choice.lang).fill(says, &values),
        open,
        pay_url: order.pay_url.filter(|_| open),
        pay: Say(choice.lang).say("topup-pay"),
        purse: choice.link("/purse"),
        purse_word: Say(choice.lang).say("topup-purse"),
    };
    let token = core.logout_token(&caller);
    let shell = Shell::new(&core.site, &choice, page.title.clone()).signed_in(token.as_deref());
    let mut made = shell.page(&page);
    if open {
        // Without script a page can only ask again by itself.
        made = made.header(header::REFRESH, HeaderValue::from_static("2"));
    }
    Ok(made.into_response())
}

async fn own(core: &Core, caller: &Caller, id: &str) -> Answer<Order> {
    let known = hex::decode_array::<16>(id).is_some();
    let mut conn = core.ground.db.read().await?;
    let order = if known {
        store::order::find(&mut conn, id).await?
    } else {
        None
    };
    let own = order.filter(|o| o.purse == caller.purse);
    Ok(own.ok_or(Problem::new(&problem::NOT_FOUND))?)
}

/// 303 to an address of our own making.
pub(super) fn see_other(url: &str) -> Response {
    axum::response::Redirect::to(url).into_response()
}
