//! An outside provider vouches for somebody who joins: once, by a keyed hash, and without learning what
//! for.

use crate::{
    authenticator::{Authenticator, Lies},
    external::{Street, callback, onward},
    house::{Answer, Browser, ISSUER, authorize, web_request},
    liar::Lie,
    passkeys::page_post,
    people::Person,
    wallet::Wallet,
};
use axum::http::StatusCode;
use serde_json::json;

const USED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM idp_external_used";

/// Presses the button on the page on which people join; where the browser is led.
async fn press(street: &Street, browser: &mut Browser, page: &str) -> Answer {
    let page = browser.get(&street.house, page).await;
    assert!(page.body.contains("id=\"ctl-vouch-liar\""), "{page:?}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains(street.liar.issuer()), "{policy}");
    let (token, ix) = (page.field("form_token"), page.field("ix"));
    let form = [("form_token", token.as_str()), ("ix", &ix)];
    browser
        .post(&street.house, "/join/external/liar", &form)
        .await
}

/// There and back, as `who`.
async fn asked(street: &Street, browser: &mut Browser, page: &str, who: &str) -> Answer {
    let led = press(street, browser, page).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
    let asked = led.query();
    let now = street.house.now().seconds();
    let lie = Lie::Claim("sub", who.into());
    street.liar.says(&lie, &asked["nonce"], now);
    let back = callback(&asked["state"], street.liar.issuer());
    browser.get(&street.house, &back).await
}

/// The ticket in the fragment to which the answer goes on.
fn ticket(answer: &Answer, page: &str) -> String {
    let (path, ticket) = onward(answer).split_once("#minted=").unwrap();
    assert_eq!(path, page);
    assert!(ticket.starts_with("rs_jt_"), "{ticket}");
    ticket.to_owned()
}

/// Joins with a ticket; the status and slug of the step that answered last.
async fn join(street: &Street, handle: &str, seed: u8, ticket: &str) -> (u16, String) {
    let house = &street.house;
    let mut browser = Browser::default();
    let body = json!({ "handle": handle, "admission": format!("minted:{ticket}") });
    let options = page_post(house, &mut browser, "/passkey/join/options", &body).await;
    if options.status != StatusCode::OK {
        let slug = options.json()["type"].as_str().unwrap().to_owned();
        return (options.status.as_u16(), slug);
    }
    let mut passkey = Authenticator::new(seed, ISSUER, false);
    let begun = options.json();
    let credential = passkey.create(&begun["publicKey"], &Lies::default());
    let body = json!({ "ceremony": begun["ceremony"], "credential": credential });
    let done = page_post(house, &mut browser, "/passkey/join", &body).await;
    let slug = done.json()["type"].as_str().unwrap_or_default().to_owned();
    (done.status.as_u16(), slug)
}

#[tokio::test]
async fn in79_an_account_elsewhere_vouches_once_and_for_nobody_in_particular() {
    let street = Street::open().await;
    let house = &street.house;
    let mut browser = Browser::default();
    let answer = asked(&street, &mut browser, "/join", "somebody-there").await;
    let first = ticket(&answer, "/join");
    assert_eq!(house.cell::<i64>(USED).await, 0, "nothing is used up yet");
    // Somebody may ask twice; the word counts once all the same.
    let answer = asked(&street, &mut browser, "/join", "somebody-there").await;
    let second = ticket(&answer, "/join");
    assert_eq!(join(&street, "vouched-one", 61, &first).await.0, 200);
    assert_eq!(house.cell::<i64>(USED).await, 1);

    let before = house.digest().await;
    let used = |slug: &str| format!("/problems/{slug}");
    let again = join(&street, "vouched-two", 62, &first).await;
    assert_eq!(again, (410, used("ticket-used")));
    let other = join(&street, "vouched-two", 62, &second).await;
    assert_eq!(other, (409, used("external-used")));
    for bad in ["", "rs_jt_", "rs_jt_AAAA", &second[1..]] {
        let refused = join(&street, "vouched-two", 62, bad).await;
        assert_eq!(refused, (410, used("ticket-used")), "{bad}");
    }
    assert_eq!(house.digest().await, before);
    // Asked once more, the page itself says so, and the state is not spent.
    let led = press(&street, &mut browser, "/join").await.query();
    street.liar.says(
        &Lie::Claim("sub", "somebody-there".into()),
        &led["nonce"],
        house.now().seconds(),
    );
    let before = house.digest().await;
    let back = callback(&led["state"], street.liar.issuer());
    let refused = browser.get(house, &back).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    assert!(refused.body.contains("external-used"));
    assert_eq!(house.digest().await, before);

    // The tag is no way in, and stands beside no account: one column.
    let sign_in: i64 = house
        .cell("SELECT CAST(COUNT(*) AS BIGINT) FROM idp_external")
        .await;
    assert_eq!(sign_in, 0);
    let columns = crate::house::tables();
    let (_, columns) = columns
        .iter()
        .find(|(name, _)| name == "idp_external_used")
        .unwrap();
    assert_eq!(columns.len(), 1);
    // Somebody else there is somebody else.
    let answer = asked(&street, &mut browser, "/join", "another-there").await;
    let third = ticket(&answer, "/join");
    assert_eq!(join(&street, "vouched-two", 63, &third).await.0, 200);
}

#[tokio::test]
async fn in79_of_two_who_began_with_one_word_one_joins() {
    let street = Street::open().await;
    let house = &street.house;
    let mut begun = Vec::new();
    for handle in ["one-guest", "two-guest"] {
        let mut browser = Browser::default();
        let answer = asked(&street, &mut browser, "/join", "somebody-there").await;
        let admission = format!("minted:{}", ticket(&answer, "/join"));
        let body = json!({ "handle": handle, "admission": admission });
        let options = page_post(house, &mut browser, "/passkey/join/options", &body).await;
        begun.push((browser, options.json()));
    }
    let mut statuses = Vec::new();
    for (seed, (browser, options)) in (70..).zip(&mut begun) {
        let mut passkey = Authenticator::new(seed, ISSUER, false);
        let credential = passkey.create(&options["publicKey"], &Lies::default());
        let body = json!({ "ceremony": options["ceremony"], "credential": credential });
        let answer = page_post(house, browser, "/passkey/join", &body).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 409]);
    assert_eq!(house.cell::<i64>(USED).await, 1);
}

#[tokio::test]
async fn in79_what_is_a_way_in_vouches_for_nobody_and_a_ticket_ends() {
    let street = Street::open().await;
    let house = &street.house;
    let mut browser = Browser::default();
    let answer = asked(&street, &mut browser, "/join", "somebody-there").await;
    let late = ticket(&answer, "/join");
    house.clock.advance(901);
    let over = join(&street, "late-guest", 80, &late).await;
    assert_eq!(over, (410, "/problems/ticket-used".to_owned()));

    // A way in of somebody: neither a new ticket nor one that was given before.
    let answer = asked(&street, &mut browser, "/join", "ada-there").await;
    let before = ticket(&answer, "/join");
    let mut ada = Person::joined(house, "ada-lovelace", 1).await;
    let led = ada
        .form(house, "/account/external/attach", &[("external", "liar")])
        .await;
    let wanted = led.query();
    let lie = Lie::Claim("sub", "ada-there".into());
    street
        .liar
        .says(&lie, &wanted["nonce"], house.now().seconds());
    let back = callback(&wanted["state"], street.liar.issuer());
    let attached = ada.browser.get(house, &back).await;
    assert_eq!(attached.location(), "/account/external", "{attached:?}");
    let refused = join(&street, "late-guest", 80, &before).await;
    assert_eq!(refused, (409, "/problems/external-used".to_owned()));
    let refused = asked(&street, &mut browser, "/join", "ada-there").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    assert_eq!(house.cell::<i64>(USED).await, 0);
}

#[tokio::test]
async fn the_provider_is_asked_in_the_same_words_whatever_it_is_for() {
    let street = Street::open().await;
    let house = &street.house;
    // From an app that wants a new account.
    let mut browser = Browser::default();
    let mut query = web_request();
    query.push(("prompt", "create"));
    let sent = browser.get(house, &authorize(&query)).await;
    let to_join = browser.get(house, sent.location()).await;
    let page = to_join.location().to_owned();
    assert!(page.starts_with("/join?ix="), "{page}");
    let led = press(&street, &mut browser, &page).await;
    let asked_names: Vec<String> = led.query().into_keys().collect();
    let exactly = [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(asked_names, exactly, "nothing else is said");
    let ix = page.strip_prefix("/join?ix=").unwrap();
    let query = led.query();
    assert_eq!(
        query["redirect_uri"],
        format!("{ISSUER}/external/liar/callback")
    );
    for secret in ["web", "app.example", "join", ix] {
        let named = query.values().any(|value| value.contains(secret));
        assert!(!named, "{secret} in {}", led.location());
    }
    // A no there leads back to where it began; a yes goes on with the app's sign-in.
    let no = [
        ("error", "access_denied"),
        ("state", query["state"].as_str()),
        ("iss", street.liar.issuer()),
    ];
    let path = format!("/external/liar/callback?{}", crate::house::encoded(&no));
    let back = browser.get(house, &path).await;
    assert_eq!(back.location(), page);
    let answer = asked(&street, &mut browser, &page, "somebody-there").await;
    let given = ticket(&answer, &page);
    let mut passkey = Authenticator::new(9, ISSUER, false);
    let body = json!({ "handle": "quiet-guest", "ix": ix, "admission": format!("minted:{given}") });
    let options = page_post(house, &mut browser, "/passkey/join/options", &body)
        .await
        .json();
    let credential = passkey.create(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let done = page_post(house, &mut browser, "/passkey/join", &body).await;
    assert_eq!(done.json()["next"], format!("{ISSUER}/interaction/{ix}"));
    let page = browser.open(house, &format!("/interaction/{ix}")).await;
    browser.agree(house, page).await;
    // Nothing in the database leads from the tag to the account.
    assert_eq!(house.cell::<i64>(USED).await, 1);
}

#[tokio::test]
async fn a_button_of_another_page_or_browser_asks_nobody() {
    let street = Street::open().await;
    let house = &street.house;
    let mut browser = Browser::default();
    let page = browser.get(house, "/join").await;
    let token = page.field("form_token");
    let before = house.digest().await;
    let mut other = Browser::default();
    other.get(house, "/join").await;
    for (who, path, token, status) in [
        (&mut other, "/join/external/liar", token.as_str(), 403),
        (&mut Browser::default(), "/join/external/liar", &token, 403),
        (&mut browser.clone(), "/join/external/liar", "", 403),
        (&mut browser.clone(), "/join/external/nobody", &token, 404),
    ] {
        let form = [("form_token", token), ("ix", "")];
        let refused = who.post(house, path, &form).await;
        assert_eq!(refused.status.as_u16(), status, "{refused:?}");
    }
    assert_eq!(house.digest().await, before);
}

/// A wallet brings the ticket in its request; only its hash is stored.
#[tokio::test]
async fn a_wallet_joins_by_an_outside_word() {
    let street = Street::open().await;
    let house = &street.house;
    let mut browser = Browser::default();
    let answer = asked(&street, &mut browser, "/join", "somebody-there").await;
    let admission = format!("minted:{}", ticket(&answer, "/join"));
    let mut wallet = Wallet::new(9);
    let request = wallet.begin_join(house, "wallet-guest", &admission).await;
    let stored: String = house
        .cell("SELECT request_json FROM idp_interaction WHERE client_id = 'resonate-wallet'")
        .await;
    assert!(!stored.contains("rs_jt_"), "{stored}");
    let answer = wallet.introduce(house, &request).await;
    let back = wallet.back(house, &answer).await;
    wallet.redeem(house, &back).await;
    assert_eq!(house.cell::<i64>(USED).await, 1);
}
