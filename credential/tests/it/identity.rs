//! Vectors of the provider that are pure: proofs, nonces, PKCE, assertions, ID tokens.

use crate::vectors::{CREDENTIALS, IDENTITY, NOW, Seeded, key, keys, list, text};
use credential::{
    Refusal,
    dpop::{self, NonceKey, Want},
    jose::{self, Alg, AssertionWant, Jwk, SigningKey},
    pkce,
    rp::{self, Ask, Pending},
};
use kernel::{Secret, Timestamp, hex};
use serde_json::{Value, json};

fn nonce_key() -> NonceKey {
    NonceKey::new(Secret::new(
        hex::decode_array(text(&IDENTITY["keys"], "hmac_hex")).unwrap(),
    ))
}

fn proof_word(case: &Value, request: &Value, now: Timestamp, nonce_needed: bool) -> String {
    let want = Want {
        method: text(request, "htm"),
        url: text(request, "htu"),
        now,
        access_token: case["access_token"].as_str(),
        body: None,
    };
    match dpop::verify(text(case, "proof"), &want) {
        Err(refusal) => refusal.reason().to_owned(),
        Ok(proof) => {
            let known = proof.nonce.is_some_and(|n| nonce_key().accepts(&n, now));
            if nonce_needed && !known {
                return Refusal::UseDpopNonce.reason().to_owned();
            }
            if let Some(jkt) = case["jkt"].as_str() {
                assert_eq!(proof.jkt, jkt);
            }
            "ok".to_owned()
        }
    }
}

#[test]
fn dpop_proofs_fit_their_request_or_are_refused() {
    let dpop = &IDENTITY["dpop"];
    let cases = list(dpop, "cases");
    assert_eq!(cases.len(), 18);
    for case in cases {
        let word = proof_word(case, &dpop["request"], NOW, true);
        assert_eq!(word, text(case, "expect"), "{}", case["name"]);
    }
    for case in list(dpop, "spec_proofs") {
        let now = Timestamp::from_seconds(case["clock"].as_i64().unwrap());
        assert_eq!(
            proof_word(case, case, now, false),
            text(case, "expect"),
            "{case}"
        );
    }
}

#[test]
fn a_proof_binds_token_and_body() {
    let key = SigningKey::generate_es256(&Seeded::new(1));
    let url = "https://id.example.coop/vault";
    let make = |token, body| dpop::make(&key, "PUT", url, Some("n"), token, body, "j", NOW);
    let want = Want {
        method: "PUT",
        url,
        now: NOW,
        access_token: Some("t"),
        body: Some(b"body"),
    };
    let good = dpop::verify(&make(Some("t"), Some(b"body")), &want).unwrap();
    assert_eq!(
        (good.jkt, good.jti, good.nonce),
        (key.thumbprint(), "j".into(), Some("n".into()))
    );
    for (token, body) in [
        (None, Some(&b"body"[..])),
        (Some("u"), Some(b"body")),
        (Some("t"), None),
        (Some("t"), Some(b"bodY")),
    ] {
        assert_eq!(
            dpop::verify(&make(token, body), &want).map(|_| ()),
            Err(Refusal::Dpop)
        );
    }
}

#[test]
fn server_nonces_live_two_buckets() {
    let case = &IDENTITY["dpop_nonce"];
    let at = |name: &str| Timestamp::from_seconds(case[name].as_i64().unwrap());
    let (key, nonce) = (nonce_key(), text(case, "nonce"));
    assert_eq!(key.nonce(at("at")), nonce);
    assert!(key.accepts(nonce, at("accepted_from")));
    assert!(key.accepts(nonce, at("accepted_until_exclusive").plus_seconds(-1)));
    for refused in list(case, "refused_at") {
        let clock = Timestamp::from_seconds(refused["clock"].as_i64().unwrap());
        assert!(!key.accepts(nonce, clock), "{refused}");
    }
    assert!(!NonceKey::new(Secret::new([9; 32])).accepts(nonce, at("at")));
}

#[test]
fn pkce_is_s256_or_nothing() {
    let case = &IDENTITY["pkce"];
    let (verifier, challenge) = (text(case, "verifier"), text(case, "challenge"));
    assert_eq!(pkce::challenge(verifier), challenge);
    assert_eq!(pkce::check_verifier(verifier, challenge), Ok(()));
    assert_eq!(
        pkce::check_verifier(challenge, challenge),
        Err(Refusal::InvalidGrant)
    );
    for c in list(case, "challenge_cases") {
        let word = pkce::check_challenge(c["challenge"].as_str(), c["method"].as_str())
            .map_or_else(|refusal| refusal.reason(), |()| "ok");
        assert_eq!(word, text(c, "expect"), "{c}");
    }
    for c in list(case, "verifier_cases") {
        let long = "a".repeat(usize::try_from(c["length"].as_u64().unwrap()).unwrap());
        let verdict = pkce::check_verifier(&long, &pkce::challenge(&long));
        assert_eq!(verdict.is_ok(), c["expect"] == "checked", "{c}");
    }
    assert_eq!(
        pkce::check_verifier(&pkce::draw_verifier(&Seeded::new(1)), challenge),
        Err(Refusal::InvalidGrant)
    );
}

#[test]
fn thumbprints_and_at_hash() {
    for case in list(&IDENTITY, "jwk_thumbprint") {
        assert_eq!(
            Jwk::parse(&case["jwk"]).unwrap().thumbprint(),
            text(case, "sha256")
        );
    }
    for case in list(&IDENTITY, "at_hash") {
        let alg = Alg::parse(text(case, "alg")).unwrap();
        assert_eq!(
            jose::at_hash(alg, text(case, "access_token")),
            text(case, "at_hash")
        );
    }
}

#[test]
fn client_assertions() {
    let vectors = &IDENTITY["client_assertion"];
    let keys = keys(&vectors["jwks"]);
    let (issuer, endpoint) = ("https://id.example.coop", "https://id.example.coop/token");
    let check = |case: &Value, audiences: &[&str]| {
        let want = AssertionWant {
            client_id: text(vectors, "client_id"),
            audiences,
            keys: &keys,
            alg: Alg::parse(text(vectors, "registered_alg")).unwrap(),
            longest_s: 300,
            now: NOW,
        };
        jose::verify_client_assertion(text(case, "assertion"), &want)
            .map_or_else(|refusal| refusal.reason(), |_| "ok")
    };
    let cases = list(vectors, "cases");
    assert_eq!(cases.len(), 15);
    for case in cases {
        assert_eq!(
            check(case, &[issuer, endpoint]),
            text(case, "expect"),
            "{}",
            case["name"]
        );
    }
    let case = cases
        .iter()
        .find(|c| c["name"] == "aud-token-endpoint")
        .unwrap();
    assert_eq!(check(case, &[issuer]), "invalid_client", "profile high");
}

#[test]
fn id_tokens_are_for_one_client_and_one_login() {
    let vector = &IDENTITY["id_token"];
    let (token, payload) = (text(vector, "token"), &vector["payload"]);
    let keys = vec![Jwk::parse(&public(&IDENTITY["keys"]["ed25519"])).unwrap()];
    let (iss, aud, nonce) = (
        text(payload, "iss"),
        text(payload, "aud"),
        text(payload, "nonce"),
    );
    let verify = |iss, aud, nonce, now| rp::verify_id_token(token, &keys, iss, aud, nonce, now);
    let read = verify(iss, aud, nonce, NOW).unwrap();
    assert_eq!(read.sub, text(payload, "sub"));
    assert_eq!(read.acr.as_deref(), Some("phr"));
    assert!(read.is_for(text(vector, "access_token")));
    assert!(!read.is_for("another"));
    assert_eq!(
        verify("https://evil", aud, nonce, NOW),
        Err(Refusal::IdToken)
    );
    assert_eq!(verify(iss, "other", nonce, NOW), Err(Refusal::IdToken));
    assert_eq!(verify(iss, aud, "other", NOW), Err(Refusal::IdToken));
    assert_eq!(
        verify(iss, aud, nonce, NOW.plus_seconds(661)),
        Err(Refusal::Expired)
    );
    assert_eq!(
        verify(iss, aud, nonce, NOW.plus_seconds(-61)),
        Err(Refusal::IdToken)
    );
    let stranger = [key("holder").public()];
    let foreign = rp::verify_id_token(token, &stranger, iss, aud, nonce, NOW);
    assert_eq!(foreign, Err(Refusal::Issuer));
    let logout = text(&IDENTITY["logout_token"], "token");
    let read = jose::verify(logout, &keys[0], "logout+jwt", &[Alg::EdDsa]).unwrap();
    assert_eq!(Value::Object(read), IDENTITY["logout_token"]["payload"]);
    assert_eq!(
        rp::verify_id_token(logout, &keys, iss, aud, nonce, NOW),
        Err(Refusal::Typ),
        "a logout token is no ID token"
    );
}

/// N48: what ends a login is a logout token of the provider, for us, that names a login.
#[test]
fn n48_a_logout_token_is_one_and_nothing_else() {
    let vector = &IDENTITY["logout_token"];
    let (token, payload) = (text(vector, "token"), &vector["payload"]);
    let (iss, aud) = (text(payload, "iss"), text(payload, "aud"));
    let provider = jose::SigningKey::from_private_json(&IDENTITY["keys"]["ed25519"]).unwrap();
    let keys = vec![provider.public()];
    let verify = |token: &str, now| rp::verify_logout_token(token, &keys, iss, aud, now);
    assert_eq!(verify(token, NOW).as_deref(), Ok(text(payload, "sid")));
    assert_eq!(verify(token, NOW.plus_seconds(181)), Err(Refusal::Expired));
    assert_eq!(
        verify(text(&IDENTITY["id_token"], "token"), NOW),
        Err(Refusal::Typ),
        "an ID Token is none"
    );
    let changed = |name: &str, value: Value| {
        let mut payload = payload.clone();
        payload[name] = value;
        let header = json!({ "typ": "logout+jwt", "kid": provider.thumbprint() });
        jose::sign(&provider, &header, &payload)
    };
    for (name, value) in [
        ("nonce", json!("n")),
        ("events", json!({})),
        (
            "events",
            json!({ "http://schemas.openid.net/event/other": {} }),
        ),
        ("events", Value::Null),
        ("aud", json!("other")),
        ("aud", json!([aud, "other"])),
        ("iss", json!("https://evil.example")),
        ("sid", Value::Null),
        ("jti", Value::Null),
        ("iat", json!(NOW.seconds() + 3600)),
    ] {
        let refused = verify(&changed(name, value.clone()), NOW);
        assert_eq!(refused, Err(Refusal::IdToken), "{name} {value}");
    }
    let unsigned = {
        let body = token.split('.').nth(1).unwrap();
        let header = kernel::b64::encode(br#"{"alg":"none","typ":"logout+jwt"}"#);
        format!("{header}.{body}.")
    };
    assert!(verify(&unsigned, NOW).is_err());
    let stranger = [key("holder").public()];
    assert!(rp::verify_logout_token(token, &stranger, iss, aud, NOW).is_err());
}

fn public(private: &Value) -> Value {
    let mut json = private.clone();
    json.as_object_mut().unwrap().remove("d");
    json
}

#[test]
fn a_callback_answers_its_own_request_or_none() {
    let pending = Pending::draw(&Seeded::new(4));
    let iss = "https://id.example.coop";
    let ask = Ask {
        client_id: "listen",
        redirect_uri: "https://l/cb",
        scope: "openid",
        more: &[("prompt", "login")],
    };
    let url = rp::authorization_url("https://id/authorize", &ask.parameters(&pending));
    assert!(url.starts_with("https://id/authorize?response_type=code&client_id=listen"));
    assert!(url.contains(&pkce::challenge(&pending.code_verifier)));
    assert!(
        !url.contains(&pending.code_verifier),
        "the verifier stays here"
    );
    let query = |state: &str, rest: &str| format!("state={state}&{rest}");
    let check = |q: &str| rp::check_callback(q, &pending, iss);
    let good = query(&pending.state, "code=c1&iss=https%3A%2F%2Fid.example.coop");
    assert_eq!(check(&good).as_deref(), Ok("c1"));
    for (bad, why) in [
        (
            query("x", "code=c&iss=https%3A%2F%2Fid.example.coop"),
            Refusal::State,
        ),
        (query(&pending.state, "code=c"), Refusal::State),
        (
            query(&pending.state, "code=c&iss=https%3A%2F%2Fevil"),
            Refusal::State,
        ),
        (format!("{good}&state=y"), Refusal::State),
        (format!("{good}&code=c2"), Refusal::Malformed),
        (
            query(
                &pending.state,
                "error=access_denied&iss=https%3A%2F%2Fid.example.coop",
            ),
            Refusal::Denied,
        ),
    ] {
        assert_eq!(check(&bad), Err(why), "{bad}");
    }
}

#[test]
fn a_key_in_the_header_counts_where_the_type_carries_one() {
    let key = key("holder");
    let header = |typ: &str| json!({"typ": typ, "jwk": key.public().public_json()});
    let token = jose::sign(&key, &header("at+jwt"), &json!({}));
    let verdict = jose::verify(&token, &key.public(), "at+jwt", &[Alg::Es256]);
    assert_eq!(verdict, Err(Refusal::Header), "CR6");
    let hidden = jose::sign(&key, &json!({"typ": "x", "crit": []}), &json!({}));
    assert_eq!(
        jose::verify(&hidden, &key.public(), "x", &[Alg::Es256]),
        Err(Refusal::Header)
    );
    assert!(CREDENTIALS["keys"].is_object());
}
