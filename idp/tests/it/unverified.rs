//! Apps that came by themselves ask their people each time, until somebody of the co-op has looked at
//! them.

use crate::{
    house::{Browser, CHALLENGE, House, ISSUER, authorize},
    register::{document, path},
    staff::Desk,
};
use axum::http::{Method, StatusCode};
use idp::{Registration, Settings};
use serde_json::{Value, json};

async fn open() -> House {
    let settings = Settings {
        registration: Registration::Open,
        personas: vec!["listener".to_owned(), "owner".to_owned()],
        ..Settings::default()
    };
    House::founded(settings, true, ISSUER).await
}

fn request<'r>(id: &'r str, uri: &'r str) -> Vec<(&'r str, &'r str)> {
    vec![
        ("client_id", id),
        ("response_type", "code"),
        ("redirect_uri", uri),
        ("scope", "openid"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// Whether a visit of somebody who agreed before is asked again; silently, whether it is refused.
async fn asks(house: &House, browser: &mut Browser, request: &[(&str, &str)]) -> bool {
    let page = browser.open(house, &authorize(request)).await;
    let mut silent = request.to_vec();
    silent.push(("prompt", "none"));
    let told = browser.get(house, &authorize(&silent)).await.query();
    if page.status == StatusCode::OK {
        assert!(page.body.contains("name=\"decision\""), "{page:?}");
        assert_eq!(told["error"], "consent_required");
        true
    } else {
        assert!(page.query().contains_key("code"), "{page:?}");
        assert!(told.contains_key("code"), "{told:?}");
        false
    }
}

#[tokio::test]
async fn an_app_that_registered_itself_asks_each_time_until_it_is_verified() {
    let house = open().await;
    let owner = Desk::of(&house, "owner").await;
    let told = house.register(&document(&json!({}))).await.json();
    let id = told["client_id"].as_str().unwrap();
    let request = request(id, "https://app.example/cb");
    let mut browser = Browser::default();
    browser.code(&house, &request, "listener").await;
    for _ in 0..2 {
        assert!(asks(&house, &mut browser, &request).await, "unverified");
    }
    // Agreeing again gives a code as ever.
    let page = browser.open(&house, &authorize(&request)).await;
    browser.agree(&house, page).await;

    let verified = owner.act(&house, "client.verify", id, None).await;
    assert_eq!(verified.status, StatusCode::OK, "{verified:?}");
    assert!(!asks(&house, &mut browser, &request).await, "verified");

    // What it changes, nobody has looked at.
    let token = told["registration_access_token"].as_str().unwrap();
    let mut change = document(&json!({ "client_name": "Another radio" }));
    change["client_id"] = json!(id);
    let put = house.ask(Method::PUT, &path(&told), token, &change).await;
    assert_eq!(put.status, StatusCode::OK, "{put:?}");
    assert!(asks(&house, &mut browser, &request).await, "changed");
    owner.act(&house, "client.verify", id, None).await;
    assert!(!asks(&house, &mut browser, &request).await);
    owner.act(&house, "client.unverify", id, None).await;
    assert!(asks(&house, &mut browser, &request).await, "no longer");
}

#[tokio::test]
async fn an_app_of_a_day_asks_each_time_and_an_operators_does_not() {
    let house = open().await;
    let uri = "http://127.0.0.1:3000/cb";
    let made = house
        .post("/developers/sandbox/clients", &[("redirect_uri", uri)], &[])
        .await;
    let id = made.json()["client_id"].as_str().unwrap().to_owned();
    let mut browser = Browser::default();
    browser.code(&house, &request(&id, uri), "listener").await;
    assert!(asks(&house, &mut browser, &request(&id, uri)).await);

    let app: Value = document(&json!({ "client_id": "known-radio" }));
    house.idp.add_client(app).await.unwrap();
    let request = request("known-radio", "https://app.example/cb");
    let page = browser.open(&house, &authorize(&request)).await;
    browser.agree(&house, page).await;
    assert!(!asks(&house, &mut browser, &request).await);
}
