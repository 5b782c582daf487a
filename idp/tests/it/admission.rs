//! Admission and handles at join by passkey: nobody gets an account for nothing, and nobody's flood
//! locks another out.

use crate::{
    authenticator::{Authenticator, Lies},
    house::{Browser, House, ISSUER},
    passkeys::{join, join_options, page_post, sign_in},
    wallet::admission,
};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Wishes that are refused before a ceremony begins: handle, admission, slug.
fn refused(good: &str) -> Vec<(&'static str, String, &'static str)> {
    let (challenge, n) = good.strip_prefix("pow:").unwrap().split_once(':').unwrap();
    let next = n.parse::<u64>().unwrap() + 1;
    let free = "free-cedar";
    vec![
        (free, format!("pow:{challenge}:0{n}"), "pow-refused"),
        (free, format!("pow:{challenge}:{next}"), "pow-refused"),
        (free, format!("pow:{}:{n}", &challenge[1..]), "pow-refused"),
        (free, "pow:AAAA:1".to_owned(), "pow-refused"),
        (free, "nonsense".to_owned(), "pow-refused"),
        (free, "invite:rs_in_x".to_owned(), "invite-refused"),
        (free, String::new(), "admission-needed"),
        ("plain-cedar", good.to_owned(), "handle-taken"),
        ("Plain-Cedar", good.to_owned(), "handle-taken"),
        ("admin", good.to_owned(), "handle-refused"),
        ("p\u{430}ypal", good.to_owned(), "handle-refused"),
        ("a", good.to_owned(), "handle-refused"),
    ]
}

#[tokio::test]
async fn in82_in83_admission_and_handle_are_checked() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(11, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "plain-cedar",
        &mut passkey,
        "",
    )
    .await;
    let mut browser = Browser::default();
    let good = admission(&house).await;
    let before = house.digest().await;
    for (handle, admission, slug) in refused(&good) {
        let body = json!({ "handle": handle, "admission": admission });
        let answer = page_post(&house, &mut browser, "/passkey/join/options", &body).await;
        assert_eq!(
            answer.json()["type"],
            format!("/problems/{slug}"),
            "{handle} {admission}"
        );
        assert_eq!(house.digest().await, before, "{handle} {admission}");
    }
    house.clock.advance(901);
    let body = json!({ "handle": "free-cedar", "admission": good });
    let answer = page_post(&house, &mut browser, "/passkey/join/options", &body).await;
    assert_eq!(answer.json()["type"], "/problems/pow-refused", "too old");
}

/// One piece of work, two accounts: the second is refused when it would be written.
#[tokio::test]
async fn in82_work_is_used_once() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let good = admission(&house).await;
    let mut ceremonies = Vec::new();
    for handle in ["first-cedar", "second-cedar"] {
        let body = json!({ "handle": handle, "admission": good });
        let answer = page_post(&house, &mut browser, "/passkey/join/options", &body).await;
        ceremonies.push(answer.json());
    }
    for (at, expected) in ["", "/problems/pow-refused"].iter().enumerate() {
        let mut fresh = Authenticator::new(40 + u8::try_from(at).unwrap(), ISSUER, false);
        let credential = fresh.create(&ceremonies[at]["publicKey"], &Lies::default());
        let body = json!({ "ceremony": ceremonies[at]["ceremony"], "credential": credential });
        let answer = page_post(&house, &mut browser, "/passkey/join", &body).await;
        assert_eq!(
            answer
                .json()
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or(""),
            *expected
        );
    }
}

/// IN83: a flood of wrong tries against an account does not touch its owner.
#[tokio::test]
async fn in83_a_flood_locks_nobody_out() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(13, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "flooded-oak",
        &mut passkey,
        "",
    )
    .await;
    for _ in 0..30 {
        let lies = Lies {
            other_key: true,
            ..Lies::default()
        };
        let status = sign_in(&house, &mut passkey.clone(), &lies).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        sign_in(&house, &mut passkey, &Lies::default()).await,
        StatusCode::OK
    );
}

/// Two browsers want one handle at once: the database decides.
#[tokio::test]
async fn in83_a_handle_goes_to_one_of_two() {
    let house = House::new().await;
    let mut done = Vec::new();
    for seed in [20, 21] {
        let mut browser = Browser::default();
        let mut passkey = Authenticator::new(seed, ISSUER, false);
        let options = join_options(&house, &mut browser, "one-handle", "").await;
        let credential = passkey.create(&options["publicKey"], &Lies::default());
        done.push((
            browser,
            json!({ "ceremony": options["ceremony"], "credential": credential }),
        ));
    }
    let mut statuses = Vec::new();
    for (browser, body) in &mut done {
        let answer = page_post(&house, browser, "/passkey/join", body).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 409]);
}
