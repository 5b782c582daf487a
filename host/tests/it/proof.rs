//! The door for proofs by a key (RFC 9449).

use axum::response::IntoResponse;
use credential::{
    dpop::{self, NonceKey},
    jose::SigningKey,
};
use host::{Fault, db, proof::Door};
use host_testing::{Scratch, SeededEntropy};
use http::{HeaderMap, HeaderValue, Method};
use kernel::{Secret, Timestamp};

const BASE: &str = "https://listen.example";

fn door() -> Door {
    Door::new(NonceKey::new(Secret::new([7; 32])), BASE, "streaming")
}

fn at() -> Timestamp {
    Timestamp::parse("2026-11-21T09:00:00Z").unwrap()
}

fn headers(proofs: &[String]) -> HeaderMap {
    let values = proofs
        .iter()
        .map(|proof| HeaderValue::from_str(proof).unwrap());
    values
        .map(|value| (http::HeaderName::from_static("dpop"), value))
        .collect()
}

struct Made<'a> {
    method: &'a str,
    path: &'a str,
    nonce: Option<String>,
    token: Option<&'a str>,
    body: Option<&'a [u8]>,
    now: Timestamp,
}

fn made(key: &SigningKey, change: impl Fn(&mut Made<'_>)) -> String {
    let nonce = Some(door().nonce(at()));
    let mut made = Made {
        method: "POST",
        path: "/play/start",
        nonce,
        token: Some("token"),
        body: Some(b"{}"),
        now: at(),
    };
    change(&mut made);
    let url = format!("{BASE}{}", made.path);
    let Made {
        method,
        nonce,
        token,
        body,
        now,
        ..
    } = made;
    dpop::make(
        key,
        method,
        &url,
        nonce.as_deref(),
        token,
        body,
        "jti-of-sixteen-or-so",
        now,
    )
}

fn refused(proofs: &[String]) -> (u16, String, String) {
    let checked = door().check(
        &Method::POST,
        "/play/start",
        &headers(proofs),
        Some(b"{}"),
        Some("token"),
        at(),
    );
    let fault = checked.expect_err("a proof that is refused");
    let response = Fault::from(fault).into_response();
    let get = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    (
        response.status().as_u16(),
        get("www-authenticate"),
        get("dpop-nonce"),
    )
}

#[test]
fn a_proof_for_anything_else_opens_nothing_and_brings_the_next_nonce() {
    let key = SigningKey::generate_es256(&SeededEntropy::new(1));
    let good = made(&key, |_| ());
    let rows: Vec<(&str, Vec<String>)> = vec![
        ("invalid_dpop_proof", vec![]),
        ("invalid_dpop_proof", vec![good.clone(), good.clone()]),
        ("invalid_dpop_proof", vec!["x.y.z".to_owned()]),
        ("invalid_dpop_proof", vec![made(&key, |m| m.method = "GET")]),
        (
            "invalid_dpop_proof",
            vec![made(&key, |m| m.path = "/play/other")],
        ),
        ("invalid_dpop_proof", vec![made(&key, |m| m.token = None)]),
        (
            "invalid_dpop_proof",
            vec![made(&key, |m| m.token = Some("other"))],
        ),
        (
            "invalid_dpop_proof",
            vec![made(&key, |m| m.body = Some(b"{ }"))],
        ),
        (
            "invalid_dpop_proof",
            vec![made(&key, |m| m.now = m.now.plus_seconds(-301))],
        ),
        ("use_dpop_nonce", vec![made(&key, |m| m.nonce = None)]),
        (
            "use_dpop_nonce",
            vec![made(&key, |m| m.nonce = Some("AAAA".to_owned()))],
        ),
        (
            "use_dpop_nonce",
            vec![made(&key, |m| {
                m.nonce = Some(door().nonce(at().plus_seconds(-400)));
            })],
        ),
    ];
    for (error, proofs) in rows {
        let (status, challenge, nonce) = refused(&proofs);
        assert_eq!(status, 401);
        assert!(
            challenge.starts_with(&format!("DPoP error=\"{error}\"")),
            "{challenge}"
        );
        assert_eq!(nonce, door().nonce(at()));
    }
}

#[tokio::test]
async fn a_proof_is_good_once_and_for_its_own_key() {
    let scratch = Scratch::new(&[]).await;
    let spend = async |key: &SigningKey| {
        let headers = headers(&[made(key, |_| ())]);
        let (post, body) = (Method::POST, Some(&b"{}"[..]));
        let proof = door().check(&post, "/play/start", &headers, body, Some("token"), at());
        let proof = proof.expect("a good proof");
        assert_eq!(proof.jkt, key.thumbprint());
        let proof = &proof;
        scratch
            .db()
            .write(move |tx| Box::pin(Door::spend(tx, proof, at())))
            .await
            .unwrap_or_else(|error: db::Error| panic!("{error}"))
    };
    let first = SigningKey::generate_es256(&SeededEntropy::new(1));
    let other = SigningKey::generate_ed25519(&SeededEntropy::new(2));
    assert!(spend(&first).await);
    assert!(!spend(&first).await, "the same proof again");
    assert!(spend(&other).await, "another key may use the same jti");
}
