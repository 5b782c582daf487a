//! Grants, ranges and the gate, over HTTP.

use crate::room::{COUNTS, GATE, OPUS, Room, grant_of, hash, media, refused, slug, sound};
use axum::body::Body;
use http::{Method, Request};
use kernel::b64;
use streaming::catalogue::{Kind, object_key};
use tower::ServiceExt;

#[tokio::test]
async fn grants_open_their_own_bytes_and_nothing_else() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    let url = started["url"].as_str().unwrap().to_owned();
    let grant = grant_of(&url);
    let (opus, mp3) = (hash(&sound(1, Kind::Opus128)), hash(&sound(1, Kind::Mp3)));
    let other = hash(&sound(2, Kind::Opus128));
    let preview = grant_of(&room.preview_url().await);
    let flip = |at: usize| {
        let mut bytes = b64::decode(&grant).unwrap();
        bytes[at] ^= 1;
        b64::encode(bytes)
    };
    let name = b64::encode(opus);
    let rows = [
        ("ST1", format!("/m/{name}"), 401, "grant-missing"),
        ("ST1", format!("/m/{name}?x=1"), 401, "grant-missing"),
        ("ST2", format!("/m/{name}?g="), 401, "grant-malformed"),
        (
            "ST2",
            format!("/m/{name}?g={}", &grant[1..]),
            401,
            "grant-malformed",
        ),
        (
            "ST2",
            format!("/m/{name}?g={}Z", &grant[..54]),
            401,
            "grant-malformed",
        ),
        (
            "ST2",
            format!("/m/{name}?g={grant}&g={grant}"),
            401,
            "grant-malformed",
        ),
        ("ST2", media(&opus, &flip(0)), 401, "grant-malformed"),
        ("ST3", media(&opus, &flip(40)), 403, "grant-forged"),
        ("ST3", media(&opus, &flip(12)), 403, "grant-forged"),
        ("ST4", media(&mp3, &grant), 403, "grant-forged"),
        ("ST4", media(&other, &grant), 403, "grant-forged"),
        ("ST5", media(&opus, &preview), 403, "grant-forged"),
        ("ST6", media(&opus, &flip(1)), 403, "grant-forged"),
        ("ST14", media(&[7; 32], &grant), 403, "grant-forged"),
        ("ST14", format!("/m/short?g={grant}"), 403, "grant-forged"),
    ];
    for (code, url, status, want) in rows {
        let page = room.bytes(&url, &[("range", "bytes=0-9")]).await;
        assert_eq!(refused(&page), (status, want), "{code} {url}");
        assert_eq!(page.headers["resonate-refusal"], want, "{code}");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
    }
    let good = room.bytes(&url, &[("range", "bytes=0-9")]).await;
    assert_eq!(good.status, 206, "the grant was not harmed by all of this");
    room.leave().await;
}

#[tokio::test]
async fn ten_thousand_mutated_grants_are_served_nothing() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    let url = started["url"].as_str().unwrap().to_owned();
    let grant = b64::decode(&grant_of(&url)).unwrap();
    let opus = hash(&sound(1, Kind::Opus128));
    let router = room.listen_router();
    let mut draw = 1_u64;
    for round in 0..10_000 {
        let mut bytes = grant.clone();
        for _ in 0..=(round % 3) {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bit = usize::try_from(draw >> 33).unwrap() % (41 * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        if bytes == grant {
            continue;
        }
        let url = media(&opus, &b64::encode(&bytes));
        let request = Request::get(url)
            .header("range", "bytes=0-9")
            .body(Body::empty())
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert!(
            matches!(answer.status().as_u16(), 401 | 403),
            "ST3 seed {draw}"
        );
    }
    room.leave().await;
}

#[tokio::test]
async fn a_grant_has_its_time() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    let url = started["url"].as_str().unwrap().to_owned();
    let (exp, now) = (
        started["exp"].as_i64().unwrap(),
        room.house.ground.world.now().seconds(),
    );
    assert_eq!(exp - now, 180 * 3 / 2 + 120);
    let range = [("range", "bytes=0-9")];
    // A clock far behind the one that made the grant: the highest time seen comes first.
    room.advance(-3600);
    assert_eq!(slug(&room.bytes(&url, &range).await), "grant-future", "ST8");
    room.advance(3600);
    assert_eq!(room.bytes(&url, &range).await.status, 206);
    room.advance(exp - now - 1);
    assert_eq!(room.bytes(&url, &range).await.status, 206);
    room.advance(2);
    let page = room.bytes(&url, &range).await;
    assert_eq!(refused(&page), (403, "grant-expired"), "ST7");
    // Set back behind the expiry, the grant does not revive.
    room.advance(-32);
    let page = room.bytes(&url, &range).await;
    assert_eq!(refused(&page), (503, "clock"), "ST9");
    room.advance(32);
    // The play is kept: a beat gives a fresh address.
    let page = room.beat(&started["play"], 0, "beat").await;
    let fresh = page.json()["url"].as_str().unwrap().to_owned();
    assert_eq!(room.bytes(&fresh, &range).await.status, 206, "ST7");
    room.leave().await;
}

/// What is asked with which headers, the status, and the bytes that come.
type Served<'a> = (
    &'a str,
    &'a [(&'a str, &'a str)],
    u16,
    std::ops::Range<usize>,
);

impl Room {
    async fn preview_url(&mut self) -> String {
        let page = self
            .bytes(&format!("/tracks/{}/preview", crate::room::track(1)), &[])
            .await;
        page.json()["url"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn ranges_that_are_none_are_refused() {
    let mut room = Room::open().await;
    let url = room.preview_url().await;
    let digits = format!("bytes=0-{}", "9".repeat(5000));
    let many = format!("bytes=0-0{}", ",0-0".repeat(999));
    let rows: [(&str, &str, &str); 11] = [
        ("ST17", "bytes=5-2", "range"),
        ("ST17", "bytes=abc", "range"),
        ("ST17", "bytes=-", "range"),
        ("ST17", "bytes=--1", "range"),
        ("ST17", &digits, "range"),
        ("ST18", "bytes=-0", "range"),
        ("ST18", "bytes=60000-", "range"),
        ("ST18", "bytes=9223372036854775808-", "range"),
        ("ST20", "bytes=0-1,3-4", "range-multiple"),
        ("ST20", "bytes=0-,0-", "range-multiple"),
        ("ST20", &many, "range-multiple"),
    ];
    for (code, range, want) in rows {
        let page = room.bytes(&url, &[("range", range)]).await;
        assert_eq!(refused(&page), (416, want), "{code} {range}");
        assert_eq!(page.headers["content-range"], "bytes */60000", "{code}");
    }
    let page = room
        .bytes(&url, &[("range", "bytes=0-1"), ("range", "bytes=0-1")])
        .await;
    assert_eq!(refused(&page), (400, "range-repeated"), "ST22");
    room.leave().await;
}

#[tokio::test]
async fn ranges_are_served_byte_for_byte() {
    let mut room = Room::open().await;
    let url = room.preview_url().await;
    let bytes = sound(1, Kind::Preview);
    let rows: [Served; 8] = [
        ("whole", &[], 200, 0..60_000),
        ("part", &[("range", "bytes=10-19")], 206, 10..20),
        ("tail", &[("range", "bytes=-5")], 206, 59_995..60_000),
        (
            "ST19",
            &[("range", "bytes=59990-99999999")],
            206,
            59_990..60_000,
        ),
        ("ST21", &[("range", "seconds=1-2")], 200, 0..60_000),
        (
            "ST21",
            &[("range", "bytes=0-9"), ("if-range", "\"stale\"")],
            200,
            0..60_000,
        ),
        (
            "across chunks",
            &[("range", "bytes=1-59998")],
            206,
            1..59_999,
        ),
        ("changed", &[("if-none-match", "\"other\"")], 200, 0..60_000),
    ];
    for (code, headers, status, want) in rows {
        let page = room.bytes(&url, headers).await;
        assert_eq!(page.status.as_u16(), status, "{code}");
        assert_eq!(page.body, bytes[want.clone()], "{code}");
        assert_eq!(page.headers["accept-ranges"], "bytes");
        if status == 206 {
            let range = format!("bytes {}-{}/60000", want.start, want.end - 1);
            assert_eq!(page.headers["content-range"], range.as_str(), "{code}");
        }
    }
    let etag = format!("\"{}\"", b64::encode(hash(&bytes)));
    let page = room
        .bytes(&url, &[("range", "bytes=0-9"), ("if-range", &etag)])
        .await;
    assert_eq!((page.status.as_u16(), page.body.len()), (206, 10));
    let page = room.bytes(&url, &[("if-none-match", &etag)]).await;
    assert_eq!((page.status.as_u16(), page.body.len()), (304, 0));
    assert_eq!(page.headers["etag"], etag.as_str());
    room.leave().await;
}

#[tokio::test]
async fn bytes_are_read_and_not_written() {
    let mut room = Room::open().await;
    let url = room.preview_url().await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let page = room.fetch(method, &url, &[]).await;
        assert_eq!(refused(&page), (405, "method-not-allowed"), "ST23");
        assert_eq!(page.headers["allow"], "GET, HEAD", "ST23");
    }
    let page = room.fetch(Method::HEAD, &url, &[]).await;
    assert_eq!((page.status.as_u16(), page.body.len()), (200, 0));
    assert_eq!(page.headers["content-length"], "60000");
    room.leave().await;
}

#[tokio::test]
async fn the_gate_opens_when_the_play_counts() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    assert_eq!(
        (started["gate_s"].as_i64(), started["qualify_ms"].as_i64()),
        (Some(75), Some(45_000))
    );
    let url = started["url"].as_str().unwrap().to_owned();
    let bytes = sound(1, Kind::Opus128);
    let page = room.bytes(&url, &[]).await;
    assert_eq!(refused(&page), (400, "range-needed"), "ST21");
    let page = room.bytes(&url, &[("range", "bytes=0-")]).await;
    assert_eq!(
        page.headers["content-range"],
        format!("bytes 0-{}/{OPUS}", GATE - 1).as_str()
    );
    assert_eq!(
        (page.status.as_u16(), &page.body[..]),
        (206, &bytes[..GATE]),
        "ST13"
    );
    let beyond = [("range", format!("bytes={GATE}-"))];
    let beyond = [(beyond[0].0, beyond[0].1.as_str())];
    let page = room.bytes(&url, &beyond).await;
    assert_eq!(refused(&page), (429, "play-gate"), "ST13");
    assert_eq!(page.headers["retry-after"], "2", "ST13");
    room.advance(45);
    let page = room.beat(&started["play"], 45_000, "beat").await.json();
    assert_eq!(page["state"], "qualified");
    let fresh = page["url"].as_str().unwrap().to_owned();
    for url in [&fresh, &url] {
        let page = room.bytes(url, &beyond).await;
        assert_eq!(
            (page.status.as_u16(), &page.body[..]),
            (206, &bytes[GATE..])
        );
        assert_eq!(room.bytes(url, &[]).await.body, bytes);
    }
    room.beat(&started["play"], 45_000, "end").await;
    let page = room.bytes(&fresh, &beyond).await;
    assert_eq!(refused(&page), (403, "play-ended"), "ST10");
    room.leave().await;
}

#[tokio::test]
async fn a_play_has_four_connections() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    let url = started["url"].as_str().unwrap().to_owned();
    let router = room.listen_router();
    let ask = || {
        Request::get(&url)
            .header("range", "bytes=0-")
            .body(Body::empty())
            .unwrap()
    };
    let mut open = vec![];
    for _ in 0..4 {
        let answer = router.clone().oneshot(ask()).await.unwrap();
        assert_eq!(answer.status(), 206);
        open.push(answer);
    }
    let page = room.bytes(&url, &[("range", "bytes=0-9")]).await;
    assert_eq!(refused(&page), (429, "play-busy"), "ST11");
    open.pop();
    assert_eq!(
        room.bytes(&url, &[("range", "bytes=0-9")]).await.status,
        206,
        "ST11"
    );
    room.leave().await;
}

#[tokio::test]
async fn looking_earns_nothing() {
    let mut room = Room::open().await;
    let started = room.started(1).await;
    let url = started["url"].as_str().unwrap().to_owned();
    let etag = format!("\"{}\"", b64::encode(hash(&sound(1, Kind::Opus128))));
    for _ in 0..5 {
        let page = room
            .fetch(Method::HEAD, &url, &[("range", "bytes=0-")])
            .await;
        assert_eq!(page.status, 206);
        assert_eq!(
            room.bytes(&url, &[("if-none-match", &etag)]).await.status,
            304
        );
    }
    room.advance(50);
    let page = room.beat(&started["play"], 45_000, "beat").await;
    assert_eq!(page.json()["state"], "playing", "ST24 ST46");
    room.drain().await;
    assert_eq!(room.bank.posted(), 0, "ST24");
    // 0.8 of the qualifying bytes, and time since the first of them, make it count after all.
    let some = format!("bytes=0-{}", COUNTS * 8 / 10 - 1);
    assert_eq!(room.bytes(&url, &[("range", &some)]).await.status, 206);
    room.advance(43);
    let page = room.beat(&started["play"], 45_000, "beat").await;
    assert_eq!(page.json()["state"], "qualified");
    room.leave().await;
}

#[tokio::test]
async fn a_damaged_file_is_not_served_and_not_charged() {
    let mut room = Room::open().await;
    let opus = hash(&sound(1, Kind::Opus128));
    let place = room
        .objects
        .local_path(&object_key(&opus))
        .unwrap()
        .unwrap();
    let whole = std::fs::read(&place).unwrap();
    let mut other = whole.clone();
    other[OPUS - 1] ^= 1;
    let damages: [(&str, Option<&[u8]>); 4] = [
        ("empty", Some(&[])),
        ("short", Some(&whole[..OPUS - 1])),
        ("changed", Some(&other)),
        ("missing", None),
    ];
    for (what, bytes) in damages {
        match bytes {
            Some(bytes) => std::fs::write(&place, bytes).unwrap(),
            None => std::fs::remove_file(&place).unwrap(),
        }
        let started = room.started(1).await;
        let url = started["url"].as_str().unwrap().to_owned();
        let page = room.bytes(&url, &[("range", "bytes=0-9")]).await;
        assert_eq!(refused(&page), (503, "media-damaged"), "ST15 {what}");
        room.drain().await;
        assert_eq!(
            (room.bank.held(), room.bank.posted()),
            (0, 0),
            "ST15 {what}: hold freed"
        );
    }
    std::fs::write(&place, &whole).unwrap();
    let started = room.started(1).await;
    let page = room
        .bytes(started["url"].as_str().unwrap(), &[("range", "bytes=0-9")])
        .await;
    assert_eq!(page.body, whole[..10]);
    room.leave().await;
}

#[tokio::test]
async fn objects_elsewhere_are_read_alike() {
    let mut room = Room::empty(false).await;
    room.fill(&[1]).await;
    room.publish().await;
    let url = room.preview_url().await;
    assert_eq!(room.bytes(&url, &[]).await.body, sound(1, Kind::Preview));
    let page = room.bytes(&url, &[("range", "bytes=7-70")]).await;
    assert_eq!(page.body, sound(1, Kind::Preview)[7..71]);
    room.leave().await;
}
