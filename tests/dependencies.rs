//! What `deny.toml` says of bans, licences and sources, where cargo-deny is not installed. Known
//! faults need its database and are its own.

use crate::source;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};
use toml::{Table, Value};

/// One line of `cargo tree`: a crate of ours or of others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Linked {
    name: String,
    version: String,
    licence: String,
    ours: bool,
}

fn policy() -> Table {
    source::read("deny.toml").parse().expect("TOML")
}

fn texts(value: &Value) -> BTreeSet<String> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|text| text.as_str().expect("a text").to_owned())
        .collect()
}

fn tree(target: &str, more: &[&str]) -> Vec<Linked> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--prefix", "none", "--target", target])
        .args(["-e", "normal,build,dev", "--format", "{p}|{l}"])
        .args(more)
        .current_dir(source::root())
        .output()
        .expect("cargo runs");
    let read = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let (name, rest) = package.split_once(" v")?;
        Some(Linked {
            name: name.to_owned(),
            version: rest.split(' ').next()?.to_owned(),
            licence: licence.trim_end_matches(" (*)").trim().to_owned(),
            ours: rest.contains('/'),
        })
    };
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().filter_map(read).collect()
}

/// Everything that is linked on a platform of ours.
fn linked() -> BTreeSet<Linked> {
    let graph = policy()["graph"].clone();
    let targets = texts(&graph["targets"]);
    let all = targets.iter().flat_map(|on| tree(on, &["--workspace"]));
    all.collect()
}

#[test]
fn nothing_forbidden_is_linked() {
    let (linked, policy) = (linked(), policy());
    assert!(linked.len() > 300, "cargo tree was read");
    let mut faults = vec![];
    for ban in policy["bans"]["deny"].as_array().expect("a list") {
        let name = ban["crate"].as_str().expect("a name");
        let wrappers = ban.get("wrappers").map(texts).unwrap_or_default();
        for found in linked.iter().filter(|one| one.name == name) {
            let spec = format!("{name}@{}", found.version);
            let around = ["--workspace", "-i", &spec, "--depth", "1"];
            for by in tree("all", &around).iter().skip(1) {
                if !wrappers.contains(&by.name) {
                    faults.push(format!("{} links {spec}", by.name));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_second_version_of_a_crate_is_looked_at_first() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in linked() {
        versions.entry(one.name).or_default().insert(one.version);
    }
    let known = texts(&policy()["bans"]["skip"]);
    let stands = |name: &str, all: &BTreeSet<String>| {
        let new = |version: &&String| !known.contains(&format!("{name}@{version}"));
        all.iter().filter(new).count() <= 1
    };
    let faults: Vec<_> = versions
        .iter()
        .filter(|(name, all)| !stands(name, all))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_licence_is_on_the_list() {
    let allowed = texts(&policy()["licenses"]["allow"]);
    assert!(is_allowed("(A OR MIT) AND ISC", &allowed) && !is_allowed("MIT AND A", &allowed));
    assert!(!is_allowed("GPL-3.0", &allowed) && !is_allowed("", &allowed));
    let faults: Vec<String> = linked()
        .iter()
        .filter(|one| !one.ours && !is_allowed(&one.licence, &allowed))
        .map(|one| format!("{} {}: {}", one.name, one.version, one.licence))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let own = source::read("LICENSE");
    assert!(own.starts_with("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3"));
    assert!(own.contains("END OF TERMS AND CONDITIONS"));
}

#[test]
fn everything_comes_from_the_public_registry() {
    let lock: Table = source::read("Cargo.lock").parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    let source = |package: &Value| {
        let source = package.get("source")?.as_str()?.to_owned();
        Some(source)
    };
    let sources: BTreeSet<_> = packages.iter().filter_map(source).collect();
    let allowed = texts(&policy()["sources"]["allow-registry"]);
    let allowed: BTreeSet<_> = allowed
        .iter()
        .map(|url| format!("registry+{url}"))
        .collect();
    assert_eq!(sources, allowed);
}

/// Whether an SPDX expression can be met: one of its alternatives, all of its parts. `/` is the old
/// spelling of OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let text = expression.replace('/', " OR ");
    // OR binds weaker than AND; what stands in parentheses counts as one.
    if let Some(parts) = split(&text, " OR ") {
        return parts.iter().any(|part| is_allowed(part, allowed));
    }
    if let Some(parts) = split(&text, " AND ") {
        return parts.iter().all(|part| is_allowed(part, allowed));
    }
    let text = text.trim();
    match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => is_allowed(inner, allowed),
        None => allowed.contains(text),
    }
}

/// The parts between `word` outside parentheses; `None` where it does not stand there.
fn split(text: &str, word: &str) -> Option<Vec<String>> {
    let (mut parts, mut depth, mut from) = (vec![], 0, 0);
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && text[at..].starts_with(word) => {
                parts.push(text[from..at].to_owned());
                from = at + word.len();
            }
            _ => {}
        }
    }
    (!parts.is_empty()).then(|| {
        parts.push(text[from..].to_owned());
        parts
    })
}
