//! Mandates: asked for, confirmed by a card or a passkey, refused, ended.

use crate::{
    house::{Home, LISTEN, Listener, nonce_of, sign_in, slug},
    outside::{ISSUER, NONCE},
};
use credential::{event::PresentationResult, jose::SigningKey};
use host_testing::{Browser, Page};
use serde_json::{Value, json};

const AUD: &str = "redirect_uri:http://localhost:8080/vp/s";

#[tokio::test]
async fn a_wallet_confirms_a_spending_limit() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let id = alice
        .mandate(&home, &json!({"max_total": 1_000_000, "days": 7}))
        .await;
    let purse = alice.get(&home, "/purse").await.json();
    assert_eq!(purse["mandates"][0]["id"], id.as_str());
    assert_eq!(purse["mandates"][0]["max_play"], 512_000);
    assert_eq!(purse["limit"], json!({"days": 7, "max_total": 1_000_000}));
    // The evidence is the person's to take away; in the table it stays shut.
    let export = alice.get(&home, "/purse/export").await.json();
    assert!(export["mandates"][0]["evidence"]["confirmed"].is_string());
    let mut conn = home.house.ground.db.read().await.unwrap();
    let row = sqlx::query("SELECT evidence FROM payments_mandate")
        .fetch_one(&mut *conn)
        .await;
    let cell: Vec<u8> = sqlx::Row::get(&row.unwrap(), "evidence");
    assert!(
        !cell.windows(5).any(|w| w == b"alice"),
        "the name stands in no clear text"
    );
    drop(conn);
    assert_eq!(
        alice
            .call(&home, "DELETE", &format!("/purse/mandates/{id}"), None)
            .await
            .status,
        204
    );
    assert_eq!(
        alice.get(&home, "/purse").await.json()["mandates"],
        json!([])
    );
    let wish = alice.wish(&home, &id, 1, 2_000);
    assert_eq!(slug(home.hold(&wish).await).1, "mandate");
    home.house.leave().await;
}

/// A browser that is signed in, and asks for mandates with its form's token.
struct Visitor<'h> {
    home: &'h Home,
    browser: Browser,
}

impl<'h> Visitor<'h> {
    async fn enter(home: &'h Home, name: &str) -> Self {
        let mut browser = home.house.browser();
        sign_in(&mut browser, name, "/login").await;
        Self { home, browser }
    }

    async fn purse(&mut self) -> Value {
        self.browser.get(&format!("{LISTEN}/purse")).await.json()
    }

    /// Asks for a mandate for a fresh key. The token is fetched anew: a step-up makes a new login.
    async fn ask(&mut self, mut body: Value) -> Value {
        let token = self.purse().await["form_token"].clone();
        let key = SigningKey::generate_es256(self.home.house.ground.world.entropy());
        body["jwk"] = key.public().public_json();
        let request = http::Request::post(format!("{LISTEN}/purse/mandates"))
            .header("content-type", "application/json")
            .header("form-token", token.as_str().unwrap())
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        self.browser.send(request).await.json()
    }

    async fn step(&mut self, name: &str, asked: &Value) -> String {
        sign_in(
            &mut self.browser,
            name,
            asked["step_up_url"].as_str().unwrap(),
        )
        .await
    }

    async fn get(&mut self, path: &str) -> Page {
        self.browser.get(&format!("{LISTEN}{path}")).await
    }
}

#[tokio::test]
async fn a_passkey_confirms_a_spending_limit() {
    let home = Home::open().await;
    let mut alice = Visitor::enter(&home, "alice").await;
    let asked = alice.ask(json!({"return": "/tracks/1"})).await;
    let back = alice.step("alice", &asked).await;
    // Another browser cannot use what this one brought back.
    let mut mallory = Visitor::enter(&home, "mallory").await;
    assert_eq!(mallory.get(&back).await.status, 404);
    let done = alice.get(&back).await;
    assert_eq!(done.location(), Some("/tracks/1"), "{}", done.text());
    assert_eq!(alice.purse().await["mandates"][0]["id"], asked["id"]);
    let evidence = alice.get("/purse/export").await.json()["mandates"][0]["evidence"].clone();
    let hash = nonce_of(asked["transaction_data"].as_str().unwrap());
    assert_eq!(
        evidence["confirmed"],
        format!("id-token-of-alice-with-{hash}")
    );
    let again = alice.get(&back).await;
    assert_eq!(
        again.json()["type"],
        "/problems/presentation",
        "twice is once"
    );
    home.house.leave().await;
}

#[tokio::test]
async fn a_step_made_for_another_limit_confirms_nothing() {
    let home = Home::open().await;
    let mut alice = Visitor::enter(&home, "alice").await;
    let small = alice.ask(json!({})).await;
    let large = alice.ask(json!({"max_total": 1_000_000_000})).await;
    let before = home.digest().await;
    let back = alice.step("alice", &small).await;
    let (small, large) = (small["id"].as_str().unwrap(), large["id"].as_str().unwrap());
    assert_eq!(alice.get(&back.replace(small, large)).await.status, 403);
    assert_eq!(home.digest().await, before);
    for bad in ["//evil.example", "https://evil.example", "/\\evil"] {
        let refused = alice.ask(json!({"return": bad})).await;
        assert_eq!(refused["type"], "/problems/return-url", "{bad}");
    }
    home.house.leave().await;
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused_by_its_field() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let jwk = alice.key.public().public_json();
    let private: Value = serde_json::from_str(alice.key.private_json().expose()).unwrap();
    let rsa = SigningKey::generate_rs256().public().public_json();
    for (body, field) in [
        (json!({"jwk": private}), "jwk"),
        (json!({"jwk": rsa}), "jwk"),
        (json!({"jwk": {"kty": "oct", "k": "AAAA"}}), "jwk"),
        (json!({"jwk": jwk, "max_play": 0}), "max_play"),
        (json!({"jwk": jwk, "max_play": 512_001}), "max_play"),
        (json!({"jwk": jwk, "max_total": -1}), "max_total"),
        (json!({"jwk": jwk, "max_total": 1_022_000_001}), "max_total"),
        (json!({"jwk": jwk, "days": 0}), "days"),
        (json!({"jwk": jwk, "days": 367}), "days"),
        (json!({"jwk": jwk, "via": "passkey"}), "via"),
    ] {
        let page = alice.post(&home, "/purse/mandates", &body).await;
        assert_eq!(
            (page.status.as_u16(), &page.json()["field"]),
            (422, &json!(field)),
            "{body}"
        );
    }
    assert!(
        home.outside.asked.lock().unwrap().is_empty(),
        "nobody was asked to confirm"
    );
    home.house.leave().await;
}

/// A result, and the reason for which it is refused.
type Unfit = (&'static str, PresentationResult, &'static str);

/// What the verifier says differs from what was asked.
fn said_wrong(good: &PresentationResult, data: &str) -> Vec<Unfit> {
    let but = |what, reason, change: &dyn Fn(&mut PresentationResult)| {
        let mut result = good.clone();
        change(&mut result);
        (what, result, reason)
    };
    let other = vec![nonce_of("x")];
    vec![
        but("aud", "invalid_audience", &|r| r.aud = ISSUER.into()),
        but("iss", "invalid_issuer", &|r| {
            r.iss = "http://evil.example".into();
        }),
        but("purpose", "purpose", &|r| r.purpose = "payment".into()),
        but("qr", "device", &|r| r.device = "other".into()),
        but("no card", "listener", &|r| r.credentials.clear()),
        but("data", "transaction-data", &|r| {
            r.transaction_data.clone_from(&other);
        }),
        but("two", "transaction-data", &|r| {
            r.transaction_data.push(data.to_owned());
        }),
    ]
}

/// What the verifier says fits, but the presentation inside does not.
fn shown_wrong(home: &Home, good: &PresentationResult, data: &str) -> Vec<Unfit> {
    let swap = |token: String| {
        let mut result = good.clone();
        result.presentation.insert("payer".into(), json!([token]));
        result
    };
    let show = |name, data: &str, nonce, aud| swap(home.outside.show(name, data, nonce, aud));
    let other = nonce_of("x");
    let foreign = "another-nonce-0123456789012345678901234567890";
    vec![
        (
            "hash",
            show("alice", &other, NONCE, AUD),
            "transaction-data",
        ),
        ("nonce", show("alice", data, foreign, AUD), "kb-nonce"),
        (
            "kb aud",
            show("alice", data, NONCE, "redirect_uri:https://evil.example"),
            "kb-aud",
        ),
        ("name inside", show("mallory", data, NONCE, AUD), "listener"),
        ("nothing inside", swap("x".into()), "malformed"),
    ]
}

#[tokio::test]
async fn pa33_a_presentation_that_does_not_fit_confirms_nothing() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let (id, data) = alice.ask(&home, &json!({})).await;
    let good = home.outside.good("alice", &data);
    let before = home.digest().await;
    let cases = [said_wrong(&good, &data), shown_wrong(&home, &good, &data)].concat();
    for (what, result, reason) in cases {
        home.outside.answers(what, result);
        let page = alice.confirm(&home, &id, what).await;
        assert_eq!(page.status, 403, "{what}: {}", page.text());
        assert_eq!(page.json()["type"], "/problems/presentation", "{what}");
        assert_eq!(page.json()["reason"], reason, "{what}");
    }
    let unknown = alice.confirm(&home, &id, "unknown").await;
    assert_eq!(unknown.json()["reason"], "response-code");
    assert_eq!(home.digest().await, before);
    // The request stayed open, and a good answer still confirms it, once.
    home.outside.answers("right", good);
    assert_eq!(alice.confirm(&home, &id, "right").await.status, 200);
    assert_eq!(
        alice.confirm(&home, &id, "right").await.json()["reason"],
        "state"
    );
    // The same result for another request is a replay.
    let (second, _) = alice.ask(&home, &json!({})).await;
    let page = alice.confirm(&home, &second, "right").await;
    assert_eq!(page.json()["reason"], "transaction-data");
    home.house.leave().await;
}

#[tokio::test]
async fn pa8_a_card_of_another_listener_gives_no_mandate() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let mut bob = Listener::new(&home, "bob");
    let (id, data) = alice.ask(&home, &json!({})).await;
    let before = home.digest().await;
    home.outside.answers("bob", home.outside.good("bob", &data));
    let page = alice.confirm(&home, &id, "bob").await;
    assert_eq!(
        (page.status.as_u16(), page.json()["type"].clone()),
        (403, "/problems/mandate".into())
    );
    // Another's request is not there to confirm or to end.
    assert_eq!(bob.confirm(&home, &id, "bob").await.status, 404);
    let path = format!("/purse/mandates/{id}");
    assert_eq!(bob.call(&home, "DELETE", &path, None).await.status, 404);
    // Too late.
    home.outside
        .answers("late", home.outside.good("alice", &data));
    home.house.clock.advance(600);
    let page = alice.confirm(&home, &id, "late").await;
    assert_eq!(page.json()["reason"], "expired");
    assert_eq!(home.digest().await, before);
    home.house.leave().await;
}

#[tokio::test]
async fn a_token_that_is_not_for_us_opens_no_purse() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let good = json!({
        "iss": "http://localhost:8080", "aud": LISTEN, "sub": "alice", "scope": "resonate.play",
        "exp": home.now().plus_seconds(60).seconds(), "cnf": {"jkt": alice.key.thumbprint()},
    });
    let mut cases = Vec::new();
    for (name, value, status) in [
        ("iss", json!("http://evil.example"), 401),
        ("aud", json!("http://coop.localhost:8080"), 401),
        ("aud", json!([LISTEN]), 401),
        ("exp", json!(home.now().plus_seconds(-61).seconds()), 401),
        ("cnf", json!({"jkt": "AAAA"}), 401),
        ("cnf", json!({}), 401),
        ("scope", json!("openid resonate.player"), 403),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        cases.push((home.outside.token(&claims), status));
    }
    let stranger = SigningKey::generate_ed25519(home.house.ground.world.entropy());
    let header = json!({"typ": "at+jwt", "kid": "token-1"});
    cases.push((credential::jose::sign(&stranger, &header, &good), 401));
    let header = json!({"typ": "JWT", "kid": "token-1"});
    cases.push((
        credential::jose::sign(&home.outside.tokens, &header, &good),
        401,
    ));
    cases.push(("x".into(), 401));
    for (token, status) in cases {
        alice.token = token;
        assert_eq!(
            alice.get(&home, "/purse").await.status,
            status,
            "{}",
            alice.token
        );
    }
    alice.token = home.outside.token(&good);
    assert_eq!(alice.get(&home, "/purse").await.status, 200);
    home.house.leave().await;
}
