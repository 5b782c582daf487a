//! Signing in by a wallet on another device: the picture, its number, and what it never opens.

use crate::{
    house::{Answer, Browser, House, ISSUER, authorize, consent_path, web_request},
    wallet::{Wallet, asked},
};
use axum::http::StatusCode;
use credential::{jose, vp::Request};
use serde_json::{Value, json};

const ACR_QR: &str = "urn:resonate:acr:qr";

/// A browser that shows a picture.
struct Screen {
    browser: Browser,
    ix: String,
    token: String,
    page: Answer,
}

impl Screen {
    /// Opens an app's sign-in and presses the button for another device.
    async fn open(house: &House) -> Self {
        let mut browser = Browser::default();
        let page = browser.open(house, &authorize(&web_request())).await;
        let (ix, token) = (page.field("ix"), page.field("form_token"));
        let mut screen = Self {
            browser,
            ix,
            token,
            page,
        };
        screen.press(house, "show").await;
        screen
    }

    fn path(&self, below: &str) -> String {
        format!("/interaction/{}/{below}", self.ix)
    }

    /// Presses a button of the page and follows to where it leads.
    async fn press(&mut self, house: &House, button: &str) {
        let form = [("form_token", self.token.as_str()), ("qr", button)];
        let path = self.path("qr");
        let sent = self.browser.post(house, &path, &form).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
        let next = sent.location().to_owned();
        self.page = self.browser.open(house, &next).await;
    }

    /// The request behind the picture, as a wallet reads it, and the number beside it.
    async fn request(&self, house: &House) -> (Request, String) {
        let between = |from: &str, to: &str| {
            let rest = self.page.body.split(from).nth(1).expect("on the page");
            rest.split(to).next().unwrap().to_owned()
        };
        let address = between("id=\"qr-link\" tabindex=\"0\"><code>", "<");
        let number = between("id=\"qr-digits\">", "<");
        let path = address.strip_prefix(ISSUER).expect("our address");
        let led = house.get(path).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
        let request = asked(house, led.location());
        assert!(request.other_device, "the wallet is told to ask the number");
        (request, number)
    }

    async fn poll(&mut self, house: &House) -> String {
        let path = self.path("poll");
        let answer = self.browser.get(house, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["status"].as_str().unwrap().to_owned()
    }
}

async fn holder(house: &House, copies: usize) -> Wallet {
    let mut wallet = Wallet::new(7);
    wallet.join(house, "far-heron").await;
    wallet.receive(house, copies).await;
    wallet
}

async fn respond(house: &House, request: &Request, token: &str, number: &str) -> Answer {
    let form = [
        ("state", request.state.as_str()),
        ("vp_token", token),
        ("number", number),
    ];
    house.post("/vp/s", &form, &[]).await
}

#[tokio::test]
async fn a_wallet_elsewhere_signs_this_screen_in_and_is_led_nowhere() {
    let house = House::new().await;
    let mut wallet = holder(&house, 2).await;
    let mut screen = Screen::open(&house).await;
    assert_eq!(screen.poll(&house).await, "waiting");
    assert!(screen.page.body.contains("<svg class=\"qr\" role=\"img\""));
    assert!(
        !screen.page.body.contains("style="),
        "no style stands in it"
    );

    let (request, number) = screen.request(&house).await;
    let token = wallet.present(&house, &request, &["account"]);
    let answer = respond(&house, &request, &token, &number).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json(), json!({}), "no redirect_uri");

    assert_eq!(screen.poll(&house).await, "answered");
    screen.press(&house, "go").await;
    let page = std::mem::replace(&mut screen.page, house.get("/").await);
    let code = screen.browser.agree(&house, page).await;
    let claims = redeemed(&house, &code).await;
    assert_eq!(claims["acr"], ACR_QR);
    assert_eq!(claims["amr"], json!(["pop"]));
    assert_eq!(screen.poll(&house).await, "moved");
}

pub async fn redeemed(house: &House, code: &str) -> serde_json::Map<String, Value> {
    let auth = crate::house::basic("web", crate::house::SECRET);
    let redeem = crate::house::lend(&crate::house::web_redeem(code));
    let headers = [("authorization", auth.as_str())];
    let tokens = house.post("/token", &redeem, &headers).await.json();
    jose::peek(tokens["id_token"].as_str().unwrap()).unwrap().1
}

/// IN75: in this mode too the fifth bad answer closes the request; a wrong number counts as one.
#[tokio::test]
async fn in75_a_picture_is_closed_by_five_wrong_numbers() {
    let house = House::new().await;
    let mut wallet = holder(&house, 6).await;
    let mut screen = Screen::open(&house).await;
    let (request, number) = screen.request(&house).await;
    let wrong = if number == "10" { "11" } else { "10" };
    let before = house.digest().await;
    for (try_, number) in [wrong, "", wrong, "4711", wrong].into_iter().enumerate() {
        let token = wallet.present(&house, &request, &["account"]);
        let answer = respond(&house, &request, &token, number).await;
        let reason = if try_ == 4 {
            "wallet-refused"
        } else {
            "number"
        };
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let told = json!({ "error": "invalid_request", "reason": reason });
        assert_eq!(answer.json(), told, "{try_}");
    }
    assert_eq!(screen.poll(&house).await, "closed");
    let token = wallet.present(&house, &request, &["account"]);
    let late = respond(&house, &request, &token, &number).await;
    assert_eq!(late.json()["reason"], "wallet-refused", "{late:?}");
    house
        .execute("UPDATE idp_vp_tx SET tries = 0, status = 'open' WHERE status = 'closed'")
        .await;
    assert_eq!(
        house.digest().await,
        before,
        "nothing but the count changed"
    );
    let opened = house.get(&format!("/vp/r/{}", request.state)).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);

    // A same-device answer with a number, and a number where none was shown: refused alike.
    let (_, here) = crate::joins::to_wallet(&house, &mut Browser::default()).await;
    let refused = respond(&house, &here, "{}", "42").await;
    assert_eq!(refused.json()["reason"], "number");
}

/// IN72: only the screen that shows the picture goes on, once, and no code travels that another could
/// bring.
#[tokio::test]
async fn in72_the_answer_to_a_picture_is_worth_nothing_in_another_browser() {
    let house = House::new().await;
    let mut wallet = holder(&house, 1).await;
    let mut screen = Screen::open(&house).await;
    let (request, number) = screen.request(&house).await;
    let token = wallet.present(&house, &request, &["account"]);
    assert_eq!(
        respond(&house, &request, &token, &number).await.status,
        StatusCode::OK
    );
    let thief = Screen::open(&house).await;
    let before = house.digest().await;
    let mut other = thief.browser.clone();
    let form = [("form_token", thief.token.as_str()), ("qr", "go")];
    let stolen = [("response_code", request.state.as_str())];
    for refused in [
        other.post(&house, &screen.path("qr"), &form).await,
        other.get(&house, &screen.path("qr")).await,
        other.get(&house, &screen.path("poll")).await,
        other.post(&house, &screen.path("back"), &stolen).await,
        other.post(&house, &thief.path("back"), &stolen).await,
    ] {
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        assert!(refused.body.contains("wrong-browser"), "{refused:?}");
        assert_eq!(house.digest().await, before);
    }
    let unsent = [("form_token", "AAAA"), ("qr", "go")];
    let stale = screen
        .browser
        .post(&house, &screen.path("qr"), &unsent)
        .await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    assert!(stale.body.contains("form-stale"));
    assert_eq!(house.digest().await, before);
    screen.press(&house, "go").await;
    let consent = consent_path(&screen.page);
    // A second press finds the sign-in further on, and makes no second login.
    let before = house.digest().await;
    screen.press(&house, "go").await;
    assert_eq!(consent_path(&screen.page), consent);
    assert_eq!(house.digest().await, before);
}

/// IN26: where more is demanded the way is not shown, and asking for it all the same tells the app.
#[tokio::test]
async fn in26_a_picture_never_reaches_what_demands_more() {
    let house = House::new().await;
    for (value, offered) in [
        ("phr", false),
        ("urn:resonate:acr:wallet", false),
        ("urn:resonate:acr:external", false),
        (ACR_QR, true),
    ] {
        let claims = json!({ "id_token": { "acr": { "essential": true, "value": value } } });
        let claims: &'static str = claims.to_string().leak();
        let mut query = web_request();
        query.push(("claims", claims));
        let mut browser = Browser::default();
        let page = browser.open(&house, &authorize(&query)).await;
        assert_eq!(page.body.contains("id=\"ctl-qr\""), offered, "{value}");
        let (ix, token) = (page.field("ix"), page.field("form_token"));
        let form = [("form_token", token.as_str()), ("qr", "show")];
        let before = house.digest().await;
        let path = format!("/interaction/{ix}/qr");
        let answer = browser.post(&house, &path, &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{value}: {answer:?}");
        if offered {
            continue;
        }
        let told = answer.query();
        assert_eq!(
            told["error"], "unmet_authentication_requirements",
            "{value}"
        );
        assert_eq!(
            (told["state"].as_str(), told["iss"].as_str()),
            ("s", ISSUER)
        );
        assert_eq!(house.digest().await, before, "{value}: the sign-in stays");
        let persona = [
            ("ix", ix.as_str()),
            ("form_token", &token),
            ("demo_as", "listener"),
        ];
        let signed_in = browser.post(&house, "/demo/as", &persona).await;
        assert_eq!(
            signed_in.status,
            StatusCode::SEE_OTHER,
            "and still completes"
        );
    }
}

/// A login by a picture is asked for more where more is demanded, and refused where no page may show.
#[tokio::test]
async fn in26_a_login_by_a_picture_is_no_stronger_than_it_is() {
    let house = House::new().await;
    let mut wallet = holder(&house, 1).await;
    let mut screen = Screen::open(&house).await;
    let (request, number) = screen.request(&house).await;
    let token = wallet.present(&house, &request, &["account"]);
    respond(&house, &request, &token, &number).await;
    screen.press(&house, "go").await;
    let page = std::mem::replace(&mut screen.page, house.get("/").await);
    screen.browser.agree(&house, page).await;

    let silent = |claims: &'static str| {
        let mut query = web_request();
        query.push(("prompt", "none"));
        query.push(("claims", claims));
        authorize(&query)
    };
    let demands = r#"{"id_token":{"acr":{"essential":true,"value":"urn:resonate:acr:wallet"}}}"#;
    let before = house.digest().await;
    let told = screen.browser.get(&house, &silent(demands)).await.query();
    assert_eq!(told["error"], "unmet_authentication_requirements");
    assert_eq!(house.digest().await, before);
    let content = r#"{"id_token":{"acr":{"essential":true,"value":"urn:resonate:acr:qr"}}}"#;
    let given = screen.browser.get(&house, &silent(content)).await.query();
    assert!(given.contains_key("code"), "{given:?}");

    // With a page, the ways that reach it are shown.
    let mut query = web_request();
    query.push(("claims", demands));
    let page = screen.browser.open(&house, &authorize(&query)).await;
    assert!(page.body.contains("id=\"ctl-wallet\""), "{page:?}");
    assert!(!page.body.contains("id=\"ctl-qr\""));
}

#[tokio::test]
async fn a_picture_is_drawn_anew_after_90_seconds_and_the_old_one_may_still_answer() {
    let house = House::new().await;
    let mut wallet = holder(&house, 2).await;
    let mut screen = Screen::open(&house).await;
    let (first, number) = screen.request(&house).await;
    house.clock.advance(90);
    assert_eq!(screen.poll(&house).await, "stale");
    let path = screen.path("qr");
    let page = screen.browser.get(&house, &path).await;
    assert!(
        !page.body.contains("class=\"qr\""),
        "the old picture is gone"
    );
    assert!(page.body.contains("id=\"ctl-qr-show\""));
    screen.press(&house, "show").await;
    let (second, same) = screen.request(&house).await;
    assert_ne!(first.state, second.state);
    assert_eq!(number, same, "one number for one sign-in");
    assert_eq!(screen.poll(&house).await, "waiting");

    let token = wallet.present(&house, &first, &["account"]);
    let answer = respond(&house, &first, &token, &number).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(screen.poll(&house).await, "answered");
    // The answer waits for the screen until two minutes after the request's end, not longer.
    house.clock.advance(300 - 90 + 120);
    assert_eq!(screen.poll(&house).await, "stale");
    let before = house.digest().await;
    screen.press(&house, "go").await;
    assert!(screen.page.body.contains("id=\"ctl-qr-show\""));
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn a_wallet_that_says_no_leaves_the_other_ways_open() {
    let house = House::new().await;
    let mut screen = Screen::open(&house).await;
    let (request, _) = screen.request(&house).await;
    let form = [
        ("state", request.state.as_str()),
        ("error", "access_denied"),
    ];
    let answer = house.post("/vp/s", &form, &[]).await;
    assert_eq!(answer.json(), json!({}));
    assert_eq!(screen.poll(&house).await, "refused");
    let dead = house.get(&format!("/vp/r/{}", request.state)).await;
    assert_eq!(dead.status, StatusCode::NOT_FOUND);
    house.clock.advance(1);
    screen.press(&house, "show").await;
    assert_eq!(screen.poll(&house).await, "waiting");
}
