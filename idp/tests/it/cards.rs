//! Issuing: batches of Listener cards, what may recur between them, and every request refused.

use crate::{
    house::{House, ISSUER},
    wallet::{Wallet, card_request, disclosed, post_json},
};
use axum::http::{Method, StatusCode};
use credential::{
    Trust,
    jose::{self, Jwk, SigningKey, parse_jwks},
    vc, vci,
    vocab::listener_vct,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// What the published keys make of it.
async fn trust(house: &House) -> Trust {
    let published = house.get("/.well-known/jwt-vc-issuer").await;
    assert_eq!(published.header("cache-control"), "public, max-age=3600");
    let keys: Vec<Jwk> = vci::read_issuer_keys(&published.json(), ISSUER).unwrap();
    assert_eq!(keys.len(), 1);
    Trust::in_issuer(ISSUER, &[listener_vct(ISSUER).as_str()], keys)
}

#[tokio::test]
async fn a_wallet_receives_twenty_copies() {
    let house = House::new().await;
    let mut wallet = Wallet::new(1);
    wallet.join(&house, "twenty-copies").await;
    let answer = wallet.receive(&house, 20).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let trust = trust(&house).await;
    for copy in &wallet.copies {
        let card = vc::verify_issued(&copy.card, &trust, house.now()).unwrap();
        assert_eq!(card.cnf, copy.key.public(), "in the order of the proofs");
        assert_eq!(card.exp.seconds() % 86_400, 0, "B4: at midnight");
        assert_eq!(card.exp.to_string(), "2026-12-01T00:00:00Z");
        for absent in ["sub", "iat", "nbf", "status"] {
            assert!(card.claims.get(absent).is_none(), "{absent}");
        }
        let claims = disclosed(&copy.card);
        assert_eq!(claims["handle"], "twenty-copies");
        assert_eq!(claims["tier"], "listener");
        assert_eq!(claims["locale"], "en");
        assert_eq!(claims["age_over_16"], true);
        assert_eq!(claims["joined_quarter"], "2026-Q4");
        assert_eq!(claims["listener"].as_str().unwrap().len(), 43);
        assert_eq!(claims["account"].as_str().unwrap().len(), 22);
    }
}

#[tokio::test]
async fn cr64_cr65_a_wallet_tells_what_became_of_its_cards() {
    let house = House::new().await;
    let mut wallet = Wallet::new(2);
    wallet.join(&house, "tells-it").await;
    let answer = wallet.receive(&house, 1).await;
    let note = answer.json()["notification_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for _ in 0..2 {
        let event = json!({ "notification_id": note, "event": "credential_accepted" });
        let told = wallet.call(&house, "/notification", &event).await;
        assert_eq!(told.status, StatusCode::NO_CONTENT, "{told:?}");
    }
    let mut other = Wallet::new(12);
    other.join(&house, "another-one").await;
    other.c_nonce(&house).await;
    for (event, error) in [
        (
            json!({ "notification_id": note, "event": "credential_accepted" }),
            "invalid_notification_id",
        ),
        (
            json!({ "notification_id": "x", "event": "credential_accepted" }),
            "invalid_notification_id",
        ),
        (
            json!({ "notification_id": note, "event": "credential_eaten" }),
            "invalid_notification_request",
        ),
        (
            json!({ "event": "credential_accepted" }),
            "invalid_notification_request",
        ),
    ] {
        let told = other.call(&house, "/notification", &event).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST);
        assert_eq!(told.json()["error"], error);
    }
    let waiting = other
        .call(
            &house,
            "/deferred_credential",
            &json!({"transaction_id": "x"}),
        )
        .await;
    assert_eq!(waiting.json()["error"], "invalid_transaction_id");
}

#[tokio::test]
async fn the_metadata_says_what_the_doors_do() {
    let house = House::new().await;
    let meta = house
        .get("/.well-known/openid-credential-issuer")
        .await
        .json();
    assert_eq!(meta["credential_issuer"], ISSUER);
    assert_eq!(meta["batch_credential_issuance"]["batch_size"], 20);
    let listener = &meta["credential_configurations_supported"]["listener"];
    assert_eq!(listener["format"], "dc+sd-jwt");
    assert_eq!(listener["scope"], "resonate.credential");
    assert_eq!(
        listener["cryptographic_binding_methods_supported"],
        json!(["jwk"])
    );
    let vct = listener["vct"].as_str().unwrap();
    let kind = house.get(vct.trim_start_matches(ISSUER)).await;
    assert_eq!(kind.json()["vct"], vct);
    for name in ["credential", "nonce", "notification", "deferred_credential"] {
        let url = meta[format!("{name}_endpoint")].as_str().unwrap();
        let got = house.get(url.trim_start_matches(ISSUER)).await;
        assert_eq!(
            got.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{name} is a door for POST"
        );
    }
    let published = house.get("/.well-known/jwt-vc-issuer").await.json();
    let token_keys = parse_jwks(&house.get("/jwks").await.json()).unwrap();
    let card_keys = parse_jwks(&published["jwks"]).unwrap();
    assert!(
        card_keys.iter().all(|key| !token_keys.contains(key)),
        "card keys sign cards alone"
    );
}

/// B1 to B5 over 1,000 cards of five people: within one person's batch and between people nothing
/// recurs but what every card has, and each person's claims.
#[tokio::test]
async fn in_a_thousand_cards_nothing_recurs_but_what_may() {
    let house = House::new().await;
    let mut salts = HashSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut shapes = HashSet::new();
    for seed in 0..5 {
        let mut wallet = Wallet::new(30 + seed);
        wallet.join(&house, &format!("listener-no-{seed}")).await;
        for _ in 0..10 {
            assert_eq!(wallet.receive(&house, 20).await.status, StatusCode::OK);
        }
        for copy in &wallet.copies {
            shapes.insert(shape(&copy.card));
            for part in copy.card.split('~').skip(1).filter(|part| !part.is_empty()) {
                let array: Value =
                    serde_json::from_slice(&kernel::b64::decode(part).unwrap()).unwrap();
                assert!(
                    salts.insert(array[0].as_str().unwrap().to_owned()),
                    "B1: a salt recurs"
                );
            }
            let (_, payload) = jose::peek(copy.card.split('~').next().unwrap()).unwrap();
            let digests = payload["_sd"].as_array().unwrap().iter();
            let signature = copy
                .card
                .split('~')
                .next()
                .unwrap()
                .rsplit('.')
                .next()
                .unwrap();
            let key = &payload["cnf"]["jwk"];
            let once = digests.map(|d| d.as_str().unwrap()).chain([
                signature,
                key["x"].as_str().unwrap(),
                key["y"].as_str().unwrap(),
            ]);
            for text in once {
                *seen.entry(text.to_owned()).or_default() += 1;
            }
        }
    }
    assert_eq!(salts.len(), 7_000);
    let recurring: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert!(
        recurring.is_empty(),
        "B2: keys, digests and signatures are all different: {recurring:?}"
    );
    assert_eq!(shapes.len(), 1, "B5: all cards look alike: {shapes:?}");
}

/// Everything of a card that is not drawn for it alone: header, names of claims, count of digests,
/// end, and the lengths of what is drawn.
fn shape(card: &str) -> String {
    let token = card.split('~').next().unwrap();
    let (header, payload) = jose::peek(token).unwrap();
    let names: Vec<&String> = payload.keys().collect();
    let digests = payload["_sd"].as_array().unwrap().len();
    let header = Value::Object(header.raw);
    format!(
        "{header} {names:?} {digests} {} {}",
        payload["exp"], payload["vct"]
    )
}

/// Requests that name another card, none, or two.
fn misnamed(good: &Value) -> Vec<(Value, &'static str)> {
    const CONFIGURATION: &str = "credential_configuration_id";
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let mut unnamed = good.clone();
    unnamed.as_object_mut().unwrap().remove(CONFIGURATION);
    let mut identified = unnamed.clone();
    identified["credential_identifier"] = "listener".into();
    vec![
        (
            with(CONFIGURATION, "member".into()),
            "unknown_credential_configuration",
        ),
        (
            with(CONFIGURATION, "Listener".into()),
            "unknown_credential_configuration",
        ),
        (identified, "unknown_credential_identifier"),
        (
            with("credential_identifier", "listener".into()),
            "invalid_credential_request",
        ),
        (unnamed, "invalid_credential_request"),
        (with(CONFIGURATION, 7.into()), "invalid_credential_request"),
        (json!([]), "invalid_credential_request"),
        (
            with("credential_response_encryption", json!({})),
            "invalid_encryption_parameters",
        ),
    ]
}

/// CR56, CR60: what is asked for must be named once, and exist.
#[tokio::test]
async fn cr56_cr60_a_request_for_something_else_is_refused() {
    let house = House::new().await;
    let mut wallet = Wallet::new(3);
    wallet.join(&house, "asks-badly").await;
    let nonce = wallet.c_nonce(&house).await;
    let (_, proofs) = wallet.proofs(&house, 1, &nonce);
    let mut good = card_request(&proofs);
    for (body, error) in misnamed(&good) {
        refused(&house, &mut wallet, &body, 400, error).await;
    }
    good["unknown_member"] = 1.into();
    let answer = wallet.call(&house, "/credential", &good).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "unknown members are ignored: {answer:?}"
    );
}

/// Sends a request that must be refused with nothing changed but the spent proof of the token's key.
async fn refused(house: &House, wallet: &mut Wallet, body: &Value, status: u16, error: &str) {
    let before = house.digest().await;
    let answer = wallet.call(house, "/credential", body).await;
    assert_eq!(answer.status.as_u16(), status, "{error}: {answer:?}");
    assert_eq!(answer.json()["error"], error, "{body}");
    assert_eq!(house.digest().await, before, "{error}");
}

/// Faulty `proofs`. `keys` are fresh, `proofs` good ones by them, `used` is by a key with a card.
fn faulty(
    house: &House,
    nonce: &str,
    keys: &[SigningKey],
    proofs: &[String],
    used: &str,
) -> Vec<(&'static str, Value)> {
    let key = &keys[0];
    let jwk = key.public().public_json();
    let header = json!({ "typ": "openid4vci-proof+jwt", "jwk": jwk });
    let iat = house.now().seconds();
    let claims = json!({ "aud": ISSUER, "iat": iat, "nonce": nonce });
    let with = |object: &Value, name: &str, value: Value| {
        let mut object = object.clone();
        object[name] = value;
        object
    };
    let claim = |name: &str, value: Value| jose::sign(key, &header, &with(&claims, name, value));
    let head = |name: &str, value: Value| jose::sign(key, &with(&header, name, value), &claims);
    let private = with(&jwk, "d", kernel::b64::encode([1; 32]).into());
    let by_stranger = jose::sign(&keys[1], &header, &claims);
    let ed = SigningKey::ed25519_from_seed(&[3; 32]);
    let by_ed = vci::make_proof(&ed, ISSUER, None, nonce, house.now());
    let one = |proof: String| json!({ "jwt": [proof] });
    vec![
        ("missing", Value::Null),
        ("empty", json!({ "jwt": [] })),
        ("21", json!({ "jwt": proofs })),
        ("two kinds", json!({ "jwt": [proofs[0]], "ldp_vp": [] })),
        ("no text", json!({ "jwt": [7] })),
        ("typ", one(head("typ", "JWT".into()))),
        ("alg", one(by_ed)),
        (
            "aud",
            one(claim("aud", format!("{ISSUER}/credential").into())),
        ),
        ("iat old", one(claim("iat", (iat - 301).into()))),
        ("iat ahead", one(claim("iat", (iat + 61).into()))),
        ("iss", one(claim("iss", "web".into()))),
        ("jwk and kid", one(head("kid", "k".into()))),
        ("private", one(head("jwk", private))),
        ("signature", one(by_stranger)),
        ("not a token", one("a.b.c".to_owned())),
        ("key twice", json!({ "jwt": [proofs[0], proofs[0]] })),
        ("key used before", json!({ "jwt": [proofs[0], used] })),
    ]
}

/// CR57: proofs; the nonce stays unspent.
#[tokio::test]
async fn cr57_a_faulty_key_proof_is_refused_and_leaves_the_nonce() {
    let house = House::new().await;
    let mut wallet = Wallet::new(4);
    wallet.join(&house, "proves-badly").await;
    wallet.receive(&house, 1).await;
    let old = wallet.copies.pop().unwrap().key;
    let nonce = wallet.c_nonce(&house).await;
    let (keys, proofs) = wallet.proofs(&house, 21, &nonce);
    let used = vci::make_proof(&old, ISSUER, None, &nonce, house.now());
    for (name, proofs) in faulty(&house, &nonce, &keys, &proofs, &used) {
        let body = json!({ "credential_configuration_id": "listener", "proofs": proofs });
        let before = house.digest().await;
        let answer = wallet.call(&house, "/credential", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {answer:?}");
        assert_eq!(answer.json()["error"], "invalid_proof", "{name}");
        assert_eq!(house.digest().await, before, "{name}");
    }
    let answer = wallet
        .call(&house, "/credential", &card_request(&proofs[..1]))
        .await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "the nonce is still good: {answer:?}"
    );
}

/// CR58: nonces.
#[tokio::test]
async fn cr58_a_missing_used_old_foreign_or_second_nonce_is_refused() {
    let house = House::new().await;
    let mut wallet = Wallet::new(5);
    wallet.join(&house, "wrong-nonces").await;
    let used = wallet.c_nonce(&house).await;
    let (_, proofs) = wallet.proofs(&house, 1, &used);
    assert_eq!(
        wallet
            .call(&house, "/credential", &card_request(&proofs))
            .await
            .status,
        StatusCode::OK
    );
    let fresh = wallet.c_nonce(&house).await;
    let second = wallet.c_nonce(&house).await;
    let with = |nonce: &str| wallet.proofs(&house, 1, nonce).1.remove(0);
    let (key, mut claims) = (
        wallet.proofs(&house, 1, "x").0.remove(0),
        json!({ "aud": ISSUER }),
    );
    claims["iat"] = house.now().seconds().into();
    let header = json!({ "typ": "openid4vci-proof+jwt", "jwk": key.public().public_json() });
    let missing = jose::sign(&key, &header, &claims);
    let foreign = kernel::b64::encode([5; 40]);
    for proofs in [
        vec![missing],
        vec![with(&used)],
        vec![with(&foreign)],
        vec![with("short")],
        vec![with(&fresh), with(&second)],
    ] {
        refused(
            &house,
            &mut wallet,
            &card_request(&proofs),
            400,
            "invalid_nonce",
        )
        .await;
    }
    house.clock.advance(301);
    wallet.c_nonce(&house).await;
    let (_, proofs) = wallet.proofs(&house, 1, &fresh);
    refused(
        &house,
        &mut wallet,
        &card_request(&proofs),
        400,
        "invalid_nonce",
    )
    .await;
}

/// CR59: the token's faults, each with a challenge.
#[tokio::test]
async fn cr59_a_token_in_another_way_opens_nothing() {
    let house = House::new().await;
    let mut wallet = Wallet::new(6);
    wallet.join(&house, "shows-badly").await;
    let nonce = wallet.c_nonce(&house).await;
    let body = card_request(&wallet.proofs(&house, 1, &nonce).1);
    let token = wallet.access.clone();
    let mut other = Wallet::new(7);
    other.prover.nonce.clone_from(&wallet.prover.nonce);
    let mut prove = |path, token| wallet.prover.proof(&house, &Method::POST, path, token);
    let good = prove("/credential", Some(token.as_str()));
    let unbound = prove("/credential", None);
    let elsewhere = prove("/nonce", Some(token.as_str()));
    let theirs = other
        .prover
        .proof(&house, &Method::POST, "/credential", Some(&token));
    let (dpop, bearer) = (format!("DPoP {token}"), format!("Bearer {token}"));
    let in_query = format!("/credential?access_token={token}");
    let before = house.digest().await;
    for (name, path, auth, proof) in [
        ("query", in_query.as_str(), None, Some(&good)),
        ("none", "/credential", None, None),
        ("Bearer", "/credential", Some(bearer.as_str()), Some(&good)),
        ("no proof", "/credential", Some(&dpop), None),
        ("other key", "/credential", Some(&dpop), Some(&theirs)),
        ("no ath", "/credential", Some(&dpop), Some(&unbound)),
        ("htu", "/credential", Some(&dpop), Some(&elsewhere)),
        ("unknown", "/credential", Some("DPoP rs_at_x"), Some(&good)),
    ] {
        let auth = auth.map(|auth| ("authorization", auth));
        let proof = proof.map(|proof| ("dpop", proof.as_str()));
        let headers: Vec<_> = auth.into_iter().chain(proof).collect();
        let answer = post_json(&house, path, &body, &headers).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{name}: {answer:?}"
        );
        let mut challenges = answer.headers.get_all("www-authenticate").iter();
        let dpop = challenges.any(|v| v.to_str().unwrap().starts_with("DPoP"));
        assert!(dpop, "{name}: {answer:?}");
        assert_eq!(house.digest().await, before, "{name}");
    }
    house.clock.advance(601);
    wallet.c_nonce(&house).await;
    let answer = wallet.call(&house, "/credential", &body).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "expired: {answer:?}"
    );
}

#[tokio::test]
async fn cr59_a_token_of_another_scope_opens_nothing() {
    let house = House::new().await;
    let mut narrow = Wallet::new(8);
    narrow.join_with(&house, "narrow-scope", "openid").await;
    let nonce = narrow.c_nonce(&house).await;
    let body = card_request(&narrow.proofs(&house, 1, &nonce).1);
    refused(&house, &mut narrow, &body, 403, "insufficient_scope").await;
}

/// Fifty requests at once with one nonce: one batch.
#[tokio::test]
async fn a_nonce_is_spent_once_by_fifty_requests() {
    let house = House::new().await;
    let mut wallet = Wallet::new(9);
    wallet.join(&house, "fifty-at-once").await;
    let nonce = wallet.c_nonce(&house).await;
    let token = wallet.access.clone();
    let auth = format!("DPoP {token}");
    let mut requests = Vec::new();
    for _ in 0..50 {
        let proof = wallet
            .prover
            .proof(&house, &Method::POST, "/credential", Some(&token));
        let (_, proofs) = wallet.proofs(&house, 1, &nonce);
        requests.push((proof, card_request(&proofs)));
    }
    let (house, auth) = (&house, auth.as_str());
    let sent = requests.iter().map(|(proof, body)| async move {
        let headers = [("authorization", auth), ("dpop", proof.as_str())];
        post_json(house, "/credential", body, &headers).await
    });
    let answers = futures_util::future::join_all(sent).await;
    let good = answers
        .iter()
        .filter(|a| a.status == StatusCode::OK)
        .count();
    assert_eq!(good, 1);
    let rest = answers.iter().filter(|a| a.status != StatusCode::OK);
    for answer in rest {
        assert_eq!(answer.json()["error"], "invalid_nonce", "{answer:?}");
    }
    let mut conn = house.ground.db.read().await.unwrap();
    let issued: i64 = sqlx::query_scalar("SELECT CAST(COUNT(*) AS BIGINT) FROM idp_issued")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(issued, 1);
}
