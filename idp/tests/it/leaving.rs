//! Logins and agreements that end without anybody pressing a button: an app deletes itself, a login
//! runs out.

use crate::{
    backchannel::{Receiver, app, claims, request, tick, tokens, verified, waiting},
    house::{Browser, CHALLENGE, House, VERIFIER, authorize, basic, encoded, lend},
    register::{document, open, path},
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const BACK: &str = "https://app.example/cb";

fn asking(id: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_id", id),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", "openid offline_access"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// Tokens of somebody at a registered app.
async fn visited(house: &House, browser: &mut Browser, told: &Value, who: &str) -> Value {
    let id = told["client_id"].as_str().unwrap();
    let code = browser.code(house, &asking(id), who).await;
    let form = [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", BACK.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ];
    let auth = basic(id, told["client_secret"].as_str().unwrap());
    let headers = [("authorization", auth.as_str())];
    let answer = house.post("/token", &lend(&form), &headers).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

async fn rows(house: &House, table: &str, id: &str) -> i64 {
    let sql = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table} WHERE client_id = '{id}'");
    house.cell(sql.leak()).await
}

/// Neither its secret nor its tokens are worth anything any more.
async fn opens_nothing(house: &House, told: &Value, tokens: &Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let auth = basic(
        told["client_id"].as_str().unwrap(),
        told["client_secret"].as_str().unwrap(),
    );
    let headers = [("authorization", auth.as_str())];
    let refused = house.post("/token", &form, &headers).await;
    assert_eq!(refused.json()["error"], "invalid_client");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let info = house.post("/userinfo", &[], &headers).await;
    assert_eq!(info.status, StatusCode::UNAUTHORIZED);
}

/// Neither a sign-in nor the person's own pages know it.
async fn is_unknown(house: &House, browser: &mut Browser, id: &str) {
    let unknown = browser.get(house, &authorize(&asking(id))).await;
    assert!(unknown.body.contains("client-unknown"), "{unknown:?}");
    let apps = browser.get(house, "/account/apps").await;
    assert!(!apps.body.contains(id), "{}", apps.body);
}

/// Ends the login of this browser by the page that asks.
async fn sign_out(house: &House, browser: &mut Browser, hint: &str) {
    let end = format!("/logout?{}", encoded(&[("id_token_hint", hint)]));
    let ask = browser.get(house, &end).await;
    let token = ask.main_field("form_token");
    let form = [("form_token", token.as_str()), ("logout", "yes")];
    browser.post(house, "/logout", &form).await;
}

#[tokio::test]
async fn an_app_that_deletes_itself_leaves_nothing_and_is_told_of_each_login() {
    let receiver = Receiver::listening().await;
    let house = open(true).await;
    let with = json!({ "backchannel_logout_uri": receiver.uri.clone() });
    let told = house.register(&document(&with)).await.json();
    let other = house.register(&document(&with)).await.json();
    let id = told["client_id"].as_str().unwrap();
    let (mut here, mut there) = (Browser::default(), Browser::default());
    let first = visited(&house, &mut here, &told, "listener").await;
    let second = visited(&house, &mut there, &told, "artist").await;
    // Beside it, another app of the same person; and one who stays connected without a login.
    let page = here
        .open(
            &house,
            &authorize(&asking(other["client_id"].as_str().unwrap())),
        )
        .await;
    here.agree(&house, page).await;
    let mut brief = Browser::default();
    let third = visited(&house, &mut brief, &told, "artist").await;
    sign_out(&house, &mut brief, third["id_token"].as_str().unwrap()).await;
    assert_eq!(receiver.heard().len(), 1, "that login ended before");

    let token = told["registration_access_token"].as_str().unwrap();
    receiver.will_answer(&[StatusCode::INTERNAL_SERVER_ERROR]);
    let gone = house
        .ask(Method::DELETE, &path(&told), token, &Value::Null)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    // One was not heard: it is told again though the app is gone.
    assert_eq!(waiting(&house).await, 1);
    house.clock.advance(60);
    tick(&house).await;
    assert_eq!(waiting(&house).await, 0);
    let heard = receiver.heard();
    assert_eq!(heard.len(), 3, "two logins, one of them twice");
    let mut sids = Vec::new();
    for token in &heard {
        let claims = verified(&house, token, "logout+jwt").await;
        assert_eq!(claims["aud"], id);
        sids.push(claims["sid"].clone());
    }
    for tokens in [&first, &second] {
        let sid = &claims(&house, &tokens["id_token"]).await["sid"];
        assert!(sids.contains(sid), "{sid}");
        opens_nothing(&house, &told, tokens).await;
    }
    for table in ["idp_consent", "idp_session_client", "idp_registration"] {
        assert_eq!(rows(&house, table, id).await, 0, "{table}");
    }
    let open = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM idp_grant \
        WHERE client_id = '{id}' AND ended IS NULL"
    );
    assert_eq!(house.cell::<i64>(open.leak()).await, 0);
    is_unknown(&house, &mut here, id).await;

    // The other app has all it had; what is left of this one goes with the hour.
    assert_eq!(
        rows(&house, "idp_consent", other["client_id"].as_str().unwrap()).await,
        1
    );
    house.clock.advance(2 * 3600);
    tick(&house).await;
    assert_eq!(rows(&house, "idp_client", id).await, 0);
}

#[tokio::test]
async fn a_login_that_runs_out_is_told_once() {
    const DAY: i64 = 86_400;
    let (one, two) = (Receiver::listening().await, Receiver::listening().await);
    let apps = vec![
        app("one", "ES256", &one.uri, true),
        app("two", "ES256", &two.uri, true),
    ];
    let house = House::with(apps).await;
    let mut browser = Browser::default();
    let brief = tokens(&house, &mut browser, "one", "openid").await;
    let stays = tokens(&house, &mut browser, "two", "openid offline_access").await;
    house.clock.advance(7 * DAY - 3600);
    tick(&house).await;
    assert_eq!((one.heard().len(), two.heard().len()), (0, 0), "it holds");
    // Seven days without use.
    house.clock.advance(2 * 3600);
    for _ in 0..3 {
        tick(&house).await;
        house.clock.advance(3600);
    }
    for (receiver, tokens) in [(&one, &brief), (&two, &stays)] {
        let heard = receiver.heard();
        assert_eq!(heard.len(), 1, "once");
        let told = verified(&house, &heard[0], "logout+jwt").await;
        let of = claims(&house, &tokens["id_token"]).await;
        assert_eq!((&told["sid"], &told["sub"]), (&of["sid"], &of["sub"]));
    }
    assert_eq!(waiting(&house).await, 0);
    // As with a login that was ended: what stays connected stays.
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", stays["refresh_token"].as_str().unwrap()),
    ];
    let auth = basic("two", crate::house::SECRET);
    let again = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    let open: i64 = house
        .cell("SELECT CAST(COUNT(*) AS BIGINT) FROM idp_grant WHERE ended IS NULL")
        .await;
    assert_eq!(open, 1);
    let mut silent = request("one", "openid");
    silent.push(("prompt", "none"));
    let answer = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(answer.query()["error"], "login_required");
}
