//! Signing out: by an app with a hint of this very login, else by the person; and the list of logins.

use crate::house::{
    Browser, House, SECRET, authorize, basic, encoded, lend, web_redeem, web_request,
};
use axum::http::StatusCode;

/// Signs in and gets the ID Token of `web`.
async fn id_token(house: &House, browser: &mut Browser, who: &str) -> String {
    let code = browser.code(house, &web_request(), who).await;
    let auth = basic("web", SECRET);
    let form = lend(&web_redeem(&code));
    let tokens = house
        .post("/token", &form, &[("authorization", &auth)])
        .await
        .json();
    tokens["id_token"].as_str().unwrap().to_owned()
}

async fn signed_in(house: &House, browser: &mut Browser) -> bool {
    let mut silent = web_request();
    silent.push(("prompt", "none"));
    browser
        .get(house, &authorize(&silent))
        .await
        .query()
        .contains_key("code")
}

fn logout(pairs: &[(&str, &str)]) -> String {
    format!("/logout?{}", encoded(pairs))
}

#[tokio::test]
async fn an_app_ends_the_login_it_knows() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let hint = id_token(&house, &mut browser, "listener").await;
    let pairs = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", "https://app.example/bye"),
        ("state", "a b"),
    ];
    let answer = browser.get(&house, &logout(&pairs)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(answer.location(), "https://app.example/bye?state=a+b");
    assert_eq!(answer.header("clear-site-data"), "\"cookies\", \"storage\"");
    assert!(!signed_in(&house, &mut browser).await);
}

#[tokio::test]
async fn in57_in58_in59_otherwise_the_person_is_asked() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let hint = id_token(&house, &mut browser, "listener").await;
    let mut elsewhere = Browser::default();
    let other_login = id_token(&house, &mut elsewhere, "listener").await;
    let bye = ("post_logout_redirect_uri", "https://app.example/bye");
    let before = house.digest().await;
    for (code, pairs) in [
        (
            "IN57 unregistered",
            vec![
                ("id_token_hint", &*hint),
                ("post_logout_redirect_uri", "https://evil.example/"),
            ],
        ),
        (
            "IN57 query added",
            vec![
                ("id_token_hint", &*hint),
                ("post_logout_redirect_uri", "https://app.example/bye?x=1"),
            ],
        ),
        ("IN58 no hint", vec![bye]),
        ("IN58 nothing", vec![]),
        (
            "IN58 another login's",
            vec![("id_token_hint", &*other_login), bye],
        ),
        ("no address", vec![("id_token_hint", &*hint)]),
    ] {
        let answer = browser.get(&house, &logout(&pairs)).await;
        assert_eq!(answer.status, StatusCode::OK, "{code}: {answer:?}");
        assert!(
            answer.body.contains("name=\"logout\" value=\"yes\""),
            "{code}"
        );
        assert!(
            answer.body.contains("name=\"logout\" value=\"no\""),
            "{code}"
        );
    }
    let forged = format!("{}x", &hint[..hint.len() - 1]);
    let answer = browser
        .get(&house, &logout(&[("id_token_hint", &forged), bye]))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "IN59");
    assert!(answer.body.contains("logout-hint-refused"), "IN59");
    assert_eq!(house.digest().await, before, "nothing ended");
    assert!(signed_in(&house, &mut browser).await);
}

#[tokio::test]
async fn the_person_decides() {
    let house = House::new().await;
    let mut browser = Browser::default();
    id_token(&house, &mut browser, "listener").await;
    let page = browser.get(&house, "/logout").await;
    let token = page.field("form_token");
    let stale = browser
        .post(
            &house,
            "/logout",
            &[("form_token", "AAAA"), ("logout", "yes")],
        )
        .await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    let kept = browser
        .post(
            &house,
            "/logout",
            &[("form_token", &token), ("logout", "no")],
        )
        .await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    assert!(signed_in(&house, &mut browser).await);
    let out = browser
        .post(
            &house,
            "/logout",
            &[("form_token", &token), ("logout", "yes")],
        )
        .await;
    assert_eq!(out.status, StatusCode::OK);
    assert!(!signed_in(&house, &mut browser).await);
}

/// The login that the page offers to end.
fn other_login(page: &str) -> String {
    let form = page.split("End this login").next().unwrap();
    let value = form.rsplit("name=\"login\" value=\"").next().unwrap();
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn people_see_their_logins_and_end_them() {
    let house = House::new().await;
    let (mut here, mut there, mut artist) =
        (Browser::default(), Browser::default(), Browser::default());
    id_token(&house, &mut here, "listener").await;
    id_token(&house, &mut there, "listener").await;
    id_token(&house, &mut artist, "artist").await;
    assert_eq!(
        Browser::default().get(&house, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    let page = here.get(&house, "/account/logins").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let token = page.field("form_token");
    let named = other_login(&page.body);
    // Another person's login is not found.
    id_token(&house, &mut Browser::default(), "artist").await;
    let foreign = artist
        .get(&house, "/account/logins")
        .await
        .field("form_token");
    let form = [("form_token", foreign.as_str()), ("login", named.as_str())];
    assert_eq!(
        artist
            .post(&house, "/account/logins/end", &form)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert!(signed_in(&house, &mut there).await);
    let form = [("form_token", token.as_str()), ("login", named.as_str())];
    let ended = here.post(&house, "/account/logins/end", &form).await;
    assert_eq!(ended.location(), "/account/logins");
    assert!(!signed_in(&house, &mut there).await);
    assert!(signed_in(&house, &mut here).await);
}
