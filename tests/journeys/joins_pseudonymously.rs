//! Steps 2 to 5 by a wallet: join, cards, a partner app, a mandate, a play.

use super::{house::House, steps, visitor::Visitor, wallet::Wallet};
use serde_json::json;

#[tokio::test]
async fn a_wallet_joins_takes_cards_logs_in_and_plays() {
    let house = House::open();
    let wallet = Wallet::new(&house, "one");
    let joined = wallet.good(&["join", &house.id(), "--handle", "calm-otter"]);
    assert_eq!(joined["handle"], "calm-otter");
    assert_eq!(joined["cards"], 20);
    // The same key signs in again: no second account, and another batch.
    let cards = wallet.good(&["cards", "--refill"]);
    assert_eq!(cards["cards"][0]["fresh"], 40);

    let (one, two) = (house.app(0), house.app(1));
    let first = steps::by_wallet(&wallet, &one.url("url")).await;
    assert_eq!(first["acr"], "urn:resonate:acr:wallet");
    assert_eq!(first["sub"].as_str().unwrap().len(), 43);
    let other = steps::by_wallet(&wallet, &two.url("url")).await;
    assert_ne!(other["sub"], first["sub"], "two apps cannot match a person");
    let again = steps::by_wallet(&wallet, &one.url("url")).await;
    assert_eq!(again["sub"], first["sub"]);

    let listen = house.listen();
    let order = wallet.good(&["topup", &listen, "--cents", "500"]);
    let mut visitor = Visitor::new();
    let paid = visitor
        .form(order["pay_url"].as_str().unwrap(), &[("act", "pay")])
        .await;
    assert!(paid.status.is_redirection());
    steps::credited(&wallet, &listen, 4_088_000).await;
    let track = super::listener::tracks(&mut visitor, &listen)
        .await
        .remove(0);
    let out = house.folder.join("audio.opus");
    let page = format!("{listen}/tracks/{track}");
    let told = wallet.refused(&["play", &page, "--out", out.to_str().unwrap()], 1);
    assert!(
        told.contains("resonate-wallet mandate"),
        "it says what to do: {told}"
    );
    wallet.good(&["mandate", &listen]);
    let played = wallet.good(&[
        "play",
        &format!("{listen}/tracks/{track}"),
        "--out",
        out.to_str().unwrap(),
        "--seconds",
        "3",
    ]);
    assert_eq!(
        played["state"], "voided",
        "three seconds do not count: {played}"
    );
    assert!(
        std::fs::metadata(&out).unwrap().len() > 100_000,
        "real audio came"
    );
    steps::credited(&wallet, &listen, 4_088_000).await;
    let history = wallet.good(&["history"]);
    let facts: Vec<_> = history["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| &d["facts"])
        .collect();
    assert!(facts.contains(&&json!(["account"])) && facts.contains(&&json!(["listener"])));
}
