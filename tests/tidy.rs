//! The house rules a machine can hold.

use crate::source;

/// Longest file allowed, in lines.
const LONGEST: usize = 600;

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    let mut lengths: Vec<(usize, String)> = source::files(&[".rs", ".ts", ".tsx", ".css"])
        .into_iter()
        .map(|path| (source::read(&path).lines().count(), path))
        .collect();
    lengths.sort();
    let (median, longest) = (lengths[lengths.len() / 2].0, lengths.last().expect("some"));
    println!(
        "{} files, median {median} lines, longest {longest:?}",
        lengths.len()
    );
    let over: Vec<_> = lengths
        .iter()
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(over.is_empty(), "{over:#?}");
}

#[test]
fn floats_stay_in_their_rooms() {
    let rooms = [
        "server/music/",
        "streaming/ingest/",
        "host/examples/",
        "credential/examples/",
        "tests/bench/",
        // Names the visitor's method for floats, to refuse them where they are read.
        "credential/src/json.rs",
    ];
    let faults: Vec<String> = source::files(&[".rs"])
        .into_iter()
        .filter(|path| !rooms.iter().any(|room| path.starts_with(room)))
        .filter(|path| path != "tests/tidy.rs")
        .flat_map(|path| {
            let text = source::read(&path);
            let found = text.lines().enumerate().filter_map(|(i, line)| {
                let code = line.split("//").next().unwrap_or("");
                let float = code
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .any(|word| word == "f32" || word == "f64" || word.ends_with("_f64"));
                float.then(|| format!("{path}:{}: {}", i + 1, line.trim()))
            });
            found.collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_folder_says_what_it_owns() {
    let mut faults = vec![];
    for room in [
        "kernel",
        "credential",
        "host",
        "host/testing",
        "web",
        "idp",
        "streaming",
        "streaming/ingest",
        "payments",
        "recovery",
        "wallet",
        "wallet/cli",
        "server",
        "server/music",
        "tests",
        "tests/partner",
        "tests/foreign/rust",
        "tests/bench/driver",
    ] {
        if !source::root().join(room).join("README.md").exists() {
            faults.push(format!("{room}/README.md is missing"));
        }
    }
    for module in ["idp", "streaming", "payments", "recovery"] {
        let text = source::read(&format!("{module}/README.md"));
        for heading in ["Owns", "Routes", "Tables", "Invariants"] {
            if !text
                .lines()
                .any(|line| line.trim_start_matches('#').trim() == heading)
            {
                faults.push(format!("{module}/README.md has no heading {heading}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_file_carries_a_name_that_says_nothing() {
    let bad = ["utils", "util", "common", "helpers", "misc", "types"];
    // `kernel::problem::common` holds the refusals that any module can give: common is the word.
    let faults: Vec<String> = source::files(&[".rs", ".ts", ".tsx"])
        .into_iter()
        .filter(|path| path != "kernel/src/problem/common.rs")
        .filter(|path| {
            let stem = path
                .rsplit('/')
                .next()
                .unwrap_or(path)
                .split('.')
                .next()
                .unwrap_or("");
            bad.contains(&stem)
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_front_end_has_no_raw_colour_outside_the_tokens() {
    let faults: Vec<String> = source::files(&[".css"])
        .into_iter()
        .filter(|path| !path.ends_with("tokens.css"))
        .flat_map(|path| {
            let text = source::read(&path);
            let found = text.lines().enumerate().filter_map(|(i, line)| {
                let raw = line.split('#').skip(1).any(|rest| {
                    let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
                    [3, 4, 6, 8].contains(&digits) && !line.contains('{')
                }) || ["rgb(", "hsl(", "oklch("].iter().any(|f| line.contains(f));
                raw.then(|| format!("{path}:{}: {}", i + 1, line.trim()))
            });
            found.collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
