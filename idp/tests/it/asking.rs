//! What an app may ask for at `/authorize` and gets: prompts and their combinations, subjects, ages
//! and strengths, languages; and how long a login holds.

use crate::house::{
    Answer, Browser, House, SECRET, authorize, basic, lend, web_redeem, web_request,
};
use axum::http::StatusCode;
use credential::jose;
use serde_json::{Map, Value, json};

type Pairs = Vec<(&'static str, &'static str)>;

fn with(more: &[(&'static str, &str)]) -> Pairs {
    let mut request = web_request();
    let more = more.iter().map(|(name, value)| {
        let value: &'static str = (*value).to_owned().leak();
        (*name, value)
    });
    request.extend(more);
    request
}

/// The claims of the ID Token for a code of `web`.
async fn claims(house: &House, code: &str) -> Map<String, Value> {
    let auth = basic("web", SECRET);
    let form = lend(&web_redeem(code));
    let answer = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let answer = answer.json();
    jose::peek(answer["id_token"].as_str().unwrap()).unwrap().1
}

fn code(answer: &Answer) -> String {
    let query = answer.query();
    query
        .get("code")
        .unwrap_or_else(|| panic!("a code: {answer:?}"))
        .clone()
}

#[tokio::test]
async fn an_app_may_ask_for_one_person_and_gets_them_or_nobody() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let first = browser.code(&house, &web_request(), "listener").await;
    let own = claims(&house, &first).await["sub"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut artist = Browser::default();
    let first = artist.code(&house, &web_request(), "artist").await;
    let other = claims(&house, &first).await["sub"]
        .as_str()
        .unwrap()
        .to_owned();
    let ask = |place: &str, sub: Value| json!({ place: { "sub": sub } });
    for wish in [
        ask("id_token", json!({ "value": own })),
        ask("userinfo", json!({ "value": own })),
        ask("id_token", json!({ "values": [other, own] })),
        ask("id_token", json!({ "essential": true })),
        ask("id_token", Value::Null),
        json!({ "id_token": null, "userinfo": null }),
    ] {
        for prompt in ["none", "x-unknown"] {
            let request = with(&[("claims", &wish.to_string()), ("prompt", prompt)]);
            let answer = browser.get(&house, &authorize(&request)).await;
            assert!(answer.query().contains_key("code"), "{wish}: {answer:?}");
        }
    }
    let both = json!({
        "id_token": { "sub": { "value": own } }, "userinfo": { "sub": { "value": other } },
    });
    let before = house.digest().await;
    for wish in [
        ask("id_token", json!({ "value": other })),
        ask("userinfo", json!({ "value": other })),
        ask("id_token", json!({ "value": 7 })),
        ask("id_token", json!({ "values": [] })),
        both,
    ] {
        for prompt in ["none", "x-unknown"] {
            let request = with(&[("claims", &wish.to_string()), ("prompt", prompt)]);
            let answer = browser.get(&house, &authorize(&request)).await;
            assert_eq!(answer.query()["error"], "login_required", "{wish}");
        }
    }
    assert_eq!(house.digest().await, before, "nothing changed");
    // Nobody signed in: who comes is asked for, and the wrong person gets no code.
    let request = with(&[(
        "claims",
        &ask("id_token", json!({ "value": own })).to_string(),
    )]);
    let answer = Browser::default().sign_in(&house, &request, "artist").await;
    assert_eq!(answer.query()["error"], "login_required");
    let mut right = Browser::default();
    let answer = right.sign_in(&house, &request, "listener").await;
    assert!(answer.query().contains_key("code"), "{answer:?}");
}

#[tokio::test]
async fn the_time_of_the_proof_is_told_where_it_is_asked_for() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let proven = house.now().seconds();
    let first = browser.code(&house, &web_request(), "listener").await;
    assert!(!claims(&house, &first).await.contains_key("auth_time"));
    house.clock.advance(50);
    for (name, value) in [
        ("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#),
        ("claims", r#"{"id_token":{"auth_time":null}}"#),
        ("max_age", "3600"),
    ] {
        let answer = browser
            .get(&house, &authorize(&with(&[(name, value)])))
            .await;
        let told = claims(&house, &code(&answer)).await;
        assert_eq!(told["auth_time"], proven, "{name} {value}");
    }
    // By form as well as by query.
    let request = with(&[("max_age", "3600"), ("response_mode", "form_post")]);
    let page = browser.get(&house, &authorize(&request)).await;
    assert_eq!(page.status, StatusCode::OK);
    let told = claims(&house, &page.field("code")).await;
    assert_eq!(told["auth_time"], proven);
    let request = with(&[("prompt", "none"), ("response_mode", "form_post")]);
    let page = Browser::default().get(&house, &authorize(&request)).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    assert_eq!(page.field("error"), "login_required");
    assert_eq!(
        (page.field("state"), page.field("iss")),
        ("s".into(), crate::house::ISSUER.into())
    );
}

#[tokio::test]
async fn prompts_may_be_combined_and_unknown_ones_are_left_out() {
    let house = House::new().await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    for (prompt, asks_who, asks_leave) in [
        ("x-unknown", false, false),
        ("consent", false, true),
        ("login", true, false),
        ("select_account", true, false),
        ("login consent", true, true),
        ("consent select_account x-unknown", true, true),
    ] {
        let request = with(&[("prompt", prompt)]);
        let page = browser.open(&house, &authorize(&request)).await;
        let who = page.body.contains("name=\"demo_as\"");
        assert_eq!(who, asks_who, "{prompt}: {page:?}");
        let page = match who {
            true => browser.sign_in(&house, &request, "listener").await,
            false => page,
        };
        let leave = page.body.contains("name=\"decision\"");
        assert_eq!(leave, asks_leave, "{prompt}: {page:?}");
        browser.agree(&house, page).await;
    }
    for prompt in [
        "none login",
        "none consent",
        "none x-unknown",
        "consent none",
    ] {
        let answer = browser
            .get(&house, &authorize(&with(&[("prompt", prompt)])))
            .await;
        assert_eq!(answer.query()["error"], "invalid_request", "IN22 {prompt}");
    }
}

#[tokio::test]
async fn who_is_to_make_an_account_is_shown_how_and_may_still_sign_in() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let request = with(&[("prompt", "create"), ("ui_locales", "de")]);
    let join = browser.open(&house, &authorize(&request)).await;
    assert!(join.body.contains("id=\"join\""), "{join:?}");
    assert!(join.body.contains("lang=\"de\""));
    // "Another way" leads to all of them, and back to the app.
    let other = join.body.split("href=\"/interaction/").nth(1).unwrap();
    let other = format!("/interaction/{}", other.split('"').next().unwrap());
    let page = browser.open(&house, &other).await;
    let (ix, token) = (page.field("ix"), page.field("form_token"));
    let form = [
        ("ix", ix.as_str()),
        ("form_token", &token),
        ("demo_as", "listener"),
    ];
    let answer = browser.post(&house, "/demo/as", &form).await;
    let next = answer.location().to_owned();
    let page = browser.open(&house, &next).await;
    browser.agree(&house, page).await;
    // A login that stands does not stand in for a new account.
    let again = browser.open(&house, &authorize(&request)).await;
    assert!(again.body.contains("id=\"join\""), "{again:?}");
}

#[tokio::test]
async fn pages_of_a_sign_in_speak_the_language_the_app_asks_for() {
    let house = House::new().await;
    for (tags, lang) in [
        ("tlh de", "de"),
        ("de-AT en", "de"),
        ("en de", "en"),
        ("tlh", "en"),
    ] {
        let mut browser = Browser::default();
        let request = with(&[("ui_locales", tags)]);
        let page = browser.open(&house, &authorize(&request)).await;
        let marked = format!("<html lang=\"{lang}\"");
        assert!(page.body.contains(&marked), "{tags}: the ways in");
        let (ix, token) = (page.field("ix"), page.field("form_token"));
        let form = [
            ("ix", ix.as_str()),
            ("form_token", &token),
            ("demo_as", "listener"),
        ];
        let answer = browser.post(&house, "/demo/as", &form).await;
        let next = answer.location().to_owned();
        let page = browser.open(&house, &next).await;
        assert!(page.body.contains("name=\"decision\""), "{page:?}");
        assert!(page.body.contains(&marked), "{tags}: the agreement");
    }
}

#[tokio::test]
async fn a_step_up_says_what_was_reached_and_keeps_the_apps_name_for_the_login() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let first = browser.code(&house, &web_request(), "listener").await;
    let before = claims(&house, &first).await;
    // As if it had been proven by a wallet's key alone.
    house
        .execute("UPDATE idp_session SET acr = 'urn:resonate:acr:wallet', amr = 'pop swk'")
        .await;
    house.clock.advance(100);
    let weak = browser.get(&house, &authorize(&web_request())).await;
    let weak = claims(&house, &code(&weak)).await;
    assert_eq!(weak["acr"], "urn:resonate:acr:wallet");
    assert_eq!(weak["amr"], json!(["pop", "swk"]));
    let demand = r#"{"id_token":{"acr":{"essential":true,"values":["phr"]},"auth_time":null}}"#;
    let silent = with(&[("claims", demand), ("prompt", "none")]);
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(answer.query()["error"], "unmet_authentication_requirements");
    let cookie = browser.jar["si"].clone();
    let request = with(&[("claims", demand)]);
    let strong = browser.code(&house, &request, "listener").await;
    let strong = claims(&house, &strong).await;
    assert_eq!(strong["acr"], "phr");
    assert_eq!(strong["amr"], json!(["pop", "user", "mfa"]));
    assert_eq!(strong["auth_time"], house.now().seconds());
    assert_eq!(strong["sid"], before["sid"], "one login, one name");
    assert_ne!(browser.jar["si"], cookie, "a new id at each proof");
    let mut old = Browser::default();
    old.jar.insert("si".into(), cookie);
    let silent = with(&[("prompt", "none")]);
    let answer = old.get(&house, &authorize(&silent)).await;
    assert_eq!(
        answer.query()["error"],
        "login_required",
        "the old id is dead"
    );
    // Another browser is another login, with another name.
    let mut elsewhere = Browser::default();
    let there = elsewhere.code(&house, &web_request(), "listener").await;
    assert_ne!(claims(&house, &there).await["sid"], before["sid"]);
}

#[tokio::test]
async fn a_login_ends_after_seven_days_unused_and_after_thirty_in_any_case() {
    const DAY: i64 = 86_400;
    let house = House::new().await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    let silent = with(&[("prompt", "none")]);
    let mut passed = 0;
    // Used every six days it goes on, but not past the thirtieth.
    while passed < 24 {
        house.clock.advance(6 * DAY);
        passed += 6;
        let answer = browser.get(&house, &authorize(&silent)).await;
        assert!(
            answer.query().contains_key("code"),
            "day {passed}: {answer:?}"
        );
    }
    house.clock.advance(6 * DAY - 1);
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert!(answer.query().contains_key("code"), "{answer:?}");
    house.clock.advance(1);
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(answer.query()["error"], "login_required", "thirty days");
    let mut idle = Browser::default();
    idle.code(&house, &web_request(), "listener").await;
    house.clock.advance(7 * DAY);
    let answer = idle.get(&house, &authorize(&silent)).await;
    assert_eq!(answer.query()["error"], "login_required", "seven days idle");
}

#[tokio::test]
async fn every_address_of_the_metadata_answers() {
    let house = House::new().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/openid-credential-issuer",
    ] {
        let document = house.get(path).await.json();
        let issuer = crate::house::ISSUER;
        for (name, value) in document.as_object().unwrap() {
            let url = value.as_str().and_then(|url| url.strip_prefix(issuer));
            let Some(path) = url.filter(|path| path.starts_with('/')) else {
                continue;
            };
            let got = house.get(path).await.status;
            let posted = house.post(path, &[], &[]).await.status;
            for status in [got, posted] {
                assert!(status != StatusCode::NOT_FOUND, "{name}");
                assert!(!status.is_server_error(), "{name}: {status}");
            }
            let neither = got == StatusCode::METHOD_NOT_ALLOWED && got == posted;
            assert!(!neither, "{name} answers neither GET nor POST");
        }
    }
}

/// A wish for a handle stands in the field; what is no handle is nobody's wish.
#[tokio::test]
async fn the_handle_an_app_wishes_for_stands_on_the_page() {
    let house = House::new().await;
    for (hint, stands) in [
        ("quiet-heron", Some("quiet-heron")),
        ("Quiet-Heron", Some("quiet-heron")),
        ("ada@mail.example", None),
        ("\"><script>", None),
        ("admin", None),
        ("a", None),
    ] {
        let mut browser = Browser::default();
        let request = with(&[("prompt", "create"), ("login_hint", hint)]);
        let join = browser.open(&house, &authorize(&request)).await;
        let field = join.body.split("id=\"handle\"").nth(1).unwrap();
        let shown = field.split("value=\"").nth(1).unwrap();
        let shown = shown.split('"').next().unwrap();
        match stands {
            Some(stands) => assert_eq!(shown, stands, "{hint}"),
            None => assert!(
                kernel::Handle::parse(shown).is_ok() && shown != hint,
                "{hint}"
            ),
        }
        // In another browser the sign-in is nobody's, and so is its wish.
        let ix = join.body.split("data-ix=\"").nth(1).unwrap();
        let path = format!("/join?ix={}", ix.split('"').next().unwrap());
        let other = Browser::default().get(&house, &path).await;
        assert!(!other.body.contains("quiet-heron"), "{hint}");
    }
}
