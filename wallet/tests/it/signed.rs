//! Signed requests as the wallet meets them: fetched with a nonce of its own, under a pinned anchor, and
//! answered sealed.

use credential::{
    dcql::Query,
    jose::{OpeningKey, SigningKey},
    vp::{Ask, Request, SigningParams, x509_client_id},
};
use kernel::{Clock, Entropy, Timestamp, World, b64};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};
use wallet::{
    Failure,
    request::{Asked, Led, Pointer},
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/credentials.json")).unwrap()
}

fn der(name: &str) -> Vec<u8> {
    let text = vectors()["x509_hash"][name].as_str().unwrap().to_owned();
    let url = text.replace('+', "-").replace('/', "_");
    b64::decode(url.trim_end_matches('=')).unwrap()
}

/// The clock of all vectors, 2026-11-21T09:00:00Z.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_795_251_600)
    }

    fn tick(&self) -> i64 {
        0
    }
}

/// Counts up: no two draws are alike.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn world() -> World {
    World::new(Arc::new(Noon), Arc::new(Counting(AtomicU8::new(1))))
}

/// Where a verifier leads the wallet.
fn pointer(world: &World) -> Pointer {
    let client_id = x509_client_id(&der("leaf_der"));
    let lies = "https://id.example.coop/vp/r/x";
    let url = Request::pointer("https://wallet.example.coop/present", &client_id, lies);
    match Led::read(&url, world).unwrap() {
        Led::There(pointer) => pointer,
        Led::Here(_) => panic!("it is to be fetched"),
    }
}

/// What the verifier signs for a nonce.
fn signed(world: &World, nonce: Option<&str>, key: &OpeningKey) -> String {
    with_data(world, nonce, key, Vec::new())
}

fn with_data(
    world: &World,
    nonce: Option<&str>,
    key: &OpeningKey,
    transaction_data: Vec<String>,
) -> String {
    let leaf = der("leaf_der");
    let query = json!({"credentials": [{"id": "member", "format": "dc+sd-jwt",
        "meta": {"vct_values": ["https://id.example.coop/vct/member/1"]},
        "claims": [{"path": ["good_standing"]}]}]});
    let ask = Ask::Cards {
        query: Query::from_json(query).unwrap(),
        transaction_data,
    };
    let signer = SigningKey::from_private_json(&vectors()["keys"]["request_leaf"]).unwrap();
    let request = Request::of(
        &x509_client_id(&leaf),
        "https://id.example.coop/vp/s",
        "b0RQV6pUiH0UmBMa-sJYwCccSrOE5HCZje3z0A4QqA8",
        "state",
        ask,
    );
    request.sign(&SigningParams {
        key: &signer,
        chain: &[&leaf],
        wallet_nonce: nonce,
        seal_to: Some(key),
        iat: world.now(),
        exp: world.now().plus_seconds(300),
    })
}

fn word(opened: Result<Asked, Failure>) -> &'static str {
    match opened {
        Ok(_) => "accept",
        Err(Failure::Request(word)) => word,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn cr46_cr47_a_signed_request_is_opened_for_this_fetch_under_a_pinned_anchor_f1() {
    let world = world();
    let key = OpeningKey::generate(world.entropy());
    let pinned = [der("anchor_der")];
    let mine = pointer(&world);
    let nonce = mine.form()[0].1.to_owned();
    let token = signed(&world, Some(&nonce), &key);
    let open = |token: &str, anchors: &[Vec<u8>]| mine.open(token, anchors, world.now());
    let asked = open(&token, &pinned).unwrap();
    assert_eq!(
        asked.verifier, "https://id.example.coop",
        "the certificate's name"
    );
    assert_eq!(word(open(&token, &[])), "request-client", "no anchor");
    let other = pointer(&world);
    assert_ne!(other.form()[0].1, nonce, "each fetch has its own");
    let verdict = other.open(&token, &pinned, world.now());
    assert_eq!(word(verdict), "request-wallet-nonce");
    let bare = signed(&world, None, &key);
    assert_eq!(word(open(&bare, &pinned)), "request-wallet-nonce");
    let cut = &token[..token.len() - 4];
    assert_eq!(
        word(open(&format!("{cut}AAAA"), &pinned)),
        "request-signature"
    );
    let late = mine.open(&token, &pinned, world.now().plus_seconds(361));
    assert_eq!(word(late), "request-time");
}

#[test]
fn cr53_the_answer_is_sealed_to_the_key_of_the_request() {
    let world = world();
    let key = OpeningKey::generate(world.entropy());
    let mine = pointer(&world);
    let token = signed(&world, Some(mine.form()[0].1), &key);
    let asked = mine
        .open(&token, &[der("anchor_der")], world.now())
        .unwrap();
    let answer = [
        ("state", "state".to_owned()),
        ("vp_token", "{\"member\":[\"x~\"]}".to_owned()),
        ("number", "42".to_owned()),
    ];
    let form = asked.form(&answer).unwrap();
    assert_eq!(form.len(), 1, "nothing travels beside it");
    assert_eq!(form[0].0, "response");
    let inside = json!({"state": "state", "vp_token": {"member": ["x~"]}, "number": "42"});
    assert_eq!(Value::Object(key.open(&form[0].1).unwrap()), inside);
}

/// CR52: what cannot be shown is not signed, and the verifier is told so; of other faults it is told
/// nothing.
#[test]
fn cr52_a_verifier_hears_which_transaction_data_cannot_be_shown() {
    let world = world();
    let key = OpeningKey::generate(world.entropy());
    let anchors = [der("anchor_der")];
    let mine = pointer(&world);
    let nonce = mine.form()[0].1.to_owned();
    let unknown = b64::encode(r#"{"type":"urn:example:unknown:1","credential_ids":["member"]}"#);
    let token = with_data(&world, Some(&nonce), &key, vec![unknown.clone()]);
    let refused = mine.open(&token, &anchors, world.now()).err().unwrap();
    assert_eq!(
        word(Err(Failure::Request("request-transaction-data"))),
        word(mine.open(&token, &anchors, world.now()))
    );
    let complaint = mine
        .complaint((&token, &refused), &anchors, world.now())
        .unwrap();
    assert_eq!(complaint.response_uri, "https://id.example.coop/vp/s");
    let told = [
        ("state", "state".to_owned()),
        ("error", "invalid_transaction_data".to_owned()),
    ];
    assert_eq!(complaint.form, told);
    // Nobody who is not who they say hears anything.
    assert!(
        mine.complaint((&token, &refused), &[], world.now())
            .is_none()
    );
    let other = Failure::Request("request-nonce");
    assert!(
        mine.complaint((&token, &other), &anchors, world.now())
            .is_none()
    );
}
