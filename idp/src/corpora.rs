//! What outsiders send, thrown at what reads it: a committed corpus is replayed, and mutated for as
//! long as a test may take. Nothing panics, caps hold, and what is accepted means the same when it is
//! written out and read again. A file named `ok-..` is accepted, `no-..` is refused.

use crate::{
    authorize::claims,
    client::{
        grants::GrantType,
        metadata::{self, Facts, Policy, SectorList},
        redirect::{self, Kind},
    },
};
use credential::{dpop, jose};
use kernel::Timestamp;
use proptest::{collection::vec, prelude::*};
use serde_json::Value;
use std::{fs, path::PathBuf};
use url::Url;

/// One file of the corpus.
struct Sample {
    name: String,
    good: bool,
    bytes: Vec<u8>,
}

fn corpus(kind: &str) -> Vec<Sample> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(kind);
    let mut samples: Vec<Sample> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            Sample {
                good: name.starts_with("ok-"),
                bytes: fs::read(path).unwrap(),
                name,
            }
        })
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(
        samples.iter().any(|s| s.good) && samples.iter().any(|s| !s.good),
        "{kind}"
    );
    samples
}

fn replay(kind: &str, accepts: fn(&[u8]) -> bool) {
    for sample in corpus(kind) {
        assert_eq!(
            accepts(&sample.bytes),
            sample.good,
            "{kind}/{}",
            sample.name
        );
    }
}

/// One edit of a sample: where, what, and how much of the old goes.
type Edit = (prop::sample::Index, Vec<u8>, usize);

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "\0",
    "\"",
    "\\u0000",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "1e400",
    "-0",
    "..",
    "/",
    "%2e",
    "@",
    "#",
    "?",
    "*",
    ".",
    "=",
    "-",
    "_",
    "é",
    "\u{202e}",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "https://",
    "http://",
    "javascript:",
    "\"alg\":\"none\"",
    "eyJhbGciOiJub25lIn0",
    "keys",
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..4),
        prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        (prop::sample::select(PIECES), 2_usize..200)
            .prop_map(|(piece, times)| piece.repeat(times).into_bytes()),
    ];
    vec((any::<prop::sample::Index>(), piece, 0_usize..6), 1..6)
}

fn edited(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (at, piece, gone) in edits {
        let at = at.index(out.len() + 1);
        let end = (at + gone).min(out.len());
        out.splice(at..end, piece.iter().copied());
    }
    out
}

/// Throws mutations of each sample at what reads it.
fn mutate(kind: &str, edit: fn(&[u8], &[Edit]) -> Vec<u8>, accepts: fn(&[u8]) -> bool) {
    let samples = corpus(kind);
    let config = ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(edits in edits())| {
        for sample in &samples {
            // Whatever it says, it says it without a fault; its own assertions hold.
            accepts(&edit(&sample.bytes, &edits));
        }
    });
}

const STRANGER: Policy = Policy {
    demo: false,
    may_waive_pkce: false,
    trusted: false,
};

/// Reads a registration, checks what was accepted, writes it out and reads it again.
fn metadata(bytes: &[u8]) -> bool {
    let Ok(document) = host::json::value(bytes) else {
        return false;
    };
    let hash = "h".repeat(43);
    let facts = Facts {
        id: Some("c.AAAAAAAAAAAAAAAAAAAAAA"),
        secret_h: Some(&hash),
        sector_list: SectorList::Checked,
    };
    let Ok(client) = metadata::parse(&document, &facts, &STRANGER) else {
        return false;
    };
    let uris = || client.redirects.iter().chain(&client.post_logout);
    let returns = client.may(GrantType::Code);
    assert!(client.redirects.len() <= 50 && client.post_logout.len() <= 50);
    assert!(!returns || !client.redirects.is_empty(), "no way back");
    for uri in uris() {
        assert!(redirect::is_registrable(uri, client.kind, false), "{uri}");
    }
    assert!(client.keys.len() <= 20 && client.name.chars().count() <= 100);
    assert!(client.require_pkce && !client.first_party && !client.verified);
    assert!(client.scopes.iter().all(|word| crate::scope::is_open(word)));
    assert!(client.jwks_uri.is_none() || client.keys.is_empty());
    let whole = metadata::complete(&document, &client);
    let text = Value::Object(whole.clone()).to_string();
    let again = host::json::value(text.as_bytes()).unwrap();
    let client = metadata::parse(&again, &facts, &STRANGER).expect("what was told holds");
    assert_eq!(
        metadata::complete(&again, &client),
        whole,
        "the same meaning"
    );
    true
}

/// Whether an address may be registered by some kind of app; what may is flat and matches itself.
fn address(bytes: &[u8]) -> bool {
    let Ok(uri) = std::str::from_utf8(bytes) else {
        return false;
    };
    let mut good = false;
    for kind in [Kind::Web, Kind::Native] {
        if !redirect::is_registrable(uri, kind, false) {
            continue;
        }
        good = true;
        let url = Url::parse(uri).expect("it was read before");
        assert!(uri.len() <= 2048 && url.fragment().is_none() && url.username().is_empty());
        let https = url.scheme() == "https" && !redirect::is_loopback(uri);
        let native = kind == Kind::Native && url.scheme() == "http" && redirect::is_loopback(uri);
        assert!(https || native, "{uri}");
        assert!(redirect::matches(uri, kind, uri));
        assert_eq!(
            Url::parse(url.as_str()).as_ref(),
            Ok(&url),
            "the same meaning"
        );
        assert!(redirect::sector("app", &[uri.to_owned()]).is_ok());
    }
    good
}

fn wishes(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let Ok(read) = claims::parse(Some(text)) else {
        return false;
    };
    let value: Value = credential::json::parse(bytes).expect("it was read before");
    let again = claims::parse(Some(&value.to_string())).expect("written out it holds");
    assert_eq!(again, read, "the same meaning");
    true
}

/// Whether it is the proof of RFC 9449 section 4.1, at its own door and time.
fn proof(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let want = dpop::Want {
        method: "POST",
        url: "https://server.example.com/token",
        now: Timestamp::from_seconds(1_562_262_616),
        access_token: None,
        body: None,
    };
    let Ok(read) = dpop::verify(text, &want) else {
        return false;
    };
    assert_eq!(
        read.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        "no other key signed"
    );
    assert_eq!(read.jwk.thumbprint(), read.jkt);
    assert_eq!(read.jti, "-BwC3ESc6acc2lTc", "the same meaning");
    true
}

/// Reads a JWT without checking its signature, as a hint or an assertion is first read.
fn token(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let Ok((_, claims)) = jose::peek(text) else {
        return false;
    };
    let parts: Vec<&str> = text.split('.').collect();
    assert_eq!(parts.len(), 3);
    let written = Value::Object(claims.clone()).to_string();
    let again = format!("{}.{}.{}", parts[0], kernel::b64::encode(written), parts[2]);
    let (_, same) = jose::peek(&again).expect("written out it holds");
    assert_eq!(same, claims, "the same meaning");
    true
}

/// Edits inside the parts of a token, which are base64url outside.
fn edited_inside(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let part = |(at, part): (usize, &str)| match kernel::b64::decode(part) {
        Some(inside) if at < 2 => kernel::b64::encode(edited(&inside, edits)),
        _ => part.to_owned(),
    };
    let parts: Vec<String> = text.split('.').enumerate().map(part).collect();
    parts.join(".").into_bytes()
}

#[test]
fn the_corpus_is_read_as_its_names_say() {
    replay("client_metadata", metadata);
    replay("redirect_uri", address);
    replay("claims", wishes);
    replay("dpop", proof);
    replay("jwt", token);
}

#[test]
fn mutated_registrations_are_refused_or_mean_what_they_say() {
    mutate("client_metadata", edited, metadata);
}

#[test]
fn mutated_addresses_are_refused_or_mean_what_they_say() {
    mutate("redirect_uri", edited, address);
}

#[test]
fn mutated_claims_are_refused_or_mean_what_they_say() {
    mutate("claims", edited, wishes);
}

#[test]
fn mutated_proofs_are_refused_or_mean_what_they_say() {
    mutate("dpop", edited, proof);
    mutate("dpop", edited_inside, proof);
}

#[test]
fn mutated_tokens_are_refused_or_mean_what_they_say() {
    mutate("jwt", edited, token);
    mutate("jwt", edited_inside, token);
}

proptest! {
    /// N1 to N8: an accepted address is a registered one byte for byte, or differs in the port of a
    /// native app's loopback address and in nothing else.
    #[test]
    fn an_accepted_address_is_a_registered_one_but_for_a_loopback_port(
        at in any::<prop::sample::Index>(),
        edits in edits(),
        native: bool,
    ) {
        let kind = if native { Kind::Native } else { Kind::Web };
        let samples = corpus("redirect_uri");
        let sample = &samples[at.index(samples.len())];
        let Ok(registered) = std::str::from_utf8(&sample.bytes) else { return Ok(()); };
        let Ok(received) = String::from_utf8(edited(&sample.bytes, &edits)) else { return Ok(()); };
        if received == registered || !redirect::matches(registered, kind, &received) {
            return Ok(());
        }
        prop_assert!(native && registered.starts_with("http://"), "{registered} {received}");
        prop_assert_eq!(without_port(registered), without_port(&received));
        let port = port(&received).map(str::parse::<u16>);
        prop_assert!(matches!(port, None | Some(Ok(1..))), "{received}");
    }
}

/// The port of a loopback address, by its text.
fn port(uri: &str) -> Option<&str> {
    let rest = ["http://127.0.0.1", "http://[::1]"]
        .iter()
        .find_map(|host| uri.strip_prefix(host))?;
    rest.strip_prefix(':')?.split('/').next()
}

fn without_port(uri: &str) -> String {
    match port(uri) {
        Some(port) => uri.replacen(&format!(":{port}/"), "/", 1),
        None => uri.to_owned(),
    }
}
