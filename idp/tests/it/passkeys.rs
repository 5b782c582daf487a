//! Passkeys: joining, signing in, and every lie an authenticator or page can tell.

use crate::{
    authenticator::{Authenticator, Lies},
    house::{Answer, Browser, House, ISSUER, authorize, web_request},
    wallet::admission,
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kernel::b64;
use serde_json::{Value, json};

/// Posts JSON as a page of the provider does.
pub async fn page_post(house: &House, browser: &mut Browser, path: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, browser.cookies())
        .header("sec-fetch-site", "same-origin")
        .header(header::ORIGIN, ISSUER);
    let answer = house
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await;
    browser.keep(&answer);
    answer
}

/// Opens an app's request; the sign-in's name.
pub async fn begin(house: &House, browser: &mut Browser) -> String {
    let page = browser.open(house, &authorize(&web_request())).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page.field("ix")
}

pub async fn join_options(house: &House, browser: &mut Browser, handle: &str, ix: &str) -> Value {
    let body = json!({ "handle": handle, "admission": admission(house).await, "ix": ix });
    let answer = page_post(house, browser, "/passkey/join/options", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

pub async fn join(
    house: &House,
    browser: &mut Browser,
    handle: &str,
    passkey: &mut Authenticator,
    ix: &str,
) -> Answer {
    let options = join_options(house, browser, handle, ix).await;
    let credential = passkey.create(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    page_post(house, browser, "/passkey/join", &body).await
}

pub async fn login_options(house: &House, browser: &mut Browser, ix: &str) -> Value {
    let path = format!("/interaction/{ix}/passkey/options");
    let answer = page_post(house, browser, &path, &json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

pub async fn login(
    house: &House,
    browser: &mut Browser,
    ix: &str,
    ceremony: &Value,
    credential: &Value,
) -> Answer {
    let body = json!({ "ceremony": ceremony, "credential": credential });
    page_post(house, browser, &format!("/interaction/{ix}/passkey"), &body).await
}

#[tokio::test]
async fn someone_joins_by_passkey_and_comes_back_by_it() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let mut passkey = Authenticator::new(1, ISSUER, false);
    let ix = begin(&house, &mut browser).await;

    let options = join_options(&house, &mut browser, "Quiet-Heron", &ix).await;
    let public = &options["publicKey"];
    let chosen = &public["authenticatorSelection"];
    assert_eq!(chosen["residentKey"], "required");
    assert_eq!(chosen["requireResidentKey"], true);
    assert_eq!(chosen["userVerification"], "required");
    assert_eq!(public["attestation"], "none");
    assert_eq!(public["rp"]["id"], "localhost");
    assert_eq!(public["user"]["name"], "quiet-heron");
    assert_eq!(public["extensions"]["credProps"], true);
    let user = b64::decode(public["user"]["id"].as_str().unwrap()).unwrap();
    assert_eq!(user.len(), 16, "random, and not the account's id");

    let credential = passkey.create(public, &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let joined = page_post(&house, &mut browser, "/passkey/join", &body).await;
    assert_eq!(joined.status, StatusCode::OK, "{joined:?}");
    let signal = &joined.json()["signal"];
    assert_eq!(signal["rpId"], "localhost");
    assert_eq!(signal["userId"], b64::encode(&user));
    assert_eq!(
        signal["allAcceptedCredentialIds"],
        json!([b64::encode(&passkey.id)])
    );
    let next = joined.json()["next"].as_str().unwrap().to_owned();
    let page = browser.open(&house, next.trim_start_matches(ISSUER)).await;
    let first = browser.agree(&house, page).await;
    assert!(!first.is_empty());

    // Another browser, the same passkey.
    let mut other = Browser::default();
    let ix = begin(&house, &mut other).await;
    let options = login_options(&house, &mut other, &ix).await;
    assert_eq!(
        options["publicKey"]["allowCredentials"],
        json!([]),
        "whichever the person picks"
    );
    assert_eq!(options["publicKey"]["userVerification"], "required");
    let credential = passkey.get(&options["publicKey"], &Lies::default());
    let answer = login(&house, &mut other, &ix, &options["ceremony"], &credential).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let page = other.open(&house, &format!("/interaction/{ix}")).await;
    assert_eq!(
        page.status,
        StatusCode::SEE_OTHER,
        "agreed before, so on to the app: {page:?}"
    );
    assert!(page.query().contains_key("code"));

    // The ceremony is spent with its success.
    let again = login(&house, &mut other, &ix, &options["ceremony"], &credential).await;
    assert_eq!(again.json()["type"], "/problems/passkey-refused");
}

#[tokio::test]
async fn a_join_without_an_app_signs_in_and_leads_to_the_listening_page() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let page = browser.get(&house, "/join").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("name=\"handle\""), "{}", page.body);
    let mut passkey = Authenticator::new(2, ISSUER, true);
    let joined = join(&house, &mut browser, "brisk-otter", &mut passkey, "").await;
    assert_eq!(joined.status, StatusCode::OK, "{joined:?}");
    let next = joined.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(next, format!("{}/login", house.ground.origins.listen));
    assert!(browser.jar.contains_key("si"), "signed in");
}

/// IN66, IN67, IN69: one answer for every fault, nothing changed, and the honest answer still works.
#[tokio::test]
async fn in66_in67_in69_a_passkey_with_a_fault_is_refused_at_join() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let mut passkey = Authenticator::new(3, ISSUER, false);
    let options = join_options(&house, &mut browser, "lucid-wren", "").await;
    let before = house.digest().await;
    for (name, lies) in join_faults() {
        let mut liar = passkey.clone();
        let credential = liar.create(&options["publicKey"], &lies);
        let body = json!({ "ceremony": options["ceremony"], "credential": credential });
        let answer = page_post(&house, &mut browser, "/passkey/join", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {answer:?}");
        assert_eq!(answer.json()["type"], "/problems/passkey-refused", "{name}");
        assert!(
            answer.json().get("detail").is_none(),
            "{name}: which check is not said"
        );
        assert_eq!(house.digest().await, before, "{name}");
    }
    let credential = passkey.create(&options["publicKey"], &lie(|l| l.not_kept = true));
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let answer = page_post(&house, &mut browser, "/passkey/join", &body).await;
    assert_eq!(answer.json()["type"], "/problems/passkey-not-discoverable");
    assert_eq!(house.digest().await, before);

    let credential = passkey.create(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let answer = page_post(&house, &mut browser, "/passkey/join", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

/// The truth but for one change.
fn lie(change: impl FnOnce(&mut Lies)) -> Lies {
    let mut lies = Lies::default();
    change(&mut lies);
    lies
}

/// Lies told at join as well as at login.
fn faults() -> Vec<(&'static str, Lies)> {
    let origin = |text: &str| lie(|l| l.origin = Some(text.to_owned()));
    vec![
        (
            "IN66 origin suffix",
            origin("http://localhost:8080.evil.example"),
        ),
        ("IN66 sub-domain", origin("http://a.localhost:8080")),
        ("IN66 scheme", origin("https://localhost:8080")),
        ("IN66 port", origin("http://localhost:8081")),
        ("IN66 path", origin("http://localhost:8080/")),
        ("IN66 crossOrigin", lie(|l| l.cross_origin = true)),
        ("IN66 topOrigin", lie(|l| l.top_origin = true)),
        ("IN67 UP", lie(|l| l.no_presence = true)),
        ("IN67 UV", lie(|l| l.no_verification = true)),
        (
            "IN67 rpIdHash",
            lie(|l| l.rp_id = Some("evil.example".to_owned())),
        ),
        ("IN67 type", lie(|l| l.kind = Some("webauthn.other"))),
        (
            "IN67 challenge",
            lie(|l| l.challenge = Some(b64::encode([7; 32]))),
        ),
        ("IN69 CBOR tail in the data", lie(|l| l.tail_of_data = true)),
    ]
}

/// Lies that only make sense at join.
fn join_faults() -> Vec<(&'static str, Lies)> {
    let more = [
        ("IN69 alg", lie(|l| l.alg = Some(-8))),
        (
            "IN69 CBOR tail of the object",
            lie(|l| l.tail_of_object = true),
        ),
    ];
    faults().into_iter().chain(more).collect()
}

/// Lies that only make sense at login.
fn login_faults(stranger: &Authenticator) -> Vec<(&'static str, Lies)> {
    let more = [
        ("IN68 BE flips", lie(|l| l.flip_eligible = true)),
        ("IN69 signature of another key", lie(|l| l.other_key = true)),
        (
            "IN69 passkey of another",
            lie(|l| l.id = Some(stranger.id.clone())),
        ),
        ("IN69 unknown passkey", lie(|l| l.id = Some(vec![9; 32]))),
        (
            "IN69 names another",
            lie(|l| l.user_handle = Some(stranger.user_handle.clone())),
        ),
        ("IN69 names nobody", lie(|l| l.user_handle = Some(vec![]))),
    ];
    faults().into_iter().chain(more).collect()
}

#[tokio::test]
async fn in69_a_credential_id_belongs_to_one_account() {
    let house = House::new().await;
    let mut first = Authenticator::new(4, ISSUER, false);
    let joined = join(
        &house,
        &mut Browser::default(),
        "early-lark",
        &mut first,
        "",
    )
    .await;
    assert_eq!(joined.status, StatusCode::OK, "{joined:?}");

    let mut browser = Browser::default();
    let mut second = Authenticator::new(5, ISSUER, false);
    let options = join_options(&house, &mut browser, "late-lark", "").await;
    let before = house.digest().await;
    let lies = Lies {
        id: Some(first.id.clone()),
        ..Lies::default()
    };
    let credential = second.create(&options["publicKey"], &lies);
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let answer = page_post(&house, &mut browser, "/passkey/join", &body).await;
    assert_eq!(answer.json()["type"], "/problems/passkey-refused");
    assert_eq!(
        house.digest().await,
        before,
        "no account, no passkey, the work unspent"
    );
}

/// IN66 to IN69 at login.
#[tokio::test]
async fn in66_to_in69_a_passkey_with_a_fault_is_refused_at_login() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(6, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "mossy-owl",
        &mut passkey,
        "",
    )
    .await;
    let mut stranger = Authenticator::new(7, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "mossy-elm",
        &mut stranger,
        "",
    )
    .await;

    let mut browser = Browser::default();
    let ix = begin(&house, &mut browser).await;
    let options = login_options(&house, &mut browser, &ix).await;
    let before = house.digest().await;
    for (name, lies) in login_faults(&stranger) {
        let credential = passkey.clone().get(&options["publicKey"], &lies);
        let answer = login(&house, &mut browser, &ix, &options["ceremony"], &credential).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {answer:?}");
        assert_eq!(answer.json()["type"], "/problems/passkey-refused", "{name}");
        assert_eq!(house.digest().await, before, "{name}");
    }
    let credential = passkey.get(&options["publicKey"], &Lies::default());
    let answer = login(&house, &mut browser, &ix, &options["ceremony"], &credential).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "the owner still signs in: {answer:?}"
    );
}

/// IN69: what is no credential at all, and ceremonies of others, get the same answer.
#[tokio::test]
async fn in69_forms_that_are_none_and_foreign_ceremonies_are_refused() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(12, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "quick-teal",
        &mut passkey,
        "",
    )
    .await;
    let mut browser = Browser::default();
    let ix = begin(&house, &mut browser).await;
    let options = login_options(&house, &mut browser, &ix).await;
    for credential in [json!(null), json!({}), json!("x"), json!({ "id": 1 })] {
        let answer = login(&house, &mut browser, &ix, &options["ceremony"], &credential).await;
        assert_eq!(
            answer.json()["type"],
            "/problems/passkey-refused",
            "{credential}"
        );
    }
    let mut other = Browser::default();
    let foreign = begin(&house, &mut other).await;
    let theirs = login_options(&house, &mut other, &foreign).await;
    for ceremony in [&theirs["ceremony"], &json!("none")] {
        let credential = passkey.clone().get(&theirs["publicKey"], &Lies::default());
        let answer = login(&house, &mut browser, &ix, ceremony, &credential).await;
        assert_eq!(answer.json()["type"], "/problems/passkey-refused");
    }
}

#[tokio::test]
async fn in68_a_counter_that_goes_back_is_refused_and_told_to_its_owner() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(8, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "tidal-crane",
        &mut passkey,
        "",
    )
    .await;
    for _ in 0..3 {
        assert_eq!(
            sign_in(&house, &mut passkey, &Lies::default()).await,
            StatusCode::OK
        );
    }
    let copied = Lies {
        count: Some(2),
        ..Lies::default()
    };
    assert_eq!(
        sign_in(&house, &mut passkey, &copied).await,
        StatusCode::BAD_REQUEST
    );
    let mut conn = house.ground.db.read().await.unwrap();
    let noted: Vec<(String,)> = sqlx::query_as("SELECT kind FROM idp_event WHERE kind <> 'login'")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert_eq!(noted, [("passkey.counter".to_owned(),)]);
}

/// A synced passkey answers from several devices: zero for ever, or counts that disagree.
#[tokio::test]
async fn a_synced_passkey_is_not_counted() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(9, ISSUER, true);
    join(
        &house,
        &mut Browser::default(),
        "windy-birch",
        &mut passkey,
        "",
    )
    .await;
    for count in [0, 7, 3] {
        let lies = Lies {
            count: Some(count),
            ..Lies::default()
        };
        assert_eq!(
            sign_in(&house, &mut passkey, &lies).await,
            StatusCode::OK,
            "{count}"
        );
    }
}

pub async fn sign_in(house: &House, passkey: &mut Authenticator, lies: &Lies) -> StatusCode {
    let mut browser = Browser::default();
    let ix = begin(house, &mut browser).await;
    let options = login_options(house, &mut browser, &ix).await;
    let credential = passkey.get(&options["publicKey"], lies);
    login(house, &mut browser, &ix, &options["ceremony"], &credential)
        .await
        .status
}

#[tokio::test]
async fn a_ceremony_ends_after_five_minutes_and_needs_its_own_browser_and_page() {
    let house = House::new().await;
    let mut passkey = Authenticator::new(10, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "solar-fern",
        &mut passkey,
        "",
    )
    .await;
    let mut browser = Browser::default();
    let ix = begin(&house, &mut browser).await;
    let options = login_options(&house, &mut browser, &ix).await;
    let credential = passkey.get(&options["publicKey"], &Lies::default());

    let mut other = Browser::default();
    begin(&house, &mut other).await;
    let answer = login(&house, &mut other, &ix, &options["ceremony"], &credential).await;
    assert_eq!(answer.json()["type"], "/problems/wrong-browser");
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let request = Request::post(format!("/interaction/{ix}/passkey"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, browser.cookies())
        .header("sec-fetch-site", "cross-site");
    let answer = house
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await;
    assert_eq!(answer.json()["type"], "/problems/form-stale");

    house.clock.advance(301);
    let answer = login(&house, &mut browser, &ix, &options["ceremony"], &credential).await;
    assert_eq!(answer.json()["type"], "/problems/passkey-refused");
}
