//! Devices without a browser (RFC 8628), from two codes to tokens, and what is refused on the way.

use crate::{
    flow::verified,
    house::{Answer, Browser, House, ISSUER, SECRET, basic, clients, web_request},
    wallet::admission,
};
use axum::http::StatusCode;
use credential::jose::Alg;
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The apps of the other tests, and a television.
pub fn with_tv() -> Vec<Value> {
    let mut apps = clients();
    apps.push(json!({
        "client_id": "tv", "client_name": "Television", "token_endpoint_auth_method": "none",
        "grant_types": [GRANT], "scope": "openid profile offline_access resonate.play",
        "id_token_signed_response_alg": "EdDSA",
    }));
    apps
}

/// Asks for two codes.
pub async fn begin(house: &House, scope: &str) -> Value {
    let form = [("client_id", "tv"), ("scope", scope)];
    let answer = house.post("/device_authorization", &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

/// Asks whether someone has decided.
pub async fn poll(house: &House, codes: &Value) -> Answer {
    let form = [
        ("grant_type", GRANT),
        ("client_id", "tv"),
        ("device_code", codes["device_code"].as_str().unwrap()),
    ];
    house.post("/token", &form, &[]).await
}

/// A browser in which someone is signed in.
pub async fn signed_in(house: &House) -> Browser {
    let mut browser = Browser::default();
    browser.code(house, &web_request(), "listener").await;
    browser
}

/// Looks a code up by the form; the page after it.
async fn look(house: &House, browser: &mut Browser, typed: &str) -> Answer {
    let page = browser.get(house, "/device").await;
    let token = page.field("form_token");
    let form = [("form_token", token.as_str()), ("user_code", typed)];
    browser.post(house, "/device", &form).await
}

/// Decides on the page that asks.
async fn decide(house: &House, browser: &mut Browser, page: &Answer, decision: &str) -> Answer {
    let (token, code) = (page.field("form_token"), page.field("user_code"));
    let form = [
        ("form_token", token.as_str()),
        ("user_code", &code),
        ("decision", decision),
        ("nickname", "Heron"),
    ];
    browser.post(house, "/device", &form).await
}

fn typed(codes: &Value) -> String {
    codes["user_code"].as_str().unwrap().to_owned()
}

/// Allows it by the address that carries the code.
pub async fn allow(house: &House, browser: &mut Browser, codes: &Value) {
    let complete = codes["verification_uri_complete"].as_str().unwrap();
    let page = browser.get(house, complete).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let done = decide(house, browser, &page, "allow").await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
}

fn error(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    answer.json()["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_device_gets_tokens_once_someone_said_yes() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid profile").await;
    assert_eq!(codes["verification_uri"], format!("{ISSUER}/device"));
    assert_eq!(
        (&codes["expires_in"], &codes["interval"]),
        (&json!(600), &json!(5))
    );
    assert_eq!(error(&poll(&house, &codes).await), "authorization_pending");
    let mut browser = signed_in(&house).await;
    // However it is typed.
    let sloppy = typed(&codes).to_lowercase().replace('-', " ");
    let page = look(&house, &mut browser, &sloppy).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    for told in [
        "Television",
        "2026-11-21, 09:00 UTC",
        &typed(&codes),
        "Is this screen in front of you?",
    ] {
        assert!(page.body.contains(told), "{told}: {page:?}");
    }
    let done = decide(&house, &mut browser, &page, "allow").await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    house.clock.advance(5);
    let tokens = poll(&house, &codes).await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    let tokens = tokens.json();
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
    let claims = verified(&house, tokens["id_token"].as_str().unwrap(), Alg::EdDsa).await;
    assert_eq!(
        (&claims["aud"], &claims["acr"]),
        (&json!("tv"), &json!("phr"))
    );
    assert!(
        claims.contains_key("sid") && !claims.contains_key("nonce"),
        "{claims:?}"
    );
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await
        .json();
    assert_eq!(
        (&me["sub"], &me["nickname"]),
        (&claims["sub"], &json!("Heron"))
    );
    assert_eq!(error(&poll(&house, &codes).await), "invalid_grant", "once");
}

#[tokio::test]
async fn a_device_plays_at_the_module_it_named() {
    let house = House::with(with_tv()).await;
    let listen = house.ground.origins.listen.clone();
    let form = [
        ("client_id", "tv"),
        ("scope", "resonate.play"),
        ("resource", listen.as_str()),
    ];
    let codes = house.post("/device_authorization", &form, &[]).await.json();
    let mut browser = signed_in(&house).await;
    allow(&house, &mut browser, &codes).await;
    let tokens = poll(&house, &codes).await.json();
    let claims =
        crate::own::opened(&house, tokens["access_token"].as_str().unwrap(), Alg::EdDsa).await;
    assert_eq!(
        (&claims["aud"], &claims["client_id"]),
        (&json!(listen), &json!("tv"))
    );
    assert!(tokens.get("id_token").is_none(), "{tokens}");
}

#[tokio::test]
async fn in48_no_is_told_and_stands_as_does_yes() {
    let house = House::with(with_tv()).await;
    let mut browser = signed_in(&house).await;
    for (first, second, told) in [("deny", "allow", "access_denied"), ("allow", "deny", "")] {
        let codes = begin(&house, "openid").await;
        let page = look(&house, &mut browser, &typed(&codes)).await;
        let done = decide(&house, &mut browser, &page, first).await;
        assert_eq!(done.status, StatusCode::OK, "IN48 {first}: {done:?}");
        let before = house.digest().await;
        let late = decide(&house, &mut browser, &page, second).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "IN48 decided twice");
        let again = look(&house, &mut browser, &typed(&codes)).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "IN48 decided twice");
        assert_eq!(house.digest().await, before, "IN48: the first stands");
        let answer = poll(&house, &codes).await;
        if told.is_empty() {
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        } else {
            assert_eq!(error(&answer), told);
        }
    }
}

#[tokio::test]
async fn in48_who_asks_too_fast_waits_longer_and_another_app_gets_nothing() {
    let mut apps = with_tv();
    let mut other = apps.last().unwrap().clone();
    other["client_id"] = json!("radio");
    apps.push(other);
    let house = House::with(apps).await;
    let codes = begin(&house, "openid").await;
    assert_eq!(error(&poll(&house, &codes).await), "authorization_pending");
    house.clock.advance(4);
    assert_eq!(error(&poll(&house, &codes).await), "slow_down", "IN48");
    house.clock.advance(5);
    assert_eq!(
        error(&poll(&house, &codes).await),
        "slow_down",
        "ten seconds by now"
    );
    house.clock.advance(15);
    assert_eq!(error(&poll(&house, &codes).await), "authorization_pending");
    let device_code = codes["device_code"].as_str().unwrap();
    let before = house.digest().await;
    for (client, code, expected) in [
        ("radio", device_code, "invalid_grant"),
        ("app", device_code, "unauthorized_client"),
        (
            "tv",
            "rs_dc_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
            "invalid_grant",
        ),
        ("tv", "nonsense", "invalid_grant"),
        ("tv", "", "invalid_request"),
    ] {
        let form = [
            ("grant_type", GRANT),
            ("client_id", client),
            ("device_code", code),
        ];
        let refused = house.post("/token", &form, &[]).await;
        assert_eq!(error(&refused), expected, "IN48 {client} {code}");
    }
    assert_eq!(house.digest().await, before, "IN48: a table changed");
    let mut browser = signed_in(&house).await;
    allow(&house, &mut browser, &codes).await;
    let answer = poll(&house, &codes).await;
    assert_eq!(answer.status, StatusCode::OK, "still its own: {answer:?}");
}

#[tokio::test]
async fn in48_a_device_asks_for_no_more_than_devices_may_have() {
    let house = House::with(with_tv()).await;
    let auth = basic("web", SECRET);
    let before = house.digest().await;
    for (form, expected) in [
        (
            vec![("client_id", "tv"), ("scope", "openid offline_access")],
            "invalid_scope",
        ),
        (
            vec![("client_id", "tv"), ("scope", "resonate.credential")],
            "invalid_scope",
        ),
        (
            vec![("client_id", "tv"), ("scope", "unknown")],
            "invalid_scope",
        ),
        (
            vec![("client_id", "tv"), ("scope", "a\"b")],
            "invalid_scope",
        ),
        (
            vec![("client_id", "tv"), ("resource", "https://evil.example")],
            "invalid_target",
        ),
        (
            vec![
                ("client_id", "tv"),
                ("scope", "openid"),
                ("scope", "openid"),
            ],
            "invalid_request",
        ),
        (
            vec![("client_id", "app"), ("scope", "openid")],
            "unauthorized_client",
        ),
    ] {
        let refused = house.post("/device_authorization", &form, &[]).await;
        assert_eq!(error(&refused), expected, "IN48 {form:?}");
    }
    let confidential = house
        .post("/device_authorization", &[], &[("authorization", &auth)])
        .await;
    assert_eq!(error(&confidential), "unauthorized_client");
    let nobody = house
        .post("/device_authorization", &[("scope", "openid")], &[])
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{nobody:?}");
    assert_eq!(house.digest().await, before, "IN48: a table changed");
    // Without a scope it gets what both may have, and nothing that stays.
    let codes = house
        .post("/device_authorization", &[("client_id", "tv")], &[])
        .await
        .json();
    let mut browser = signed_in(&house).await;
    allow(&house, &mut browser, &codes).await;
    let tokens = poll(&house, &codes).await.json();
    assert_eq!(tokens["scope"], "openid profile resonate.play");
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid").await;
    let mut browser = signed_in(&house).await;
    let page = look(&house, &mut browser, &typed(&codes)).await;
    house.clock.advance(600);
    let before = house.digest().await;
    assert_eq!(error(&poll(&house, &codes).await), "expired_token");
    let late = decide(&house, &mut browser, &page, "allow").await;
    assert_eq!(late.status, StatusCode::NOT_FOUND, "{late:?}");
    let gone = look(&house, &mut browser, &typed(&codes)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(house.digest().await, before);
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    house.clock.advance(3600);
    joined.jobs.run_due(house.now()).await.unwrap();
    let mut conn = house.ground.db.read().await.unwrap();
    let left = sqlx::query("SELECT device_h FROM idp_device")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert_eq!(left.len(), 0);
}

#[tokio::test]
async fn what_nobody_fetched_is_ended() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid").await;
    let mut browser = signed_in(&house).await;
    allow(&house, &mut browser, &codes).await;
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    house.clock.advance(3600);
    joined.jobs.run_due(house.now()).await.unwrap();
    let mut conn = house.ground.db.read().await.unwrap();
    let open = "SELECT id FROM idp_grant WHERE client_id = 'tv' AND ended IS NULL";
    let left = sqlx::query(open).fetch_all(&mut *conn).await.unwrap();
    assert_eq!(left.len(), 0);
}

#[tokio::test]
async fn in49_the_sixth_wrong_code_costs_work() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid").await;
    let mut browser = signed_in(&house).await;
    for n in 0..5 {
        let page = look(&house, &mut browser, "BBBB-BBBB").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{n}");
        assert!(
            page.body.contains("value=\"BBBB-BBBB\""),
            "what was typed is kept"
        );
    }
    let before = house.digest().await;
    // Right or wrong: nothing is looked up.
    for code in ["BBBB-BBBB", &typed(&codes)] {
        let page = look(&house, &mut browser, code).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "IN49 {code}");
        assert!(page.body.contains("name=\"resonate_admission\""), "IN49");
        assert_eq!(page.header("retry-after"), "600");
    }
    assert_eq!(house.digest().await, before, "IN49");
    let work = admission(&house).await;
    for expected in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let token = browser.get(&house, "/device").await.field("form_token");
        let code = typed(&codes);
        let form = [
            ("form_token", token.as_str()),
            ("user_code", &code),
            ("resonate_admission", &work),
        ];
        let page = browser.post(&house, "/device", &form).await;
        assert_eq!(
            page.status, expected,
            "IN49: each piece of work once: {page:?}"
        );
        if expected == StatusCode::OK {
            let done = decide(&house, &mut browser, &page, "allow").await;
            assert_eq!(done.status, StatusCode::OK, "{done:?}");
        }
    }
    // Nobody else is slowed down, and after ten minutes neither is this one.
    let mut other = Browser::default();
    other.code(&house, &web_request(), "artist").await;
    let page = look(&house, &mut other, "BBBB-BBBB").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    house.clock.advance(600);
    let page = look(&house, &mut browser, "BBBB-BBBB").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn deciding_needs_the_page_that_was_looked_at_and_a_login() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid").await;
    let mut browser = signed_in(&house).await;
    let entry = browser.get(&house, "/device").await.field("form_token");
    let code = typed(&codes);
    let before = house.digest().await;
    for (token, decision) in [(entry.as_str(), "allow"), ("", "deny"), ("AAAA", "allow")] {
        let form = [
            ("form_token", token),
            ("user_code", &code),
            ("decision", decision),
        ];
        let refused = browser.post(&house, "/device", &form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token} {decision}");
    }
    assert_eq!(house.digest().await, before);
    // Whoever signed out meanwhile is asked to sign in, and nothing is decided.
    let page = look(&house, &mut browser, &code).await;
    browser.jar.remove("si");
    let asked = decide(&house, &mut browser, &page, "allow").await;
    assert!(asked.location().starts_with("/interaction/"), "{asked:?}");
    assert_eq!(error(&poll(&house, &codes).await), "authorization_pending");
}

#[tokio::test]
async fn a_code_typed_before_the_sign_in_is_kept_and_stands_in_no_table() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid").await;
    let mut browser = Browser::default();
    let complete = codes["verification_uri_complete"].as_str().unwrap();
    let entry = browser.get(&house, complete).await;
    assert_eq!(entry.status, StatusCode::OK, "{entry:?}");
    assert!(
        entry.body.contains(&format!("value=\"{}\"", typed(&codes))),
        "{entry:?}"
    );
    let (token, code) = (entry.field("form_token"), typed(&codes));
    let form = [("form_token", token.as_str()), ("user_code", &code)];
    let asked = browser.post(&house, "/device", &form).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{asked:?}");
    let next = asked.location().to_owned();
    let ways = browser.open(&house, &next).await;
    let mut conn = house.ground.db.read().await.unwrap();
    let rows = sqlx::query("SELECT request_json FROM idp_interaction")
        .fetch_all(&mut *conn)
        .await;
    drop(conn);
    for row in rows.unwrap() {
        use sqlx::Row;
        let request: String = row.get(0);
        assert!(request.contains("/device?kept="), "{request}");
        assert!(!request.contains(&code) && !request.contains(&code.replace('-', "")));
    }
    let (ix, token) = (ways.field("ix"), ways.field("form_token"));
    let form = [
        ("ix", ix.as_str()),
        ("form_token", &token),
        ("demo_as", "listener"),
    ];
    let signed = browser.post(&house, "/demo/as", &form).await;
    let next = signed.location().to_owned();
    let page = browser.open(&house, &next).await;
    assert!(page.body.contains("Television"), "{page:?}");
    let done = decide(&house, &mut browser, &page, "allow").await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    assert_eq!(poll(&house, &codes).await.status, StatusCode::OK);
    // What was not sealed here is nothing.
    let page = browser.get(&house, "/device?kept=AAAA").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
}

#[tokio::test]
async fn the_tables_hold_neither_code_in_clear() {
    let house = House::with(with_tv()).await;
    let codes = begin(&house, "openid").await;
    let mut conn = house.ground.db.read().await.unwrap();
    let rows = sqlx::query("SELECT device_h, user_code_h FROM idp_device")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    use sqlx::Row;
    let code = typed(&codes).replace('-', "");
    for row in rows {
        let (device, user): (String, String) = (row.get(0), row.get(1));
        assert!(!codes["device_code"].as_str().unwrap().contains(&device));
        assert!(!user.contains(&code) && user.len() == 43);
        // Nor as a hash without key, which eight letters would not withstand.
        use sha2::{Digest, Sha256};
        assert_ne!(user, kernel::b64::encode(Sha256::digest(code.as_bytes())));
    }
}
