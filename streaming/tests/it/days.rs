//! Closing a day, and what is kept afterwards.

use crate::room::{ARTIST, Room, track};
use credential::jose;
use kernel::hex;
use serde_json::json;
use sha2::{Digest, Sha256};
use streaming::{rights::sheet::Sheet, store};

#[tokio::test]
async fn a_closed_day_adds_up_and_is_told_to_payments() {
    let mut room = Room::open().await;
    room.play_through(1).await;
    room.advance(200);
    room.play_through(1).await;
    room.advance(200);
    room.play_through(2).await;
    room.advance(200);
    let open = room.started(3).await;
    assert_eq!(open["state"], "granted");
    room.run_jobs().await;
    room.drain().await;
    assert!(
        room.bank.with(|ledger| ledger.days.is_empty()),
        "the day is not over"
    );
    room.advance(86_400);
    room.run_jobs().await;
    room.drain().await;
    let (day, hash) = room
        .bank
        .with(|ledger| ledger.days.clone())
        .pop()
        .expect("the day was closed");
    assert_eq!(day, "2026-11-21");
    let now = room.house.ground.world.now();
    let peers = &room.house.ground.peers;
    let asked = json!({ "day": day });
    let answer = peers
        .ask("payments", "streaming", "/peer/days", &asked, now)
        .await
        .unwrap();
    let manifest = answer["manifest"].as_str().unwrap();
    assert_eq!(hex::encode(Sha256::digest(manifest)), hash);
    let (header, payload) = jose::peek(manifest).unwrap();
    assert_eq!(header.typ.as_deref(), Some("resonate-day+jwt"));
    assert_eq!(payload["plans"]["s2o"], json!({ "plays": 3, "ucr": 8000 }));
    assert_eq!(room.bank.posted(), 8000);
    assert_eq!((room.bank.held(), room.bank.freed()), (0, 2000));
    let sheet = Sheet::single(track(1), ARTIST).hash();
    let line =
        json!({ "track": track(1), "payee": ARTIST, "sheet": sheet, "plays": 2, "ucr": 6000 });
    assert_eq!(payload["tracks"][0], line);
    // Closing again tells nothing new.
    room.advance(600);
    room.run_jobs().await;
    room.drain().await;
    assert_eq!(room.bank.with(|ledger| ledger.days.len()), 1);
    room.leave().await;
}

#[tokio::test]
async fn payments_and_nobody_else_asks_for_days_and_sheets() {
    let mut room = Room::open().await;
    room.play_through(1).await;
    let now = room.house.ground.world.now();
    let peers = &room.house.ground.peers;
    let sheet = Sheet::single(track(1), ARTIST).hash();
    let asked = json!({ "track": track(1) });
    let answer = peers
        .ask("payments", "streaming", "/peer/sheets", &asked, now)
        .await
        .unwrap();
    assert_eq!(answer["hash"], sheet.as_str());
    let key = jose::Jwk::parse(&answer["lines"][0]["jwk"]).unwrap();
    let jws = answer["lines"][0]["jws"].as_str().unwrap();
    assert_eq!(Sheet::single(track(1), ARTIST).verify(jws, &key), Ok(()));
    let unknown = json!({ "day": "2026-11-22" });
    assert!(
        peers
            .ask("payments", "streaming", "/peer/days", &unknown, now)
            .await
            .is_err()
    );
    assert!(
        peers
            .ask("idp", "streaming", "/peer/days", &asked, now)
            .await
            .is_err()
    );
    room.leave().await;
}

#[tokio::test]
async fn play_rows_go_a_week_after_the_close_and_the_tally_stays() {
    let mut room = Room::open().await;
    let said = room.play_through(1).await;
    assert_eq!(said["state"], "qualified");
    room.advance(86_400);
    room.run_jobs().await;
    let mut conn = room.house.ground.db.read().await.unwrap();
    assert_eq!(
        store::play::latest(&mut conn)
            .await
            .unwrap()
            .day()
            .to_string(),
        "2026-11-21"
    );
    drop(conn);
    room.advance(7 * 86_400 + 3600);
    room.run_jobs().await;
    let mut conn = room.house.ground.db.read().await.unwrap();
    assert_eq!(
        store::play::latest(&mut conn).await.unwrap().seconds(),
        0,
        "no row is left"
    );
    drop(conn);
    room.open_session("sub-of-ada").await;
    let said = room
        .post("/tracks/prices", &json!({ "ids": [track(1)] }))
        .await
        .json();
    assert_eq!(said["tracks"][0]["n"], 2);
    room.leave().await;
}
