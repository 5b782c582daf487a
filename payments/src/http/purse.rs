//! `GET /purse`: balance, limits, prices, spend per day and top-ups, as a page or as JSON.

use super::{caller::Caller, chart::Bars, topups, wants_page};
use crate::{
    Core, ladder,
    mandate::{self, Limits, Mandate},
    order::{self, Order},
    store, units,
    words::Say,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Fault, Json, db};
use kernel::{Amount, Day, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use web::{
    lang::Choice,
    page::{SafeHtml, Shell},
};

/// Days of the spend chart.
const DAYS: i32 = 30;
/// Orders shown.
const ORDERS: i64 = 20;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route("/purse", get(show))
}

/// All the page and the JSON are made of.
struct Shown {
    available: Amount,
    held: Amount,
    spent: Amount,
    mandates: Vec<(Mandate, Amount)>,
    orders: Vec<Order>,
    days: Vec<(Day, Amount)>,
}

impl Shown {
    async fn load(core: &Core, caller: &Caller, now: Timestamp) -> Result<Self, db::Error> {
        let purse = caller.purse;
        let today = now.day();
        core.ground
            .db
            .snapshot(move |conn| {
                Box::pin(async move {
                    let account = purse.account();
                    let sums = store::account::sums(conn, account.id())
                        .await?
                        .unwrap_or_default();
                    let mut mandates = Vec::new();
                    for mandate in store::mandate::of_purse(conn, &purse).await? {
                        if mandate.counts(now) {
                            let after = mandate.window_start(now);
                            let spent = store::mandate::spent(conn, &mandate.id, after).await?;
                            mandates.push((mandate, spent));
                        }
                    }
                    let orders = store::order::of_purse(conn, &purse, ORDERS).await?;
                    let spent = store::mandate::by_day(conn, &purse, today.plus(-DAYS)).await?;
                    Ok(Self {
                        available: sums.available(),
                        held: sums.debits_pending,
                        spent: sums.debits_posted,
                        mandates,
                        orders,
                        days: every_day(today, &spent),
                    })
                })
            })
            .await
    }

    /// The limit the chart compares with: the widest that counts.
    fn limit(&self) -> Option<Limits> {
        self.mandates
            .iter()
            .map(|(m, _)| m.limits)
            .max_by_key(|l| l.max_total)
    }
}

fn every_day(today: Day, spent: &[(Day, Amount)]) -> Vec<(Day, Amount)> {
    let on = |day: Day| {
        spent
            .iter()
            .find(|(d, _)| *d == day)
            .map_or(Amount::ZERO, |(_, a)| *a)
    };
    (0..DAYS)
        .map(|i| today.plus(i - DAYS + 1))
        .map(|day| (day, on(day)))
        .collect()
}

async fn show(State(core): State<Arc<Core>>, choice: Choice, request: Request) -> Answer<Response> {
    let page = wants_page(request.headers());
    let (mut parts, _) = request.into_parts();
    let caller =
        <Caller as axum::extract::FromRequestParts<_>>::from_request_parts(&mut parts, &core);
    let caller = match caller.await {
        // A person who is not signed in is led to the sign-in and back, a program is told.
        Err(Fault(problem)) if page && problem.slug.slug == "login-needed" => {
            return Ok(topups::see_other("/login?return=%2Fpurse"));
        }
        other => other?,
    };
    let now = core.ground.world.now();
    let state = Shown::load(&core, &caller, now).await?;
    if page {
        return Ok(render(&core, &caller, &state, &choice));
    }
    let mut view = json(&core, &state);
    if let Some(token) = caller.form_token(&core) {
        view["form_token"] = json!(token);
    }
    Ok(Json(view).into_response())
}

fn json(core: &Core, state: &Shown) -> Value {
    let days = state
        .days
        .iter()
        .map(|(day, ucr)| json!({"day": day, "ucr": ucr}));
    json!({
        "available": state.available,
        "held": state.held,
        "spent": state.spent,
        "shows": {
            "available": units::credits(state.available),
            "held": units::credits(state.held),
        },
        "prices": ladder::PRICES,
        "topups": units::TOPUPS.map(|minor| json!({
            "minor": minor,
            "currency": "EUR",
            "vat": units::vat(minor, core.config.vat_bps),
            "ucr": units::ucr_of_cents(minor),
        })),
        "mandates": state.mandates.iter().map(|(m, s)| mandate::view(m, *s)).collect::<Vec<_>>(),
        "orders": state.orders.iter().map(topups::view).collect::<Vec<_>>(),
        "days": days.collect::<Vec<_>>(),
        "limit": state.limit().map(|l| json!({"days": l.days, "max_total": l.max_total})),
    })
}

struct Topup {
    minor: i64,
    text: String,
    vat: Option<String>,
}

struct MandateRow {
    id: String,
    text: String,
}

struct PriceRow {
    play: String,
    credits: String,
    euros: String,
}

struct OrderRow {
    id: String,
    made: String,
    text: String,
}

#[derive(Template)]
#[template(path = "purse.html")]
struct PursePage {
    w: Say,
    available: String,
    available_ucr: i64,
    euros: String,
    held: Option<String>,
    empty: bool,
    form_token: String,
    topups: Vec<Topup>,
    chart: SafeHtml,
    mandates: Vec<MandateRow>,
    prices: Vec<PriceRow>,
    orders: Vec<OrderRow>,
}

fn render(core: &Core, caller: &Caller, state: &Shown, choice: &Choice) -> Response {
    let w = Say(choice.lang);
    let fill_credits = |key, a: Amount| w.fill(key, &[("credits", &units::credits(a))]);
    let euros = micro_text(units::micro_eur(state.available).unwrap_or(0), 2);
    let page = PursePage {
        w,
        available: fill_credits("purse-available", state.available),
        available_ucr: state.available.minor(),
        euros: w.fill("purse-euro", &[("euros", &euros)]),
        held: (state.held > Amount::ZERO).then(|| fill_credits("purse-held", state.held)),
        empty: state.available == Amount::ZERO && state.held == Amount::ZERO,
        form_token: caller.form_token(core).unwrap_or_default(),
        topups: units::TOPUPS
            .iter()
            .map(|minor| topup(core, w, *minor))
            .collect(),
        chart: chart(w, state),
        mandates: state
            .mandates
            .iter()
            .map(|(m, spent)| mandate_row(w, m, *spent))
            .collect(),
        prices: (1..=ladder::STEPS).map(|n| price_row(w, n)).collect(),
        orders: state.orders.iter().map(|o| order_row(w, o)).collect(),
    };
    let token = core.logout_token(caller);
    Shell::new(&core.site, choice, w.say("purse-title"))
        .learns(w.say("purse-learns"), w.say("purse-learns-not"))
        .leads_to(core.pay_origin())
        .signed_in(token.as_deref())
        .page(&page)
        .into_response()
}

fn topup(core: &Core, w: Say, minor: i64) -> Topup {
    let credits = units::credits(units::ucr_of_cents(minor).unwrap_or(Amount::ZERO));
    let euros = units::euros(minor);
    let vat = units::vat(minor, core.config.vat_bps).filter(|v| *v > 0);
    Topup {
        minor,
        text: w.fill(
            "purse-topup-button",
            &[("euros", &euros), ("credits", &credits)],
        ),
        vat: vat.map(|v| w.fill("purse-topup-vat", &[("vat", &units::euros(v))])),
    }
}

fn mandate_row(w: Say, mandate: &Mandate, spent: Amount) -> MandateRow {
    let limits = mandate.limits;
    let values = [
        ("play", units::credits(limits.max_play)),
        ("total", units::credits(limits.max_total)),
        ("days", limits.days.to_string()),
        ("spent", units::credits(spent)),
        ("until", mandate.until.day().to_string()),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
    MandateRow {
        id: mandate.id.clone(),
        text: w.fill("purse-mandate", &values),
    }
}

fn price_row(w: Say, n: u32) -> PriceRow {
    let price = ladder::price(n);
    let micro = ladder::micro_eur(price).unwrap_or(0);
    PriceRow {
        play: w.fill("purse-play-n", &[("n", &n.to_string())]),
        credits: units::credits(price),
        euros: micro_text(micro, 4),
    }
}

/// Micro-euro with `decimals` places, rounded down.
fn micro_text(micro: i64, decimals: u32) -> String {
    let step = 10_i64.pow(6 - decimals.min(6));
    let places = decimals as usize;
    let fraction = micro.rem_euclid(1_000_000) / step;
    format!("{}.{fraction:0places$}", micro.div_euclid(1_000_000))
}

fn order_row(w: Say, order: &Order) -> OrderRow {
    let state = w.say(match order.state {
        order::State::New => "order-new",
        order::State::Open => "order-open",
        order::State::Paid => "order-paid",
        order::State::Expired => "order-expired",
        order::State::Failed => "order-failed",
        order::State::Mismatch => "order-mismatch",
    });
    let sum = format!("{} {}", units::euros(order.gross()), order.currency);
    let credits = units::credits(order.ucr);
    let values = [
        ("sum", sum.as_str()),
        ("credits", credits.as_str()),
        ("state", state),
    ];
    OrderRow {
        id: order.id.clone(),
        made: order.made.day().to_string(),
        text: w.fill("purse-order", &values),
    }
}

fn chart(w: Say, state: &Shown) -> SafeHtml {
    let total = Amount::sum(state.days.iter().map(|(_, a)| *a)).unwrap_or(Amount::ZERO);
    let most = state.days.iter().max_by_key(|(day, a)| (*a, *day));
    let (most_day, most) = most.map_or((String::new(), Amount::ZERO), |(d, a)| (d.to_string(), *a));
    let limit = state.limit();
    let shown = limit.unwrap_or_default();
    let values = [
        ("days", DAYS.to_string()),
        ("total", units::credits(total)),
        ("day", most_day),
        ("most", units::credits(most)),
        ("limit", units::credits(shown.max_total)),
        ("window", shown.days.to_string()),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let key = match (total == Amount::ZERO, limit) {
        (true, _) => "purse-spend-none",
        (false, Some(_)) => "purse-spend-found",
        (false, None) => "purse-spend-found-open",
    };
    let bars = Bars {
        id: "spend-days",
        finding: w.fill(key, &values),
        days: &state.days,
        limit: limit.map(|l| l.max_total),
        limit_word: w.say("purse-limit-line"),
        numbers: w.say("purse-spend-numbers"),
        heads: (w.say("purse-day"), w.say("purse-credits")),
    };
    bars.draw()
}
