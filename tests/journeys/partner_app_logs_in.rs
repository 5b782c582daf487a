//! Step 4: two apps that know nothing of us see two subjects, the same each time.

use super::{house::House, steps::at_app, visitor::Visitor};

#[tokio::test]
async fn two_apps_see_two_subjects_and_each_the_same_again() {
    let house = House::open();
    let (one, two) = (house.app(0), house.app(1));
    let mut visitor = Visitor::new();
    let first = at_app(&mut visitor, &one.url("url"), "listener").await;
    assert_eq!(first["acr"], "phr");
    let subject = first["sub"].as_str().unwrap();
    assert_eq!(subject.len(), 43, "a pairwise subject");
    let other = at_app(&mut visitor, &two.url("url"), "listener").await;
    assert_ne!(other["sub"], first["sub"]);
    let mut elsewhere = Visitor::new();
    let again = at_app(&mut elsewhere, &one.url("url"), "listener").await;
    assert_eq!(
        again["sub"], first["sub"],
        "the same person on another device"
    );
    let mut somebody = Visitor::new();
    let artist = at_app(&mut somebody, &one.url("url"), "artist").await;
    assert_ne!(artist["sub"], first["sub"]);
    for claims in [&first, &other] {
        assert_eq!(claims["userinfo"]["email"], serde_json::Value::Null);
    }
}
