//! What tokens open and what they do not: UserInfo, revocation, introspection; demo doors; cookies.

use crate::house::{
    Browser, House, ISSUER, Prover, SECRET, VERIFIER, app_request, authorize, basic, lend,
    web_redeem, web_request,
};
use axum::http::{Method, StatusCode};
use serde_json::Value;

/// Tokens of the confidential app `web`.
async fn web_tokens(house: &House) -> Value {
    let code = Browser::default()
        .code(house, &web_request(), "listener")
        .await;
    let auth = basic("web", SECRET);
    house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await
        .json()
}

#[tokio::test]
async fn in51_in52_in54_only_an_access_token_in_its_place_opens_userinfo() {
    let house = House::new().await;
    let tokens = web_tokens(&house).await;
    let access = tokens["access_token"].as_str().unwrap();
    let before = house.digest().await;
    let query = house.get(&format!("/userinfo?access_token={access}")).await;
    assert_eq!(query.status, StatusCode::BAD_REQUEST, "IN51");
    assert_eq!(query.json()["error"], "invalid_request", "IN51");
    for (what, token) in [
        ("ID Token", tokens["id_token"].as_str().unwrap()),
        ("code", "rs_ac_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"),
        (
            "refresh token",
            "rs_rt_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
        ),
        (
            "unknown",
            "rs_at_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
        ),
    ] {
        let bearer = format!("Bearer {token}");
        let refused = house
            .post("/userinfo", &[], &[("authorization", &bearer)])
            .await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "IN52 {what}");
        assert_eq!(refused.json()["error"], "invalid_token", "IN52 {what}");
        assert!(
            refused.header("www-authenticate").contains("invalid_token"),
            "IN52 {what}"
        );
    }
    let nothing = house.get("/userinfo").await;
    assert_eq!(nothing.status, StatusCode::UNAUTHORIZED);
    assert!(
        !nothing.header("www-authenticate").contains("error"),
        "no error where nothing was shown"
    );
    let bearer = format!("Bearer {access}");
    let twice = [("access_token", access)];
    let refused = house
        .post("/userinfo", &twice, &[("authorization", &bearer)])
        .await;
    assert_eq!(
        refused.json()["error"],
        "invalid_request",
        "two ways at once"
    );
    assert_eq!(house.digest().await, before);
    let by_form = house
        .post("/userinfo", &[("access_token", access)], &[])
        .await;
    assert_eq!(by_form.status, StatusCode::OK, "{by_form:?}");
    house.clock.advance(600);
    let late = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "ten minutes");
}

#[tokio::test]
async fn in53_a_bound_token_opens_nothing_without_its_key() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &app_request(), "listener")
        .await;
    let mut prover = Prover::new(7);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = prover.post(&house, "/token", &form).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let (bearer, bound) = (format!("Bearer {access}"), format!("DPoP {access}"));
    let mut thief = Prover::new(8);
    thief.nonce = prover.nonce.clone();
    let no_ath = prover.proof(&house, &Method::GET, "/userinfo", None);
    let good = prover.proof(&house, &Method::GET, "/userinfo", Some(access));
    let stolen = thief.proof(&house, &Method::GET, "/userinfo", Some(access));
    let before = house.digest().await;
    for (what, token, proof) in [
        ("as Bearer", &bearer, Some(&good)),
        ("no proof", &bound, None),
        ("no ath", &bound, Some(&no_ath)),
        ("other key", &bound, Some(&stolen)),
    ] {
        let mut request = axum::http::Request::get("/userinfo").header("authorization", token);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let refused = house
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await;
        assert_eq!(
            refused.status,
            StatusCode::UNAUTHORIZED,
            "IN53 {what}: {refused:?}"
        );
        assert_eq!(refused.json()["error"], "invalid_token", "IN53 {what}");
    }
    assert_eq!(house.digest().await, before);
    for expected in [StatusCode::OK, StatusCode::UNAUTHORIZED] {
        let request = axum::http::Request::get("/userinfo").header("authorization", &bound);
        let request = request.header("dpop", &good);
        let answer = house
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, expected, "a proof is used once: {answer:?}");
    }
}

#[tokio::test]
async fn in54_userinfo_needs_openid() {
    let house = House::new().await;
    let mut request = app_request();
    request.retain(|(name, _)| *name != "scope");
    request.push(("scope", "profile"));
    let code = Browser::default().code(&house, &request, "listener").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = house.post("/token", &form, &[]).await.json();
    assert!(tokens.get("id_token").is_none(), "{tokens}");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let refused = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["error"], "insufficient_scope");
}

#[tokio::test]
async fn in55_in56_an_app_asks_about_and_revokes_its_own_tokens_only() {
    let house = House::new().await;
    let tokens = web_tokens(&house).await;
    let access = tokens["access_token"].as_str().unwrap();
    let nobody = house
        .post(
            "/introspect",
            &[("token", access), ("client_id", "web")],
            &[],
        )
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "IN55");
    let public = house
        .post(
            "/introspect",
            &[("token", access), ("client_id", "app")],
            &[],
        )
        .await;
    assert_eq!(public.status, StatusCode::UNAUTHORIZED, "IN55 a public app");
    let foreign = [
        ("token", access),
        ("client_id", "other"),
        ("client_secret", "other-secret-other"),
    ];
    let before = house.digest().await;
    let told = house.post("/introspect", &foreign, &[]).await;
    assert_eq!(told.body, "{\"active\":false}", "IN55");
    let revoked = house.post("/revoke", &foreign, &[]).await;
    assert_eq!(
        (revoked.status, revoked.body.as_str()),
        (StatusCode::OK, ""),
        "IN56"
    );
    assert_eq!(house.digest().await, before, "IN56: no effect");
    let auth = basic("web", SECRET);
    let headers = [("authorization", auth.as_str())];
    let told = house
        .post("/introspect", &[("token", access)], &headers)
        .await
        .json();
    assert_eq!(told["active"], true);
    assert_eq!(told["scope"], "openid profile");
    let revoked = house.post("/revoke", &[("token", access)], &headers).await;
    assert_eq!(revoked.status, StatusCode::OK);
    let told = house
        .post("/introspect", &[("token", access)], &headers)
        .await;
    assert_eq!(told.body, "{\"active\":false}");
    let unknown = house.post("/revoke", &[("token", "x")], &headers).await;
    assert_eq!(unknown.status, StatusCode::OK);
}

#[tokio::test]
async fn in81_a_cookie_that_is_malformed_doubled_or_of_an_old_epoch_is_no_login() {
    let house = House::new().await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    let good = browser.jar["si"].clone();
    let mut silent = web_request();
    silent.push(("prompt", "none"));
    for cookie in [
        format!("si={good}; si={good}"),
        format!("si={good}x"),
        "si=".to_owned(),
        format!("si=%22{good}"),
        format!("__Host-si={good}"),
    ] {
        let request = axum::http::Request::get(authorize(&silent)).header("cookie", &cookie);
        let answer = house
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await;
        assert_eq!(answer.query()["error"], "login_required", "{cookie}");
    }
    house
        .execute("UPDATE idp_account SET epoch = 1 WHERE handle = 'demo-listener'")
        .await;
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(answer.query()["error"], "login_required", "an old epoch");
}

#[tokio::test]
async fn a_login_ends_when_idle_and_in_any_case() {
    let house = House::new().await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    let day = 86_400;
    for _ in 0..4 {
        house.clock.advance(6 * day);
        let answer = browser.get(&house, &authorize(&web_request())).await;
        assert!(
            answer.query().contains_key("code"),
            "used every six days: {answer:?}"
        );
    }
    house.clock.advance(6 * day);
    let answer = browser.get(&house, &authorize(&web_request())).await;
    assert!(
        answer.location().starts_with("/interaction/"),
        "thirty days in all: {answer:?}"
    );
    let mut idle = Browser::default();
    idle.code(&house, &web_request(), "listener").await;
    house.clock.advance(7 * day);
    let answer = idle.get(&house, &authorize(&web_request())).await;
    assert!(
        answer.location().starts_with("/interaction/"),
        "seven days idle"
    );
}

#[tokio::test]
async fn in85_without_the_demo_its_doors_do_not_exist() {
    let house = House::without_demo().await;
    let answer = house
        .post("/demo/as", &[("demo_as", "listener")], &[])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let page = Browser::default()
        .open(&house, &authorize(&web_request()))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    assert!(!page.body.contains("demo_as"));
    // Nor is a nonce waived where PKCE is left out.
    let request = [
        ("client_id", "plain"),
        ("response_type", "code"),
        ("redirect_uri", "https://old.example/cb"),
        ("scope", "openid"),
    ];
    let refused = house.get(&authorize(&request)).await;
    assert_eq!(refused.query()["error"], "invalid_request");
}

#[tokio::test]
async fn in80_links_come_from_configuration() {
    let house = House::new().await;
    let request = axum::http::Request::get("/.well-known/openid-configuration")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example;proto=http");
    let answer = house
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.json()["issuer"], ISSUER);
    assert!(!answer.body.contains("evil"));
}

/// IN80: behind the edge another host is not answered, and proxy headers of a stranger change no
/// link, no redirect and no subject of a proof.
#[tokio::test]
async fn in80_a_forged_host_is_not_answered() {
    let house = House::new().await;
    let edge = host::edge::EdgeConfig::new(
        house.ground.world.clone(),
        house.ground.meter.clone(),
        vec!["localhost:8080".to_owned()],
    );
    let router = host::edge::layers(house.idp.part().routes.public.remove(0).1, edge);
    let before = house.digest().await;
    let ask = async |host: &str, path: &str| {
        let request = axum::http::Request::get(path)
            .header("host", host)
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "host=evil.example;proto=https");
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(router.clone(), request)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        (parts.status, format!("{:?}{body}", parts.headers))
    };
    for path in ["/.well-known/openid-configuration", "/jwks", "/logout", "/"] {
        for forged in [
            "evil.example",
            "localhost:8081",
            "localhost",
            "localhost:8080.evil.example",
        ] {
            let (status, _) = ask(forged, path).await;
            assert_eq!(status.as_u16(), 421, "{forged} {path}");
        }
    }
    assert_eq!(house.digest().await, before, "IN80: a table changed");
    let request = authorize(&web_request());
    for path in [
        "/.well-known/openid-configuration",
        &request,
        "/logout",
        "/join",
    ] {
        let (status, told) = ask("localhost:8080", path).await;
        assert!(
            status.is_success() || status.is_redirection(),
            "{path} {status}"
        );
        assert!(!told.contains("evil"), "{path}: {told}");
        assert!(!told.contains("https://localhost"), "{path}: {told}");
    }
}

#[tokio::test]
async fn a_personas_door_takes_personas_only() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let page = browser.open(&house, &authorize(&web_request())).await;
    let (ix, token) = (page.field("ix"), page.field("form_token"));
    for who in ["nobody", "demo-listener", ""] {
        let form = [
            ("ix", ix.as_str()),
            ("form_token", &token),
            ("demo_as", who),
        ];
        assert_eq!(
            browser.post(&house, "/demo/as", &form).await.status,
            StatusCode::NOT_FOUND
        );
    }
    let form = [("ix", ix.as_str()), ("demo_as", "listener")];
    assert_eq!(
        browser.post(&house, "/demo/as", &form).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn every_slug_has_its_page() {
    let house = House::new().await;
    for slug in kernel::problem::all() {
        let page = house.get(&format!("/problems/{}", slug.slug)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", slug.slug);
        assert!(page.body.contains(slug.slug));
    }
    assert_eq!(
        house.get("/problems/nothing").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(house.get("/problems").await.status, StatusCode::OK);
    assert_eq!(house.get("/").await.status, StatusCode::OK);
}
