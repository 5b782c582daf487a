//! `auth_time`: the instant of a proof, as OpenID Connect Core has it and its conformance tests check
//! it, and never one that another app knows.

use crate::house::{Browser, CHALLENGE, House, SECRET, VERIFIER, authorize, basic, clients, lend};
use credential::jose;
use serde_json::{Map, Value, json};

fn apps() -> Vec<Value> {
    let mut apps = clients();
    for id in ["one", "two"] {
        apps.push(json!({
            "client_id": id, "client_secret": SECRET, "scope": "openid offline_access",
            "redirect_uris": [format!("https://{id}.example/cb")],
        }));
    }
    apps
}

/// A request of an app, with what it adds.
fn request(id: &str, more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut query = vec![
        ("client_id", &*id.to_owned().leak()),
        ("response_type", "code"),
        ("redirect_uri", &*format!("https://{id}.example/cb").leak()),
        ("scope", "openid offline_access"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    query.extend(more);
    query
}

async fn tokens(house: &House, id: &str, form: &[(&'static str, String)]) -> Value {
    let auth = basic(id, SECRET);
    let headers = [("authorization", auth.as_str())];
    house.post("/token", &lend(form), &headers).await.json()
}

fn claims(tokens: &Value) -> Map<String, Value> {
    jose::peek(tokens["id_token"].as_str().unwrap()).unwrap().1
}

async fn redeem(house: &House, id: &str, code: String) -> Value {
    let form = [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", format!("https://{id}.example/cb")),
        ("code_verifier", VERIFIER.to_owned()),
    ];
    tokens(house, id, &form).await
}

/// A visit: whether a proof was asked for, and the tokens.
async fn visit(
    house: &House,
    browser: &mut Browser,
    id: &str,
    more: &[(&'static str, &'static str)],
) -> (bool, Value) {
    let query = request(id, more);
    let page = browser.open(house, &authorize(&query)).await;
    let proves = page.body.contains("name=\"demo_as\"");
    let code = match proves {
        true => browser.code(house, &query, "listener").await,
        false => browser.agree(house, page).await,
    };
    (proves, redeem(house, id, code).await)
}

#[tokio::test]
async fn without_a_new_proof_it_stays_and_with_one_it_grows() {
    let house = House::with(apps()).await;
    let mut browser = Browser::default();
    // Not asked for, not told.
    let (_, first) = visit(&house, &mut browser, "one", &[]).await;
    assert!(!claims(&first).contains_key("auth_time"));
    let proof = house.now().seconds();
    // oidcc-max-age-10000: no new proof, the same instant, however often.
    for (later, more) in [
        (40, ("max_age", "15000")),
        (900, ("max_age", "10000")),
        (900, ("max_age", "10000")),
        (
            10,
            ("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#),
        ),
        (10, ("prompt", "none")),
    ] {
        house.clock.advance(later);
        let more = match more.0 {
            "prompt" => vec![more, ("max_age", "10000")],
            _ => vec![more],
        };
        let (proves, told) = visit(&house, &mut browser, "one", &more).await;
        assert!(!proves, "{more:?}");
        assert_eq!(claims(&told)["auth_time"], proof, "{more:?}");
    }
    // oidcc-max-age-1, oidcc-prompt-login: a new proof, a later instant, and young enough.
    let mut before = proof;
    for more in [("max_age", "1"), ("prompt", "login"), ("max_age", "0")] {
        house.clock.advance(2);
        let more = [more, ("claims", r#"{"id_token":{"auth_time":null}}"#)];
        let (proves, told) = visit(&house, &mut browser, "one", &more).await;
        assert!(proves, "{more:?}");
        let at = claims(&told)["auth_time"].as_i64().unwrap();
        assert!(before < at && at == house.now().seconds(), "{more:?}");
        before = at;
    }
    // A refreshed ID Token says when the person proved themself, not when it was made (Core 12.2).
    let (_, told) = visit(&house, &mut browser, "one", &[("max_age", "9000")]).await;
    house.clock.advance(500);
    let form = [
        ("grant_type", "refresh_token".to_owned()),
        (
            "refresh_token",
            told["refresh_token"].as_str().unwrap().to_owned(),
        ),
    ];
    let fresh = tokens(&house, "one", &form).await;
    assert_eq!(claims(&fresh)["auth_time"], before);
    assert_eq!(claims(&fresh)["sub"], claims(&told)["sub"]);
}

#[tokio::test]
async fn no_app_is_told_of_a_proof_that_was_made_for_another() {
    let house = House::with(apps()).await;
    let mut browser = Browser::default();
    let (_, one) = visit(&house, &mut browser, "one", &[("max_age", "9000")]).await;
    let first = claims(&one)["auth_time"].clone();
    house.clock.advance(100);
    // Without a demand the login is enough, and nothing is said of its age anywhere.
    let (proves, two) = visit(&house, &mut browser, "two", &[]).await;
    assert!(!proves, "one login for all");
    assert!(!claims(&two).contains_key("auth_time"));
    let form = [("token", two["access_token"].as_str().unwrap())];
    let auth = basic("two", SECRET);
    let asked = house
        .post("/introspect", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(asked.json()["active"], true);
    assert!(asked.json().get("auth_time").is_none(), "{asked:?}");
    // A wish goes without; a demand needs a proof of its own visit.
    let wish = [("claims", r#"{"id_token":{"auth_time":null}}"#)];
    let (proves, two) = visit(&house, &mut browser, "two", &wish).await;
    assert!(!proves && !claims(&two).contains_key("auth_time"));
    let silent = request("two", &[("max_age", "9000"), ("prompt", "none")]);
    let refused = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(refused.query()["error"], "login_required");
    house.clock.advance(100);
    let (proves, two) = visit(&house, &mut browser, "two", &[("max_age", "9000")]).await;
    assert!(proves);
    assert_eq!(claims(&two)["auth_time"], house.now().seconds());
    house.clock.advance(100);
    let (proves, again) = visit(&house, &mut browser, "two", &[("max_age", "9000")]).await;
    assert!(!proves);
    assert_eq!(claims(&again)["auth_time"], claims(&two)["auth_time"]);

    // The first app still knows its own, though another proof was made since, and no more than that.
    let (proves, one) = visit(&house, &mut browser, "one", &[("max_age", "9000")]).await;
    assert!(!proves);
    assert_eq!(claims(&one)["auth_time"], first);
    let (proves, one) = visit(&house, &mut browser, "one", &[("max_age", "250")]).await;
    assert!(proves, "its own proof is 300 seconds old");
    assert_eq!(claims(&one)["auth_time"], house.now().seconds());
    assert_ne!(claims(&one)["auth_time"], claims(&two)["auth_time"]);
}
