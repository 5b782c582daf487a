//! Admission, publication, pages and their JSON.

use crate::room::{ARTIST, LISTEN, RELEASE, Room, new_track, refused, track};
use axum::body::Body;
use credential::jose::{self, SigningKey};
use host_testing::Page;
use http::Request;
use kernel::Id;
use serde_json::json;
use streaming::{
    NewArtist,
    catalogue::{
        Covers, Kind,
        admit::{self, Admitted},
        publish::{self, Refusal, Signed},
    },
    rights::{
        rule,
        sheet::{RULE_TYP, SHEET_TYP, Sheet, rule_payload},
    },
};

impl Room {
    pub async fn publish_under(&self, n: u8, rule: &str) -> Result<(), Refusal> {
        self.publish_signed(n, rule, &self.artist_key, Sheet::single(track(n), ARTIST))
            .await
    }

    async fn publish_signed(
        &self,
        n: u8,
        rule: &str,
        key: &SigningKey,
        sheet: Sheet,
    ) -> Result<(), Refusal> {
        let sign = |typ, payload| jose::sign(key, &json!({ "typ": typ }), &payload);
        let signed = Signed {
            track: track(n),
            rule: rule.to_owned(),
            rule_jws: sign(RULE_TYP, rule_payload(track(n), rule)),
            sheet_jws: vec![(ARTIST, sign(SHEET_TYP, sheet.payload()))],
            sheet,
        };
        let (signed, now) = (&signed, self.house.ground.world.now());
        self.house
            .ground
            .db
            .write(move |tx| Box::pin(publish::publish(tx, signed, now)))
            .await
    }

    async fn page(&mut self, path: &str, accept: &str) -> Page {
        let request = Request::get(format!("{LISTEN}{path}")).header("accept", accept);
        self.http.send(request.body(Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn only_what_is_whole_and_signed_is_published() {
    let room = Room::empty(true).await;
    room.fill(&[]).await;
    room.admit(1, &[Kind::Opus128], |_| {}).await;
    let refused = room.publish_under(1, rule::PAID).await;
    assert!(
        matches!(refused, Err(Refusal::NotReady(_))),
        "ST16: no preview"
    );
    room.admit(2, &[Kind::Preview], |_| {}).await;
    let refused = room.publish_under(2, rule::PAID).await;
    assert!(
        matches!(refused, Err(Refusal::NotReady(_))),
        "ST16: nothing to play"
    );
    room.admit(3, &[Kind::Opus128, Kind::Preview], |_| {}).await;
    let other = SigningKey::ed25519_from_seed(&[4; 32]);
    let sheet = Sheet::single(track(3), ARTIST);
    let refused = room
        .publish_signed(3, rule::PAID, &other, sheet.clone())
        .await;
    assert!(matches!(refused, Err(Refusal::Signature)), "ST62");
    let half = Sheet {
        lines: vec![(ARTIST, 5000)],
        ..sheet
    };
    let refused = room
        .publish_signed(3, rule::PAID, &room.artist_key, half)
        .await;
    assert!(matches!(refused, Err(Refusal::Split)), "ST60");
    let refused = room.publish_under(3, "stream = \"loud\"").await;
    assert!(matches!(refused, Err(Refusal::Rule(_))));
    room.publish_under(3, rule::PAID).await.unwrap();
    let refused = room.publish_under(3, rule::PAID).await;
    assert!(
        matches!(refused, Err(Refusal::NotReady(_))),
        "published already"
    );
    room.leave().await;
}

#[tokio::test]
async fn a_sound_enters_once() {
    let room = Room::empty(true).await;
    room.fill(&[1]).await;
    let key = SigningKey::ed25519_from_seed(&[4; 32]);
    let id = Id::from_bytes([0xa2; 16]);
    let other = NewArtist {
        id,
        name: "Bob".into(),
        country: None,
        bio: None,
    };
    room.streaming.add_artist(&other, Some(&key)).await.unwrap();
    let again = |party| {
        let files = vec![];
        let mut new = new_track(1, Covers::default(), files);
        new.party = party;
        new.release = None;
        new
    };
    let known = room.admit_as(&again(ARTIST), track(7)).await;
    assert!(matches!(known, Ok(Admitted::Known(id)) if id == track(1)));
    let refused = room.admit_as(&again(id), track(7)).await;
    assert!(
        matches!(refused, Err(admit::Refusal::HeldDuplicate)),
        "ST59"
    );
    let mut stolen = again(id);
    stolen.pcm_hash = None;
    stolen.isrc = Some("QMDN92000001".into());
    room.admit_as(&stolen, track(7)).await.unwrap();
    let taken = room.admit_as(&stolen, track(8)).await;
    assert!(
        matches!(taken, Err(admit::Refusal::Taken)),
        "ST63: an ISRC stands once"
    );
    room.leave().await;
}

#[tokio::test]
async fn pages_are_read_without_script_cookie_or_account() {
    let mut room = Room::open().await;
    room.http = room.house.browser();
    for path in [
        "/".to_owned(),
        "/search?q=se%C3%B1al".to_owned(),
        "/library".to_owned(),
        format!("/artists/{ARTIST}"),
        format!("/releases/{RELEASE}"),
        format!("/tracks/{}", track(1)),
    ] {
        let page = room.page(&path, "text/html").await;
        assert_eq!(page.status, 200, "{path} {}", page.text());
        let text = page.text();
        assert_eq!(text.matches("<h1>").count(), 1, "{path}");
        assert!(
            text.contains("id=\"player\" data-signed-in=\"false\""),
            "{path}"
        );
        assert!(!text.contains("style=\""), "{path}");
        assert!(!page.headers.contains_key("set-cookie"), "{path}");
    }
    let text = room
        .page(&format!("/tracks/{}", track(1)), "text/html")
        .await
        .text();
    assert!(text.contains("<audio id=\"preview\" controls preload=\"none\" src=\"/m/"));
    assert!(text.contains("play 1 of 9: 0.002 credits"));
    assert!(text.contains("data-price=\"2000\""));
    let src = text
        .split("preload=\"none\" src=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let page = room.bytes(src, &[]).await;
    assert_eq!((page.status.as_u16(), page.body.len()), (200, 60_000));
    let german = room
        .page(&format!("/tracks/{}?lang=de", track(1)), "text/html")
        .await
        .text();
    assert!(german.contains("Wiedergabe 1 von 9: 0.002 Credits"));
    let page = room
        .bytes(&format!("/tracks/{}/cover?w=96", track(1)), &[])
        .await;
    assert_eq!(
        (page.status.as_u16(), &page.body[..]),
        (200, &b"a picture"[..])
    );
    room.leave().await;
}

#[tokio::test]
async fn programs_read_the_same_as_json() {
    let mut room = Room::open().await;
    let json = "application/json";
    let page = room.page(&format!("/tracks/{}", track(1)), json).await;
    let said = page.json();
    assert_eq!(
        (said["title"].as_str(), said["stream"].as_str()),
        (Some("Señal 1"), Some("paid"))
    );
    assert_eq!(said["renditions"].as_array().unwrap().len(), 3);
    let etag = page.headers["etag"].to_str().unwrap().to_owned();
    let again = room
        .bytes(
            &format!("/tracks/{}", track(1)),
            &[("accept", json), ("if-none-match", &etag)],
        )
        .await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let said = room
        .page(&format!("/releases/{RELEASE}"), json)
        .await
        .json();
    assert_eq!(said["tracks"].as_array().unwrap().len(), 3);
    let said = room.page(&format!("/artists/{ARTIST}"), json).await.json();
    assert_eq!(said["releases"][0]["title"], "Tides");
    let said = room.page("/search?q=SENAL", json).await.json();
    assert_eq!(said["tracks"].as_array().unwrap().len(), 3);
    let long = format!("/search?q={}", "a".repeat(201));
    assert_eq!(room.page(&long, json).await.status, 400, "ST66");
    let said = room.page("/search?q=se%25%20OR%201%3D1", json).await.json();
    assert_eq!(said["tracks"], json!([]), "ST66: operators are plain text");
    for path in [
        "/tracks/x",
        "/releases/00",
        "/artists/zz",
        "/tracks/x/preview",
        "/tracks/x/cover",
    ] {
        let page = room.page(path, json).await;
        assert_eq!(refused(&page), (404, "not-found"), "{path}");
    }
    room.leave().await;
}
