//! What `docs/asvs.md` and `docs/threats/` claim is shown by tests that exist.

use crate::source;
use std::collections::BTreeSet;

/// The core of ASVS 5.0 that the provider owns.
const CORE: &[&str] = &[
    "6.1.1", "6.1.3", "6.3.1", "6.3.3", "6.3.4", "6.3.6", "6.3.7", "6.3.8", "6.4.1", "6.4.3",
    "6.4.4", "6.5.1", "6.5.2", "6.5.5", "6.5.6", "6.6.2", "6.7.2", "6.8.1", "6.8.2", "6.8.4",
    "7.2.3", "7.2.4", "7.3.1", "7.3.2", "7.4.1", "7.4.2", "7.4.3", "7.5.1", "7.5.2", "7.6.1",
    "7.6.2", "8.2.1", "8.2.2", "8.2.3", "8.3.1", "8.3.2", "8.3.3", "8.4.2", "10.2.2", "10.3.1",
    "10.3.2", "10.3.3", "10.3.4", "10.3.5", "10.4.1", "10.4.2", "10.4.3", "10.4.4", "10.4.5",
    "10.4.6", "10.4.7", "10.4.8", "10.4.9", "10.4.10", "10.4.12", "10.4.13", "10.4.14", "10.4.16",
    "10.5.5", "10.6.1", "10.6.2", "10.7.1", "10.7.2", "10.7.3",
];

/// Names of all tests: the functions that carry `#[test]` or `#[tokio::test]`, and the titles of the
/// browser's.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in source::files(&[".rs"]) {
        let mut is_test = false;
        for line in source::read(&path).lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if is_test
                && let Some(name) = line
                    .strip_prefix("async ")
                    .unwrap_or(line)
                    .strip_prefix("fn ")
            {
                names.extend(name.split('(').next().map(str::to_owned));
                is_test = false;
            }
        }
    }
    for path in source::files(&[".test.ts", ".test.mjs"]) {
        for line in source::read(&path).lines() {
            let title = line
                .trim()
                .strip_prefix("test('")
                .or(line.trim().strip_prefix("it('"));
            names.extend(
                title
                    .and_then(|rest| rest.split('\'').next())
                    .map(str::to_owned),
            );
        }
    }
    names
}

/// The cells of the table in a document, without head and rule.
fn rows(path: &str) -> Vec<Vec<String>> {
    let text = source::read(path);
    let lines = text.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |line: &str| {
        let inner = line.trim_matches('|').split('|');
        inner.map(|cell| cell.trim().to_owned()).collect()
    };
    lines.map(cells).collect()
}

/// What a cell names in backticks.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn missing(cell: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let names = named(cell).into_iter();
    let missing = names.filter(|name| !tests.contains(*name));
    missing
        .map(|name| format!("there is no test {name}"))
        .collect()
}

#[test]
fn each_requirement_is_shown_by_a_test_or_open() {
    let tests = tests();
    assert!(tests.len() > 300, "tests are found");
    let rows = rows("docs/asvs.md");
    let ids: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(ids, CORE, "the core, in its order");
    let mut faults = vec![];
    for row in &rows {
        let [id, _, state, shown] = &row[..] else {
            faults.push(format!("{row:?}: four cells"));
            continue;
        };
        let holds = match state.as_str() {
            "shown" => !named(shown).is_empty(),
            // What it waits for, and no claim beside it.
            "open" => !shown.is_empty() && named(shown).is_empty(),
            _ => false,
        };
        if !holds {
            faults.push(format!("{id}: {state} with {shown}"));
        }
        faults.extend(missing(shown, &tests));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let shown = rows.iter().filter(|row| row[2] == "shown").count();
    println!("{shown} of {} requirements are shown", rows.len());
}

#[test]
fn each_threat_is_stopped_by_something_tested_or_stays_named() {
    let tests = tests();
    let mut faults = vec![];
    for path in source::files(&[".md"]) {
        if !path.starts_with("docs/threats/") {
            continue;
        }
        for row in rows(&path) {
            let [asset, adversary, way, _, shown, remains] = &row[..] else {
                faults.push(format!("{path}: {row:?}: six cells"));
                continue;
            };
            if asset.is_empty() || way.is_empty() || !adversary.starts_with('A') {
                faults.push(format!("{path}: {row:?}: asset, adversary, way in"));
            }
            if named(shown).is_empty() && remains.is_empty() {
                faults.push(format!(
                    "{path}: {asset} by {way}: neither tested nor named as open"
                ));
            }
            faults.extend(missing(shown, &tests));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
