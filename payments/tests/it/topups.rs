//! Top-ups: pages, deliveries and everything a provider can do wrong.

use crate::house::{Home, LISTEN, Listener, sign_in};
use host_testing::Browser;
use kernel::Amount;
use payments::{
    Settings,
    ledger::Ledger,
    provider::fake::{Faults, Sign},
};
use serde_json::{Value, json};

async fn open(home: &Home, listener: &mut Listener, minor: i64) -> Value {
    let page = listener
        .post(home, "/purse/topups", &json!({"minor": minor}))
        .await;
    assert_eq!(page.status, 201, "{}", page.text());
    page.json()
}

async fn pay(listener: &mut Listener, order: &Value, act: &str) {
    let url = order["pay_url"].as_str().unwrap();
    let page = listener.browser.post_form(url, &[("act", act)]).await;
    assert_eq!(page.status, 303, "{}", page.text());
}

async fn state(home: &Home, listener: &mut Listener, order: &Value) -> String {
    let path = format!("/purse/topups/{}", order["order"].as_str().unwrap());
    let page = listener.get(home, &path).await;
    page.json()["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_listener_tops_up_through_the_pages_alone() {
    let home = Home::open().await;
    let mut browser = home.house.browser();
    let led = {
        let request = http::Request::get(format!("{LISTEN}/purse"))
            .header("accept", "text/html")
            .body(axum::body::Body::empty())
            .unwrap();
        browser.send(request).await
    };
    assert_eq!(led.location(), Some("/login?return=%2Fpurse"));
    assert_eq!(
        sign_in(&mut browser, "alice", "/login?return=%2Fpurse").await,
        "/purse"
    );
    let json = browser.get(&format!("{LISTEN}/purse")).await.json();
    let token = json["form_token"].as_str().unwrap().to_owned();
    assert_eq!(json["available"], 0);
    let fields = [("minor", "500"), ("form_token", token.as_str())];
    let opened = browser
        .post_form(&format!("{LISTEN}/purse/topups"), &fields)
        .await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    let pay_url = opened.location().unwrap().to_owned();
    let page = browser.get(&pay_url).await;
    assert!(page.text().contains("5.00 EUR"), "{}", page.text());
    let paid = browser.post_form(&pay_url, &[("act", "pay")]).await;
    let back = paid.location().unwrap().to_owned();
    home.tick().await;
    assert_eq!(browser.get(&back).await.json()["state"], "paid");
    let page = html(&mut browser, "/purse").await;
    assert!(page.contains("4.0880"), "{page}");
    assert!(page.contains("<svg"), "the spend chart is there");
    assert_eq!(
        home.sums(Ledger::Eur, "bridge").await.credits_posted,
        Amount::new(500)
    );
    home.house.leave().await;
}

async fn html(browser: &mut Browser, path: &str) -> String {
    let request = http::Request::get(format!("{LISTEN}{path}"))
        .header("accept", "text/html")
        .body(axum::body::Body::empty())
        .unwrap();
    let page = browser.send(request).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text()
}

#[tokio::test]
async fn a_write_from_elsewhere_than_our_page_is_refused() {
    let home = Home::open().await;
    let mut browser = home.house.browser();
    sign_in(&mut browser, "alice", "/login").await;
    let token = browser.get(&format!("{LISTEN}/purse")).await.json()["form_token"].clone();
    let before = home.digest().await;
    for (token, site) in [
        ("", "same-origin"),
        ("AAAA", "same-origin"),
        (token.as_str().unwrap(), "cross-site"),
    ] {
        let request = http::Request::post(format!("{LISTEN}/purse/topups"))
            .header("content-type", "application/json")
            .header("form-token", token)
            .header("sec-fetch-site", site)
            .body(axum::body::Body::from(r#"{"minor":500}"#))
            .unwrap();
        let page = browser.send(request).await;
        assert_eq!(page.status, 403);
        assert_eq!(page.json()["type"], "/problems/form-stale");
    }
    let none = home.house.browser().get(&format!("{LISTEN}/purse")).await;
    assert_eq!(none.json()["type"], "/problems/login-needed");
    assert_eq!(home.digest().await, before);
    home.house.leave().await;
}

#[tokio::test]
async fn vat_is_paid_on_top_and_booked_apart() {
    let settings = Settings {
        vat_bps: Some(2_300),
        vat_country: Some("ie".into()),
        ..Settings::default()
    };
    let home = Home::with(settings).await;
    let mut alice = home.listener("alice", &[1_000]).await;
    assert_eq!(alice.available(&home).await, 8_176_000);
    assert_eq!(
        home.sums(Ledger::Eur, "vat:ie").await.credits_posted,
        Amount::new(230)
    );
    assert_eq!(
        home.sums(Ledger::Eur, "psp:fake").await.debits_posted,
        Amount::new(1_230)
    );
    home.house.leave().await;
}

#[tokio::test]
async fn pa21_an_order_of_another_is_not_there() {
    let home = Home::open().await;
    let (mut alice, mut bob) = (Listener::new(&home, "alice"), Listener::new(&home, "bob"));
    let order = open(&home, &mut alice, 500).await;
    let id = order["order"].as_str().unwrap();
    let path = format!("/purse/topups/{id}");
    assert_eq!(bob.get(&home, &path).await.status, 404);
    let taken = bob
        .post(&home, "/purse/topups", &json!({"minor": 500, "order": id}))
        .await;
    assert_eq!(taken.status, 404);
    // Her own again: the same order; with another sum: a conflict.
    let again = alice
        .post(&home, "/purse/topups", &json!({"minor": 500, "order": id}))
        .await;
    assert_eq!(again.json()["pay_url"], order["pay_url"]);
    let other = alice
        .post(&home, "/purse/topups", &json!({"minor": 1000, "order": id}))
        .await;
    assert_eq!(
        (other.status.as_u16(), other.json()["type"].clone()),
        (409, "/problems/id-conflict".into())
    );
    home.house.leave().await;
}

#[tokio::test]
async fn pa4_pa22_pa26_what_cannot_be_ordered_is_refused_by_name() {
    let returns = vec!["http://127.0.0.1:3000/paid".to_owned()];
    let home = Home::with(Settings {
        returns,
        ..Settings::default()
    })
    .await;
    let mut alice = Listener::new(&home, "alice");
    let before = home.digest().await;
    for (body, status, slug) in [
        (json!({"minor": 501}), 422, "topup-amount"),
        (json!({"minor": 0}), 422, "topup-amount"),
        (json!({"minor": -500}), 422, "topup-amount"),
        (json!({"minor": i64::MAX}), 422, "topup-amount"),
        (json!({"minor": "500"}), 422, "invalid-field"),
        (json!({"minor": 500, "order": "ABC"}), 422, "invalid-field"),
        (json!({"minor": 500, "purse": "00"}), 422, "unknown-field"),
        (
            json!({"minor": 500, "return": "https://evil.example/"}),
            422,
            "return-url",
        ),
        (
            json!({"minor": 500, "return": "http://127.0.0.1:3000/paid2"}),
            422,
            "return-url",
        ),
    ] {
        let page = alice.post(&home, "/purse/topups", &body).await;
        assert_eq!(page.json()["type"], format!("/problems/{slug}"), "{body}");
        assert_eq!(page.status, status, "{body}");
    }
    assert_eq!(home.digest().await, before);
    let body = json!({"minor": 500, "return": "http://127.0.0.1:3000/paid"});
    assert_eq!(alice.post(&home, "/purse/topups", &body).await.status, 201);
    home.house.leave().await;
}

#[tokio::test]
async fn pa24_five_deliveries_credit_once() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    home.payments.fake().set(Faults {
        duplicate: 4,
        reorder: true,
        ..Faults::default()
    });
    let (one, two) = (
        open(&home, &mut alice, 500).await,
        open(&home, &mut alice, 1_000).await,
    );
    pay(&mut alice, &one, "pay").await;
    pay(&mut alice, &two, "pay").await;
    // Held back for two seconds, then the latest first, each five times.
    for _ in 0..4 {
        home.tick().await;
    }
    assert_eq!(alice.available(&home).await, 4_088_000 + 8_176_000);
    assert_eq!(state(&home, &mut alice, &one).await, "paid");
    home.house.leave().await;
}

#[tokio::test]
async fn pa24_another_event_of_the_same_payment_credits_nothing_more() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let path = alice.get(&home, "/purse").await.json()["orders"][0]["order"].clone();
    let reference = reference(&home, path.as_str().unwrap()).await;
    for event in ["evt_x", "evt_y", "evt_x"] {
        let body = json!({"id": event, "data": {"object": {"id": reference}}}).to_string();
        assert_eq!(deliver(&home, &body, 0, "good").await, 200);
    }
    home.tick().await;
    assert_eq!(alice.available(&home).await, 4_088_000);
    // A payment we do not know is kept for staff.
    let stranger = json!({"id": "evt_z", "data": {"object": {"id": "fp_none"}}}).to_string();
    assert_eq!(deliver(&home, &stranger, 0, "good").await, 200);
    home.tick().await;
    assert_eq!(
        outcomes(&home).await.last().map(String::as_str),
        Some("unknown")
    );
    home.house.leave().await;
}

async fn reference(home: &Home, order: &str) -> String {
    let mut conn = home.house.ground.db.read().await.unwrap();
    let sql = "SELECT provider_ref FROM payments_order WHERE id = $1";
    let row = sqlx::query(sql)
        .bind(order)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    sqlx::Row::get(&row, "provider_ref")
}

async fn outcomes(home: &Home) -> Vec<String> {
    let mut conn = home.house.ground.db.read().await.unwrap();
    let sql = "SELECT event, outcome FROM payments_provider_event ORDER BY event";
    let rows = sqlx::query(sql).fetch_all(&mut *conn).await.unwrap();
    rows.iter().map(|r| sqlx::Row::get(r, "outcome")).collect()
}

/// A delivery signed `age` seconds ago, straight to the door.
async fn deliver(home: &Home, body: &str, age: i64, how: &str) -> u16 {
    let secret = home.house.ground.secrets.key("payments/webhook-fake");
    let secret = if how == "wrong" {
        [1; 32]
    } else {
        *secret.expose()
    };
    let at = home.now().plus_seconds(-age);
    let header = payments::provider::signature::make(&secret, body.as_bytes(), at);
    let mut request = http::Request::post(format!("{LISTEN}/webhooks/fake"));
    if how != "none" {
        request = request.header("fake-signature", header);
    }
    let body = if how == "altered" {
        body.replace("evt", "ext")
    } else {
        body.to_owned()
    };
    let request = request.body(axum::body::Body::from(body)).unwrap();
    home.house.browser().send(request).await.status.as_u16()
}

#[tokio::test]
async fn pa23_a_forged_delivery_leaves_no_row() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let order = open(&home, &mut alice, 500).await;
    let reference = reference(&home, order["order"].as_str().unwrap()).await;
    let body = json!({"id": "evt_1", "data": {"object": {"id": reference}}}).to_string();
    for (how, age) in [
        ("none", 0),
        ("wrong", 0),
        ("altered", 0),
        ("good", 301),
        ("good", -301),
    ] {
        assert_eq!(deliver(&home, &body, age, how).await, 400, "{how} {age}");
    }
    assert_eq!(deliver(&home, "not json", 0, "good").await, 400);
    for sign in [Sign::Wrong, Sign::Old, Sign::None] {
        home.payments.fake().set(Faults {
            sign,
            ..Faults::default()
        });
        let order = open(&home, &mut alice, 500).await;
        pay(&mut alice, &order, "pay").await;
    }
    assert!(outcomes(&home).await.is_empty());
    home.payments.fake().set(Faults::default());
    home.tick().await;
    assert_eq!(alice.available(&home).await, 0);
    // What was paid is found all the same: open orders are asked about.
    home.house.clock.advance(400);
    home.jobs().await;
    assert_eq!(alice.available(&home).await, 3 * 4_088_000);
    home.house.leave().await;
}

#[tokio::test]
async fn a_delivery_with_a_second_mark_is_good() {
    let home = Home::open().await;
    home.payments.fake().set(Faults {
        sign: Sign::Two,
        ..Faults::default()
    });
    let mut alice = home.listener("alice", &[500]).await;
    assert_eq!(alice.available(&home).await, 4_088_000);
    home.house.leave().await;
}

#[tokio::test]
async fn pa25_what_differs_from_the_order_is_not_credited() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let good = Faults::default;
    for (faults, what) in [
        (
            Faults {
                amount: -1,
                ..good()
            },
            "amount",
        ),
        (
            Faults {
                amount: 1,
                ..good()
            },
            "amount",
        ),
        (
            Faults {
                currency: Some("USD".into()),
                ..good()
            },
            "currency",
        ),
        (
            Faults {
                order: Some("00".repeat(16)),
                ..good()
            },
            "order",
        ),
        (
            Faults {
                live: true,
                ..good()
            },
            "live",
        ),
    ] {
        home.payments.fake().set(faults);
        let order = open(&home, &mut alice, 500).await;
        pay(&mut alice, &order, "pay").await;
        home.tick().await;
        assert_eq!(state(&home, &mut alice, &order).await, "mismatch", "{what}");
        assert_eq!(note(&home, order["order"].as_str().unwrap()).await, what);
        assert_eq!(alice.available(&home).await, 0);
        home.payments.fake().set(good());
        home.house.clock.advance(400);
        home.jobs().await;
        assert_eq!(
            state(&home, &mut alice, &order).await,
            "mismatch",
            "only staff ends it"
        );
    }
    home.house.leave().await;
}

async fn note(home: &Home, order: &str) -> String {
    let mut conn = home.house.ground.db.read().await.unwrap();
    let sql = "SELECT note FROM payments_order WHERE id = $1";
    let row = sqlx::query(sql)
        .bind(order)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    sqlx::Row::get(&row, "note")
}

#[tokio::test]
async fn pa27_a_provider_that_is_away_loses_nothing() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    home.payments.fake().set(Faults {
        down: true,
        ..Faults::default()
    });
    let id = "0123456789abcdef0123456789abcdef";
    let body = json!({"minor": 500, "order": id});
    let refused = alice.post(&home, "/purse/topups", &body).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()["type"].clone()),
        (503, "/problems/provider-away".into())
    );
    home.payments.fake().set(Faults::default());
    let order = alice.post(&home, "/purse/topups", &body).await.json();
    assert_eq!(order["state"], "open");
    // Down when the delivery is looked into: it waits.
    let url = order["pay_url"].as_str().unwrap().to_owned();
    home.payments.fake().set(Faults {
        delay_s: 1,
        ..Faults::default()
    });
    alice.browser.post_form(&url, &[("act", "pay")]).await;
    home.payments.fake().set(Faults {
        down: true,
        ..Faults::default()
    });
    home.tick().await;
    assert_eq!(alice.available(&home).await, 0);
    home.payments.fake().set(Faults::default());
    home.house.clock.advance(60);
    home.jobs().await;
    assert_eq!(alice.available(&home).await, 4_088_000);
    home.house.leave().await;
}

#[tokio::test]
async fn pa28_a_payment_after_the_end_is_credited() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let order = open(&home, &mut alice, 500).await;
    home.house.clock.advance(1_900);
    home.jobs().await;
    assert_eq!(state(&home, &mut alice, &order).await, "expired");
    pay(&mut alice, &order, "pay").await;
    home.tick().await;
    assert_eq!(state(&home, &mut alice, &order).await, "paid");
    assert_eq!(alice.available(&home).await, 4_088_000);
    home.house.leave().await;
}

#[tokio::test]
async fn a_cancelled_payment_credits_nothing() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    let order = open(&home, &mut alice, 500).await;
    pay(&mut alice, &order, "cancel").await;
    home.tick().await;
    assert_eq!(state(&home, &mut alice, &order).await, "failed");
    pay(&mut alice, &order, "pay").await;
    home.tick().await;
    assert_eq!(state(&home, &mut alice, &order).await, "failed");
    assert_eq!(alice.available(&home).await, 0);
    home.house.leave().await;
}

#[tokio::test]
async fn a_lost_delivery_is_made_up_for_by_asking() {
    let home = Home::open().await;
    let mut alice = Listener::new(&home, "alice");
    home.payments.fake().set(Faults {
        drop: true,
        ..Faults::default()
    });
    let order = open(&home, &mut alice, 500).await;
    pay(&mut alice, &order, "pay").await;
    home.tick().await;
    assert_eq!(alice.available(&home).await, 0);
    home.house.clock.advance(400);
    home.jobs().await;
    assert_eq!(alice.available(&home).await, 4_088_000);
    home.house.leave().await;
}
