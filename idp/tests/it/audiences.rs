//! Resources that an operator registers while the provider runs: found as audiences, one app each, with
//! scope words of their own.

use crate::{
    house::{
        Answer, Browser, House, SECRET, authorize, basic, clients, lend, web_redeem, web_request,
    },
    own::opened,
    register::document,
};
use axum::http::StatusCode;
use credential::jose::Alg;
use idp::RegisterError;
use serde_json::{Value, json};

const API: &str = "https://catalogue.example/v1";
const OTHER: &str = "https://other-api.example";

/// An interface with two words of its own.
fn catalogue(id: &str, uri: &str) -> Value {
    json!({
        "client_id": id, "grant_types": [], "resource": uri,
        "access_token_signing_alg": "ES256",
        "resource_scopes": {
            "catalogue.read": { "en": "read your catalogue", "de": "deinen Katalog lesen" },
            "catalogue.write": { "en": "change your catalogue" },
        },
    })
}

fn asking(resource: &'static str, scope: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut request = web_request();
    request.retain(|(name, _)| *name != "scope");
    request.extend([("scope", scope), ("resource", resource)]);
    request
}

async fn redeemed(house: &House, code: &str) -> Answer {
    let auth = basic("web", SECRET);
    let headers = [("authorization", auth.as_str())];
    house
        .post("/token", &lend(&web_redeem(code)), &headers)
        .await
}

#[tokio::test]
async fn a_resource_of_the_table_gets_tokens_with_the_words_that_were_allowed() {
    let house = House::new().await;
    house.idp.add_client(catalogue("cat", API)).await.unwrap();
    let mut browser = Browser::default();
    let request = asking(API, "openid catalogue.read unheard-of");
    let page = browser.sign_in(&house, &request, "listener").await;
    for said in [
        "use catalogue.example in your name",
        "at catalogue.example: read your catalogue",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("change your catalogue"));
    let code = browser.agree(&house, page).await;
    let tokens = redeemed(&house, &code).await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    let tokens = tokens.json();
    assert_eq!(tokens["scope"], "openid catalogue.read");
    let access = tokens["access_token"].as_str().unwrap();
    let claims = opened(&house, access, Alg::Es256).await;
    assert_eq!(claims["aud"], API);
    assert_eq!(claims["scope"], "openid catalogue.read");

    // The person reads it again at the account, in German too.
    let apps = browser.get(&house, "/account/apps").await;
    assert!(
        apps.body
            .contains("at catalogue.example: read your catalogue")
    );
    let apps = browser.get(&house, "/account/apps?lang=de").await;
    assert!(
        apps.body
            .contains("bei catalogue.example: deinen Katalog lesen")
    );

    // More of it is asked anew; a word without German text is said in English.
    let more = asking(API, "openid catalogue.read catalogue.write");
    let page = browser
        .open(&house, &format!("{}&ui_locales=de", authorize(&more)))
        .await;
    assert!(
        page.body
            .contains("bei catalogue.example: change your catalogue"),
        "{}",
        page.body
    );
    browser.agree(&house, page).await;
    let again = browser.open(&house, &authorize(&more)).await;
    assert!(again.query().contains_key("code"), "agreed to: {again:?}");

    // Switched off, it takes no tokens any more.
    house.idp.switch_client("cat", false).await.unwrap();
    let refused = browser.get(&house, &authorize(&more)).await;
    assert_eq!(refused.query()["error"], "invalid_target");
}

#[tokio::test]
async fn a_word_is_one_resources_and_has_to_be_asked_for() {
    let house = House::new().await;
    house.idp.add_client(catalogue("cat", API)).await.unwrap();
    house.idp.add_client(catalogue("two", OTHER)).await.unwrap();
    let mut browser = Browser::default();
    let both = asking(API, "openid catalogue.read catalogue.write");
    browser.code(&house, &both, "listener").await;
    // The same word of another resource was not agreed to.
    let page = browser
        .open(&house, &authorize(&asking(OTHER, "openid catalogue.read")))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    assert!(
        page.body
            .contains("at other-api.example: read your catalogue")
    );
    browser.agree(&house, page).await;
    let page = browser
        .open(&house, &authorize(&asking(OTHER, "openid catalogue.write")))
        .await;
    assert_eq!(
        page.status,
        StatusCode::OK,
        "allowed there, not here: {page:?}"
    );

    let before = house.digest().await;
    // None of its words: nothing it could open. Without the resource the words mean nothing.
    for (request, error) in [
        (asking(API, "openid profile"), "invalid_target"),
        (asking("https://nobody.example", "openid"), "invalid_target"),
    ] {
        let refused = browser.get(&house, &authorize(&request)).await;
        assert_eq!(refused.query()["error"], error, "{request:?}");
    }
    let mut alone = web_request();
    alone.retain(|(name, _)| *name != "scope");
    alone.push(("scope", "catalogue.read"));
    let refused = browser.get(&house, &authorize(&alone)).await;
    assert_eq!(refused.query()["error"], "invalid_scope");
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn no_two_apps_are_one_resource() {
    let mut apps = clients();
    apps.push(json!({
        "client_id": "fixed", "client_secret": SECRET, "grant_types": [],
        "resource": "https://fixed.example",
    }));
    let house = House::with(apps).await;
    house.idp.add_client(catalogue("cat", API)).await.unwrap();
    let before = house.digest().await;
    for (id, uri) in [
        ("again", API),
        ("slash", "https://catalogue.example/v1/"),
        ("fixed-again", "https://fixed.example"),
        ("ours", "http://listen.localhost:8080"),
    ] {
        let refused = house.idp.add_client(catalogue(id, uri)).await;
        let is_it = matches!(refused, Err(RegisterError::Resource(_)));
        assert!(is_it, "{id}: {refused:?}");
    }
    let taken = house.idp.add_client(catalogue("cat", OTHER)).await;
    assert!(matches!(taken, Err(RegisterError::Taken(_))), "{taken:?}");
    assert_eq!(house.digest().await, before);
    // The database itself holds it: whoever writes past the check is refused.
    let write = house.ground.db.write(|tx| {
        Box::pin(async move {
            let sql = "INSERT INTO idp_client (client_id, state, resource) \
                VALUES ('past', 'enabled', 'https://catalogue.example/v1')";
            sqlx::query(sql).execute(&mut **tx).await?;
            Ok::<_, host::db::Error>(())
        })
    });
    assert!(write.await.is_err());
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn words_of_a_resource_are_its_own_and_an_operators() {
    let house = House::new().await;
    let before = house.digest().await;
    for (what, scopes) in [
        ("no text", json!({ "a": {} })),
        ("German alone", json!({ "a": { "de": "lesen" } })),
        ("no object", json!(["a"])),
        ("a word of ours", json!({ "openid": { "en": "x" } })),
        ("like one of ours", json!({ "resonate.all": { "en": "x" } })),
        ("two words", json!({ "a b": { "en": "x" } })),
        ("a fragment", json!({ "a#b": { "en": "x" } })),
        (
            "turned text",
            json!({ "a": { "en": "read \u{202e}etirw" } }),
        ),
        ("a long text", json!({ "a": { "en": "x".repeat(121) } })),
    ] {
        let mut app = catalogue("cat", API);
        app["resource_scopes"] = scopes;
        let refused = house.idp.add_client(app).await;
        assert!(
            matches!(refused, Err(RegisterError::Refused(_))),
            "{what}: {refused:?}"
        );
    }
    let mut app = catalogue("cat", API);
    app.as_object_mut().unwrap().remove("resource");
    let refused = house.idp.add_client(app).await;
    assert!(refused.is_err(), "words of no resource: {refused:?}");
    assert_eq!(house.digest().await, before);
    // An app that comes by itself is no resource.
    let house = crate::register::open(true).await;
    for change in [
        json!({ "resource": API }),
        json!({ "resource_scopes": { "a": { "en": "x" } } }),
    ] {
        let refused = house.register(&document(&change)).await;
        assert_eq!(
            refused.json()["error"],
            "invalid_client_metadata",
            "{change}"
        );
    }
}
