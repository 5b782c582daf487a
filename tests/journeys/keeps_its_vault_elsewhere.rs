//! A wallet keeps its vault at the wallet origin; another device finds and opens it there, and goes
//! on as the same person. The server's database holds nothing of it in clear.

use super::{house::House, steps, wallet::Wallet};
use serde_json::json;
use std::fs;

#[tokio::test]
async fn a_second_device_opens_the_vault_from_the_store_and_shows_a_fresh_card() {
    let house = House::open();
    let first = Wallet::new(&house, "vault");
    first.good(&["join", &house.id(), "--handle", "quiet-badger"]);
    let app = house.app(0);
    let before = steps::by_wallet(&first, &app.url("url")).await;

    let store = house.demo.url("wallet");
    first.good(&["personas", "add", "an-unmistakable-name"]);
    let saved = first.good(&["sync", &store]);
    assert_eq!(saved["did"], "saved");
    assert_eq!(first.good(&["sync"])["did"], "unchanged");
    let code = saved["code"].as_str().unwrap();

    // The other device knows the line and the passphrase.
    let second = Wallet::from_store(&house, "vault", "second", &store, code);
    let personas = second.good(&["personas", "list"]);
    assert_eq!(personas["personas"][1]["name"], "an-unmistakable-name");
    let taken = second.good(&["--issuer", &house.id(), "cards", "--refill"]);
    assert_eq!(taken["cards"][0]["fresh"], 20, "copies of its own");
    let again = steps::by_wallet(&second, &app.url("url")).await;
    assert_eq!(again["sub"], before["sub"], "the same person to the app");

    // Both change it apart; both end with both.
    first.good(&["personas", "add", "of-the-first"]);
    second.good(&["personas", "add", "of-the-second"]);
    first.good(&["sync"]);
    second.good(&["sync"]);
    assert_eq!(first.good(&["sync"])["did"], "taken");
    for wallet in [&first, &second] {
        let listed = wallet.good(&["personas", "list"]);
        let listed = listed["personas"].as_array().unwrap();
        let mut names: Vec<_> = listed.iter().map(|p| p["name"].clone()).collect();
        names.sort_by_key(ToString::to_string);
        let all = [
            "an-unmistakable-name",
            "main",
            "of-the-first",
            "of-the-second",
        ];
        assert_eq!(json!(names), json!(all));
    }

    // A persona of its own has its own keys and cards.
    second.good(&["personas", "use", "of-the-second"]);
    assert_eq!(second.good(&["cards"])["cards"], json!([]));
    second.good(&["personas", "use", "main"]);
    let left = second.good(&["cards"]);
    assert_eq!(left["cards"][0]["fresh"], 18, "two were shown");
    let wrong = second.refused(&["sync", &house.id()], 1);
    assert!(wrong.contains("nothing was sent"), "{wrong}");

    holds_nothing_in_clear(&house, &code[22..]);
}

/// What the server stores: the document, and in it no word of ours.
fn holds_nothing_in_clear(house: &House, token: &str) {
    let mut found = false;
    for entry in fs::read_dir(house.folder.join("data")).unwrap().flatten() {
        let Ok(bytes) = fs::read(entry.path()) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        found |= text.contains("resonate-vault/1");
        for secret in [
            "an-unmistakable-name",
            "of-the-first",
            "day_seed",
            "vault_seed",
            "nobody guesses",
            token,
        ] {
            assert!(!text.contains(secret), "{secret} in {:?}", entry.path());
        }
    }
    assert!(found, "the vault is in the database");
}
