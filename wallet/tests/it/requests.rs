//! Requests the wallet refuses to answer, and cards it does not have. Nothing is signed in any.

use kernel::Timestamp;
use serde_json::{Map, Value, json};
use wallet::{
    Failure,
    cards::{CardCopy, Holdings, State},
    present,
    request::Asked,
};

const ISSUER: &str = "http://localhost:8080";
const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

fn copy(state: State) -> CardCopy {
    let claims = json!({
        "iss": ISSUER, "vct": format!("{ISSUER}/vct/listener/1"), "account": "a-1",
        "listener": "l-1", "handle": "calm-otter",
    });
    CardCopy {
        credential: "x~".into(),
        key: Value::Null,
        claims: claims.as_object().cloned().unwrap_or_else(Map::new),
        vct: format!("{ISSUER}/vct/listener/1"),
        iss: ISSUER.into(),
        exp: NOW.seconds() + 86_400,
        state,
    }
}

/// A request for one claim of the Listener card, posted back to `verifier`.
fn request(verifier: &str, claim: &str) -> String {
    let response = format!("{verifier}/vp/s");
    let query = json!({"credentials": [{"id": "listener", "format": "dc+sd-jwt",
        "meta": {"vct_values": [format!("{ISSUER}/vct/listener/1")]}, "claims": [{"path": [claim]}]}]});
    let mut url = url::Url::parse("http://wallet.localhost:8080/present").unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", &format!("redirect_uri:{response}"))
        .append_pair("response_type", "vp_token")
        .append_pair("response_mode", "direct_post")
        .append_pair("response_uri", &response)
        .append_pair("nonce", "b0RQV6pUiH0UmBMa-sJYwCccSrOE5HCZje3z0A4QqA8")
        .append_pair("state", "s")
        .append_pair("dcql_query", &query.to_string());
    url.into()
}

fn offers(url: &str, copies: Vec<CardCopy>) -> Result<usize, Failure> {
    let asked = Asked::parse(url, NOW)?;
    let held = Holdings {
        copies,
        ..Holdings::default()
    };
    let listen = Some("http://listen.localhost:8080");
    present::offers(&asked, &held, listen, NOW).map(|offers| offers.len())
}

#[test]
fn facts_for_one_place_are_shown_nowhere_else_cr54() {
    // F10: who may see what; the issuer also verifies for the listening origin.
    let cases = [
        (ISSUER, "account", true),
        ("http://127.0.0.1:3001", "account", false),
        ("http://listen.localhost:8080", "account", false),
        (ISSUER, "listener", true),
        ("http://listen.localhost:8080", "listener", true),
        ("http://127.0.0.1:3001", "listener", false),
        ("http://127.0.0.1:3001", "handle", true),
    ];
    for (verifier, claim, shown) in cases {
        let outcome = offers(&request(verifier, claim), vec![copy(State::Fresh)]);
        match outcome {
            Ok(count) => assert!(shown && count == 1, "{verifier} {claim}"),
            Err(Failure::NotForThem { .. }) => assert!(!shown, "{verifier} {claim}"),
            Err(other) => panic!("{verifier} {claim}: {other}"),
        }
    }
}

#[test]
fn a_request_that_is_not_made_right_is_refused_f1() {
    let good = request(ISSUER, "account");
    assert!(Asked::parse(&good, NOW).is_ok());
    for (part, instead) in [
        ("redirect_uri%3Ahttp", "x509_hash%3Ahttp"),
        ("response_mode=direct_post", "response_mode=fragment"),
        (
            "nonce=b0RQV6pUiH0UmBMa-sJYwCccSrOE5HCZje3z0A4QqA8",
            "nonce=short",
        ),
        ("response_type=vp_token", "response_type=code"),
    ] {
        let bad = good.replace(part, instead);
        assert_ne!(bad, good, "{part}");
        assert!(
            matches!(Asked::parse(&bad, NOW), Err(Failure::Request(_))),
            "{part}"
        );
    }
}

#[test]
fn missing_and_used_cards_are_named_f8_f9() {
    let url = request(ISSUER, "account");
    assert!(matches!(offers(&url, vec![]), Err(Failure::NoCard(_))));
    let used = vec![copy(State::Shown), copy(State::Reserved)];
    assert!(matches!(offers(&url, used), Err(Failure::NoCopy(_))));
    let absent = request(ISSUER, "no_such_claim");
    assert!(matches!(
        offers(&absent, vec![copy(State::Fresh)]),
        Err(Failure::NoCard(_))
    ));
}
