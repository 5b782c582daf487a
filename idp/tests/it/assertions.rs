//! `private_key_jwt`: an assertion is used once, and only registered keys count.

use crate::house::{CHALLENGE, House, ISSUER, clients};
use axum::http::StatusCode;
use credential::jose::{self, SigningKey};
use serde_json::{Value, json};

/// An assertion of the app `partner`, with changed claims.
fn assertion(key: &SigningKey, header: &Value, change: &Value, now: i64) -> String {
    let mut claims = json!({
        "iss": "partner", "sub": "partner", "aud": ISSUER,
        "jti": "a-1", "iat": now, "exp": now + 60,
    });
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    jose::sign(key, header, &claims)
}

/// A pushed request of `partner` with that assertion.
fn form(assertion: &str) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("redirect_uri", "https://p.example/cb"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("client_assertion", assertion),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
    ]
}

/// Assertions that prove nothing.
fn refused(own: &SigningKey, thief: &SigningKey, now: i64) -> Vec<(&'static str, String)> {
    let plain = json!({"typ": "JWT"});
    let jwk = json!({"typ": "JWT", "jwk": thief.public().public_json()});
    let path = json!({"typ": "JWT", "kid": "../../etc/passwd"});
    let jku = json!({"typ": "JWT", "jku": "https://evil.example/jwks"});
    let x5u = json!({"typ": "JWT", "x5u": "https://evil.example/cert"});
    let none = json!({});
    let of = |change: Value| assertion(own, &plain, &change, now);
    vec![
        ("aud foreign", of(json!({"aud": "https://op.example"}))),
        ("aud list", of(json!({"aud": [ISSUER]}))),
        ("exp in a year", of(json!({"exp": now + 31_536_000}))),
        ("exp past an hour", of(json!({"exp": now + 3_661}))),
        ("over", of(json!({"exp": now - 1}))),
        ("from ahead", of(json!({"iat": now + 61}))),
        ("no jti", of(json!({"jti": null}))),
        ("another app", of(json!({"sub": "web", "iss": "web"}))),
        ("another key", assertion(thief, &plain, &none, now)),
        ("kid path", assertion(own, &path, &none, now)),
        ("jwk", assertion(thief, &jwk, &none, now)),
        ("jku", assertion(own, &jku, &none, now)),
        ("x5u", assertion(own, &x5u, &none, now)),
        (
            "none",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwYXJ0bmVyIn0.".to_owned(),
        ),
        (
            "HS256",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwYXJ0bmVyIn0.AAAA".to_owned(),
        ),
    ]
}

#[tokio::test]
async fn in38_an_assertion_is_used_once_and_by_registered_keys_only() {
    let own = SigningKey::ed25519_from_seed(&[42; 32]);
    let thief = SigningKey::ed25519_from_seed(&[43; 32]);
    let mut apps = clients();
    let partner = apps
        .iter_mut()
        .find(|app| app["client_id"] == "partner")
        .unwrap();
    partner["jwks"] = json!({"keys": [own.public().public_json()]});
    let house = House::with(apps).await;
    let now = house.now().seconds();
    let before = house.digest().await;
    for (what, assertion) in refused(&own, &thief, now) {
        let refused = house.post("/par", &form(&assertion), &[]).await;
        assert_eq!(
            refused.status,
            StatusCode::UNAUTHORIZED,
            "IN38 {what}: {refused:?}"
        );
        assert_eq!(refused.json()["error"], "invalid_client", "IN38 {what}");
        assert_eq!(house.digest().await, before, "IN38 {what}: a table changed");
    }
    let good = assertion(&own, &json!({"typ": "JWT"}), &json!({}), now);
    let pushed = house.post("/par", &form(&good), &[]).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
    let again = house.post("/par", &form(&good), &[]).await;
    assert_eq!(again.json()["error"], "invalid_client", "IN38 jti again");
}

/// Some libraries let an assertion live for an hour. It is good once in all of it.
#[tokio::test]
async fn in38_an_assertion_of_an_hour_is_remembered_for_an_hour() {
    let own = SigningKey::ed25519_from_seed(&[42; 32]);
    let mut apps = clients();
    let partner = apps.iter_mut().find(|app| app["client_id"] == "partner");
    partner.unwrap()["jwks"] = json!({"keys": [own.public().public_json()]});
    let house = House::with(apps).await;
    let now = house.now().seconds();
    let plain = json!({"typ": "JWT"});
    let long = assertion(&own, &plain, &json!({"exp": now + 3600}), now);
    let pushed = house.post("/par", &form(&long), &[]).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
    house.clock.advance(3_599);
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    joined.jobs.run_due(house.now()).await.unwrap();
    let before = house.digest().await;
    let again = house.post("/par", &form(&long), &[]).await;
    assert_eq!(again.json()["error"], "invalid_client", "{again:?}");
    assert_eq!(house.digest().await, before);
}
