//! What `/authorize`, `/par` and the pages of a sign-in refuse. A refused request changes no table.

use crate::authorize_cases::{PAGES, Page, TOLD, Told};
use crate::house::{
    Answer, Browser, House, ISSUER, Prover, SECRET, app_request, authorize, basic, consent_path,
    encoded, lend, web_redeem, web_request,
};
use axum::http::StatusCode;
use serde_json::Value;

/// The request with a change: a value, several values, or none.
fn changed(
    base: &[(&'static str, &'static str)],
    name: &'static str,
    values: &[&'static str],
) -> Vec<(&'static str, &'static str)> {
    let mut request = base.to_vec();
    request.retain(|(known, _)| *known != name);
    request.extend(values.iter().map(|value| (name, *value)));
    request
}

/// The standing expectation: nothing changed, and the honest flow still completes.
async fn unharmed(house: &House, before: &str, what: &str) {
    assert_eq!(house.digest().await, before, "{what}: a table changed");
}

async fn completes(house: &House) {
    let mut browser = Browser::default();
    let code = browser.code(house, &web_request(), "listener").await;
    let auth = basic("web", SECRET);
    let form = lend(&web_redeem(&code));
    let answer = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn the_vectors_of_authorize_by_get_and_by_post() {
    let text = include_str!("../../../tests/vectors/identity.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    let v = &vectors["authorize"];
    let house = House::new().await;
    for case in v["cases"].as_array().unwrap() {
        let mut members = v["base"].as_object().unwrap().clone();
        for (name, value) in case["change"].as_object().unwrap() {
            members.insert(name.clone(), value.clone());
        }
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for (name, value) in &members {
            pairs.extend(
                values(value)
                    .into_iter()
                    .map(|value| (name.as_str(), value)),
            );
        }
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, &**v)).collect();
        for by_post in [false, true] {
            let before = house.digest().await;
            let answer = if by_post {
                house.post("/authorize", &pairs, &[]).await
            } else {
                house.get(&authorize(&pairs)).await
            };
            let after = house.digest().await;
            as_the_vector_says(case, by_post, &answer, before == after);
        }
    }
}

fn as_the_vector_says(case: &Value, by_post: bool, answer: &Answer, unchanged: bool) {
    let name = format!("{} by post: {by_post}", case["name"]);
    let error = case["error"].as_str().unwrap_or_default();
    match case["expect"].as_str().unwrap() {
        "page" => {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {answer:?}");
            assert!(answer.body.contains(error), "{name}");
            assert_eq!(answer.location(), "", "{name}");
            assert!(unchanged, "{name}: a table changed");
        }
        // What needs the browser's login is known only after the GET.
        "redirect" if by_post && error == "login_required" => {}
        "redirect" => {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {answer:?}");
            assert!(
                answer.location().starts_with("https://app.example/cb?"),
                "{name}"
            );
            let query = answer.query();
            assert_eq!(query["error"], error, "{name}");
            assert_eq!(
                (query["state"].as_str(), query["iss"].as_str()),
                ("s", ISSUER)
            );
            assert!(!query.contains_key("code"), "{name}");
            assert!(unchanged, "{name}: a table changed");
        }
        _ if by_post => {
            assert!(
                answer.location().starts_with("/authorize?client_id=web&"),
                "{name}"
            );
        }
        _ => assert!(
            answer.location().starts_with("/interaction/"),
            "{name}: {answer:?}"
        ),
    }
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(all) => all.iter().map(|v| v.as_str().unwrap().to_owned()).collect(),
        Value::Object(long) => {
            let times = usize::try_from(long["times"].as_u64().unwrap()).unwrap();
            vec![long["repeat"].as_str().unwrap().repeat(times)]
        }
        other => vec![other.as_str().unwrap().to_owned()],
    }
}

/// Refused with a page: nobody is told.
#[tokio::test]
async fn in01_to_in09_and_in19_end_at_a_page() {
    let house = House::new().await;
    let before = house.digest().await;
    for Page {
        code,
        app,
        name,
        values,
        slug,
    } in PAGES
    {
        let base = if *app == "web" {
            web_request()
        } else {
            app_request()
        };
        let answer = house.get(&authorize(&changed(&base, name, values))).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{code} {values:?}: {answer:?}"
        );
        assert!(
            answer.body.contains(slug),
            "{code} {values:?}: {}",
            answer.body
        );
        assert_eq!(answer.location(), "", "{code}");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        unharmed(&house, &before, code).await;
    }
    completes(&house).await;
}

/// Refused with a redirect: the app is told, with its state and our name.
#[tokio::test]
async fn in11_to_in26_are_told_to_the_app() {
    let house = House::new().await;
    let long: &'static str = "en ".repeat(3500).leak();
    let too_long = Told {
        code: "IN23",
        name: "ui_locales",
        values: vec![long].leak(),
        error: "invalid_request",
    };
    let before = house.digest().await;
    for Told {
        code,
        name,
        values,
        error,
    } in TOLD.iter().chain([&too_long])
    {
        let answer = house
            .get(&authorize(&changed(&web_request(), name, values)))
            .await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{code} {values:?}: {answer:?}"
        );
        assert!(
            !answer.location().starts_with('/'),
            "{code} {values:?}: accepted"
        );
        let query = answer.query();
        assert_eq!(query["error"], *error, "{code} {values:?}");
        assert_eq!(
            (query["state"].as_str(), query["iss"].as_str()),
            ("s", ISSUER),
            "{code}"
        );
        assert!(
            query["error_uri"].starts_with(&format!("{ISSUER}/problems/")),
            "{code}"
        );
        unharmed(&house, &before, code).await;
    }
    completes(&house).await;
}

#[tokio::test]
async fn in10_a_disabled_app_gets_no_code() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let page = browser.sign_in(&house, &web_request(), "listener").await;
    let (path, token) = (consent_path(&page), page.field("form_token"));
    house.idp.set_client_enabled("web", false).await.unwrap();
    let before = house.digest().await;
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    let refused = browser.post(&house, &path, &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("client-disabled"));
    unharmed(&house, &before, "IN10").await;
    let begun = house.get(&authorize(&web_request())).await;
    assert_eq!(begun.status, StatusCode::FORBIDDEN);
    house.idp.set_client_enabled("web", true).await.unwrap();
    let allowed = browser.post(&house, &path, &form).await;
    assert!(allowed.query().contains_key("code"), "{allowed:?}");
}

#[tokio::test]
async fn in13_where_pkce_may_be_left_out_a_verifier_may_not_come_unasked() {
    let house = House::new().await;
    let request = [
        ("client_id", "plain"),
        ("response_type", "code"),
        ("redirect_uri", "https://old.example/cb"),
        ("scope", "openid"),
    ];
    let code = Browser::default().code(&house, &request, "listener").await;
    let auth = basic("plain", SECRET);
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://old.example/cb"),
    ];
    let good = form.clone();
    form.push(("code_verifier", crate::house::VERIFIER));
    let refused = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let answer = house
        .post("/token", &good, &[("authorization", &auth)])
        .await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "the code is still its owner's: {answer:?}"
    );
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "rs_rt_x"),
    ];
    let refused = house
        .post("/token", &refresh, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.json()["error"], "unauthorized_client", "IN46");
}

#[tokio::test]
async fn in19_a_pushed_request_is_its_own_apps_for_ninety_seconds() {
    let house = House::new().await;
    let auth = basic("web", SECRET);
    let mut form = web_request();
    form.retain(|(name, _)| *name != "client_id");
    let pushed = house
        .post("/par", &form, &[("authorization", &auth)])
        .await
        .json();
    let name: &'static str = pushed["request_uri"].as_str().unwrap().to_owned().leak();
    let before = house.digest().await;
    let foreign = house
        .get(&authorize(&[("client_id", "other"), ("request_uri", name)]))
        .await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    assert!(foreign.body.contains("request-uri-dead"));
    house.clock.advance(91);
    let late = house
        .get(&authorize(&[("client_id", "web"), ("request_uri", name)]))
        .await;
    assert!(late.body.contains("request-uri-dead"));
    unharmed(&house, &before, "IN19").await;
    for (what, pair, error) in [
        (
            "a request in a request",
            ("request_uri", "urn:x"),
            "invalid_request",
        ),
        (
            "a signed request",
            ("request", "x.y.z"),
            "request_not_supported",
        ),
        (
            "another address",
            ("redirect_uri", "https://evil.example/cb"),
            "invalid_request",
        ),
        (
            "a scope too many",
            ("scope", "openid resonate.play"),
            "invalid_scope",
        ),
    ] {
        let form = changed(&form, pair.0, &[pair.1]);
        let refused = house.post("/par", &form, &[("authorization", &auth)]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{what}");
        assert_eq!(refused.json()["error"], error, "{what}");
    }
    unharmed(&house, &before, "refused pushes").await;
}

#[tokio::test]
async fn in20_an_app_that_must_push_its_requests_is_told_so() {
    let house = House::new().await;
    let redirect: &'static str = format!("{}/cb", house.ground.origins.listen).leak();
    let mut request = changed(&web_request(), "client_id", &["listen"]);
    request = changed(&request, "redirect_uri", &[redirect]);
    request = changed(&request, "scope", &["openid"]);
    let refused = house.get(&authorize(&request)).await;
    assert_eq!(refused.query()["error"], "invalid_request");
}

#[tokio::test]
async fn in21_in25_a_silent_request_never_shows_a_page() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let page = browser.sign_in(&house, &web_request(), "listener").await;
    let silent = changed(&web_request(), "prompt", &["none"]);
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(
        answer.query()["error"],
        "consent_required",
        "signed in, not agreed"
    );
    browser.agree(&house, page).await;
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert!(answer.query().contains_key("code"), "{answer:?}");

    // IN25: an ID Token of someone else as hint.
    let mut artist = Browser::default();
    let code = artist.code(&house, &web_request(), "artist").await;
    let auth = basic("web", SECRET);
    let tokens = house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await;
    let hint: &'static str = tokens.json()["id_token"]
        .as_str()
        .unwrap()
        .to_owned()
        .leak();
    for prompt in [&["none"][..], &[]] {
        let request = changed(
            &changed(&web_request(), "prompt", prompt),
            "id_token_hint",
            &[hint],
        );
        let answer = browser.get(&house, &authorize(&request)).await;
        assert_eq!(answer.query()["error"], "login_required");
    }
    // Made for another app it is no hint here (IN24).
    let request = [
        ("client_id", "other"),
        ("response_type", "code"),
        ("redirect_uri", "https://other.example/cb"),
        ("scope", "openid"),
        ("id_token_hint", hint),
        ("code_challenge", crate::house::CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let answer = browser.get(&house, &authorize(&request)).await;
    assert_eq!(answer.query()["error"], "invalid_request");
}

#[tokio::test]
async fn in27_a_planted_login_dies_at_the_proof() {
    let house = House::new().await;
    let mut attacker = Browser::default();
    attacker.code(&house, &web_request(), "artist").await;
    let planted = attacker.jar["si"].clone();
    let mut victim = Browser::default();
    victim.jar.insert("si".into(), planted.clone());
    let request = changed(&web_request(), "prompt", &["login"]);
    victim.code(&house, &request, "listener").await;
    assert_ne!(victim.jar["si"], planted, "a new id");
    let silent = changed(&web_request(), "prompt", &["none"]);
    let answer = attacker.get(&house, &authorize(&silent)).await;
    assert_eq!(
        answer.query()["error"],
        "login_required",
        "the planted one is dead"
    );
}

#[tokio::test]
async fn in28_in29_a_step_belongs_to_its_browser_and_its_page() {
    let house = House::new().await;
    let mut a = Browser::default();
    let page = a.sign_in(&house, &web_request(), "listener").await;
    let (path, token) = (consent_path(&page), page.field("form_token"));
    let mut b = Browser::default();
    b.sign_in(&house, &web_request(), "artist").await;
    let before = house.digest().await;
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    let foreign = b.post(&house, &path, &form).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert!(foreign.body.contains("wrong-browser"));
    // The cookie of the sign-in alone, without its login: whoever planted it gets no code.
    let mut half = Browser::default();
    half.jar.insert("ix".into(), a.jar["ix"].clone());
    let refused = half.post(&house, &path, &form).await;
    assert!(!refused.location().contains("code="), "{refused:?}");
    half.jar.insert("si".into(), b.jar["si"].clone());
    let refused = half.post(&house, &path, &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // IN29: no token, another purpose's, another site.
    for token in ["", "AAAA", &b.jar["ix"]] {
        let refused = a
            .post(
                &house,
                &path,
                &[("form_token", token), ("decision", "allow")],
            )
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("form-stale"));
    }
    let cookies = a
        .jar
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect::<Vec<_>>()
        .join("; ");
    let cross = [
        ("cookie", cookies.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    let refused = house.post(&path, &form, &cross).await;
    assert!(refused.body.contains("form-stale"));
    unharmed(&house, &before, "IN28, IN29").await;
    // Restarting by GET shows A's own page, and A still completes.
    let restarted = b.get(&house, path.trim_end_matches("/consent")).await;
    assert_eq!(restarted.status, StatusCode::FORBIDDEN);
    let allowed = a.post(&house, &path, &form).await;
    assert!(allowed.query().contains_key("code"), "{allowed:?}");
}

#[tokio::test]
async fn a_sign_in_ends_after_fifteen_minutes() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let page = browser.sign_in(&house, &web_request(), "listener").await;
    let (path, token) = (consent_path(&page), page.field("form_token"));
    house.clock.advance(15 * 60);
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    let over = browser.post(&house, &path, &form).await;
    assert_eq!(over.status, StatusCode::GONE);
    assert!(over.body.contains("flow-expired"));
}

#[tokio::test]
async fn in47_a_request_by_post_is_a_small_form() {
    let house = House::new().await;
    let before = house.digest().await;
    let json = [("content-type", "application/json")];
    let request = axum::http::Request::post("/authorize").header(json[0].0, json[0].1);
    let answer = house.send(request.body("{}".into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let big = "x".repeat(17 * 1024);
    let answer = house.post("/authorize", &[("state", &big)], &[]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    unharmed(&house, &before, "IN47").await;
}

#[tokio::test]
async fn in41_a_key_named_in_the_request_is_demanded_of_the_code() {
    let house = House::new().await;
    let (mut own, mut thief) = (Prover::new(1), Prover::new(2));
    let jkt: &'static str = own.jkt().leak();
    let mut request = app_request();
    request.push(("dpop_jkt", jkt));
    let code = Browser::default().code(&house, &request, "listener").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", crate::house::VERIFIER),
    ];
    house.post("/token", &form, &[]).await;
    let before = house.digest().await;
    assert_eq!(
        thief.post(&house, "/token", &form).await.json()["error"],
        "invalid_grant"
    );
    assert_eq!(
        house.post("/token", &form, &[]).await.json()["error"],
        "invalid_grant"
    );
    unharmed(&house, &before, "IN41").await;
    assert_eq!(
        own.post(&house, "/token", &form).await.status,
        StatusCode::OK
    );
    // A pushed request takes the key of its proof.
    let mut push = app_request();
    push.push(("dpop_jkt", jkt));
    let refused = thief.post(&house, "/par", &push).await;
    assert_eq!(refused.json()["error"], "invalid_dpop_proof");
    assert_eq!(
        own.post(&house, "/par", &push).await.status,
        StatusCode::CREATED
    );
    assert!(encoded(&push).contains(jkt));
}
