//! Signed requests and sealed answers.

use crate::vectors::{CREDENTIALS, NOW, Seeded, key, list, text};
use credential::{
    Refusal,
    dcql::Query,
    jose::{OpeningKey, SealTo},
    vp::{
        Ask, Link, Request, SignedWant, SigningParams, WalletPolicy, open_request, x509_client_id,
    },
};
use serde_json::{Value, json};

const CLOSED: WalletPolicy = WalletPolicy {
    allow_loopback_http: false,
};

/// A certificate of the vectors.
fn der(name: &str) -> Vec<u8> {
    openssl::base64::decode_block(text(&CREDENTIALS["x509_hash"], name)).unwrap()
}

/// The row of the refusal table that a vector belongs to.
fn row(expect: &str) -> &'static str {
    match expect {
        "request-typ" | "request-signature" | "request-client" => "CR46",
        "request-wallet-nonce" => "CR47",
        "request-redirect-uri" | "request-response-uri" => "CR48",
        "request-nonce" => "CR49",
        "request-query" => "CR50",
        "request-time" | "request-aud" | "request-response-mode" => "CR51",
        "request-transaction-data" => "CR52",
        "request-encryption" => "CR53",
        _ => "accept",
    }
}

#[test]
fn cr46_to_cr53_signed_requests_of_the_vectors() {
    let vectors = &CREDENTIALS["request_objects"];
    let policy = &vectors["policy"];
    let anchors = [der("anchor_der")];
    let mut rows = Vec::new();
    for case in list(vectors, "cases") {
        let (id, expect) = (text(case, "id"), text(case, "expect"));
        let token = text(case, "request");
        let outer = text(policy, "outer_client_id").to_owned();
        let same = ["hash-of-other-certificate", "self-signed-leaf"];
        let outer = if same.contains(&id) || id.starts_with("prefix-") {
            let payload = credential::jose::peek(token).unwrap().1;
            payload["client_id"].as_str().unwrap().to_owned()
        } else {
            outer
        };
        let want = SignedWant {
            client_id: &outer,
            wallet_nonce: text(policy, "wallet_nonce"),
            anchors: &anchors,
            policy: CLOSED,
        };
        let verdict = open_request(token, &want, NOW);
        let word = verdict.as_ref().map_or_else(Refusal::reason, |_| "accept");
        assert_eq!(word, expect, "{} {id}", row(expect));
        rows.push(row(expect));
        if let Ok(request) = verdict {
            assert!(request.seal_to.is_some());
            assert_eq!(request.certified, ["id.example.coop"]);
        }
    }
    for code in [
        "CR46", "CR47", "CR48", "CR49", "CR50", "CR51", "CR52", "CR53",
    ] {
        assert!(rows.contains(&code), "{code} has a vector");
    }
}

#[test]
fn the_client_is_the_hash_of_the_leaf() {
    let vectors = &CREDENTIALS["x509_hash"];
    assert_eq!(x509_client_id(&der("leaf_der")), text(vectors, "client_id"));
}

fn signed(with: &SigningParams<'_>) -> String {
    let query = json!({"credentials": [{"id": "a", "format": "dc+sd-jwt",
        "meta": {"vct_values": ["https://id.example.coop/vct/member/1"]}}]});
    let ask = Ask::Cards {
        query: Query::from_json(query).unwrap(),
        transaction_data: Vec::new(),
    };
    let client_id = x509_client_id(&der("leaf_der"));
    let nonce = "b0RQV6pUiH0UmBMa-sJYwCccSrOE5HCZje3z0A4QqA8";
    let uri = "https://id.example.coop/vp/s";
    Request::of(&client_id, uri, nonce, "state", ask).sign(with)
}

/// CR7's half of certificates: a chain that leads to no pinned anchor, or only once it is over.
#[test]
fn cr7_cr46_a_chain_that_ends_nowhere_is_refused() {
    let (leaf, anchor) = (der("leaf_der"), der("anchor_der"));
    let chain = [leaf.as_slice()];
    let signing = SigningParams {
        key: &key("request_leaf"),
        chain: &chain,
        wallet_nonce: Some("9ARh-d-b0pQZBuC-_ColVG"),
        seal_to: None,
        iat: NOW,
        exp: NOW.plus_seconds(300),
    };
    let client_id = x509_client_id(&leaf);
    let open = |token: &str, anchors: &[Vec<u8>], now| {
        let want = SignedWant {
            client_id: &client_id,
            wallet_nonce: "9ARh-d-b0pQZBuC-_ColVG",
            anchors,
            policy: CLOSED,
        };
        open_request(token, &want, now).map(|request| request.seal_to)
    };
    let good = signed(&signing);
    let anchors = [anchor.clone()];
    assert_eq!(open(&good, &anchors, NOW), Ok(None));
    let refused = Err(Refusal::RequestClient);
    assert_eq!(open(&good, &[], NOW), refused, "no anchor pinned");
    assert_eq!(
        open(&good, std::slice::from_ref(&leaf), NOW),
        refused,
        "the leaf for an anchor"
    );
    let before = NOW.plus_seconds(-400 * 86_400);
    assert_eq!(open(&good, &anchors, before), refused, "not yet valid");
    let later = NOW.plus_seconds(20 * 366 * 86_400);
    assert_eq!(open(&good, &anchors, later), refused, "over");
    for chain in [vec![], vec![anchor.as_slice()], vec![&leaf[1..]]] {
        let token = signed(&SigningParams {
            chain: &chain,
            ..signing
        });
        assert_eq!(open(&token, &anchors, NOW), refused);
    }
    let stranger = key("stranger");
    let token = signed(&SigningParams {
        key: &stranger,
        ..signing
    });
    assert_eq!(open(&token, &anchors, NOW), Err(Refusal::RequestSignature));
}

#[test]
fn an_address_names_the_client_and_where_its_request_lies() {
    let client = "x509_hash:8U6IMVtSG_NYPWzgGnhr8xocRpv5xQfLYqh43C6aklM";
    let url = Request::pointer(
        "https://w/present",
        client,
        "https://id.example.coop/vp/r/x",
    );
    let parse = |query: &str, policy| Link::parse(query, policy, NOW);
    let query = url.split_once('?').unwrap().1;
    let there = Link::There {
        client_id: client.to_owned(),
        request_uri: "https://id.example.coop/vp/r/x".to_owned(),
    };
    assert_eq!(parse(query, CLOSED), Ok(there));
    let local = query.replace(
        "https%3A%2F%2Fid.example.coop",
        "http%3A%2F%2Flocalhost%3A8080",
    );
    assert_eq!(parse(&local, CLOSED), Err(Refusal::RequestClient), "CR46");
    let open = WalletPolicy {
        allow_loopback_http: true,
    };
    assert!(parse(&local, open).is_ok());
    let far = query.replace("https%3A%2F%2F", "http%3A%2F%2F");
    assert_eq!(parse(&far, open), Err(Refusal::RequestClient), "CR46");
    let nonce = Err(Refusal::RequestWalletNonce);
    assert_eq!(
        parse(&query.replace("=post", "=get"), CLOSED),
        nonce,
        "CR47"
    );
    assert_eq!(
        parse(&format!("{query}&request=e30"), CLOSED),
        nonce,
        "CR47"
    );
    let other = query.replace("x509_hash", "x509_san_dns");
    assert_eq!(parse(&other, open), Err(Refusal::RequestClient), "CR46");
}

/// CR53: a key an answer can be sealed to.
#[test]
fn cr53_only_a_usable_key_is_sealed_to() {
    let mut public = OpeningKey::generate(&Seeded::new(3)).public_json();
    let metadata = |key: &Value| json!({"jwks": {"keys": [key]}});
    assert!(SealTo::choose(Some(&metadata(&public))).is_ok());
    assert_eq!(SealTo::choose(None), Err(Refusal::RequestEncryption));
    let named = json!({"jwks": {"keys": [public]},
        "encrypted_response_enc_values_supported": ["A128CBC-HS256"]});
    assert_eq!(
        SealTo::choose(Some(&named)),
        Err(Refusal::RequestEncryption)
    );
    for (name, value) in [
        ("alg", json!("RSA-OAEP")),
        ("use", json!("sig")),
        ("crv", json!("P-384")),
        ("d", json!("AAAA")),
    ] {
        let was = public[name].take();
        public[name] = value;
        let refused = SealTo::choose(Some(&metadata(&public)));
        assert_eq!(refused, Err(Refusal::RequestEncryption), "{name}");
        public[name] = was;
        if public[name].is_null() {
            public.as_object_mut().unwrap().remove(name);
        }
    }
}

/// CR37: the shapes of a sealed answer that are refused.
#[test]
fn cr37_an_answer_sealed_otherwise_is_refused() {
    let key = OpeningKey::generate(&Seeded::new(1));
    let to = SealTo::choose(Some(&json!({"jwks": {"keys": [key.public_json()]}}))).unwrap();
    let answer = json!({"state": "s", "vp_token": {"a": ["x"]}});
    let sealed = to.seal(&answer).unwrap();
    assert_eq!(Value::Object(key.open(&sealed).unwrap()), answer);
    let refused = Err(Refusal::ResponseEncryption);
    let other = OpeningKey::generate(&Seeded::new(2));
    assert_eq!(other.open(&sealed), refused, "sealed to another key");
    let parts: Vec<&str> = sealed.split('.').collect();
    let header: Value = serde_json::from_slice(&kernel::b64::decode(parts[0]).unwrap()).unwrap();
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        let head = kernel::b64::encode(header.to_string());
        format!("{head}.{}", parts[1..].join("."))
    };
    for (name, value) in [
        ("kid", json!("another")),
        ("kid", json!(other.kid())),
        ("alg", json!("ECDH-ES+A256KW")),
        ("alg", json!("RSA1_5")),
        ("alg", json!("dir")),
        ("enc", json!("A128CBC-HS256")),
        ("enc", json!("A256GCM")),
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("jwk", json!({})),
    ] {
        assert_eq!(
            key.open(&with(name, value.clone())),
            refused,
            "{name} {value}"
        );
    }
    let mut flipped = sealed.clone();
    let last = if flipped.ends_with('A') { 'E' } else { 'A' };
    flipped.pop();
    flipped.push(last);
    for bad in ["", "a.b.c", "....", &flipped, &sealed[..sealed.len() - 24]] {
        assert_eq!(key.open(bad), refused, "{bad}");
    }
}

#[test]
fn the_sealed_example_of_the_specification_opens() {
    let vector = &list(&CREDENTIALS, "jwe")[0];
    let sealed = text(vector, "jwe");
    // Its key is named by a word of its own, so the name is looked at alone.
    assert_eq!(credential::jose::header_kid(sealed).unwrap(), "ac");
    let plain = OpeningKey::from_private_json(&vector["key"])
        .unwrap()
        .open(sealed);
    let want: Value = serde_json::from_str(text(vector, "plaintext")).unwrap();
    assert_eq!(Value::Object(plain.unwrap()), want);
}
