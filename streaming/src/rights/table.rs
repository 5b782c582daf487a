//! The table of decisions.

use super::*;

const ARTIST: Id<Party> = Id::from_bytes([1; 16]);
const OTHER: Id<Party> = Id::from_bytes([2; 16]);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_251_600 + seconds)
}

fn terms() -> Terms {
    Terms {
        state: State::Published,
        payee: ARTIST,
        opens_at: None,
        closes_at: None,
        worldwide: true,
        territories: Vec::new(),
        explicit: false,
        preview: true,
        stream: Stream::Paid,
        download: Download::Owners,
    }
}

/// One decision: the facts as words, the terms, and what follows.
struct Row(&'static str, Terms, &'static str);

/// Reads the words: an action, then who, then what else is so.
fn facts<'a>(words: &str, track: &'a Terms) -> Facts<'a> {
    let has = |word| words.split(' ').any(|w| w == word);
    let action = match words.split(' ').next() {
        Some("preview") => Action::Preview,
        Some("play") => Action::Play,
        _ => Action::Download,
    };
    let who = match words.split(' ').nth(1) {
        Some("visitor") => Who::Visitor,
        Some("artist") => Who::Listener { manages: &[ARTIST] },
        Some("stranger") => Who::Listener { manages: &[OTHER] },
        _ => Who::Listener { manages: &[] },
    };
    Facts {
        action,
        who,
        track,
        now: at(0),
        region: if has("PT") { "PT" } else { "ZZ" },
        explicit_ok: has("explicit-ok"),
        owned: has("owned"),
        covered: has("covered"),
    }
}

fn open_track() -> Vec<Row> {
    let free = || Terms {
        stream: Stream::Free,
        ..terms()
    };
    let off = || Terms {
        stream: Stream::Off,
        ..terms()
    };
    let silent = || Terms {
        preview: false,
        ..terms()
    };
    let gift = || Terms {
        download: Download::Free,
        ..terms()
    };
    vec![
        Row("preview visitor", terms(), "yes P1"),
        Row("preview listener", terms(), "yes P1"),
        Row("preview visitor", silent(), "no"),
        Row("preview listener owned", silent(), "yes P4"),
        Row("preview artist", silent(), "yes P5"),
        Row("play visitor", terms(), "no"),
        Row("play visitor covered", terms(), "no"),
        Row("play visitor owned", terms(), "no"),
        Row("play visitor", free(), "yes P2"),
        Row("play listener", free(), "yes P2"),
        Row("play listener covered", free(), "yes P2"),
        Row("play listener", terms(), "no"),
        Row("play listener covered", terms(), "yes P3"),
        Row("play stranger covered", terms(), "yes P3"),
        Row("play stranger", terms(), "no"),
        Row("play listener owned", terms(), "yes P4"),
        Row("play listener owned covered", terms(), "yes P3 P4"),
        Row("play artist", terms(), "yes P5"),
        Row("play listener covered", off(), "no"),
        Row("play listener owned", off(), "yes P4"),
        Row("play artist", off(), "yes P5"),
        Row("download visitor", gift(), "no"),
        Row("download listener", gift(), "yes P6"),
        Row("download listener", terms(), "no"),
        Row("download listener covered", terms(), "no"),
        Row("download listener owned", terms(), "yes P4"),
        Row("download artist", terms(), "yes P5"),
    ]
}

fn forbidden() -> Vec<Row> {
    let state = |state| Terms { state, ..terms() };
    let opens = |s| Terms {
        opens_at: Some(at(s)),
        ..terms()
    };
    let closes = |s| Terms {
        closes_at: Some(at(s)),
        ..terms()
    };
    let here = || Terms {
        worldwide: false,
        territories: vec!["PT".into()],
        ..terms()
    };
    let explicit = || Terms {
        explicit: true,
        ..terms()
    };
    vec![
        Row("preview visitor", state(State::Blocked), "no F0 F1"),
        Row("play listener owned", state(State::Blocked), "no F0 F1"),
        Row("play artist", state(State::Blocked), "no F0"),
        Row("preview visitor", state(State::Draft), "no F1"),
        Row("play listener covered", state(State::Processing), "no F1"),
        Row("play listener owned", state(State::Ready), "no F1"),
        Row("play artist", state(State::Ready), "yes P5"),
        Row("play artist", state(State::Draft), "yes P5"),
        Row("play listener covered", state(State::Scheduled), "no F1"),
        Row("play listener covered", state(State::Withdrawn), "no F1"),
        Row("play listener owned", state(State::Withdrawn), "yes P4"),
        Row("preview visitor owned", state(State::Withdrawn), "no F1"),
        Row("play listener covered", opens(1), "no F2"),
        Row("play listener covered", opens(0), "yes P3"),
        Row("preview visitor", opens(1), "no F2"),
        Row("play listener owned", opens(1), "no F2"),
        Row("play artist", opens(1), "yes P5"),
        Row("play listener covered", closes(0), "no F2"),
        Row("play listener covered", closes(1), "yes P3"),
        Row("play listener owned", closes(0), "yes P4"),
        Row("play artist", closes(0), "yes P5"),
        Row("play listener covered", here(), "no F3"),
        Row("play listener covered PT", here(), "yes P3"),
        Row("preview visitor", here(), "no F3"),
        Row("play listener owned", here(), "yes P4"),
        Row("play artist", here(), "yes P5"),
        Row("play listener covered", explicit(), "no F4"),
        Row("play listener covered explicit-ok", explicit(), "yes P3"),
        Row("play artist", explicit(), "no F4"),
        Row("preview visitor", explicit(), "yes P1"),
        Row("preview listener", explicit(), "no F4"),
    ]
}

#[test]
fn each_decision_is_as_the_table_says() {
    let rows: Vec<Row> = open_track().into_iter().chain(forbidden()).collect();
    assert!(rows.len() >= 40, "{}", rows.len());
    for Row(words, terms, follows) in rows {
        let decision = decide(&facts(words, &terms));
        let yes = if decision.permit { "yes" } else { "no" };
        let said = format!("{yes} {}", decision.names());
        assert_eq!(said.trim_end(), follows, "{words}: {terms:?}");
    }
}
