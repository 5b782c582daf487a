//! `GET /books`: what each closed day gave to artists and co-op. Sums only, public, no person in them.

use super::{chart::Bars, wants_page};
use crate::{
    Core,
    store::{self, day::Closed, day::Stage},
    units,
    words::Say,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Json, db};
use http::HeaderMap;
use kernel::{Amount, Day};
use serde_json::json;
use std::sync::Arc;
use web::{
    lang::Choice,
    page::{SafeHtml, Shell},
};

/// Days shown.
const MOST: i64 = 60;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route("/books", get(show))
}

struct Books {
    days: Vec<(Closed, i64)>,
    artists: Amount,
    coop: Amount,
}

async fn load(core: &Core) -> Result<Books, db::Error> {
    core.ground
        .db
        .snapshot(|conn| {
            Box::pin(async move {
                let mut days = Vec::new();
                for closed in store::day::latest(conn, MOST).await? {
                    let tracks = store::day::folds(conn, closed.day).await?;
                    days.push((closed, tracks));
                }
                let (artists, coop) = store::day::totals(conn).await?;
                Ok(Books {
                    days,
                    artists,
                    coop,
                })
            })
        })
        .await
}

struct Row {
    day: String,
    paid: String,
    artists: String,
    coop: String,
    tracks: i64,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "books.html")]
struct BooksPage {
    w: Say,
    chart: SafeHtml,
    days: Vec<Row>,
}

async fn show(
    State(core): State<Arc<Core>>,
    choice: Choice,
    headers: HeaderMap,
) -> Answer<Response> {
    let books = load(&core).await?;
    if !wants_page(&headers) {
        return Ok(Json(view(&books)).into_response());
    }
    let w = Say(choice.lang);
    let folded = books
        .days
        .iter()
        .filter(|(d, _)| d.stage == Stage::Folded)
        .count();
    let found = w.fill(
        "books-found",
        &[
            ("artists", &units::credits(books.artists)),
            ("coop", &units::credits(books.coop)),
            ("days", &folded.to_string()),
        ],
    );
    let page = BooksPage {
        w,
        chart: chart(w, &books, found),
        days: books
            .days
            .iter()
            .map(|(d, tracks)| row(w, d, *tracks))
            .collect(),
    };
    let shell = Shell::new(&core.site, &choice, w.say("books-title")).wide();
    Ok(shell.page(&page).into_response())
}

fn view(books: &Books) -> serde_json::Value {
    let days = books.days.iter().map(|(d, tracks)| {
        json!({
            "day": d.day,
            "plays_ucr": paid(d),
            "artists": d.artists,
            "coop": d.coop,
            "tracks": tracks,
            "state": d.stage.as_str(),
            "note": d.note,
            "manifest_hash": d.hash,
        })
    });
    json!({
        "days": days.collect::<Vec<_>>(),
        "totals": {"artists": books.artists, "coop": books.coop},
    })
}

fn paid(day: &Closed) -> Amount {
    day.artists.plus(day.coop).unwrap_or(Amount::ZERO)
}

fn row(w: Say, day: &Closed, tracks: i64) -> Row {
    Row {
        day: day.day.to_string(),
        paid: units::credits(paid(day)),
        artists: units::credits(day.artists),
        coop: units::credits(day.coop),
        tracks,
        state: w.say(match day.stage {
            Stage::Heard => "day-heard",
            Stage::Differs => "day-differs",
            Stage::Folding => "day-folding",
            Stage::Folded => "day-folded",
        }),
    }
}

fn chart(w: Say, books: &Books, found: String) -> SafeHtml {
    let mut days: Vec<(Day, Amount)> = books.days.iter().map(|(d, _)| (d.day, paid(d))).collect();
    days.reverse();
    let bars = Bars {
        id: "books-days",
        finding: found,
        days: &days,
        limit: None,
        limit_word: "",
        numbers: w.say("purse-spend-numbers"),
        heads: (w.say("books-day"), w.say("books-paid")),
    };
    bars.draw()
}
