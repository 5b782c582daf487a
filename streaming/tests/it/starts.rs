//! Starts and what refuses them.

use crate::room::{Room, refused, slug, track};
use credential::jose::SigningKey;
use http::Method;
use kernel::problem;
use serde_json::json;
use streaming::{
    catalogue::{Kind, State},
    rights::rule,
    store,
};

impl Room {
    async fn set_state(&self, n: u8, state: State) {
        self.house
            .ground
            .db
            .write(move |tx| Box::pin(store::track::set_state(tx, track(n), state)))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_start_holds_the_price_of_the_next_step() {
    let mut room = Room::open().await;
    let play = room.draw();
    let body = room.start_body(play, track(1));
    let page = room.post("/play/start", &body).await;
    assert_eq!(page.status, 201, "{}", page.text());
    let first = page.json();
    assert_eq!(
        (first["price"].as_i64(), first["n"].as_i64()),
        (Some(2000), Some(1))
    );
    assert_eq!(first["available"], 19_998_000);
    assert_eq!(
        (first["beat_s"].as_i64(), &first["plan"]),
        (Some(15), &json!("s2o"))
    );
    // Once more: the same play, from its row.
    let page = room.post("/play/start", &body).await;
    assert_eq!(
        (page.status.as_u16(), &page.json()["play"]),
        (200, &first["play"]),
        "ST34"
    );
    assert_eq!(room.bank.held(), 2000, "ST34");
    // Another track under the same id.
    let other = room.start_body(play, track(2));
    let page = room.post("/play/start", &other).await;
    assert_eq!(refused(&page), (409, "play-reused"), "ST34");
    // Another listener with the same id.
    let mine = std::mem::replace(&mut room.key, SigningKey::ed25519_from_seed(&[9; 32]));
    room.open_session("sub-of-bob").await;
    let body = room.start_body(play, track(1));
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (409, "play-reused"), "ST34");
    room.key = mine;
    room.leave().await;
}

#[tokio::test]
async fn intents_are_for_this_play() {
    let mut room = Room::open().await;
    let now = room.house.ground.world.now().seconds();
    let changes = [
        ("aud", json!("http://listen.localhost:8080/streaming")),
        ("hold", json!("00".repeat(16))),
        ("exp", json!(now - 61)),
        ("max", json!("512000")),
        ("max", json!(null)),
    ];
    for change in changes {
        let play = room.draw();
        let mut body = room.start_body(play, track(1));
        body["intent"] = room
            .intent(&room.key, play, std::slice::from_ref(&change))
            .into();
        let page = room.post("/play/start", &body).await;
        assert_eq!(refused(&page), (403, "intent-invalid"), "ST29 {change:?}");
    }
    let play = room.draw();
    let mut body = room.start_body(play, track(1));
    for bad in [json!(null), json!("x"), json!("a.b.c")] {
        body["intent"] = bad;
        let page = room.post("/play/start", &body).await;
        assert_eq!(refused(&page), (403, "intent-invalid"), "ST29");
    }
    // Signed by another key under the name of this one.
    let good = room.intent(&room.key, play, &[]);
    let (signed, _) = good.rsplit_once('.').unwrap();
    let forged = room.intent(&SigningKey::ed25519_from_seed(&[5; 32]), play, &[]);
    body["intent"] = format!("{signed}.{}", forged.rsplit_once('.').unwrap().1).into();
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (403, "intent-invalid"), "ST29");
    // The person saw a lower price: told the new one, nothing held, the id still good.
    body["intent"] = room.intent(&room.key, play, &[("max", json!(1999))]).into();
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (409, "price-changed"), "ST30");
    assert_eq!(page.json()["price"], 2000, "ST30");
    assert_eq!(room.bank.held(), 0);
    body["intent"] = good.into();
    assert_eq!(room.post("/play/start", &body).await.status, 201);
    room.leave().await;
}

#[tokio::test]
async fn what_payments_refuses_is_said_and_the_id_stays_good() {
    let mut room = Room::open().await;
    room.bank.with(|ledger| ledger.available = 1999);
    let play = room.draw();
    let body = room.start_body(play, track(1));
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (402, "funds"), "ST31");
    let said = page.json();
    assert_eq!(
        (said["price"].as_i64(), said["available"].as_i64()),
        (Some(2000), Some(1999)),
        "ST31"
    );
    assert_eq!(said["topup"], "/purse", "ST31");
    room.bank
        .with(|ledger| ledger.refuse = Some(&problem::MANDATE_LIMIT));
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (402, "mandate-limit"), "ST32");
    let said = page.json();
    assert_eq!(
        (said["limit"].as_i64(), said["frees_on"].as_str()),
        (Some(5_000_000), Some("2026-12-01")),
        "ST32"
    );
    room.bank.with(|ledger| {
        ledger.refuse = None;
        ledger.away = true;
    });
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (503, "peer-away"), "ST33");
    room.bank.with(|ledger| {
        ledger.away = false;
        ledger.available = 2000;
    });
    let page = room.post("/play/start", &body).await;
    assert!(
        page.status.is_success(),
        "ST31 ST33: the id is reusable: {}",
        page.text()
    );
    let url = page.json()["url"].as_str().unwrap().to_owned();
    assert_eq!(
        room.bytes(&url, &[("range", "bytes=0-9")]).await.status,
        206
    );
    room.leave().await;
}

#[tokio::test]
async fn thirty_starts_at_once_with_credit_for_one_make_one_play() {
    let mut room = Room::open().await;
    room.bank.with(|ledger| ledger.available = 2000);
    let mut tasks = vec![];
    for _ in 0..30 {
        let play = room.draw();
        let text = room.start_body(play, track(1)).to_string();
        let key = room.key.clone();
        let proof = room.proof(&key, "POST", "/play/start", None, None);
        let mut http = room.house.browser();
        tasks.push(tokio::spawn(async move {
            let request = http::Request::post(format!("{}/play/start", crate::room::LISTEN))
                .header("dpop", proof)
                .header("content-type", "application/json")
                .body(axum::body::Body::from(text))
                .unwrap();
            http.send(request).await
        }));
    }
    let mut good = vec![];
    for task in tasks {
        let page = task.await.unwrap();
        match page.status.as_u16() {
            201 => good.push(page.json()),
            402 => assert_eq!(slug(&page), "funds", "ST35"),
            other => panic!("ST35: {other} {}", page.text()),
        }
    }
    assert_eq!((good.len(), room.bank.held()), (1, 2000), "ST35");
    let url = good[0]["url"].as_str().unwrap().to_owned();
    assert_eq!(
        room.bytes(&url, &[("range", "bytes=0-9")]).await.status,
        206,
        "ST35"
    );
    room.leave().await;
}

#[tokio::test]
async fn the_state_of_a_track_decides() {
    let mut room = Room::open().await;
    // Unknown and unpublished tracks look alike, byte for byte.
    let gone = room.start(99).await;
    assert_eq!(refused(&gone), (404, "not-found"), "ST36");
    for state in [State::Draft, State::Processing, State::Ready] {
        room.set_state(1, state).await;
        let page = room.start(1).await;
        assert_eq!(
            (page.status, &page.body),
            (gone.status, &gone.body),
            "ST36 {state:?}"
        );
        let preview = room
            .bytes(&format!("/tracks/{}/preview", track(1)), &[])
            .await;
        let unknown = room
            .bytes(&format!("/tracks/{}/preview", track(99)), &[])
            .await;
        assert_eq!(
            (preview.status, &preview.body),
            (unknown.status, &unknown.body),
            "ST36"
        );
        let page = room.bytes(&format!("/tracks/{}", track(1)), &[]).await;
        assert_eq!(page.status, 404, "ST36");
    }
    for (state, status, want) in [
        (State::Withdrawn, 410, "withdrawn"),
        (State::Blocked, 451, "blocked"),
    ] {
        room.set_state(1, state).await;
        let page = room.start(1).await;
        assert_eq!(refused(&page), (status, want), "ST37");
        let page = room
            .bytes(&format!("/tracks/{}/preview", track(1)), &[])
            .await;
        assert_eq!(refused(&page), (status, want), "ST37");
    }
    assert_eq!(room.bank.held(), 0);
    room.leave().await;
}

#[tokio::test]
async fn opening_territory_and_taste_decide() {
    let mut room = Room::empty(true).await;
    room.fill(&[]).await;
    room.bank.with(|ledger| ledger.available = 1_000_000);
    room.open_session("sub-of-ada").await;
    let files = [Kind::Opus128, Kind::Preview];
    let later = format!("{}opens_at = \"2026-11-22T00:00:00Z\"\n", rule::PAID);
    let here = rule::PAID.replace("worldwide = true", "territories = [\"PT\"]");
    for (n, rule) in [(1, later.as_str()), (2, here.as_str()), (3, rule::PAID)] {
        room.admit(n, &files, |new| new.explicit = n == 3).await;
        room.publish_under(n, rule).await.unwrap();
    }
    let page = room.start(1).await;
    assert_eq!(refused(&page), (403, "not-yet"), "ST37");
    assert_eq!(page.json()["opens_at"], 1_795_305_600, "ST37");
    let page = room.start(2).await;
    assert_eq!(refused(&page), (451, "territory"), "ST38");
    let play = room.draw();
    let mut body = room.start_body(play, track(2));
    body["region"] = "PT".into();
    assert_eq!(room.post("/play/start", &body).await.status, 201, "ST38");
    let play = room.draw();
    let mut body = room.start_body(play, track(3));
    body["explicit_ok"] = false.into();
    let page = room.post("/play/start", &body).await;
    assert_eq!(refused(&page), (403, "explicit-off"), "ST39");
    room.leave().await;
}

#[tokio::test]
async fn a_free_track_needs_no_purse() {
    let mut room = Room::empty(true).await;
    room.fill(&[]).await;
    room.open_session("sub-of-ada").await;
    room.admit(4, &[Kind::Opus128, Kind::Preview], |_| {}).await;
    room.publish_under(4, rule::FREE).await.unwrap();
    // A free track needs no intent and no hold, has no gate, and anyone hears the whole of it.
    let held = room.bank.held();
    let play = room.draw();
    let body = json!({ "play": play, "track": track(4) });
    let page = room.post("/play/start", &body).await;
    assert_eq!(
        (page.status.as_u16(), &page.json()["plan"]),
        (201, &json!("free")),
        "{}",
        page.text()
    );
    assert_eq!(
        (page.json()["price"].as_i64(), &page.json()["gate_s"]),
        (Some(0), &json!(null))
    );
    assert_eq!(room.bank.held(), held);
    let page = room
        .bytes(&format!("/tracks/{}/preview", track(4)), &[])
        .await;
    assert_eq!(page.json()["whole"], true);
    room.leave().await;
}

#[tokio::test]
async fn a_listener_starts_thirty_times_a_minute() {
    let mut room = Room::open().await;
    room.bank.with(|ledger| ledger.available = 0);
    for _ in 0..30 {
        assert_eq!(room.start(1).await.status, 402);
    }
    let page = room.start(1).await;
    assert_eq!(refused(&page), (429, "too-many"), "ST43");
    assert!(page.headers.contains_key("retry-after"), "ST43");
    room.advance(60);
    assert_eq!(room.start(1).await.status, 402);
    room.leave().await;
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let mut room = Room::open().await;
    let play = room.draw();
    let good = room.start_body(play, track(1));
    for (name, value) in [
        ("role", json!("staff")),
        ("verified", json!(true)),
        ("price", json!(0)),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let page = room.post("/play/start", &body).await;
        assert_eq!(refused(&page), (422, "unknown-field"), "{name}");
    }
    let page = room
        .post("/tracks/prices", &json!({ "ids": vec![track(1); 101] }))
        .await;
    assert_eq!(page.status, 422);
    room.leave().await;
}

#[tokio::test]
async fn prices_are_told_for_a_list() {
    let mut room = Room::open().await;
    room.play_through(1).await;
    let ids = json!({ "ids": [track(1), track(2), track(99)] });
    let said = room.post("/tracks/prices", &ids).await.json();
    assert_eq!(said["tracks"].as_array().unwrap().len(), 2);
    assert_eq!(said["tracks"][0]["n"], 2);
    assert_eq!(said["tracks"][0]["price"], 4000);
    assert_eq!(said["tracks"][0]["remaining"], 1_020_000);
    assert_eq!(said["tracks"][1]["price"], 2000);
    assert_eq!(said["paid_at_start"], false);
    let (key, path) = (room.key.clone(), "/tracks/prices");
    room.ask(&key, Method::DELETE, "/play/session", None, None)
        .await;
    let page = room.ask(&key, Method::POST, path, Some(&ids), None).await;
    assert_eq!(refused(&page), (401, "session-needed"), "ST26");
    room.leave().await;
}
