//! Days and times as people write them, always UTC.

use kernel::{Day, Timestamp};
use web::lang::Lang;

#[rustfmt::skip]
const EN: [&str; 12] = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
];
#[rustfmt::skip]
const DE: [&str; 12] = [
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
    "Oktober", "November", "Dezember",
];

/// A day: `21 November 2026`, `21. November 2026`.
pub(super) fn day(lang: Lang, day: Day) -> String {
    let text = day.to_string();
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|text| text.parse::<usize>().ok());
    let (Some(year), Some(month), Some(day)) = (year, number(month), number(day)) else {
        return text;
    };
    let at = month.saturating_sub(1) % 12;
    match lang {
        Lang::En => format!("{day} {} {year}", EN[at]),
        Lang::De => format!("{day}. {} {year}", DE[at]),
    }
}

/// A day and its minute: `21 November 2026, 09:00 UTC`.
pub(super) fn minute(lang: Lang, at: Timestamp) -> String {
    let text = at.to_string();
    let time = text.get(11..16).unwrap_or_default();
    format!("{}, {time} UTC", day(lang, at.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_the_language_of_the_page() {
        let at = Timestamp::parse("2026-03-01T09:05:59Z").unwrap();
        assert_eq!(minute(Lang::En, at), "1 March 2026, 09:05 UTC");
        assert_eq!(minute(Lang::De, at), "1. März 2026, 09:05 UTC");
    }
}
