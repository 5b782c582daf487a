//! The account's API: who may call it, and what it refuses.

use crate::{
    authenticator::Authenticator,
    house::{Answer, Browser, CHALLENGE, House, ISSUER, Prover, VERIFIER, authorize, lend},
    people::{Person, call},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use kernel::b64;
use serde_json::{Value, json};

#[tokio::test]
async fn what_changes_something_needs_the_form_token_of_this_browser() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "first-one", 21).await;
    let mut other = Person::joined(&house, "second-one", 22).await;
    let foreign = other.token(&house).await;
    let own = me
        .call(&house, Method::GET, "/api/account", None)
        .await
        .json();
    assert_eq!(own["handle"], "first-one");
    assert_eq!(own["ways_in"], 1);
    let before = house.digest().await;
    for token in [None, Some(""), Some("AAAA"), Some(foreign.as_str())] {
        for (method, path, body) in doors() {
            let answer = call(&house, &mut me.browser, method, &path, body, token).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
            assert_eq!(answer.json()["type"], "/problems/form-stale", "{path}");
        }
    }
    // Signed out, nothing is told either.
    let mut nobody = Browser::default();
    for path in ["", "/passkeys", "/logins", "/apps", "/log"] {
        let path = format!("/api/account{path}");
        let answer = call(&house, &mut nobody, Method::GET, &path, None, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(house.digest().await, before);
    let token = own["form_token"].as_str().unwrap().to_owned();
    let body = Some(json!({ "which": "others" }));
    let path = "/api/account/logins/end";
    let ended = call(
        &house,
        &mut me.browser,
        Method::POST,
        path,
        body,
        Some(&token),
    )
    .await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{ended:?}");
}

/// Every door that changes something, with a body it would take.
fn doors() -> Vec<(Method, String, Option<Value>)> {
    let at = |path: &str| format!("/api/account{path}");
    vec![
        (Method::POST, at("/confirm"), Some(json!({}))),
        (Method::POST, at("/passkeys/options"), Some(json!({}))),
        (
            Method::POST,
            at("/passkeys"),
            Some(json!({ "ceremony": "a~b", "credential": {} })),
        ),
        (
            Method::PATCH,
            at("/passkeys/x"),
            Some(json!({ "name": "x" })),
        ),
        (Method::DELETE, at("/passkeys/x"), None),
        (
            Method::PATCH,
            at("/logins/x"),
            Some(json!({ "label": "x" })),
        ),
        (Method::DELETE, at("/logins/x"), None),
        (
            Method::POST,
            at("/logins/end"),
            Some(json!({ "which": "all" })),
        ),
        (Method::DELETE, at("/apps/x"), None),
        (Method::POST, at("/data"), Some(json!({ "format": "csv" }))),
        (Method::POST, at("/close"), Some(json!({ "confirm": true }))),
    ]
}

#[tokio::test]
async fn an_unknown_member_is_refused_and_nothing_is_changed() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "strict-one", 23).await;
    let before = house.digest().await;
    for (method, path, body) in doors() {
        let Some(mut body) = body else { continue };
        body["role"] = "owner".into();
        let answer = me.call(&house, method, &path, Some(body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(answer.json()["type"], "/problems/unknown-field", "{path}");
    }
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn what_is_another_persons_is_not_found() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "mine-own", 24).await;
    let mut other = Person::joined(&house, "your-own", 25).await;
    let mut spare = Authenticator::new(26, ISSUER, false);
    me.add(&house, &mut spare, "").await;
    let theirs = b64::encode(&other.passkey.id);
    let logins = other
        .call(&house, Method::GET, "/api/account/logins", None)
        .await;
    let login = logins.json()[0]["id"].as_str().unwrap().to_owned();
    let before = house.digest().await;
    let passkey = format!("/api/account/passkeys/{theirs}");
    let session = format!("/api/account/logins/{login}");
    for (method, path, body) in [
        (Method::PATCH, &passkey, Some(json!({ "name": "x" }))),
        (Method::DELETE, &passkey, None),
        (Method::PATCH, &session, Some(json!({ "label": "x" }))),
        (Method::DELETE, &session, None),
    ] {
        let answer = me.call(&house, method, path, body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
    }
    assert_eq!(house.digest().await, before);
    let still = other.page(&house, "/account").await;
    assert!(still.body.contains("your-own"));
}

/// A token of the wallet for that scope, bound to a key.
async fn token(house: &House, browser: &mut Browser, prover: &mut Prover, scope: &str) -> Answer {
    let request = [
        ("client_id", "resonate-wallet"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1:5000/cb"),
        ("scope", scope),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let answer = browser.open(house, &authorize(&request)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", answer.query()["code"].clone()),
        ("redirect_uri", "http://127.0.0.1:5000/cb".to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
        ("client_id", "resonate-wallet".to_owned()),
    ];
    prover.post(house, "/token", &lend(&form)).await
}

/// Calls the API with a token.
async fn by_token(
    house: &House,
    prover: &mut Prover,
    method: Method,
    path: &str,
    token: &str,
) -> Answer {
    for _ in 0..2 {
        let proof = prover.proof(house, &method, path, Some(token));
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header("dpop", proof)
            .header(header::ORIGIN, &house.ground.origins.wallet);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        prover.nonce = Some(answer.header("dpop-nonce").to_owned());
        if !answer.body.contains("use_dpop_nonce") {
            return answer;
        }
    }
    panic!("the nonce just given is refused");
}

#[tokio::test]
async fn the_wallet_acts_for_its_owner_by_a_bound_token_of_that_scope() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "by-wallet", 27).await;
    let mut spare = Authenticator::new(28, ISSUER, false);
    me.add(&house, &mut spare, "").await;
    let mut prover = Prover::new(40);
    let narrow = token(&house, &mut me.browser, &mut prover, "openid").await;
    let narrow = narrow.json()["access_token"].as_str().unwrap().to_owned();
    let path = "/api/account/passkeys";
    let refused = by_token(&house, &mut prover, Method::GET, path, &narrow).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    assert_eq!(refused.json()["error"], "insufficient_scope");

    let wide = token(
        &house,
        &mut me.browser,
        &mut prover,
        "openid resonate.account",
    )
    .await;
    let wide = wide.json()["access_token"].as_str().unwrap().to_owned();
    let listed = by_token(&house, &mut prover, Method::GET, path, &wide).await;
    assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    assert_eq!(
        listed.header("access-control-allow-origin"),
        house.ground.origins.wallet
    );
    // Fresh as the sign-in it came from: it removes, and five minutes later no more.
    let one = format!("{path}/{}", b64::encode(&spare.id));
    house.clock.advance(301);
    let stale = by_token(&house, &mut prover, Method::DELETE, &one, &wide).await;
    assert!(
        stale.body.contains("insufficient_user_authentication"),
        "{stale:?}"
    );
    assert_eq!(me.passkeys(&house).await.len(), 2);
    // Without its proof it opens nothing, and cookies are not asked for.
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {wide}"));
    let request = request.header(header::COOKIE, me.browser.cookies());
    let bearer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(bearer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_scope_of_the_account_is_for_our_own_apps_alone() {
    let greedy = json!({
        "client_id": "greedy", "client_name": "Greedy", "client_secret": "greedy-secret-greedy",
        "redirect_uris": ["https://greedy.example/cb"], "scope": "openid resonate.account",
    });
    let house = House::with(vec![greedy]).await;
    let request = |scope| {
        [
            ("client_id", "greedy"),
            ("response_type", "code"),
            ("redirect_uri", "https://greedy.example/cb"),
            ("scope", scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    };
    let answer = house
        .get(&authorize(&request("openid resonate.account")))
        .await;
    assert_eq!(answer.query()["error"], "invalid_scope");
    let page = house.get(&authorize(&request("openid"))).await;
    assert!(page.location().starts_with("/interaction/"), "{page:?}");
}

#[tokio::test]
async fn only_the_wallets_origin_may_ask_before_it_sends() {
    let house = House::new().await;
    let wallet = house.ground.origins.wallet.clone();
    for (origin, open) in [(wallet.as_str(), true), ("https://evil.example", false)] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri("/api/account/passkeys")
            .header(header::ORIGIN, origin)
            .header("access-control-request-method", "GET");
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status == StatusCode::NO_CONTENT, open, "{answer:?}");
        let said = answer.header("access-control-allow-origin");
        assert_eq!(said, if open { origin } else { "" });
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}
