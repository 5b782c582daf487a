//! Every coded refusal is carried by a test or stands in `later.toml` with what it waits for.

use crate::source;
use std::collections::{BTreeMap, BTreeSet};

/// The tables whose folders have arrived, and their numbers. Retired ones are left out.
fn due() -> BTreeSet<String> {
    let tables: [(&str, u32, &[u32]); 6] = [
        ("IN", 85, &[]),
        ("CR", 73, &[]),
        ("ST", 67, &[12, 40]),
        ("PA", 50, &[]),
        ("VS", 10, &[]),
        ("F", 22, &[]),
    ];
    let codes = tables.into_iter().flat_map(|(prefix, last, retired)| {
        (1..=last)
            .filter(|n| !retired.contains(n))
            .map(move |n| format!("{prefix}{n}"))
    });
    codes.collect()
}

/// Codes named in tests: in a `tests` folder, a `.test.ts` file or below a file's `cfg(test)`.
fn carried() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in source::files(&[".rs", ".ts", ".tsx"]) {
        let text = source::read(&path);
        let tests = if path.starts_with("tests/")
            || path.contains("/tests/")
            || path.contains("tests.rs")
            || path.contains(".test.ts")
        {
            text.as_str()
        } else {
            text.split_once("#[cfg(test)]")
                .map_or("", |(_, tests)| tests)
        };
        if path == "tests/codes.rs" {
            continue;
        }
        for word in tests.split(|c: char| !c.is_ascii_alphanumeric()) {
            found.insert(word.to_owned());
            // Rows are also named together, as in `IN1_IN2`, which the split above takes apart,
            // and in lower case inside the names of tests.
            found.insert(word.to_ascii_uppercase());
        }
    }
    found
}

#[test]
fn each_refusal_has_its_test_or_waits_by_name() {
    let later: toml::Table = source::read("tests/later.toml")
        .parse()
        .expect("later.toml is TOML");
    let mut waiting = BTreeMap::new();
    for (reason, codes) in &later {
        for code in codes["codes"].as_array().expect("codes = [..]") {
            let code = code.as_str().expect("a code").to_owned();
            let before = waiting.insert(code.clone(), reason.clone());
            assert_eq!(before, None, "{code} waits twice");
        }
        assert!(
            codes["waits_for"].as_str().is_some_and(|why| why.len() > 8),
            "{reason}: waits_for"
        );
    }
    let (due, carried) = (due(), carried());
    let lost: Vec<_> = due
        .iter()
        .filter(|code| !carried.contains(*code) && !waiting.contains_key(*code))
        .collect();
    let both: Vec<_> = waiting
        .keys()
        .filter(|code| carried.contains(*code))
        .collect();
    let unknown: Vec<_> = waiting.keys().filter(|code| !due.contains(*code)).collect();
    println!("{} codes, {} wait", due.len(), waiting.len());
    assert!(
        lost.is_empty(),
        "neither tested nor in later.toml: {lost:?}"
    );
    assert!(
        both.is_empty(),
        "tested, so take them out of later.toml: {both:?}"
    );
    assert!(unknown.is_empty(), "no such code: {unknown:?}");
}
