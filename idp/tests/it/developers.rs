//! What developers of partner apps get: apps of a day, the page of a return address that differs, the
//! last requests of an app.

use crate::house::{Answer, Browser, CHALLENGE, House, VERIFIER, authorize, basic, web_request};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use idp::{Registration, Settings};
use serde_json::{Value, json};

const MAKE: &str = "/developers/sandbox/clients";

async fn house() -> House {
    let settings = Settings {
        clients: crate::house::clients(),
        registration: Registration::Open,
        ..Settings::default()
    };
    House::of_settings(settings, true).await
}

async fn sandbox(house: &House, uri: &str) -> Value {
    let made = house.post(MAKE, &[("redirect_uri", uri)], &[]).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.header("access-control-allow-origin"), "*");
    made.json()
}

fn request<'r>(id: &'r str, uri: &'r str) -> Vec<(&'r str, &'r str)> {
    vec![
        ("client_id", id),
        ("response_type", "code"),
        ("redirect_uri", uri),
        ("scope", "openid"),
        ("state", "state-of-the-app"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn redeem(house: &House, id: &str, uri: &str, code: &str, verifier: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("code", code),
        ("redirect_uri", uri),
        ("code_verifier", verifier),
    ];
    house.post("/token", &form, &[]).await
}

#[tokio::test]
async fn a_sandbox_app_signs_in_at_once_and_ends_after_a_day() {
    let house = house().await;
    let made = sandbox(&house, "http://127.0.0.1:3000/cb").await;
    let id = made["client_id"].as_str().unwrap();
    assert_eq!(made["expires_at"], json!(house.now().seconds() + 86_400));
    let uri = "http://127.0.0.1:51004/cb";
    let code = Browser::default()
        .code(&house, &request(id, uri), "listener")
        .await;
    let tokens = redeem(&house, id, uri, &code, VERIFIER).await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    assert_eq!(
        tokens.json()["refresh_token"],
        Value::Null,
        "it did not ask to stay connected"
    );
    let mut plain = request(id, uri);
    plain.retain(|(name, _)| !name.starts_with("code_challenge"));
    let refused = house.get(&authorize(&plain)).await;
    assert_eq!(
        refused.query()["error"],
        "invalid_request",
        "PKCE is never off"
    );

    house.clock.advance(86_400);
    let over = house.get(&authorize(&request(id, uri))).await;
    assert_eq!(over.status, StatusCode::FORBIDDEN);
    assert!(over.body.contains("client-disabled"), "{over:?}");
    house.clock.advance(2 * 3600);
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    joined.jobs.run_due(house.now()).await.unwrap();
    let swept = house.get(&authorize(&request(id, uri))).await;
    assert!(swept.body.contains("client-unknown"), "{swept:?}");
}

#[tokio::test]
async fn a_sandbox_app_returns_to_loopback_only_and_there_are_ten_an_hour() {
    let house = house().await;
    let before = house.digest().await;
    for uris in [
        &[][..],
        &["https://app.example/cb"],
        &["http://app.example/cb"],
        &["http://localhost:3000/cb"],
        &["http://127.0.0.2/cb"],
        &["http://user@127.0.0.1/cb"],
        &["http://127.0.0.1/cb#f"],
        &["javascript:alert(1)"],
        &["http://127.0.0.1/a", "http://127.0.0.1/b"],
    ] {
        let form: Vec<_> = uris.iter().map(|uri| ("redirect_uri", *uri)).collect();
        let refused = house.post(MAKE, &form, &[]).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{uris:?} {refused:?}"
        );
    }
    let json = [("content-type", "application/json")];
    assert_eq!(
        house.post(MAKE, &[], &json).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(house.digest().await, before, "a refusal writes nothing");
    for _ in 0..10 {
        sandbox(&house, "http://[::1]/cb").await;
    }
    let before = house.digest().await;
    let form = [("redirect_uri", "http://127.0.0.1/cb")];
    let eleventh = house.post(MAKE, &form, &[]).await;
    assert_eq!(
        eleventh.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{eleventh:?}"
    );
    assert!(eleventh.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(house.digest().await, before);
    house.clock.advance(3_600);
    sandbox(&house, "http://127.0.0.1/cb").await;
}

#[tokio::test]
async fn without_a_loopback_issuer_an_operator_decides_about_sandbox_apps() {
    let form = [("redirect_uri", "http://127.0.0.1/cb")];
    for (sandbox, status) in [(false, StatusCode::FORBIDDEN), (true, StatusCode::CREATED)] {
        let settings = Settings {
            sandbox,
            ..Settings::default()
        };
        let house = House::at("https://id.example.coop", settings).await;
        let before = house.digest().await;
        let answer = house.post(MAKE, &form, &[]).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if !sandbox {
            assert_eq!(answer.json()["error_uri"], "/problems/sandbox-closed");
            assert_eq!(house.digest().await, before);
        }
    }
}

/// A browser that is signed in.
async fn signed_in(house: &House, who: &str) -> Browser {
    let mut browser = Browser::default();
    browser.code(house, &web_request(), who).await;
    browser
}

/// An app that is registered by one of our own pages in that browser.
async fn owned(house: &House, browser: &Browser) -> Value {
    let document = json!({"redirect_uris": ["https://app.example:8443/cb"]}).to_string();
    let request = Request::post("/register")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, browser.cookies())
        .header("sec-fetch-site", "same-origin");
    let made = house
        .send(request.body(Body::from(document)).unwrap())
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()
}

#[tokio::test]
async fn a_return_address_that_differs_is_shown_to_whoever_answers_for_the_app() {
    let house = house().await;
    let made = sandbox(&house, "http://127.0.0.1/cb").await;
    let id = made["client_id"].as_str().unwrap();
    let wrong = request(id, "http://127.0.0.1/\"><script>alert(1)</script>");
    let page = house.get(&authorize(&wrong)).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(page.header("location"), "");
    assert!(page.body.contains("redirect-unregistered"), "{}", page.body);
    assert!(page.body.contains("The path differs."), "{}", page.body);
    assert!(
        page.body.contains("http://127.0.0.1/<mark>c</mark>b"),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("<script>alert"),
        "escaped: {}",
        page.body
    );
    let long = format!("http://127.0.0.1/{}", "x".repeat(1_500));
    let page = house.get(&authorize(&request(id, &long))).await;
    // Links of the frame hold the whole address; the comparison holds 512 characters of it.
    let shown = page
        .body
        .split("<dd>")
        .nth(2)
        .unwrap()
        .split("</dd>")
        .next()
        .unwrap();
    let shown = shown.matches('x').count();
    assert!((400..512).contains(&shown), "{shown}");

    let mut owner = signed_in(&house, "artist").await;
    let told = owned(&house, &owner).await;
    let id = told["client_id"].as_str().unwrap();
    let wrong = authorize(&request(id, "https://app.example:8444/cb"));
    let page = owner.get(&house, &wrong).await;
    assert!(page.body.contains("The port differs."), "{}", page.body);
    assert!(
        page.body
            .contains("https://app.example:844<mark>3</mark>/cb"),
        "{}",
        page.body
    );
    // By POST from another site there are no cookies: nobody is known, so nothing is shown.
    let form = request(id, "https://app.example:8444/cb");
    let mut other = signed_in(&house, "listener").await;
    for page in [
        house.get(&wrong).await,
        other.get(&house, &wrong).await,
        house.post("/authorize", &form, &[]).await,
        owner.get(&house, &authorize(&web_wrong())).await,
    ] {
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{page:?}");
        assert!(page.body.contains("redirect-unregistered"), "{}", page.body);
        // The links of the frame repeat what was sent; what is registered is nowhere.
        let told = page.body.contains(":8443") || page.body.contains("Registered");
        assert!(!told, "a plain sentence: {}", page.body);
        assert!(!page.body.contains("<mark>"), "{}", page.body);
    }
}

/// A request of an app that nobody registered while signed in.
fn web_wrong() -> Vec<(&'static str, &'static str)> {
    let mut query = web_request();
    query.retain(|(name, _)| *name != "redirect_uri");
    query.push(("redirect_uri", "https://app.example/other"));
    query
}

/// What a sandbox app does on a bad day; its code and its access token.
async fn stumble(house: &House, id: &str) -> (String, String) {
    let uri = "http://127.0.0.1:51004/cb";
    let code = Browser::default()
        .code(house, &request(id, uri), "listener")
        .await;
    let wrong = "w".repeat(43);
    let refused = redeem(house, id, uri, &code, &wrong).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let tokens = redeem(house, id, uri, &code, VERIFIER).await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let bad_scope = request(id, uri)
        .into_iter()
        .map(|(name, value)| match name {
            "scope" => ("scope", "openid resonate.play"),
            _ => (name, value),
        });
    house.get(&authorize(&bad_scope.collect::<Vec<_>>())).await;
    house
        .get(&authorize(&request(id, "http://127.0.0.1/no")))
        .await;
    let revoke = [("token", access.as_str()), ("client_id", id)];
    house
        .post("/revoke", &revoke, &[("user-agent", "agent-of-somebody")])
        .await;
    let basic = basic(id, "a-secret-in-a-header");
    house
        .post(
            "/revoke",
            &[("token", &access)],
            &[("authorization", &basic)],
        )
        .await;
    (code, access)
}

#[tokio::test]
async fn an_app_sees_its_own_requests() {
    let house = house().await;
    let made = sandbox(&house, "http://127.0.0.1/cb").await;
    let id = made["client_id"].as_str().unwrap();
    let secret = made["inspection_secret"].as_str().unwrap();
    stumble(&house, id).await;
    let path = format!("/developers/clients/{id}/requests");
    let seen = house.ask(Method::GET, &path, secret, &Value::Null).await;
    assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
    let list = seen.json()["requests"].as_array().unwrap().clone();
    let brief: Vec<_> = list
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (
                text("method"),
                text("path"),
                one["status"].as_u64().unwrap(),
                text("error"),
            )
        })
        .collect();
    let line = |method: &str, path: &str, status: u64, error: &str| {
        (method.to_owned(), path.to_owned(), status, error.to_owned())
    };
    assert_eq!(
        brief,
        [
            line("POST", "/revoke", 401, "invalid_client"),
            line("POST", "/revoke", 200, ""),
            line("GET", "/authorize", 400, "redirect-unregistered"),
            line("GET", "/authorize", 303, "invalid_scope"),
            line("POST", "/token", 200, ""),
            line("POST", "/token", 400, "invalid_grant"),
            line("GET", "/authorize", 303, ""),
        ],
        "newest first"
    );
    house.clock.advance(86_399);
    assert_eq!(seen_by(&house, &path, secret).await, 7);
    house.clock.advance(1);
    let over = house.ask(Method::GET, &path, secret, &Value::Null).await;
    assert_eq!(
        over.status,
        StatusCode::FORBIDDEN,
        "the app has ended: {over:?}"
    );
}

#[tokio::test]
async fn secrets_and_people_are_not_among_an_apps_requests() {
    let house = house().await;
    let made = sandbox(&house, "http://127.0.0.1/cb").await;
    let id = made["client_id"].as_str().unwrap();
    let secret = made["inspection_secret"].as_str().unwrap();
    let (code, access) = stumble(&house, id).await;
    let path = format!("/developers/clients/{id}/requests");
    let seen = house.ask(Method::GET, &path, secret, &Value::Null).await;
    for hidden in [
        code.as_str(),
        VERIFIER,
        &"w".repeat(43),
        &access,
        "a-secret-in-a-header",
        "state-of-the-app",
        "agent-of-somebody",
        "demo-listener",
        "127.0.0.1:8080",
    ] {
        assert!(!seen.body.contains(hidden), "{hidden} in {}", seen.body);
    }
    assert!(seen.body.contains("openid resonate.play") && seen.body.contains("*** ("));
}

async fn seen_by(house: &House, path: &str, secret: &str) -> usize {
    let seen = house.ask(Method::GET, path, secret, &Value::Null).await;
    seen.json()["requests"].as_array().unwrap().len()
}

#[tokio::test]
async fn fifty_requests_of_a_day_are_kept_for_the_apps_own_makers() {
    let house = house().await;
    let mut owner = signed_in(&house, "artist").await;
    let told = owned(&house, &owner).await;
    let id = told["client_id"].as_str().unwrap();
    let token = told["registration_access_token"].as_str().unwrap();
    let path = format!("/developers/clients/{id}/requests");
    for _ in 0..60 {
        house.post("/token", &[("client_id", id)], &[]).await;
    }
    assert_eq!(seen_by(&house, &path, token).await, 50);
    let page = owner.get(&house, &path).await;
    assert_eq!(
        page.body.matches("<li class=\"card\">").count(),
        50,
        "{}",
        page.body
    );
    assert!(
        page.body.contains("href=\"/problems/invalid_request\""),
        "{}",
        page.body
    );
    let apps = owner.get(&house, "/developers/clients").await;
    assert!(apps.body.contains(&path), "{}", apps.body);
    house.clock.advance(86_400);
    assert_eq!(seen_by(&house, &path, token).await, 0, "after a day");
}

#[tokio::test]
async fn an_apps_requests_open_to_its_owner_and_its_secrets_alone() {
    let house = house().await;
    let owner = signed_in(&house, "artist").await;
    let told = owned(&house, &owner).await;
    let id = told["client_id"].as_str().unwrap();
    let token = told["registration_access_token"].as_str().unwrap();
    let path = format!("/developers/clients/{id}/requests");
    house.post("/token", &[("client_id", id)], &[]).await;
    let other_app = sandbox(&house, "http://127.0.0.1/cb").await;
    let other_secret = other_app["inspection_secret"].as_str().unwrap();
    for secret in [
        other_secret,
        "rs_in_short",
        "",
        token.strip_prefix("rs_rg_").unwrap(),
    ] {
        let bearer = format!("Bearer {secret}");
        let request = Request::get(&path).header(header::AUTHORIZATION, bearer);
        let refused = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        assert!(refused.body.contains("inspection-refused"), "{refused:?}");
    }
    let mut other = signed_in(&house, "listener").await;
    let locked = other.get(&house, &path).await;
    assert!(!locked.body.contains("invalid_request"), "{}", locked.body);
    let nobody = other
        .get(
            &house,
            "/developers/clients/c.AAAAAAAAAAAAAAAAAAAAAA/requests",
        )
        .await;
    assert_eq!(
        nobody.status, locked.status,
        "apps that exist look like those that do not"
    );
    let form_token = locked.field("form_token");
    let open = async |browser: &mut Browser, secret: &str, form_token: &str| {
        let form = [("secret", secret), ("form_token", form_token)];
        browser.post(&house, &path, &form).await
    };
    let refused = open(&mut other, other_secret, &form_token).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    assert!(refused.body.contains("inspection-refused"));
    let stale = open(&mut other, token, "AAAA").await;
    assert!(stale.body.contains("form-stale"), "{}", stale.body);
    let opened = open(&mut other, token, &form_token).await;
    assert!(opened.body.contains("invalid_request"), "{}", opened.body);
}

#[tokio::test]
async fn a_signed_in_person_makes_a_sandbox_app_that_is_theirs() {
    let house = house().await;
    let nobody = house.get("/developers/clients").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let mut owner = signed_in(&house, "artist").await;
    let page = owner.get(&house, "/developers/clients").await;
    let form_token = page.field("form_token");
    let make = async |browser: &mut Browser, uri: &str, form_token: &str| {
        let form = [("redirect_uri", uri), ("form_token", form_token)];
        browser.post(&house, "/developers/clients", &form).await
    };
    let before = house.digest().await;
    let stale = make(&mut owner, "http://127.0.0.1/cb", "AAAA").await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    let refused = make(&mut owner, "https://app.example/cb", &form_token).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.body.contains("invalid_redirect_uri"),
        "{}",
        refused.body
    );
    assert_eq!(house.digest().await, before);
    let made = make(&mut owner, "http://127.0.0.1/cb", &form_token).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    assert!(
        made.body.contains("rs_in_"),
        "the secret, once: {}",
        made.body
    );
    let again = owner.get(&house, "/developers/clients").await;
    assert!(again.body.contains("/requests") && !again.body.contains("rs_in_"));
}

#[tokio::test]
async fn a_page_of_another_site_registers_in_nobodys_name() {
    let house = house().await;
    let owner = signed_in(&house, "artist").await;
    for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
        let mut request = Request::post("/register")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, owner.cookies());
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let document = json!({"redirect_uris": ["https://app.example/cb"]}).to_string();
        let made = house
            .send(request.body(Body::from(document)).unwrap())
            .await;
        let path = format!(
            "/developers/clients/{}/requests",
            made.json()["client_id"].as_str().unwrap()
        );
        let page = owner.clone().get(&house, &path).await;
        assert!(
            page.body.contains("name=\"secret\""),
            "not theirs: {site:?}"
        );
    }
}
