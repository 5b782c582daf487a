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

const BYE: (&str, &str) = ("post_logout_redirect_uri", "https://app.example/bye");

#[tokio::test]
async fn a_hint_counts_however_old_it_is_by_get_and_by_post() {
    for by_post in [false, true] {
        let house = House::new().await;
        let mut browser = Browser::default();
        let hint = id_token(&house, &mut browser, "listener").await;
        // The token is long over and its key replaced; the login holds.
        house.clock.advance(6 * 86_400);
        assert!(house.idp.rotate("RS256", true).await.unwrap());
        let pairs = [
            ("id_token_hint", hint.as_str()),
            ("client_id", "web"),
            BYE,
            ("state", "x"),
        ];
        let answer = if by_post {
            browser.post(&house, "/logout", &pairs).await
        } else {
            browser.get(&house, &logout(&pairs)).await
        };
        assert_eq!(answer.location(), "https://app.example/bye?state=x");
        assert!(!signed_in(&house, &mut browser).await);
    }
}

#[tokio::test]
async fn who_is_signed_out_already_goes_back_to_the_app_and_nowhere_else() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let hint = id_token(&house, &mut browser, "listener").await;
    let mut nobody = Browser::default();
    let hinted = ("id_token_hint", hint.as_str());
    for (pairs, to) in [
        (vec![hinted, BYE], "https://app.example/bye"),
        (
            vec![hinted, ("client_id", "web"), BYE],
            "https://app.example/bye",
        ),
        (
            vec![
                hinted,
                ("post_logout_redirect_uri", "https://evil.example/"),
            ],
            "",
        ),
        (vec![BYE], ""),
        (vec![("client_id", "web"), BYE], ""),
    ] {
        let answer = nobody.get(&house, &logout(&pairs)).await;
        assert_eq!(answer.location(), to, "{pairs:?}: {answer:?}");
        assert_eq!(answer.header("clear-site-data"), "\"cookies\", \"storage\"");
    }
    assert!(
        signed_in(&house, &mut browser).await,
        "another browser's login holds"
    );
}

#[tokio::test]
async fn in59_a_hint_of_another_app_than_the_one_that_asks_is_refused() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let hint = id_token(&house, &mut browser, "listener").await;
    let before = house.digest().await;
    let access = "rs_at_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";
    for (token, app) in [
        (hint.as_str(), "other"),
        (hint.as_str(), "nobody"),
        (access, "web"),
        ("eyJhbGciOiJub25lIn0.e30.", "web"),
    ] {
        let pairs = [("id_token_hint", token), ("client_id", app), BYE];
        for refused in [
            browser.get(&house, &logout(&pairs)).await,
            browser.post(&house, "/logout", &pairs).await,
            Browser::default().get(&house, &logout(&pairs)).await,
        ] {
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{app}");
            assert!(refused.body.contains("logout-hint-refused"));
            assert_eq!(refused.location(), "");
        }
    }
    let twice = browser
        .get(&house, "/logout?id_token_hint=a&id_token_hint=b")
        .await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.digest().await, before);
    assert!(signed_in(&house, &mut browser).await);
}

/// The hint is of an earlier login of this browser: the person is asked, in the app's language, and
/// the answer leads back to the app.
#[tokio::test]
async fn in58_who_is_asked_still_goes_back_to_the_app() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let hint = id_token(&house, &mut browser, "listener").await;
    let leave = browser
        .get(&house, &logout(&[("id_token_hint", &hint), BYE]))
        .await;
    assert_eq!(leave.status, StatusCode::SEE_OTHER);
    id_token(&house, &mut browser, "listener").await;
    let pairs = [
        ("id_token_hint", hint.as_str()),
        BYE,
        ("state", "a&b"),
        ("ui_locales", "tlh de"),
    ];
    for page in [
        browser.get(&house, &logout(&pairs)).await,
        browser.post(&house, "/logout", &pairs).await,
    ] {
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        assert!(page.body.contains("<html lang=\"de\""), "{page:?}");
        assert!(page.body.contains("Web player"), "who asks is named");
        assert!(page.body.contains("app.example"), "and where it leads");
        let csp = page.header("content-security-policy");
        assert!(
            csp.contains("form-action 'self' https://app.example;"),
            "{csp}"
        );
    }
    let page = browser.get(&house, &logout(&pairs)).await;
    let fields: Vec<(&str, String)> = ["form_token", "id_token_hint", "state", "ui_locales"]
        .into_iter()
        .chain(["post_logout_redirect_uri"])
        .map(|name| (name, page.field(name).replace("&#38;", "&")))
        .collect();
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    form.push(("logout", "yes"));
    let before = house.digest().await;
    let forged: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| match *name {
            "id_token_hint" => (*name, "x.y.z"),
            _ => (*name, *value),
        })
        .collect();
    let refused = browser.post(&house, "/logout", &forged).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "looked at anew");
    assert_eq!(house.digest().await, before);
    let out = browser.post(&house, "/logout", &form).await;
    assert_eq!(
        out.location(),
        "https://app.example/bye?state=a%26b",
        "{out:?}"
    );
    assert!(!signed_in(&house, &mut browser).await);
}
