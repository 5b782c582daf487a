//! Step 1: a visitor hears a preview without cookie or account.

use super::{house::House, visitor::Visitor};
use reqwest::header::{HeaderMap, HeaderValue};

#[tokio::test]
async fn a_visitor_hears_a_preview_without_cookie_or_account() {
    let house = House::open();
    let mut visitor = Visitor::new();
    let home = visitor.get(&house.listen()).await;
    assert_eq!(home.status, 200);
    let page = home.text();
    let track = page
        .split("data-track=\"")
        .nth(1)
        .expect("a track is offered")
        .split('"')
        .next()
        .unwrap();
    let preview = visitor
        .json(&format!("{}/tracks/{track}/preview", house.listen()))
        .await;
    assert!(preview["duration_ms"].as_u64().unwrap() <= 45_000);
    let url = format!("{}{}", house.listen(), preview["url"].as_str().unwrap());
    let whole = visitor.get(&url).await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.headers["content-type"], "audio/mpeg");
    assert!(whole.body.len() > 100_000, "a preview is real audio");
    let mut range = HeaderMap::new();
    range.insert("range", HeaderValue::from_static("bytes=1000-1999"));
    let part = visitor.send("GET", &url, range, vec![]).await;
    assert_eq!(part.status, 206);
    assert_eq!(part.body, whole.body[1_000..2_000]);
    // A preview's grant opens no other file and no further byte of the track.
    let track = visitor
        .json(&format!("{}/tracks/{track}", house.listen()))
        .await;
    assert!(whole.body.len() < track["renditions"][0]["bytes"].as_u64().unwrap() as usize);
    assert!(!visitor.has_cookies(), "no cookie was set");
}
