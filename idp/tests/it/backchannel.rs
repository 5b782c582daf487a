//! Back-channel logout, to a real receiver on loopback: who is told, what a token says, tries and
//! their end.

use crate::house::{
    Answer, Browser, CHALLENGE, House, SECRET, VERIFIER, authorize, basic, encoded, lend,
};
use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use credential::jose::{self, Alg, Jwk};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

/// What an app's server heard, and what it will answer.
#[derive(Clone, Default)]
pub struct Receiver {
    heard: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
    pub uri: String,
}

impl Receiver {
    /// A server on loopback; it ends with the test's runtime.
    pub async fn listening() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut own = Self {
            uri: format!("http://{}/ended", listener.local_addr().unwrap()),
            ..Self::default()
        };
        let router = Router::new()
            .route("/ended", post(hear))
            .with_state(own.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        own.uri = own.uri.clone();
        own
    }

    pub fn will_answer(&self, answers: &[StatusCode]) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

async fn hear(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> StatusCode {
    assert!(headers.get("cookie").is_none());
    assert_eq!(
        form.keys().collect::<Vec<_>>(),
        ["logout_token"],
        "one parameter"
    );
    receiver
        .heard
        .lock()
        .unwrap()
        .push(form["logout_token"].clone());
    let answer = receiver.answers.lock().unwrap().pop_front();
    answer.unwrap_or(StatusCode::OK)
}

/// An app that is told at `uri`.
pub fn app(id: &str, alg: &str, uri: &str, session_required: bool) -> Value {
    json!({
        "client_id": id, "client_name": id, "client_secret": SECRET,
        "redirect_uris": [format!("https://{id}.example/cb")],
        "post_logout_redirect_uris": [format!("https://{id}.example/bye")],
        "scope": "openid profile offline_access",
        "id_token_signed_response_alg": alg,
        "backchannel_logout_uri": uri,
        "backchannel_logout_session_required": session_required,
    })
}

pub fn request(id: &str, scope: &'static str) -> Vec<(&'static str, &'static str)> {
    let id: &'static str = id.to_owned().leak();
    vec![
        ("client_id", id),
        ("response_type", "code"),
        (
            "redirect_uri",
            format!("https://{id}.example/cb").leak() as &'static str,
        ),
        ("scope", scope),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn redeem(house: &House, id: &str, code: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", format!("https://{id}.example/cb")),
        ("code_verifier", VERIFIER.to_owned()),
    ];
    let auth = basic(id, SECRET);
    house
        .post("/token", &lend(&form), &[("authorization", &auth)])
        .await
}

/// Signs in at an app with a fresh browser or a known one; the answer of the token endpoint.
pub async fn tokens(house: &House, browser: &mut Browser, id: &str, scope: &'static str) -> Value {
    let page = browser.open(house, &authorize(&request(id, scope))).await;
    let code = if page.body.contains("demo_as") {
        browser.code(house, &request(id, scope), "listener").await
    } else {
        browser.agree(house, page).await
    };
    let answer = redeem(house, id, &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// The claims of a token of ours, verified by the published keys.
pub async fn verified(house: &House, token: &str, typ: &str) -> Map<String, Value> {
    let set = house.get("/jwks").await.json();
    let (header, _) = jose::peek(token).unwrap();
    let kid = header.kid.clone().unwrap();
    let known = set["keys"].as_array().unwrap();
    let key = known.iter().find(|key| key["kid"] == *kid).unwrap();
    let key = Jwk::parse(key).unwrap();
    jose::verify(token, &key, typ, &[header.alg]).unwrap()
}

pub async fn claims(house: &House, id_token: &Value) -> Map<String, Value> {
    verified(house, id_token.as_str().unwrap(), "JWT").await
}

/// Presses a button of the page of logins.
async fn end_logins(house: &House, browser: &mut Browser, which: &str) {
    let page = browser.get(house, "/account/logins").await;
    let token = page.field("form_token");
    let form = [("form_token", token.as_str()), ("login", which)];
    let ended = browser.post(house, "/account/logins/end", &form).await;
    assert!(
        ended.status.is_success() || ended.status.is_redirection(),
        "{ended:?}"
    );
}

/// How many notices wait.
pub async fn waiting(house: &House) -> i64 {
    use sqlx::Row;
    let mut conn = house.ground.db.read().await.unwrap();
    let row = sqlx::query("SELECT COUNT(*) AS n FROM idp_logout")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    row.try_get("n").unwrap()
}

/// Runs what is due, as the server's ticker does.
pub async fn tick(house: &House) {
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    joined.jobs.run_due(house.now()).await.unwrap();
}

fn logout(hint: &str, id: &str) -> String {
    let bye = format!("https://{id}.example/bye");
    let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", &bye)];
    format!("/logout?{}", encoded(&pairs))
}

#[tokio::test]
async fn every_app_of_a_login_is_told_before_the_redirect() {
    let (one, two) = (Receiver::listening().await, Receiver::listening().await);
    let apps = vec![
        app("one", "EdDSA", &one.uri, true),
        app("two", "RS256", &two.uri, false),
    ];
    let house = House::with(apps).await;
    let mut browser = Browser::default();
    let first = tokens(&house, &mut browser, "one", "openid").await;
    let second = tokens(&house, &mut browser, "two", "openid").await;
    let (first_id, second_id) = (
        claims(&house, &first["id_token"]).await,
        claims(&house, &second["id_token"]).await,
    );
    assert_ne!(first_id["sid"], second_id["sid"], "each app its own name");
    one.will_answer(&[StatusCode::NO_CONTENT]);
    let hint = first["id_token"].as_str().unwrap();
    let answer = browser.get(&house, &logout(hint, "one")).await;
    assert_eq!(answer.location(), "https://one.example/bye", "{answer:?}");
    for (receiver, id, of, alg) in [
        (&one, "one", &first_id, Alg::EdDsa),
        (&two, "two", &second_id, Alg::Rs256),
    ] {
        let heard = receiver.heard();
        assert_eq!(heard.len(), 1, "{id} is told once");
        assert_eq!(jose::peek(&heard[0]).unwrap().0.alg, alg);
        let told = verified(&house, &heard[0], "logout+jwt").await;
        assert_eq!((&told["sid"], &told["sub"]), (&of["sid"], &of["sub"]));
        assert_eq!(told["aud"], id);
        assert_eq!(told["iss"], of["iss"]);
        let (iat, exp) = (told["iat"].as_i64(), told["exp"].as_i64());
        assert_eq!(iat, Some(house.now().seconds()));
        assert!(exp.unwrap() - iat.unwrap() <= 120);
        let event = "http://schemas.openid.net/event/backchannel-logout";
        assert_eq!(told["events"], json!({ event: {} }));
        assert!(told["jti"].as_str().is_some_and(|jti| jti.len() >= 16));
        assert!(!told.contains_key("nonce"));
    }
    assert_eq!(waiting(&house).await, 0, "heard, so nothing is kept");
}

#[tokio::test]
async fn what_is_not_heard_is_sent_three_times_in_five_minutes_also_by_another_process() {
    let receiver = Receiver::listening().await;
    let apps = vec![app("one", "ES256", &receiver.uri, false)];
    let house = House::with(apps.clone()).await;
    let mut browser = Browser::default();
    let wrong = [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::BAD_REQUEST,
        StatusCode::FOUND,
    ];
    for (answers, tries) in [
        (&wrong[..1], 2),
        (&wrong[..2], 3),
        // 202 is not what the specification calls heard.
        (
            &[
                StatusCode::ACCEPTED,
                StatusCode::NOT_FOUND,
                StatusCode::FOUND,
            ][..],
            3,
        ),
    ] {
        let got = tokens(&house, &mut browser, "one", "openid").await;
        receiver.will_answer(answers);
        let began = house.now();
        let hint = got["id_token"].as_str().unwrap();
        let answer = browser.get(&house, &logout(hint, "one")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "the person goes on");
        assert_eq!(waiting(&house).await, 1);
        let mut heard = receiver.heard();
        assert_eq!(heard.len(), 1);
        // A process that was not there when it happened.
        let config = idp::Config::parse(idp::Settings {
            clients: apps.clone(),
            personas: Vec::new(),
            ..idp::Settings::default()
        });
        let next = idp::Idp::new(&house.ground, config.unwrap()).unwrap();
        let joined = host::join(&house.ground, vec![next.part()]);
        while (house.now().seconds() - began.seconds()) < 300 {
            house.clock.advance(30);
            joined.jobs.run_due(house.now()).await.unwrap();
        }
        heard.extend(receiver.heard());
        assert_eq!(heard.len(), tries, "{answers:?}");
        let distinct: std::collections::BTreeSet<&String> = heard.iter().collect();
        assert_eq!(distinct.len(), tries, "each try has a token of its own");
        assert_eq!(waiting(&house).await, 0, "heard or given up");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_or_is_gone_holds_nobody_up_for_long() {
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hangs = format!("http://{}/ended", hanging.local_addr().unwrap());
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/ended", gone.local_addr().unwrap());
    drop(gone);
    let good = Receiver::listening().await;
    let apps = vec![
        app("hangs", "ES256", &hangs, false),
        app("nobody", "ES256", &nobody, false),
        app("good", "ES256", &good.uri, false),
    ];
    let house = House::with(apps).await;
    let mut browser = Browser::default();
    for id in ["hangs", "nobody"] {
        tokens(&house, &mut browser, id, "openid").await;
    }
    let got = tokens(&house, &mut browser, "good", "openid").await;
    let hint = got["id_token"].as_str().unwrap();
    let answer = browser.get(&house, &logout(hint, "good")).await;
    assert_eq!(answer.location(), "https://good.example/bye");
    assert_eq!(
        good.heard().len(),
        1,
        "in parallel: others do not hold it up"
    );
    assert_eq!(waiting(&house).await, 2, "the others are tried again");
    drop(hanging);
}

#[tokio::test]
async fn ending_logins_ends_what_hangs_on_them_but_for_what_stays_connected() {
    let receiver = Receiver::listening().await;
    let apps = vec![app("one", "ES256", &receiver.uri, false)];
    let house = House::with(apps).await;
    let (mut here, mut there) = (Browser::default(), Browser::default());
    let brief = tokens(&house, &mut here, "one", "openid").await;
    let stays = tokens(&house, &mut there, "one", "openid offline_access").await;
    // From `here`, all other logins: only `there` is told of.
    end_logins(&house, &mut here, "others").await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1);
    let told = verified(&house, &heard[0], "logout+jwt").await;
    assert_eq!(told["sid"], claims(&house, &stays["id_token"]).await["sid"]);
    let bearer = |tokens: &Value| format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let ask = async |auth: String| {
        let request = axum::http::Request::get("/userinfo").header("authorization", auth);
        house
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await
            .status
    };
    assert_eq!(ask(bearer(&stays)).await, StatusCode::OK, "offline_access");
    assert_eq!(ask(bearer(&brief)).await, StatusCode::OK, "its login holds");
    // And now `here` itself, by the page's own button.
    let token = here.get(&house, "/logout").await.field("form_token");
    let form = [("form_token", token.as_str()), ("logout", "yes")];
    here.post(&house, "/logout", &form).await;
    assert_eq!(receiver.heard().len(), 1);
    assert_eq!(ask(bearer(&brief)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(bearer(&stays)).await, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_everywhere_tells_each_login_and_who_stayed_connected() {
    let (one, two) = (Receiver::listening().await, Receiver::listening().await);
    let strict = Receiver::listening().await;
    let apps = vec![
        app("one", "ES256", &one.uri, true),
        app("two", "ES256", &two.uri, false),
        app("strict", "ES256", &strict.uri, true),
    ];
    let house = House::with(apps).await;
    let (mut here, mut there) = (Browser::default(), Browser::default());
    tokens(&house, &mut here, "one", "openid").await;
    tokens(&house, &mut there, "one", "openid").await;
    // These two stay connected, their login ends before.
    let mut brief = Browser::default();
    let stays = tokens(&house, &mut brief, "two", "openid offline_access").await;
    tokens(&house, &mut brief, "strict", "openid offline_access").await;
    let hint = stays["id_token"].as_str().unwrap();
    brief.get(&house, &logout(hint, "two")).await;
    assert_eq!((two.heard().len(), strict.heard().len()), (1, 1));
    end_logins(&house, &mut here, "all").await;
    assert_eq!(one.heard().len(), 2, "two logins");
    let heard = two.heard();
    let told = verified(&house, &heard[0], "logout+jwt").await;
    assert!(!told.contains_key("sid"), "of the person, not of a login");
    assert_eq!(told["sub"], claims(&house, &stays["id_token"]).await["sub"]);
    assert_eq!(strict.heard().len(), 0, "it takes no token without sid");
    for browser in [&mut here, &mut there] {
        let mut silent = request("one", "openid");
        silent.push(("prompt", "none"));
        let answer = browser.get(&house, &authorize(&silent)).await;
        assert_eq!(answer.query()["error"], "login_required");
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", stays["refresh_token"].as_str().unwrap()),
    ];
    let auth = basic("two", SECRET);
    let refused = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    assert_eq!(waiting(&house).await, 0);
}

#[tokio::test]
async fn an_app_taken_back_is_told_and_the_login_goes_on() {
    let (one, two) = (Receiver::listening().await, Receiver::listening().await);
    let apps = vec![
        app("one", "ES256", &one.uri, true),
        app("two", "ES256", &two.uri, true),
    ];
    let house = House::with(apps).await;
    let mut browser = Browser::default();
    let got = tokens(&house, &mut browser, "one", "openid offline_access").await;
    tokens(&house, &mut browser, "two", "openid").await;
    let page = browser.get(&house, "/account/apps").await;
    let token = page.field("form_token");
    let form = [("form_token", token.as_str()), ("app", "one")];
    let revoked = browser.post(&house, "/account/apps/revoke", &form).await;
    assert_eq!(revoked.status, StatusCode::SEE_OTHER, "{revoked:?}");
    assert_eq!((one.heard().len(), two.heard().len()), (1, 0));
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", got["refresh_token"].as_str().unwrap()),
    ];
    let auth = basic("one", SECRET);
    let refused = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    // The login holds, and the app has to ask anew.
    let mut silent = request("one", "openid offline_access");
    silent.push(("prompt", "none"));
    let asked = browser.get(&house, &authorize(&silent)).await;
    assert_eq!(asked.query()["error"], "consent_required");
    let again = tokens(&house, &mut browser, "one", "openid").await;
    assert_ne!(
        claims(&house, &again["id_token"]).await["sid"],
        claims(&house, &got["id_token"]).await["sid"],
        "under a new name"
    );
}

#[tokio::test]
async fn another_person_in_the_same_browser_ends_the_login_before() {
    let receiver = Receiver::listening().await;
    let house = House::with(vec![app("one", "ES256", &receiver.uri, true)]).await;
    let mut browser = Browser::default();
    let got = tokens(&house, &mut browser, "one", "openid").await;
    let before = claims(&house, &got["id_token"]).await;
    // The same person once more: the app's name for the login stays, nobody is told.
    let mut anew = request("one", "openid");
    anew.push(("prompt", "login"));
    let code = browser.code(&house, &anew, "listener").await;
    let got = redeem(&house, "one", &code).await.json();
    let again = claims(&house, &got["id_token"]).await;
    assert_eq!(again["sid"], before["sid"]);
    tick(&house).await;
    assert_eq!(receiver.heard().len(), 0);
    browser.code(&house, &anew, "artist").await;
    house.clock.advance(30);
    tick(&house).await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1);
    let told = verified(&house, &heard[0], "logout+jwt").await;
    assert_eq!(
        (&told["sid"], &told["sub"]),
        (&before["sid"], &before["sub"])
    );
}

#[tokio::test]
async fn outside_the_demo_no_address_of_this_machine_is_taken() {
    let good = |uri: &str| app("one", "ES256", uri, true);
    let loopback = "http://127.0.0.1:9/ended";
    let refused = |uri: &str| {
        let settings = idp::Settings {
            clients: vec![good(uri)],
            personas: Vec::new(),
            ..idp::Settings::default()
        };
        idp::Config::parse(settings).is_err()
    };
    for uri in [
        "javascript:alert(1)",
        "ftp://app.example/x",
        "http://app.example/x",
        "https://user@app.example/x",
        "https://app.example/x#f",
        "https://app.example/../x",
        "/relative",
    ] {
        assert!(refused(uri), "{uri}");
    }
    assert!(!refused("https://app.example/ended"));
    assert!(!refused(loopback), "a file of the demo may name it");
    let house = House::without_demo().await;
    let settings = idp::Settings {
        clients: vec![good(loopback)],
        personas: Vec::new(),
        ..idp::Settings::default()
    };
    let config = idp::Config::parse(settings).unwrap();
    assert!(idp::Idp::new(&house.ground, config).is_err());
}
