//! What counts as a play.

use crate::room::{COUNTS, Room, refused, slug, track};
use credential::jose::SigningKey;
use serde_json::{Value, json};

impl Room {
    /// Reads all bytes before the gate.
    async fn read(&mut self, started: &Value) {
        let url = started["url"].as_str().unwrap().to_owned();
        let page = self.bytes(&url, &[("range", "bytes=0-")]).await;
        assert!(page.status.is_success(), "{}", page.text());
    }
}

#[tokio::test]
async fn nine_plays_make_a_track_yours() {
    let mut room = Room::open().await;
    room.bank.with(|ledger| ledger.available = 1_022_000);
    for n in 1..=9 {
        let said = room.play_through(1).await;
        assert_eq!(
            (said["state"].as_str(), said["n"].as_i64()),
            (Some("qualified"), Some(n))
        );
        assert_eq!(said["owned"], n == 9, "{n}");
        room.drain().await;
        assert_eq!(room.bank.posted(), 2000 * ((1 << n) - 1), "{n}");
        room.advance(120);
    }
    assert_eq!(room.bank.with(|ledger| ledger.available), 0);
    let play = room.draw();
    let page = room
        .post("/play/start", &json!({ "play": play, "track": track(1) }))
        .await;
    let tenth = page.json();
    assert_eq!(
        (page.status.as_u16(), &tenth["plan"], &tenth["price"]),
        (201, &json!("owned"), &json!(0))
    );
    assert_eq!(
        room.bytes(tenth["url"].as_str().unwrap(), &[]).await.status,
        200
    );
    room.leave().await;
}

#[tokio::test]
async fn forty_four_seconds_cost_nothing() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    room.read(&started).await;
    room.advance(46);
    let page = room.beat(&started["play"], 44_999, "beat").await;
    assert_eq!(page.json()["state"], "playing", "ST47");
    let page = room.beat(&started["play"], 44_999, "end").await;
    assert_eq!(page.json()["state"], "voided", "ST47");
    room.drain().await;
    assert_eq!((room.bank.posted(), room.bank.freed()), (0, 2000), "ST47");
    let page = room
        .bytes(started["url"].as_str().unwrap(), &[("range", "bytes=0-9")])
        .await;
    assert_eq!(refused(&page), (403, "play-ended"), "ST10");
    room.leave().await;
}

#[tokio::test]
async fn the_qualifying_beat_posts_once() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    room.read(&started).await;
    room.advance(45);
    for _ in 0..3 {
        let page = room.beat(&started["play"], 45_000, "beat").await;
        assert_eq!(page.json()["state"], "qualified", "ST48");
    }
    room.drain().await;
    assert_eq!(room.bank.posted(), 2000, "ST48");
    room.leave().await;
}

#[tokio::test]
async fn beats_that_cannot_be_true_spoil_the_play() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    room.read(&started).await;
    room.advance(15);
    assert_eq!(
        room.beat(&started["play"], 15_000, "beat").await.status,
        200
    );
    for heard in [14_999, 15_751, 45_000, -1] {
        let page = room.beat(&started["play"], heard, "beat").await;
        assert_eq!(refused(&page), (422, "beat-impossible"), "ST45 {heard}");
    }
    room.advance(60);
    let page = room.beat(&started["play"], 60_000, "beat").await;
    assert_eq!(
        (&page.json()["state"], &page.json()["why"]),
        (&json!("playing"), &json!("beat-impossible")),
        "ST45"
    );
    room.beat(&started["play"], 60_000, "end").await;
    room.drain().await;
    assert_eq!((room.bank.posted(), room.bank.freed()), (0, 2000), "ST45");
    room.leave().await;
}

#[tokio::test]
async fn beats_need_bytes_and_their_own_listener() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    room.advance(60);
    let page = room.beat(&started["play"], 45_000, "beat").await;
    assert_eq!(page.json()["state"], "playing", "ST46");
    let few = format!("bytes=0-{}", COUNTS * 8 / 10 - 2);
    room.bytes(started["url"].as_str().unwrap(), &[("range", &few)])
        .await;
    room.advance(60);
    let page = room.beat(&started["play"], 60_000, "beat").await;
    assert_eq!(page.json()["state"], "playing", "ST46: one byte short");
    let mine = std::mem::replace(&mut room.key, SigningKey::ed25519_from_seed(&[9; 32]));
    room.open_session("sub-of-bob").await;
    let page = room.beat(&started["play"], 60_000, "end").await;
    let unknown = room.beat(&json!("00".repeat(16)), 0, "end").await;
    assert_eq!(
        (page.status.as_u16(), &page.body),
        (404, &unknown.body),
        "ST44"
    );
    room.key = mine;
    let page = room.beat(&started["play"], 60_000, "beat").await;
    assert_eq!(page.json()["state"], "playing", "ST44: unharmed");
    room.leave().await;
}

#[tokio::test]
async fn two_tabs_of_a_track_pay_once() {
    let mut room = Room::open().await;
    let first = room.started(1).await;
    room.read(&first).await;
    room.advance(1);
    let second = room.started(1).await;
    assert_eq!(second["price"], 2000);
    room.read(&second).await;
    room.advance(46);
    let page = room.beat(&first["play"], 45_000, "beat").await;
    assert_eq!(page.json()["state"], "superseded", "ST10");
    let page = room
        .bytes(first["url"].as_str().unwrap(), &[("range", "bytes=0-9")])
        .await;
    assert_eq!(slug(&page), "play-ended", "ST10");
    let page = room.beat(&second["play"], 45_000, "beat").await;
    assert_eq!(page.json()["state"], "qualified");
    room.drain().await;
    assert_eq!(
        (room.bank.posted(), room.bank.freed(), room.bank.held()),
        (2000, 2000, 0)
    );
    room.leave().await;
}

#[tokio::test]
async fn two_tracks_at_once_are_not_two_listeners() {
    let mut room = Room::open().await;
    let first = room.started(1).await;
    room.read(&first).await;
    let second = room.started(2).await;
    room.read(&second).await;
    room.advance(46);
    let page = room.beat(&first["play"], 45_000, "beat").await;
    assert_eq!(page.json()["state"], "qualified");
    let page = room.beat(&second["play"], 45_000, "beat").await;
    assert_eq!(
        (&page.json()["state"], &page.json()["why"]),
        (&json!("voided"), &json!("parallel")),
        "ST49"
    );
    room.drain().await;
    assert_eq!(
        (room.bank.posted(), room.bank.freed()),
        (2000, 2000),
        "ST49"
    );
    room.leave().await;
}

#[tokio::test]
async fn a_play_nobody_finishes_ends_and_frees_its_hold() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    room.read(&started).await;
    room.advance(7201);
    room.run_jobs().await;
    room.drain().await;
    assert_eq!((room.bank.held(), room.bank.freed()), (0, 2000));
    let page = room.beat(&started["play"], 0, "beat").await;
    assert_eq!(page.json()["state"], "expired");
    room.leave().await;
}

#[tokio::test]
async fn after_twenty_lapses_a_start_is_paid_with_its_first_byte() {
    let mut room = Room::open().await;
    for _ in 0..21 {
        let started = room.started(1).await;
        assert_eq!(started["paid_at_start"], false);
        room.read(&started).await;
        room.advance(10);
        room.beat(&started["play"], 0, "end").await;
    }
    let said = room
        .post("/tracks/prices", &json!({ "ids": [] }))
        .await
        .json();
    assert_eq!(said["paid_at_start"], true);
    let started = room.started(1).await;
    assert_eq!(
        (&started["paid_at_start"], &started["gate_s"]),
        (&json!(true), &json!(null))
    );
    room.drain().await;
    assert_eq!(room.bank.posted(), 0);
    room.read(&started).await;
    room.drain().await;
    assert_eq!(room.bank.posted(), 2000);
    let said = room
        .post("/tracks/prices", &json!({ "ids": [track(1)] }))
        .await
        .json();
    assert_eq!(said["tracks"][0]["n"], 2);
    room.leave().await;
}
