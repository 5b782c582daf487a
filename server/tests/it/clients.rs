//! `resonate client`: apps of an installation, from outside.

use crate::{Folder, ended, resonate};
use serde_json::Value;
use std::fs;

/// An installation with its schema; the path of its configuration.
fn installed(folder: &Folder) -> String {
    let dir = folder.0.display().to_string();
    let (code, said, _) = run(&["init", "--domain", "coop.example", "--dir", &dir]);
    assert_eq!(code, 0, "{said}");
    let file = folder.path("resonate.toml");
    let text = fs::read_to_string(&file).expect("a test's own");
    // Payments of the first release are made up, on loopback only.
    let text = text.replace("https://listen.coop.example", "http://listen.localhost:1");
    fs::write(&file, text).expect("a test's own");
    let (code, said, _) = run(&["migrate", "--config", &file]);
    assert_eq!(code, 0, "{said}");
    file
}

/// Exit code, stderr and stdout.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = resonate(arguments).output().expect("the program starts");
    let (code, said) = ended(&output);
    (
        code,
        said,
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn an_operator_adds_lists_and_switches_apps() {
    let folder = Folder::new("clients");
    let file = installed(&folder);
    let client = |arguments: &[&str]| run(&[&["client"], arguments, &["--config", &file]].concat());
    let document = folder.write(
        "app.json",
        r#"{"client_id": "radio", "client_name": "Radio", "scope": "openid resonate.play",
            "redirect_uris": ["https://radio.example/cb", "https://radio.example/cb2"]}"#,
    );
    let (code, said, told) = client(&["add", "--file", &document]);
    assert_eq!(code, 0, "{said}");
    let told: Value = serde_json::from_str(&told).expect("a test's own");
    assert_eq!(told["client_id"], "radio");
    let secret = told["client_secret"]
        .as_str()
        .expect("a test's own")
        .to_owned();
    assert!(
        secret.starts_with("rs_cs_") && said.contains("not shown again"),
        "{said}"
    );
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
    let dump = fs::read(folder.0.join("data/resonate.sqlite3")).expect("a test's own");
    let found = dump
        .windows(secret.len())
        .any(|part| part == secret.as_bytes());
    assert!(!found, "the secret is nowhere in the database");

    let native = [
        "add",
        "--name",
        "Pocket",
        "--redirect",
        "http://127.0.0.1/cb",
        "--native",
        "--public",
    ];
    let (code, said, told) = client(&native);
    assert_eq!(code, 0, "{said}");
    let pocket: Value = serde_json::from_str(&told).expect("a test's own");
    assert_eq!(pocket["client_secret"], Value::Null);
    let pocket = pocket["client_id"].as_str().expect("a test's own");
    assert!(pocket.starts_with("c."), "{pocket}");
}

#[test]
fn an_operator_lists_and_switches_apps() {
    let folder = Folder::new("clients-listed");
    let file = installed(&folder);
    let client = |arguments: &[&str]| run(&[&["client"], arguments, &["--config", &file]].concat());
    let one = [
        "--redirect",
        "https://radio.example/cb",
        "--redirect",
        "https://radio.example/cb2",
    ];
    let (code, said, _) =
        client(&[&["add", "--name", "Radio", "--id", "radio"], &one[..]].concat());
    assert_eq!(code, 0, "{said}");
    let (_, _, table) = client(&["list"]);
    let line = |id: &str| {
        table
            .lines()
            .find(|line| line.starts_with(id))
            .expect("a test's own")
            .to_owned()
    };
    assert!(
        line("radio").contains("https://radio.example/cb (+1)"),
        "{table}"
    );
    assert!(line("listen").contains("configured"), "{table}");
    let (code, said, _) = client(&["disable", "radio"]);
    assert_eq!(code, 0, "{said}");
    let state = || {
        let (_, _, listed) = client(&["list", "--json"]);
        let listed: Vec<Value> = serde_json::from_str(&listed).expect("a test's own");
        let radio = listed
            .into_iter()
            .find(|app| app["client_id"] == "radio")
            .expect("a test's own");
        radio["enabled"].as_bool().expect("a test's own")
    };
    assert!(!state());
    assert_eq!(client(&["enable", "radio"]).0, 0);
    assert!(state());
    let (code, _, token) = client(&["admit", "--uses", "2", "--days", "1"]);
    assert!(code == 0 && token.starts_with("rs_it_"), "{token}");
}

#[test]
fn apps_that_cannot_be_are_refused_in_words() {
    let folder = Folder::new("clients-refused");
    let file = installed(&folder);
    let good = folder.write(
        "good.json",
        r#"{"client_id": "radio", "redirect_uris": ["https://radio.example/cb"]}"#,
    );
    let client = |arguments: &[&str]| run(&[&["client"], arguments, &["--config", &file]].concat());
    assert_eq!(client(&["add", "--file", &good]).0, 0);
    let (_, _, before) = client(&["list", "--json"]);
    let write = |name: &str, text: &str| folder.write(name, text);
    let rows = [
        (write("a.json", "no json"), "this is not JSON"),
        (write("b.json", "[]"), "a JSON object is needed"),
        (write("c.json", "{}"), "invalid_redirect_uri"),
        (
            write(
                "d.json",
                r#"{"redirect_uris": ["http://radio.example/cb"]}"#,
            ),
            "a redirect address is not allowed",
        ),
        (
            write(
                "e.json",
                r#"{"redirect_uris": ["https://a.example/"], "scope": 1}"#,
            ),
            "scope is not allowed",
        ),
        (
            write(
                "f.json",
                r#"{"client_id": "a b", "redirect_uris": ["https://a.example/"]}"#,
            ),
            "client_id is not allowed",
        ),
        (
            write(
                "g.json",
                r#"{"client_id": "listen", "redirect_uris": ["https://a.example/"]}"#,
            ),
            "an app with the id `listen` exists",
        ),
        (good.clone(), "an app with the id `radio` exists"),
        (folder.path("absent.json"), "cannot be read"),
    ];
    for (document, words) in &rows {
        let (code, said, _) = client(&["add", "--file", document]);
        assert_eq!(code, 2, "{document}: {said}");
        assert!(said.contains(words), "{document}: {said}");
    }
    let (code, said, _) = client(&["add"]);
    assert!(code == 2 && said.contains("--name NAME"), "{said}");
    let (code, said, _) = client(&["disable", "nobody"]);
    assert!(
        code == 2 && said.contains("there is no app with the id `nobody`"),
        "{said}"
    );
    let (_, _, after) = client(&["list", "--json"]);
    assert_eq!(after, before, "nothing was changed");
}
