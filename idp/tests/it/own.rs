//! Tokens of apps by themselves, tokens for resources, and what their audiences are told.

use crate::house::{
    Browser, House, ISSUER, Prover, SECRET, VERIFIER, app_request, authorize, basic, clients, lend,
    web_redeem, web_request,
};
use axum::http::StatusCode;
use credential::jose::{self, Alg, Jwk};
use serde_json::{Map, Value, json};

const API: &str = "https://api.example";

/// The apps of the other tests; a resource with ES256, another with the default; an app that acts
/// on its own behalf.
fn with_resources() -> Vec<Value> {
    let mut apps = clients();
    apps.push(json!({
        "client_id": "api", "client_secret": "api-secret-api-secret", "grant_types": [],
        "resource": "https://api.example/", "access_token_signing_alg": "ES256",
    }));
    apps.push(json!({
        "client_id": "books", "client_secret": "books-secret-books", "grant_types": [],
        "resource": "http://127.0.0.1:9000/books",
    }));
    apps.push(json!({
        "client_id": "robot", "client_secret": SECRET, "grant_types": ["client_credentials"],
        "scope": "openid profile",
    }));
    apps
}

/// The claims of an access token for a resource, by the keys at `/jwks`.
pub async fn opened(house: &House, token: &str, alg: Alg) -> Map<String, Value> {
    let keys = house.get("/jwks").await.json();
    let kid = jose::peek(token).unwrap().0.kid.unwrap();
    let keys = keys["keys"].as_array().unwrap();
    let jwk = keys.iter().find(|key| key["kid"] == kid.as_str()).unwrap();
    jose::verify(token, &Jwk::parse(jwk).unwrap(), "at+jwt", &[alg]).unwrap()
}

async fn own_token(house: &House, form: &[(&str, &str)]) -> crate::house::Answer {
    let auth = basic("robot", SECRET);
    let mut all = vec![("grant_type", "client_credentials")];
    all.extend(form);
    house
        .post("/token", &all, &[("authorization", &auth)])
        .await
}

async fn told(house: &House, token: &str, id: &str, secret: &str) -> Value {
    let auth = basic(id, secret);
    let form = [("token", token), ("token_type_hint", "refresh_token")];
    let answer = house
        .post("/introspect", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn an_app_gets_a_token_for_itself() {
    let house = House::with(with_resources()).await;
    let answer = own_token(&house, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&json!("Bearer"), &json!(600))
    );
    for absent in ["refresh_token", "id_token", "scope"] {
        assert!(body.get(absent).is_none(), "{absent}: {body}");
    }
    let token = body["access_token"].as_str().unwrap();
    assert!(token.starts_with("rs_at_"));
    let known = told(&house, token, "robot", SECRET).await;
    assert_eq!(
        (&known["active"], &known["sub"]),
        (&json!(true), &json!("robot"))
    );
    assert_eq!(known["client_id"], "robot");
    assert_eq!(
        told(&house, token, "web", SECRET).await,
        json!({"active": false}),
        "IN55"
    );
    // It names nobody, so it opens nothing of anybody.
    let bearer = format!("Bearer {token}");
    let me = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED, "{me:?}");
    let auth = basic("robot", SECRET);
    let ended = house
        .post("/revoke", &[("token", token)], &[("authorization", &auth)])
        .await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!(
        told(&house, token, "robot", SECRET).await,
        json!({"active": false})
    );
    let late = own_token(&house, &[]).await.json();
    house.clock.advance(600);
    let late = told(
        &house,
        late["access_token"].as_str().unwrap(),
        "robot",
        SECRET,
    )
    .await;
    assert_eq!(late, json!({"active": false}), "ten minutes");
}

#[tokio::test]
async fn an_app_gets_a_signed_token_for_a_resource_and_nothing_is_stored() {
    let house = House::with(with_resources()).await;
    let before = house.digest().await;
    for (resource, aud, alg) in [
        (API, API, Alg::Es256),
        ("https://api.example/", API, Alg::Es256),
        (
            "http://127.0.0.1:9000/books",
            "http://127.0.0.1:9000/books",
            Alg::EdDsa,
        ),
    ] {
        let answer = own_token(&house, &[("resource", resource)]).await.json();
        let token = answer["access_token"].as_str().unwrap();
        let claims = opened(&house, token, alg).await;
        let now = house.now().seconds();
        for (name, value) in [
            ("iss", json!(ISSUER)),
            ("aud", json!(aud)),
            ("sub", json!("robot")),
            ("client_id", json!("robot")),
            ("iat", json!(now)),
            ("exp", json!(now + 600)),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        assert_eq!(claims.len(), 7, "and a jti, nothing else: {claims:?}");
        let (id, secret) = if aud == API {
            ("api", "api-secret-api-secret")
        } else {
            ("books", "books-secret-books")
        };
        let known = told(&house, token, id, secret).await;
        assert_eq!(
            (&known["active"], &known["aud"]),
            (&json!(true), &json!(aud))
        );
        assert_eq!(
            (&known["sub"], &known["client_id"]),
            (&json!("robot"), &json!("robot"))
        );
        assert_eq!(
            told(&house, token, "web", SECRET).await,
            json!({"active": false}),
            "IN55"
        );
        let auth = basic("robot", SECRET);
        let kept = house
            .post("/revoke", &[("token", token)], &[("authorization", &auth)])
            .await;
        assert_eq!(
            kept.json()["error"],
            "unsupported_token_type",
            "said, not pretended"
        );
    }
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn a_disabled_app_gets_nothing_and_its_token_is_worth_nothing() {
    let house = House::with(with_resources()).await;
    let token = own_token(&house, &[("resource", API)]).await.json();
    let token = token["access_token"].as_str().unwrap();
    house.idp.set_client_enabled("robot", false).await.unwrap();
    let refused = own_token(&house, &[("resource", API)]).await;
    assert_eq!(refused.json()["error"], "invalid_client");
    let known = told(&house, token, "api", "api-secret-api-secret").await;
    assert_eq!(known, json!({"active": false}));
}

#[tokio::test]
async fn in46_an_app_gets_no_grant_it_did_not_register() {
    let house = House::with(with_resources()).await;
    let web = basic("web", SECRET);
    let plain = basic("plain", SECRET);
    let robot = basic("robot", SECRET);
    let before = house.digest().await;
    for (auth, grant, name) in [
        (&web, "client_credentials", "x"),
        (
            &web,
            "urn:ietf:params:oauth:grant-type:device_code",
            "device_code",
        ),
        (&plain, "refresh_token", "refresh_token"),
        (&robot, "authorization_code", "code"),
        (&robot, "refresh_token", "refresh_token"),
    ] {
        let form = [("grant_type", grant), (name, "rs_rt_x")];
        let refused = house
            .post("/token", &form, &[("authorization", auth)])
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            refused.json()["error"],
            "unauthorized_client",
            "IN46 {grant}"
        );
    }
    let public = [("grant_type", "client_credentials"), ("client_id", "app")];
    let refused = house.post("/token", &public, &[]).await;
    assert_eq!(refused.json()["error"], "unauthorized_client", "IN46");
    for (form, error) in [
        (("scope", "openid"), "invalid_scope"),
        (("scope", "resonate.play"), "invalid_scope"),
        (("scope", "a\\b"), "invalid_scope"),
        (("resource", "https://evil.example"), "invalid_target"),
        (("resource", "https://api.example.evil"), "invalid_target"),
        (("resource", "https://API.example"), "invalid_target"),
        // Playing needs a person.
        (
            ("resource", "http://listen.localhost:8080"),
            "invalid_target",
        ),
    ] {
        let refused = own_token(&house, &[form]).await;
        assert_eq!(refused.json()["error"], error, "IN44 {form:?}");
    }
    assert_eq!(house.digest().await, before);
}

/// A code of `web` for a resource, and the form that redeems it.
async fn for_api(house: &House, browser: &mut Browser) -> (String, Value) {
    let mut request = web_request();
    request.push(("resource", API));
    let code = browser.code(house, &request, "listener").await;
    let auth = basic("web", SECRET);
    let form = lend(&web_redeem(&code));
    let tokens = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    (code, tokens.json())
}

#[tokio::test]
async fn in55_a_token_for_a_resource_is_told_of_to_its_app_and_its_audience_by_their_own_names() {
    let house = House::with(with_resources()).await;
    let mut browser = Browser::default();
    let (_, tokens) = for_api(&house, &mut browser).await;
    let access = tokens["access_token"].as_str().unwrap();
    let claims = opened(&house, access, Alg::Es256).await;
    assert_eq!(
        (&claims["aud"], &claims["client_id"]),
        (&json!(API), &json!("web"))
    );
    assert_eq!(
        (&claims["scope"], &claims["acr"]),
        (&json!("openid profile"), &json!("phr"))
    );
    let id = crate::flow::verified(&house, tokens["id_token"].as_str().unwrap(), Alg::Rs256).await;
    assert_ne!(
        claims["sub"], id["sub"],
        "one name at the resource, another at the app"
    );
    let audience = told(&house, access, "api", "api-secret-api-secret").await;
    assert_eq!(audience["active"], true);
    assert_eq!(audience["sub"], claims["sub"]);
    for name in [
        "aud",
        "jti",
        "exp",
        "iat",
        "scope",
        "client_id",
        "iss",
        "acr",
        "auth_time",
    ] {
        assert_eq!(audience[name], claims[name], "{name}");
    }
    let own = told(&house, access, "web", SECRET).await;
    assert_eq!((&own["active"], &own["sub"]), (&json!(true), &id["sub"]));
    for (id, secret) in [
        ("books", "books-secret-books"),
        ("robot", SECRET),
        ("plain", SECRET),
    ] {
        assert_eq!(
            told(&house, access, id, secret).await,
            json!({"active": false}),
            "IN55 {id}"
        );
    }
}

#[tokio::test]
async fn in52_in55_a_token_for_a_resource_opens_nothing_here_and_ends_with_its_grant() {
    let house = House::with(with_resources()).await;
    let (code, tokens) = for_api(&house, &mut Browser::default()).await;
    let access = tokens["access_token"].as_str().unwrap();
    let claims = opened(&house, access, Alg::Es256).await;
    // The name of its row is no token.
    let jti = claims["jti"].as_str().unwrap();
    for shown in [
        jti.to_owned(),
        format!("at+jwt:{jti}"),
        format!("{access}x"),
    ] {
        assert_eq!(
            told(&house, &shown, "web", SECRET).await,
            json!({"active": false}),
            "IN55"
        );
    }
    let bearer = format!("Bearer {access}");
    let me = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED, "IN52");
    let auth = basic("web", SECRET);
    let headers = [("authorization", auth.as_str())];
    house
        .post("/token", &lend(&web_redeem(&code)), &headers)
        .await;
    let ended = told(&house, access, "api", "api-secret-api-secret").await;
    assert_eq!(ended, json!({"active": false}), "the code was shown again");
}

#[tokio::test]
async fn in56_an_app_revokes_its_signed_token_and_no_other() {
    let house = House::with(with_resources()).await;
    let (_, tokens) = for_api(&house, &mut Browser::default()).await;
    let access = tokens["access_token"].as_str().unwrap();
    let before = house.digest().await;
    for (id, secret) in [("api", "api-secret-api-secret"), ("robot", SECRET)] {
        let auth = basic(id, secret);
        let foreign = house
            .post("/revoke", &[("token", access)], &[("authorization", &auth)])
            .await;
        assert_eq!(foreign.status, StatusCode::OK, "IN56");
        assert_eq!(house.digest().await, before, "IN56 {id}");
    }
    let known = told(&house, access, "api", "api-secret-api-secret").await;
    assert_eq!(known["active"], true, "IN56: {known}");
    let auth = basic("web", SECRET);
    house
        .post("/revoke", &[("token", access)], &[("authorization", &auth)])
        .await;
    let known = told(&house, access, "api", "api-secret-api-secret").await;
    assert_eq!(known, json!({"active": false}));
}

#[tokio::test]
async fn in44_a_resource_is_agreed_to_and_stays_the_same() {
    let house = House::with(with_resources()).await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    // What was allowed without it is no agreement to it.
    let mut request = web_request();
    request.push(("resource", API));
    let page = browser.open(&house, &authorize(&request)).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    assert!(
        page.body.contains("use api.example in your name"),
        "{page:?}"
    );
    let code = browser.agree(&house, page).await;
    let auth = basic("web", SECRET);
    let before = house.digest().await;
    for other in [
        "http://127.0.0.1:9000/books",
        "https://evil.example",
        "http://listen.localhost:8080",
    ] {
        let mut form = lend(&web_redeem(&code));
        form.push(("resource", other));
        let refused = house
            .post("/token", &form, &[("authorization", &auth)])
            .await;
        assert_eq!(refused.json()["error"], "invalid_target", "IN44 {other}");
        assert_eq!(house.digest().await, before, "IN44 {other}");
    }
    let mut form = lend(&web_redeem(&code));
    form.push(("resource", "https://api.example/"));
    let tokens = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    let apps = browser.get(&house, "/account/apps").await;
    assert!(
        apps.body.contains("use api.example in your name"),
        "{apps:?}"
    );
    // A resource that is switched off takes no more tokens.
    let again = browser.get(&house, &authorize(&request)).await.query();
    let again = again["code"].clone();
    house.idp.set_client_enabled("api", false).await.unwrap();
    let refused = house
        .post(
            "/token",
            &lend(&web_redeem(&again)),
            &[("authorization", &auth)],
        )
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        told(&house, &access, "web", SECRET).await,
        json!({"active": false})
    );
    let answer = browser.get(&house, &authorize(&request)).await;
    assert_eq!(answer.query()["error"], "invalid_target");
}

#[tokio::test]
async fn in44_a_refreshed_token_is_for_the_same_resource() {
    let house = House::with(with_resources()).await;
    let mut request = app_request();
    request.push(("resource", API));
    let code = Browser::default().code(&house, &request, "listener").await;
    let mut prover = Prover::new(7);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = prover.post(&house, "/token", &form).await.json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", refresh),
    ];
    let before = house.digest().await;
    form.push(("resource", "http://127.0.0.1:9000/books"));
    let refused = prover.post(&house, "/token", &form).await;
    assert_eq!(refused.json()["error"], "invalid_target", "IN44");
    assert_eq!(house.digest().await, before, "IN44");
    form.pop();
    form.extend([("resource", API), ("scope", "openid")]);
    let less = prover.post(&house, "/token", &form).await.json();
    let claims = opened(&house, less["access_token"].as_str().unwrap(), Alg::Es256).await;
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!(API), &json!("openid"))
    );
    assert_eq!(claims["cnf"]["jkt"], prover.jkt());
    let known = told(
        &house,
        less["access_token"].as_str().unwrap(),
        "api",
        "api-secret-api-secret",
    )
    .await;
    assert_eq!(
        (&known["token_type"], &known["cnf"]["jkt"]),
        (&json!("DPoP"), &json!(prover.jkt()))
    );
}
