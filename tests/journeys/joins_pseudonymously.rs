//! Steps 2 to 5 by a wallet: join, cards, a partner app, a mandate, a play.

use super::{house::House, steps, visitor::Visitor, wallet::Wallet};
use serde_json::json;

#[tokio::test]
async fn a_wallet_joins_takes_cards_logs_in_and_plays() {
    let house = House::open();
    let wallet = Wallet::new(&house, "one");
    let joined = wallet.good(&["join", &house.id(), "--handle", "quiet-heron"]);
    assert_eq!(joined["handle"], "quiet-heron");
    assert_eq!(joined["cards"], 20);
    // The same key signs in again: no second account, and another batch.
    let cards = wallet.good(&["cards", "--refill"]);
    assert_eq!(cards["cards"][0]["fresh"], 40);

    let (one, two) = (house.app(0), house.app(1));
    let first = by_wallet(&wallet, &one.url("url")).await;
    assert_eq!(first["acr"], "urn:resonate:acr:wallet");
    assert_eq!(first["sub"].as_str().unwrap().len(), 43);
    let other = by_wallet(&wallet, &two.url("url")).await;
    assert_ne!(other["sub"], first["sub"], "two apps cannot match a person");
    let again = by_wallet(&wallet, &one.url("url")).await;
    assert_eq!(again["sub"], first["sub"]);

    let listen = house.listen();
    let order = wallet.good(&["topup", &listen, "--cents", "500"]);
    let mut visitor = Visitor::new();
    let paid = visitor
        .form(order["pay_url"].as_str().unwrap(), &[("act", "pay")])
        .await;
    assert!(paid.status.is_redirection());
    credited(&wallet, &listen, 4_088_000).await;
    wallet.good(&["mandate", &listen]);
    let track = super::listener::tracks(&mut visitor, &listen)
        .await
        .remove(0);
    let out = house.folder.join("audio.opus");
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
    credited(&wallet, &listen, 4_088_000).await;
    let history = wallet.good(&["history"]);
    let facts: Vec<_> = history["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| &d["facts"])
        .collect();
    assert!(facts.contains(&&json!(["account"])) && facts.contains(&&json!(["listener"])));
}

/// Logs in at an app: the browser leads to the wallet's page, the command line answers it. A
/// stranger with the returned link gets nothing, and the browser that started begins anew.
async fn by_wallet(wallet: &Wallet, app: &str) -> serde_json::Value {
    let mut visitor = Visitor::new();
    let (back, code) = answered(&mut visitor, wallet, app).await;
    let mut stranger = Visitor::new();
    let refused = stranger.form(&back, &[("response_code", &code)]).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let (back, code) = answered(&mut visitor, wallet, app).await;
    let sent = visitor.form(&back, &[("response_code", &code)]).await;
    let end = steps::go_on(&mut visitor, sent, "nobody", |_| false).await;
    assert_eq!(end.status, 200, "{}", end.text());
    end.json()
}

/// Goes as far as the wallet's answer; gives the page to return to, and its code.
async fn answered(visitor: &mut Visitor, wallet: &Wallet, app: &str) -> (String, String) {
    let first = visitor.get(app).await;
    let chooser = visitor.follow(first, |_| false).await;
    let (action, token) = (
        chooser.action("name=\"wallet\""),
        chooser.field("form_token"),
    );
    let sent = visitor
        .form(
            action.as_str(),
            &[("form_token", &token), ("wallet", "here")],
        )
        .await;
    let request = sent.location().expect("the wallet's page");
    assert_eq!(request.path(), "/present");
    let page = visitor.get(request.as_str()).await;
    assert!(
        page.text().contains("resonate-wallet present"),
        "the page says what to run"
    );
    let shown = wallet.good(&["present", request.as_str()]);
    let mut back = url::Url::parse(shown["redirect_uri"].as_str().unwrap()).unwrap();
    let code = back
        .fragment()
        .unwrap()
        .strip_prefix("response_code=")
        .unwrap()
        .to_owned();
    back.set_fragment(None);
    (back.into(), code)
}

async fn credited(wallet: &Wallet, listen: &str, ucr: i64) {
    for _ in 0..40 {
        let purse = wallet.good(&["purse", listen]);
        if purse["available"] == ucr && purse["held"] == 0 {
            return;
        }
    }
    panic!("the purse does not come to {ucr}");
}
