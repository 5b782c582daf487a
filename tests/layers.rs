//! Who may import whom, against `cargo metadata`.

use crate::source;
use serde_json::Value;
use std::{collections::BTreeMap, process::Command};

/// Each crate of ours and which of ours it may need, normally or at build time. Names without the
/// prefix `resonate-`.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("credential", &["kernel"]),
    ("host", &["kernel", "credential"]),
    ("host-testing", &["kernel", "credential", "host"]),
    ("wallet", &["kernel", "credential"]),
    ("wallet-cli", &["kernel", "wallet"]),
    ("web", &["kernel", "host"]),
    ("idp", &["kernel", "credential", "host", "web"]),
    (
        "streaming",
        &["kernel", "credential", "host", "web", "ingest"],
    ),
    ("payments", &["kernel", "credential", "host", "web"]),
    ("recovery", &["kernel", "credential", "host"]),
    ("ingest", &["kernel"]),
    ("music", &[]),
    (
        "server",
        &[
            "kernel",
            "credential",
            "host",
            "web",
            "idp",
            "streaming",
            "payments",
            "recovery",
            "ingest",
            "music",
        ],
    ),
    ("tests", &[]),
    ("partner", &[]),
    ("foreign-rust", &[]),
    ("bench-driver", &["kernel", "credential"]),
];

/// Outside crates that only these crates of ours may name.
const KEPT: &[(&str, &[&str])] = &[
    ("josekit", &["credential"]),
    ("openssl", &["credential"]),
    ("openidconnect", &["idp", "partner", "foreign-rust"]),
    ("webauthn-rs", &["idp"]),
    ("utoipa", &["idp"]),
    ("rustls", &["host"]),
    ("tokio-rustls", &["host"]),
    ("rcgen", &["host"]),
    ("object_store", &["host"]),
    ("reqwest", &["host", "wallet-cli", "partner"]),
    (
        "axum",
        &[
            "host",
            "host-testing",
            "web",
            "idp",
            "streaming",
            "payments",
            "recovery",
            "server",
            "partner",
        ],
    ),
    (
        "sqlx",
        &[
            "host",
            "host-testing",
            "idp",
            "streaming",
            "payments",
            "recovery",
            "web",
        ],
    ),
    ("symphonia", &["ingest"]),
    ("lofty", &["ingest"]),
];

const MODULES: &[&str] = &["idp", "streaming", "payments", "recovery"];

struct Package {
    needs: Vec<String>,
    dev: Vec<String>,
}

fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(source::root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let short = |name: &str| name.strip_prefix("resonate-").unwrap_or(name).to_owned();
    let mut packages = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let mut found = Package {
            needs: vec![],
            dev: vec![],
        };
        for need in package["dependencies"].as_array().expect("dependencies") {
            let name = short(need["name"].as_str().expect("a name"));
            if need["kind"] == "dev" {
                found.dev.push(name);
            } else {
                found.needs.push(name);
            }
        }
        packages.insert(short(package["name"].as_str().expect("a name")), found);
    }
    packages
}

#[test]
fn arrows_point_the_listed_way_only() {
    let packages = packages();
    let ours: Vec<&String> = packages.keys().collect();
    let mut faults = vec![];
    for (name, package) in &packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(listed, _)| listed == name) else {
            faults.push(format!("{name}: add it to ARROWS"));
            continue;
        };
        for need in package.needs.iter().filter(|need| ours.contains(need)) {
            if !allowed.contains(&need.as_str()) {
                faults.push(format!("{name} must not import {need}"));
            }
        }
        let module = |name: &str| MODULES.contains(&name);
        for need in package
            .dev
            .iter()
            .filter(|need| module(name) && module(need))
        {
            faults.push(format!("{name} must not import {need}, not even in tests"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn outside_crates_are_named_in_their_rooms_only() {
    let mut faults = vec![];
    for (name, package) in packages() {
        for (outside, rooms) in KEPT {
            if package.needs.iter().any(|need| need == outside) && !rooms.contains(&name.as_str()) {
                faults.push(format!("{name} must not name {outside}; {rooms:?} may"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
