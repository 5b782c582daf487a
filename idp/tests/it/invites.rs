//! Invitations: made by staff, used up by accounts and by nothing else.

use crate::{
    authenticator::{Authenticator, Lies},
    house::{Browser, House, ISSUER},
    passkeys::page_post,
    staff::{Desk, REASON, STAFF},
    wallet::Wallet,
};
use axum::http::StatusCode;
use serde_json::json;

/// Makes an invitation; its token.
pub async fn invitation(house: &House, owner: &Desk, uses: &str) -> String {
    let made = owner.act(house, "invite.make", "", Some(uses)).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    let link = made.json()["invite"].as_str().unwrap().to_owned();
    let (page, token) = link.split_once("#invite=").unwrap();
    assert_eq!(page, format!("{ISSUER}/join"));
    token.to_owned()
}

/// Joins with an invitation; the status and slug of the step that answered last.
async fn join(house: &House, handle: &str, seed: u8, invite: &str) -> (u16, String) {
    let mut browser = Browser::default();
    let body = json!({ "handle": handle, "admission": format!("invite:{invite}") });
    let options = page_post(house, &mut browser, "/passkey/join/options", &body).await;
    let slug = |answer: &crate::house::Answer| {
        let body = answer.json();
        body["type"].as_str().unwrap_or_default().to_owned()
    };
    if options.status != StatusCode::OK {
        return (options.status.as_u16(), slug(&options));
    }
    let mut passkey = Authenticator::new(seed, ISSUER, false);
    let begun = options.json();
    let credential = passkey.create(&begun["publicKey"], &Lies::default());
    let body = json!({ "ceremony": begun["ceremony"], "credential": credential });
    let done = page_post(house, &mut browser, "/passkey/join", &body).await;
    (done.status.as_u16(), slug(&done))
}

#[tokio::test]
async fn in82_an_invitation_gives_as_many_accounts_as_it_was_made_for() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let token = invitation(&house, &owner, "2").await;
    assert_eq!(join(&house, "first-guest", 61, &token).await.0, 200);
    // Somebody who begins and does not finish uses nothing up.
    let mut browser = Browser::default();
    let body = json!({ "handle": "shy-guest", "admission": format!("invite:{token}") });
    let begun = page_post(&house, &mut browser, "/passkey/join/options", &body).await;
    assert_eq!(begun.status, StatusCode::OK);
    // A taken handle neither.
    assert_eq!(join(&house, "first-guest", 62, &token).await.0, 409);
    assert_eq!(join(&house, "second-guest", 63, &token).await.0, 200);

    let before = house.digest().await;
    let refused = (400, "/problems/invite-refused".to_owned());
    assert_eq!(join(&house, "third-guest", 64, &token).await, refused);
    for bad in [
        "",
        "rs_in_",
        "rs_in_AAAA",
        &token[1..],
        &format!("{token}A"),
    ] {
        assert_eq!(join(&house, "third-guest", 64, bad).await, refused, "{bad}");
    }
    // What the database holds is no invitation.
    let hash: String = house.cell("SELECT token_h FROM idp_invite LIMIT 1").await;
    assert_eq!(join(&house, "third-guest", 64, &hash).await, refused);
    assert_eq!(house.digest().await, before);
    let shown = owner.get(&house, "/staff/idp/invites").await.json();
    assert_eq!(shown["invites"][0]["left"], 0);
}

/// Two begin with the last use of an invitation: the second is refused when it would be written.
#[tokio::test]
async fn in82_the_last_use_goes_to_one_of_two() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let token = invitation(&house, &owner, "1").await;
    let mut begun = Vec::new();
    for handle in ["one-guest", "two-guest"] {
        let mut browser = Browser::default();
        let body = json!({ "handle": handle, "admission": format!("invite:{token}") });
        let options = page_post(&house, &mut browser, "/passkey/join/options", &body).await;
        begun.push((browser, options.json()));
    }
    let mut statuses = Vec::new();
    for (seed, (browser, options)) in (70..).zip(&mut begun) {
        let mut passkey = Authenticator::new(seed, ISSUER, false);
        let credential = passkey.create(&options["publicKey"], &Lies::default());
        let body = json!({ "ceremony": options["ceremony"], "credential": credential });
        let answer = page_post(&house, browser, "/passkey/join", &body).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 400]);
    let guests: i64 = house
        .cell("SELECT COUNT(*) FROM idp_account WHERE handle LIKE '%-guest'")
        .await;
    assert_eq!(guests, 1);
}

#[tokio::test]
async fn in82_an_invitation_ends_by_time_and_by_staff() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let ended = invitation(&house, &owner, "5").await;
    let shown = owner.get(&house, "/staff/idp/invites").await.json();
    let id = shown["invites"][0]["id"].as_str().unwrap().to_owned();
    let end = owner.act(&house, "invite.end", &id, None).await;
    assert_eq!(end.status, StatusCode::OK, "{end:?}");
    assert_eq!(join(&house, "late-guest", 80, &ended).await.0, 400);
    let old = invitation(&house, &owner, "5").await;
    house.clock.advance(30 * 86_400);
    assert_eq!(join(&house, "late-guest", 80, &old).await.0, 400);
}

/// A wallet joins with an invitation in its pushed request, of which only the hash is stored.
#[tokio::test]
async fn a_wallet_joins_with_an_invitation() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let token = invitation(&house, &owner, "1").await;
    let mut wallet = Wallet::new(9);
    let admission = format!("invite:{token}");
    let asked = wallet.begin_join(&house, "wallet-guest", &admission).await;
    let stored: String = house
        .cell("SELECT request_json FROM idp_interaction LIMIT 1")
        .await;
    assert!(!stored.contains("rs_in_"), "{stored}");
    let answer = wallet.introduce(&house, &asked).await;
    let back = wallet.back(&house, &answer).await;
    wallet.redeem(&house, &back).await;
    let left: i64 = house.cell("SELECT left_n FROM idp_invite").await;
    assert_eq!(left, 0);

    let mut other = Wallet::new(10);
    let asked = other.begin_join(&house, "other-guest", &admission).await;
    let answer = other.introduce(&house, &asked).await;
    let refused = other.back(&house, &answer).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{refused:?}");
    assert!(refused.body.contains("invite-refused"), "{refused:?}");
}

/// The page shows the link once, and never its secret in an address that a server would log.
#[tokio::test]
async fn the_link_of_an_invitation_keeps_its_secret_from_servers() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let token = owner.token.clone();
    let form = [
        ("act", "invite.make"),
        ("detail", "3"),
        ("reason", REASON),
        ("form_token", token.as_str()),
    ];
    let page = owner.form(&house, "/acts", &form).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    assert_eq!(page.body.matches("rs_in_").count(), 1);
    assert!(page.body.contains(&format!("{ISSUER}/join#invite=rs_in_")));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    for path in ["/invites", "/acts", "/staff/idp/invites", "/staff/idp/acts"] {
        let later = owner.get(&house, path).await;
        assert!(!later.body.contains("rs_in_"), "{STAFF}{path}");
    }
}
