//! The fake provider's pages. They belong to another company in real life: no login, no form token.

use super::{Fake, Faults};
use crate::{units, words::Say};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use host::{Answer, Form, Json};
use kernel::{Problem, problem};
use serde::Deserialize;
use std::sync::Arc;
use web::{
    lang::Choice,
    page::{Page, Shell},
};

/// What the pages need.
#[derive(Clone)]
pub(crate) struct Pay {
    pub fake: Arc<Fake>,
    pub site: web::Site,
    /// Whether this is the demo, where faults can be set over HTTP.
    pub demo: bool,
}

/// The pay page, and in the demo the switch for faults.
pub(crate) fn routes(pay: Pay) -> Router {
    let mut router = Router::new().route("/fake-pay/{reference}", get(show).post(act));
    if pay.demo {
        router = router.route("/demo/fake-pay", axum::routing::post(faults));
    }
    router.with_state(pay)
}

#[derive(Template)]
#[template(path = "fake_pay.html")]
struct PayPage {
    title: &'static str,
    intro: &'static str,
    amount: String,
    pay: &'static str,
    cancel: &'static str,
    ended: Option<&'static str>,
    back: String,
    back_word: &'static str,
}

async fn show(
    State(pay): State<Pay>,
    Path(reference): Path<String>,
    choice: Choice,
) -> Answer<Page> {
    let payment = pay.fake.payment(&reference).await?;
    let payment = payment.ok_or(Problem::new(&problem::NOT_FOUND))?;
    let say = |key| Say(choice.lang).say(key);
    let page = PayPage {
        title: say("fake-title"),
        intro: say("fake-intro"),
        amount: format!("{} {}", units::euros(payment.minor), payment.currency),
        pay: say("fake-pay"),
        cancel: say("fake-cancel"),
        ended: (payment.state != "open").then(|| say("fake-ended")),
        back: payment.back.clone(),
        back_word: say("fake-back"),
    };
    Ok(Shell::new(&pay.site, &choice, page.title)
        .learns(say("fake-learns"), say("fake-learns-not"))
        .leads_to(payment.back)
        .page(&page))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    act: String,
}

async fn act(
    State(pay): State<Pay>,
    Path(reference): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Answer<Response> {
    let paid = match chosen.act.as_str() {
        "pay" => true,
        "cancel" => false,
        _ => {
            return Err(Problem::new(&problem::INVALID_FIELD)
                .with("field", "act")
                .into());
        }
    };
    let now = pay.fake.ground.world.now();
    let back = pay.fake.act(&reference, paid, now).await?;
    let back = back.ok_or(Problem::new(&problem::NOT_FOUND))?;
    Ok(Redirect::to(&back).into_response())
}

async fn faults(State(pay): State<Pay>, Json(faults): Json<Faults>) -> Answer<Response> {
    pay.fake.set(faults);
    Ok(http::StatusCode::NO_CONTENT.into_response())
}
