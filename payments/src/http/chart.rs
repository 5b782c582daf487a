//! Bars per day as inline SVG: no script, no style attribute, the numbers beside it in a table.

use crate::units;
use askama::Template;
use kernel::{Amount, Day};
use web::page::SafeHtml;

const WIDTH: i64 = 600;
const HEIGHT: i64 = 120;

/// A chart of amounts per day.
pub(super) struct Bars<'a> {
    /// Names the picture on its page.
    pub id: &'static str,
    /// The finding, in a sentence.
    pub finding: String,
    /// Days in order, none left out.
    pub days: &'a [(Day, Amount)],
    /// A line to compare with.
    pub limit: Option<Amount>,
    /// What that line is called.
    pub limit_word: &'static str,
    /// Summary of the table.
    pub numbers: &'static str,
    /// Heads of the two columns.
    pub heads: (&'static str, &'static str),
}

struct Bar {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

struct Row {
    day: String,
    credits: String,
}

#[derive(Template)]
#[template(path = "bars.html")]
struct Picture<'a> {
    id: &'static str,
    finding: &'a str,
    width: i64,
    height: i64,
    bars: Vec<Bar>,
    line: Option<i64>,
    limit_word: &'static str,
    first: String,
    last: String,
    numbers: &'static str,
    heads: (&'static str, &'static str),
    rows: Vec<Row>,
}

impl Bars<'_> {
    /// The picture and its table.
    pub fn draw(&self) -> SafeHtml {
        let most = self.days.iter().map(|(_, a)| a.minor()).max().unwrap_or(0);
        // The line is drawn where it fits; a limit far above the bars would flatten them.
        let line = self
            .limit
            .map(Amount::minor)
            .filter(|l| *l <= most.saturating_mul(8));
        let top = most.max(line.unwrap_or(0)).max(1);
        let scale = |minor: i64| {
            i64::try_from(i128::from(minor) * i128::from(HEIGHT) / i128::from(top))
                .unwrap_or(HEIGHT)
        };
        let count = i64::try_from(self.days.len()).unwrap_or(1).max(1);
        let step = WIDTH / count;
        let bars = self
            .days
            .iter()
            .zip(0..)
            .filter(|((_, a), _)| a.minor() > 0)
            .map(|((_, a), i)| {
                let height = scale(a.minor()).max(2);
                Bar {
                    x: i * step,
                    y: HEIGHT - height,
                    width: (step - 2).max(1),
                    height,
                }
            });
        let shown = |d: Option<&(Day, Amount)>| d.map(|(d, _)| d.to_string()).unwrap_or_default();
        let rows = self.days.iter().rev().filter(|(_, a)| a.minor() > 0);
        SafeHtml::of(&Picture {
            id: self.id,
            finding: &self.finding,
            width: WIDTH,
            height: HEIGHT,
            bars: bars.collect(),
            line: line.map(|l| HEIGHT - scale(l)),
            limit_word: self.limit_word,
            first: shown(self.days.first()),
            last: shown(self.days.last()),
            numbers: self.numbers,
            heads: self.heads,
            rows: rows
                .map(|(d, a)| Row {
                    day: d.to_string(),
                    credits: units::credits(*a),
                })
                .collect(),
        })
    }
}
