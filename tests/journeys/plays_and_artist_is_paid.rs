//! Step 5: nine paid plays, the tenth free, 44 seconds nothing, two tabs once; and when the day is
//! closed, 70/30 to the unit.

use super::{
    house::House,
    listener::{Listener, tracks},
    visitor::Visitor,
};

const PRICES: [i64; 9] = [
    2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000,
];

#[tokio::test]
async fn nine_plays_cost_what_they_say_and_the_tenth_nothing() {
    let house = House::open();
    let mut listener = Listener::arrive(&house, 1).await;
    let track = tracks(&mut listener.visitor, &house.listen())
        .await
        .remove(0);
    let mut left = listener.purse().await["available"].as_i64().unwrap();
    assert_eq!(left, 4_088_000);
    for (i, price) in PRICES.into_iter().enumerate() {
        let played = listener.play(&track, 45).await;
        assert_eq!((played.n, played.price), (i as i64 + 1, price));
        assert_eq!(played.state, "qualified");
        left -= price;
        assert_eq!(played.available, left);
    }
    assert_eq!(left, 4_088_000 - 1_022_000);
    let tenth = listener.play(&track, 45).await;
    assert_eq!(
        (tenth.price, tenth.available),
        (0, left),
        "the track is owned"
    );
    let books_before = listener
        .visitor
        .json(&format!("{}/books", house.listen()))
        .await;
    assert_eq!(
        books_before["totals"]["coop"], 0,
        "nothing moves before the day is closed"
    );
    listener.wait(2 * 86_400).await;
    let books = listener
        .visitor
        .json(&format!("{}/books", house.listen()))
        .await;
    assert_eq!(books["totals"]["artists"], 715_400);
    assert_eq!(books["totals"]["coop"], 306_600);
}

#[tokio::test]
async fn forty_four_seconds_cost_nothing() {
    let house = House::open();
    let mut listener = Listener::arrive(&house, 2).await;
    let track = tracks(&mut listener.visitor, &house.listen())
        .await
        .remove(0);
    let played = listener.play(&track, 44).await;
    assert_ne!(played.state, "qualified");
    listener.wait(60).await;
    let purse = listener.purse().await;
    assert_eq!(
        (purse["available"].as_i64(), purse["held"].as_i64()),
        (Some(4_088_000), Some(0))
    );
    let (n, price) = listener.player.price(&mut listener.visitor, &track).await;
    assert_eq!((n, price), (1, 2_000), "the first play is still ahead");
}

#[tokio::test]
async fn two_tabs_pay_once() {
    let house = House::open();
    let mut listener = Listener::arrive(&house, 3).await;
    let track = tracks(&mut listener.visitor, &house.listen())
        .await
        .remove(0);
    // Two tabs share the browser's key and both saw the first price.
    let first = listener.player.wish(&track, 2_000);
    let second = listener.player.wish(&track, 2_000);
    let one = listener.player.start(&mut listener.visitor, &first).await;
    assert_eq!(one.status, 201, "{}", one.text());
    let two = listener.player.start(&mut listener.visitor, &second).await;
    // The newer start supersedes the older or is told another price; it never pays beside it.
    assert!([201, 409].contains(&two.status.as_u16()), "{}", two.text());
    let play = if two.status == 201 {
        two.json()
    } else {
        one.json()
    };
    let (id, url) = (
        play["play"].as_str().unwrap(),
        play["url"].as_str().unwrap(),
    );
    listener.fetch_to_the_gate(url).await;
    for heard in [15_000, 30_000, 45_000] {
        listener.wait(15).await;
        let beat = listener
            .player
            .beat(&mut listener.visitor, id, heard, "beat")
            .await;
        assert_eq!(beat.status, 200, "{}", beat.text());
    }
    listener.wait(60).await;
    let purse = listener.purse().await;
    assert_eq!(purse["available"].as_i64(), Some(4_088_000 - 2_000));
    assert_eq!(purse["held"].as_i64(), Some(0));
}

#[tokio::test]
async fn no_byte_of_a_track_leaves_without_a_grant() {
    let house = House::open();
    let mut listener = Listener::arrive(&house, 4).await;
    let track = tracks(&mut listener.visitor, &house.listen())
        .await
        .remove(0);
    let wish = listener.player.wish(&track, 2_000);
    let started = listener
        .player
        .start(&mut listener.visitor, &wish)
        .await
        .json();
    let url = started["url"].as_str().unwrap();
    let (file, grant) = url.split_once("?g=").unwrap();
    let mut stranger = Visitor::new();
    let listen = house.listen();
    assert_eq!(stranger.get(&format!("{listen}{file}")).await.status, 401);
    let mut flipped = grant.to_owned();
    let last = if flipped.pop() == Some('A') { 'B' } else { 'A' };
    flipped.push(last);
    let forged = stranger.get(&format!("{listen}{file}?g={flipped}")).await;
    assert!(
        [401, 403].contains(&forged.status.as_u16()),
        "{}",
        forged.status
    );
    let preview = stranger
        .json(&format!("{listen}/tracks/{track}/preview"))
        .await;
    let (_, for_preview) = preview["url"].as_str().unwrap().split_once("?g=").unwrap();
    let other = stranger
        .get(&format!("{listen}{file}?g={for_preview}"))
        .await;
    assert_eq!(
        other.status, 403,
        "a preview's grant opens the preview alone"
    );
    let gated = listener.fetch_to_the_gate(url).await;
    assert!(
        (gated.len() as u64) < started["bytes"].as_u64().unwrap(),
        "not past the gate"
    );
}
