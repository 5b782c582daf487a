//! `resonate keys`: listed, replaced after a day or at once, and what is refused.

use crate::{Folder, resonate, run};
use std::fs;

/// Lines of `keys list`: kind, stage, name.
fn listed(file: &str) -> Vec<(String, String, String)> {
    let output = resonate(&["keys", "list", "--config", file])
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines: Vec<_> = text
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let mut word = || words.next().expect("kind, stage, name");
            (word(), word(), word())
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn keys_are_listed_and_replaced_by_command() {
    let folder = Folder::new("keys");
    let dir = folder.0.display().to_string();
    let (code, said) = run(&["init", "--domain", "coop.example", "--dir", &dir]);
    assert_eq!(code, 0, "{said}");
    let file = folder.path("resonate.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("https://listen.coop.example", "http://listen.localhost:1");
    fs::write(&file, text).unwrap();
    let (code, said) = run(&["migrate", "--config", &file]);
    assert_eq!(code, 0, "{said}");

    let first = listed(&file);
    let stages = |of: &[(String, String, String)]| {
        let stage = |(kind, stage, _): &(String, String, String)| format!("{kind} {stage}");
        of.iter().map(stage).collect::<Vec<_>>().join(", ")
    };
    let begun = "ES256 active, EdDSA active, RS256 active, card active";
    assert_eq!(stages(&first), begun);

    let rotate = |more: &[&str]| run(&[&["keys", "rotate", "--config", &file][..], more].concat());
    for refused in [&["HS256"][..], &[], &["--now"], &["card", "card"]] {
        let (code, said) = rotate(refused);
        assert_eq!(code, 2, "{said}");
    }
    assert_eq!(listed(&file), first, "what is refused changes nothing");

    // Twice the same: one waits, the second is not needed.
    for _ in 0..2 {
        let (code, said) = rotate(&["card"]);
        assert_eq!(code, 0, "{said}");
    }
    let waits = "ES256 active, EdDSA active, RS256 active, card active, card pending";
    assert_eq!(stages(&listed(&file)), waits);
    // At once: the one that waits signs, the one before it is retired.
    let (code, said) = rotate(&["card", "--now"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = rotate(&["RS256", "--now"]);
    assert_eq!(code, 0, "{said}");
    let after = listed(&file);
    let replaced =
        "ES256 active, EdDSA active, RS256 active, RS256 retired, card active, card retired";
    assert_eq!(stages(&after), replaced);
    for (kind, _, kid) in first
        .iter()
        .filter(|(kind, ..)| kind == "RS256" || kind == "card")
    {
        let now = after.iter().find(|(_, _, known)| known == kid).unwrap();
        assert_eq!(now.1, "retired", "{kind}");
    }
}
