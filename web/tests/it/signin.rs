//! Signing in to an origin: what is refused, and that a refusal spends nothing of somebody else.

use axum::http::HeaderMap;
use host::{BoxFuture, Ground, Origin, Part, Routes};
use host_testing::{Browser, House, Page};
use kernel::{Problem, Timestamp, b64, problem};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use web::signin::{self, Ask, Proven, SignIn, SignInDoor, StepUp};

const LISTEN: &str = "http://listen.localhost:8080";
const HOST: &str = "listen.localhost:8080";
const ISSUER: &str = "http://localhost:8080";

/// The provider's side, as far as this crate sees it: whoever comes is proven as set.
#[derive(Default)]
struct Provider {
    asked: Mutex<Vec<Ask>>,
    answer: Mutex<Option<Proven>>,
}

impl SignIn for Provider {
    fn begin<'a>(&'a self, ask: &'a Ask, _: Timestamp) -> BoxFuture<'a, Result<String, Problem>> {
        self.asked.lock().unwrap().push(ask.clone());
        Box::pin(async move { Ok(format!("{ISSUER}/authorize?state={}", ask.state)) })
    }

    fn finish<'a>(
        &'a self,
        ask: &'a Ask,
        code: &'a str,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Proven, Problem>> {
        let same =
            self.asked.lock().unwrap().iter().any(|a| {
                (&a.state, &a.nonce, &a.verifier) == (&ask.state, &ask.nonce, &ask.verifier)
            });
        assert!(same, "what comes back is what was sent");
        let answer = self
            .answer
            .lock()
            .unwrap()
            .clone()
            .filter(|_| code == "good");
        Box::pin(async move { answer.ok_or_else(|| Problem::new(&problem::PEER_AWAY)) })
    }

    fn ended<'a>(
        &'a self,
        logout_token: &'a str,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<String, Problem>> {
        let sid = logout_token.strip_prefix("ended:").map(str::to_owned);
        Box::pin(async move { sid.ok_or_else(|| Problem::new(&problem::INVALID_REQUEST)) })
    }
}

struct Stage {
    house: House,
    provider: Arc<Provider>,
}

impl Stage {
    async fn open() -> Self {
        let provider = Arc::new(Provider::default());
        let inner = Arc::clone(&provider);
        let house = House::open(&[&web::MIGRATIONS], move |ground| vec![part(ground, inner)]).await;
        let stage = Self { house, provider };
        stage.prove("sub-a", "phr");
        stage
    }

    fn now(&self) -> Timestamp {
        self.house.ground.world.now()
    }

    fn prove(&self, sub: &str, acr: &str) {
        *self.provider.answer.lock().unwrap() = Some(Proven {
            sub: sub.into(),
            acr: acr.into(),
            auth_time: self.now(),
            sid: Some(format!("sid-of-{sub}")),
            id_token: format!("token-of-{sub}"),
        });
    }

    /// Goes to `/login` and returns the callback a good provider would lead to.
    async fn leave_for(&self, browser: &mut Browser, path: &str) -> String {
        let page = browser.get(&format!("{LISTEN}{path}")).await;
        assert_eq!(page.status, 303, "{}", page.text());
        let state = page
            .location()
            .unwrap()
            .split("state=")
            .nth(1)
            .unwrap()
            .to_owned();
        let iss = url::form_urlencoded::byte_serialize(ISSUER.as_bytes()).collect::<String>();
        format!("{LISTEN}/cb?code=good&state={state}&iss={iss}")
    }

    async fn sign_in(&self, browser: &mut Browser) -> Page {
        let back = self.leave_for(browser, "/login").await;
        let page = browser.get(&back).await;
        assert_eq!(page.status, 303, "{}", page.text());
        page
    }

    async fn who(&self, browser: &Browser) -> Option<signin::Login> {
        let mut headers = HeaderMap::new();
        if let Some(cookie) = browser.cookie(HOST, "si") {
            headers.insert("cookie", format!("si={cookie}").parse().unwrap());
        }
        signin::current(&self.house.ground, Origin::Listen, &headers, self.now())
            .await
            .unwrap()
    }

    async fn logins(&self) -> Vec<Vec<u8>> {
        use sqlx::Row;
        let mut conn = self.house.ground.db.read().await.unwrap();
        let rows = sqlx::query("SELECT body FROM web_login")
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        rows.iter().map(|row| row.get("body")).collect()
    }

    async fn redeem(&self, step: &str, login: &signin::Login) -> Option<signin::Evidence> {
        let (ground, now) = (&self.house.ground, self.now());
        let work = ground.db.write(move |tx| {
            Box::pin(async move { signin::stepped(ground, tx, step, login, now).await })
        });
        work.await.unwrap()
    }

    async fn step_url(&self, login: &signin::Login) -> String {
        let step = StepUp {
            acr: "phr",
            max_age: 0,
            nonce: "nonce-of-the-mandate".into(),
            return_to: "/purse?mandate=1".into(),
        };
        signin::step_up_url(&self.house.ground, Origin::Listen, step, login, self.now())
            .await
            .unwrap()
    }
}

fn part(ground: &Ground, provider: Arc<Provider>) -> Part {
    let mut part = web::part(ground);
    let door = SignInDoor::new(ground, Origin::Listen, provider).routes();
    let door = web::headers::frame(door, Origin::Listen, false);
    part.routes = Routes {
        public: vec![(Origin::Listen, door)],
        ..Routes::default()
    };
    part
}

#[tokio::test]
async fn a_visitor_signs_in_and_comes_back_to_the_page() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    let back = stage
        .leave_for(&mut browser, "/login?return=%2Ftracks%2Fx%3Fa%3D1")
        .await;
    let page = browser.get(&back).await;
    assert_eq!(
        (page.status.as_u16(), page.location()),
        (303, Some("/tracks/x?a=1"))
    );
    let login = stage.who(&browser).await.unwrap();
    assert_eq!((login.sub.as_str(), login.acr.as_str()), ("sub-a", "phr"));
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Domain"),
        "{cookie}"
    );
    let asked = stage.provider.asked.lock().unwrap()[0].clone();
    assert_eq!(asked.redirect_uri, format!("{LISTEN}/cb"));
    assert_eq!(
        (asked.nonce.len(), asked.verifier.len(), asked.state.len()),
        (43, 43, 43)
    );
    stage.house.leave().await;
}

#[tokio::test]
async fn a_callback_is_good_once() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    let back = stage.leave_for(&mut browser, "/login").await;
    assert_eq!(browser.get(&back).await.status, 303);
    stage.prove("sub-evil", "phr");
    let again = browser.get(&back).await;
    assert_eq!(again.status, 400);
    assert!(
        again.text().contains("Start the sign-in again"),
        "{}",
        again.text()
    );
    assert_eq!(
        stage.who(&browser).await.unwrap().sub,
        "sub-a",
        "the login is kept"
    );
    assert_eq!(stage.logins().await.len(), 1);
    stage.house.leave().await;
}

#[tokio::test]
async fn a_callback_is_refused_and_stays_good_for_its_owner() {
    let stage = Stage::open().await;
    let mut honest = stage.house.browser();
    let back = stage.leave_for(&mut honest, "/login").await;
    // Another browser, with and without a sign-in of its own (login by somebody else's code).
    let mut other = stage.house.browser();
    assert_eq!(other.get(&back).await.status, 400);
    stage.leave_for(&mut other, "/login").await;
    assert_eq!(other.get(&back).await.status, 400);
    assert!(stage.who(&other).await.is_none());
    // Another issuer, none, another state, a state twice, no code.
    let state = back
        .split("state=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    for bad in [
        format!("{LISTEN}/cb?code=good&state={state}&iss=http%3A%2F%2Fevil.example"),
        format!("{LISTEN}/cb?code=good&state={state}"),
        format!("{LISTEN}/cb?code=good&iss=http%3A%2F%2Flocalhost%3A8080"),
        back.replace(state, &b64::encode([7; 32])),
        format!("{back}&state={state}"),
    ] {
        let page = honest.get(&bad).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(page.location().is_none());
    }
    assert!(stage.logins().await.is_empty(), "nothing was stored");
    assert_eq!(honest.get(&back).await.status, 303, "its owner completes");
    stage.house.leave().await;
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_or_was_denied_is_none() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    let back = stage.leave_for(&mut browser, "/login").await;
    let denied = back.replace("code=good", "error=access_denied");
    let page = browser.get(&denied).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("You were not signed in"));
    let back = stage.leave_for(&mut browser, "/login").await;
    let page = browser.get(&back.replace("good", "bad")).await;
    assert_eq!(page.status, 503, "the provider's refusal is shown");
    let back = stage.leave_for(&mut browser, "/login").await;
    stage.house.clock.advance(601);
    assert_eq!(browser.get(&back).await.status, 400);
    assert!(stage.logins().await.is_empty());
    stage.house.leave().await;
}

#[tokio::test]
async fn in27_a_planted_login_cookie_dies() {
    let stage = Stage::open().await;
    let mut attacker = stage.house.browser();
    stage.sign_in(&mut attacker).await;
    let planted = attacker.cookie(HOST, "si").unwrap().to_owned();
    let mut victim = stage.house.browser();
    victim.set_cookie(HOST, "si", Some(&planted));
    stage.prove("sub-victim", "phr");
    let page = stage.sign_in(&mut victim).await;
    assert_eq!(
        page.headers["clear-site-data"], "\"storage\"",
        "another's key is not kept"
    );
    assert_ne!(victim.cookie(HOST, "si"), Some(planted.as_str()));
    assert_eq!(stage.who(&victim).await.unwrap().sub, "sub-victim");
    assert!(
        stage.who(&attacker).await.is_none(),
        "the planted id is dead"
    );
    stage.house.leave().await;
}

#[tokio::test]
async fn a_return_leads_nowhere_but_home() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    for evil in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "%09//evil",
    ] {
        let back = stage
            .leave_for(&mut browser, &format!("/login?return={evil}"))
            .await;
        assert_eq!(browser.get(&back).await.location(), Some("/"), "{evil}");
    }
    stage.house.leave().await;
}

#[tokio::test]
async fn a_login_ends_idle_and_at_last() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    for _ in 0..4 {
        stage.house.clock.advance(7 * 86_400 - 1);
        assert!(
            stage.who(&browser).await.is_some(),
            "used within seven days"
        );
    }
    stage.house.clock.advance(2 * 86_400 + 4);
    assert!(
        stage.who(&browser).await.is_none(),
        "thirty days after it began"
    );
    stage.sign_in(&mut browser).await;
    stage.house.clock.advance(7 * 86_400);
    assert!(stage.who(&browser).await.is_none(), "seven days unused");
    let (db, now) = (&stage.house.ground.db, stage.now());
    let swept = db
        .write(move |tx| Box::pin(signin::sweep(tx, now)))
        .await
        .unwrap();
    assert!(swept >= 1 && stage.logins().await.is_empty());
    stage.house.leave().await;
}

#[tokio::test]
async fn logging_out_needs_the_form_of_this_browser() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    let login = stage.who(&browser).await.unwrap();
    let door = SignInDoor::new(
        &stage.house.ground,
        Origin::Listen,
        Arc::clone(&stage.provider) as Arc<dyn SignIn>,
    );
    let url = format!("{LISTEN}/logout");
    let bad = browser.post_form(&url, &[("form_token", "AAAA")]).await;
    assert_eq!(bad.status, 403);
    assert!(bad.text().contains("form-stale"), "{}", bad.text());
    assert!(stage.who(&browser).await.is_some());
    let token = door.logout_token(&login);
    let good = browser.post_form(&url, &[("form_token", &token)]).await;
    assert_eq!(good.status, 200);
    let text = good.text();
    assert!(
        text.contains("href=\"http://localhost:8080/logout\""),
        "the provider's too: {text}"
    );
    assert_eq!(good.headers["clear-site-data"], "\"cookies\", \"storage\"");
    assert!(browser.cookie(HOST, "si").is_none());
    assert!(stage.logins().await.is_empty(), "ended on the server too");
    stage.house.leave().await;
}

#[tokio::test]
async fn a_step_up_brings_evidence_once_to_the_same_person() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    let before = stage.who(&browser).await.unwrap();
    stage.house.clock.advance(3_600);
    stage.prove("sub-a", "phr");
    let url = stage.step_url(&before).await;
    let back = stage.leave_for(&mut browser, &url).await;
    let asked = stage.provider.asked.lock().unwrap().last().unwrap().clone();
    assert_eq!(asked.nonce, "nonce-of-the-mandate");
    assert_eq!(
        (asked.acr_values.as_deref(), asked.max_age),
        (Some("phr"), Some(0))
    );
    let page = browser.get(&back).await;
    let to = page.location().unwrap().to_owned();
    let step = to.strip_prefix("/purse?mandate=1&step=").unwrap();
    let login = stage.who(&browser).await.unwrap();
    // Somebody else, even holding the address, gets nothing and spends nothing.
    let mut other = stage.house.browser();
    stage.prove("sub-b", "phr");
    stage.sign_in(&mut other).await;
    let stranger = stage.who(&other).await.unwrap();
    assert!(stage.redeem(step, &stranger).await.is_none());
    let evidence = stage.redeem(step, &login).await.unwrap();
    assert_eq!(evidence.id_token, "token-of-sub-a");
    assert_eq!(
        (evidence.nonce.as_str(), evidence.sub.as_str()),
        ("nonce-of-the-mandate", "sub-a")
    );
    assert!(stage.redeem(step, &login).await.is_none(), "once");
    stage.house.leave().await;
}

#[tokio::test]
async fn a_step_up_by_another_or_weaker_or_older_proof_is_none() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    let login = stage.who(&browser).await.unwrap();
    for (sub, acr, earlier) in [
        ("sub-b", "phr", 0),
        ("sub-a", "urn:resonate:acr:wallet", 0),
        ("sub-a", "phr", 3_600),
    ] {
        stage.prove(sub, acr);
        let url = stage.step_url(&login).await;
        stage.house.clock.advance(0);
        if earlier > 0 {
            let mut answer = stage.provider.answer.lock().unwrap();
            let proven = answer.as_mut().unwrap();
            proven.auth_time = proven.auth_time.plus_seconds(-earlier);
        }
        let back = stage.leave_for(&mut browser, &url).await;
        let page = browser.get(&back).await;
        assert_eq!(page.status, 403, "{sub} {acr} {earlier}");
        assert_eq!(
            stage.who(&browser).await.unwrap().browser,
            login.browser,
            "login kept"
        );
    }
    // The request itself is for one login, and once.
    let url = stage.step_url(&login).await;
    let mut other = stage.house.browser();
    assert_eq!(other.get(&format!("{LISTEN}{url}")).await.status, 401);
    stage.prove("sub-b", "phr");
    stage.sign_in(&mut other).await;
    assert_eq!(other.get(&format!("{LISTEN}{url}")).await.status, 400);
    stage.leave_for(&mut browser, &url).await;
    assert_eq!(browser.get(&format!("{LISTEN}{url}")).await.status, 400);
    stage.house.leave().await;
}

#[tokio::test]
async fn a_stolen_table_names_nobody_and_opens_nothing() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    let cookie = browser.cookie(HOST, "si").unwrap().to_owned();
    let rows = stage.logins().await;
    let text = String::from_utf8_lossy(&rows[0]).into_owned();
    assert!(!text.contains("sub-a") && !text.contains(&cookie), "{text}");
    // The stored hash is no cookie.
    let mut thief = stage.house.browser();
    let hash = b64::encode(Sha256::digest(cookie.as_bytes()));
    thief.set_cookie(HOST, "si", Some(&hash));
    assert!(stage.who(&thief).await.is_none());
    stage.house.leave().await;
}

#[tokio::test]
async fn the_provider_ends_the_logins_of_its_session() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    let db = &stage.house.ground.db;
    let end =
        |sid: &'static str| db.write(move |tx| Box::pin(signin::end_sid(tx, Origin::Listen, sid)));
    assert_eq!(end("sid-of-nobody").await.unwrap(), 0);
    assert_eq!(end("sid-of-sub-a").await.unwrap(), 1);
    assert!(stage.who(&browser).await.is_none());
    stage.house.leave().await;
}

#[tokio::test]
async fn n48_a_logout_token_of_the_provider_ends_the_login_and_no_other_text_does() {
    let stage = Stage::open().await;
    let mut browser = stage.house.browser();
    stage.sign_in(&mut browser).await;
    let url = format!("{LISTEN}/logout/backchannel");
    for form in [
        &[("logout_token", "another")][..],
        &[],
        &[("logout_token", "ended:x"), ("logout_token", "ended:x")],
    ] {
        let refused = stage.house.browser().post_form(&url, form).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert_eq!(refused.headers["cache-control"], "no-store");
        assert!(stage.who(&browser).await.is_some(), "the login is kept");
    }
    let json = serde_json::json!({ "logout_token": "ended:sid-of-sub-a" });
    let refused = stage.house.browser().post_json(&url, &json).await;
    assert_eq!(refused.status, 415);
    assert_eq!(stage.house.browser().get(&url).await.status, 405);
    // Of a login that is not known here: heard, and nothing ends.
    let form = [("logout_token", "ended:sid-of-nobody")];
    assert_eq!(
        stage.house.browser().post_form(&url, &form).await.status,
        200
    );
    assert!(stage.who(&browser).await.is_some());
    let form = [("logout_token", "ended:sid-of-sub-a")];
    let heard = stage.house.browser().post_form(&url, &form).await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    assert!(stage.who(&browser).await.is_none());
    stage.house.leave().await;
}
