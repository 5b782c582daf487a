//! A wallet joins by a key of its own, signs in by a card, and is refused what it must be.

use crate::{
    house::{Browser, House, ISSUER, Prover, authorize, web_request},
    wallet::{ACR_WALLET, Wallet, admission, asked, response_code},
};
use axum::http::StatusCode;
use credential::{
    jose::{self, SigningKey},
    siop,
    vp::{Ask, Request},
};
use serde_json::{Value, json};

/// Opens an app's sign-in and presses the wallet's button; the request the wallet gets.
pub async fn to_wallet(house: &House, browser: &mut Browser) -> (String, Request) {
    let page = browser.open(house, &authorize(&web_request())).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let (ix, token) = (page.field("ix"), page.field("form_token"));
    let path = format!("/interaction/{ix}/wallet");
    let sent = browser
        .post(house, &path, &[("form_token", &token), ("wallet", "here")])
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    (ix, asked(house, sent.location()))
}

async fn rows(house: &House, sql: &'static str) -> i64 {
    let mut conn = house.ground.db.read().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap()
}

const ACCOUNTS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM idp_account \
    WHERE handle NOT IN ('demo-listener', 'demo-artist', 'demo-owner', 'demo-secretary')";

#[tokio::test]
async fn a_wallet_joins_by_its_key_and_comes_back_to_the_same_account() {
    let house = House::new().await;
    let mut wallet = Wallet::new(1);
    wallet.join(&house, "Quiet-Heron").await;
    assert_eq!(rows(&house, ACCOUNTS).await, 1);

    // The same key again, asking to join: signed in, no second account, no work spent.
    let mut again = Wallet::new(1);
    again.prover = Prover::new(201);
    let request = again.begin_join(&house, "other-name", "").await;
    let answer = again.introduce(&house, &request).await;
    let back = again.back(&house, &answer).await;
    again.redeem(&house, &back).await;
    assert_eq!(rows(&house, ACCOUNTS).await, 1);

    // A handle that is taken, or none: two words are drawn.
    for (seed, handle) in [(2, "quiet-heron"), (3, "<b>"), (4, "admin")] {
        Wallet::new(seed).join(&house, handle).await;
    }
    assert_eq!(rows(&house, ACCOUNTS).await, 4);
    let mut conn = house.ground.db.read().await.unwrap();
    let handles: Vec<String> = sqlx::query_scalar("SELECT handle FROM idp_account ORDER BY handle")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert!(handles.contains(&"quiet-heron".to_owned()));
    assert!(
        handles.iter().all(|h| kernel::Handle::parse(h).is_ok()),
        "{handles:?}"
    );
}

#[tokio::test]
async fn an_app_signs_a_listener_in_by_a_card() {
    let house = House::new().await;
    let mut wallet = Wallet::new(5);
    wallet.join(&house, "card-holder").await;
    wallet.receive(&house, 3).await;

    let mut browser = Browser::default();
    let (ix, request) = to_wallet(&house, &mut browser).await;
    assert_eq!(request.client_id, format!("redirect_uri:{ISSUER}/vp/s"));
    assert!(
        kernel::b64::decode_array::<32>(&request.nonce).is_some(),
        "256 bits"
    );
    let token = wallet.present(&house, &request, &["account"]);
    let form = [("state", request.state.as_str()), ("vp_token", &token)];
    let answer = house.post("/vp/s", &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let (path, code) = response_code(&answer);
    assert_eq!(path, format!("/interaction/{ix}/back"));

    let page = browser.get(&house, &path).await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("https://app.example"),
        "the form may lead on to the app: {policy}"
    );
    assert!(
        page.body.contains("name=\"response_code\""),
        "a field for those without script"
    );
    let back = browser
        .post(&house, &path, &[("response_code", &code)])
        .await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{back:?}");
    let next = browser.open(&house, back.location()).await;
    let code = browser.agree(&house, next).await;

    let auth = crate::house::basic("web", crate::house::SECRET);
    let redeem = crate::house::lend(&crate::house::web_redeem(&code));
    let tokens = house
        .post("/token", &redeem, &[("authorization", &auth)])
        .await
        .json();
    let (_, claims) = jose::peek(tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(claims["acr"], ACR_WALLET);
    assert_eq!(claims["amr"], json!(["pop", "swk"]));
}

/// IN74, CR44, CR45: each fault names its reason, counts once, and the fifth closes the request.
#[tokio::test]
async fn cr44_cr45_in74_a_self_issued_token_with_a_fault_is_refused() {
    let house = House::new().await;
    let mut wallet = Wallet::new(6);
    let work = admission(&house).await;
    let faults = siop_faults(&wallet.key);
    for fault in &faults {
        let reason = fault.0;
        let request = wallet.begin_join(&house, "siop-fault", &work).await;
        let token = forged(&house, &wallet.key, &request, fault);
        let form = [("state", request.state.as_str()), ("id_token", &token)];
        let answer = house.post("/vp/s", &form, &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{reason}");
        assert_eq!(
            answer.json(),
            json!({"error": "invalid_request", "reason": reason})
        );
    }
    assert_eq!(rows(&house, ACCOUNTS).await, 0);
    let counted = "SELECT CAST(COALESCE(SUM(tries), 0) AS BIGINT) FROM idp_vp_tx";
    assert_eq!(
        rows(&house, counted).await,
        i64::try_from(faults.len()).unwrap()
    );
    wallet.join(&house, "siop-fault").await;
}

/// What is changed in the claims of a good token, who signs it, and the reason of the refusal.
type Fault = (&'static str, SigningKey, fn(&mut Value));

fn siop_faults(key: &SigningKey) -> Vec<Fault> {
    let stranger = SigningKey::ed25519_from_seed(&[77; 32]);
    let own = |reason, change: fn(&mut Value)| (reason, key.clone(), change);
    vec![
        own("siop-sub", |c| {
            c["iss"] = "https://self-issued.me/v2".into();
        }),
        own("siop-sub", |c| {
            let bare = c["sub"]
                .as_str()
                .unwrap()
                .rsplit(':')
                .next()
                .unwrap()
                .to_owned();
            (c["iss"], c["sub"]) = (bare.clone().into(), bare.into());
        }),
        own("siop-sub", |c| without(c, "sub_jwk")),
        own("siop-sub", |c| {
            c["sub_jwk"] = SigningKey::ed25519_from_seed(&[78; 32])
                .public()
                .public_json();
        }),
        own("siop-sub", |c| c["sub_jwk"]["d"] = "AAAA".into()),
        own("siop-sub", |c| {
            (c["iss"], c["sub"]) = ("did:key:z6Mk".into(), "did:key:z6Mk".into());
        }),
        ("signature", stranger, |_| {}),
        own("siop-aud", |c| c["aud"] = format!("{ISSUER}/vp/s").into()),
        own("siop-aud", |c| c["aud"] = "https://evil.example".into()),
        own("siop-nonce", |c| c["nonce"] = "other".into()),
        own("siop-nonce", |c| without(c, "nonce")),
        own("siop-time", |c| {
            c["exp"] = (c["iat"].as_i64().unwrap() - 300).into();
        }),
        own("siop-time", |c| without(c, "exp")),
        own("siop-time", |c| {
            c["iat"] = (c["iat"].as_i64().unwrap() + 61).into();
        }),
    ]
}

fn without(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

/// A good token of `key` for this request, changed and signed by `signer`.
fn forged(house: &House, key: &SigningKey, asked: &Request, fault: &Fault) -> String {
    let good = siop::make(key, &asked.client_id, &asked.nonce, house.now());
    let (_, claims) = jose::peek(&good).unwrap();
    let mut claims = Value::Object(claims);
    (fault.2)(&mut claims);
    jose::sign(&fault.1, &json!({ "typ": "JWT" }), &claims)
}

/// IN76: a key without account, and no wish to join: a page, no account.
#[tokio::test]
async fn in76_an_unknown_key_that_does_not_join_gets_no_account() {
    let house = House::new().await;
    let mut wallet = Wallet::new(7);
    let page = wallet.authorize(&house, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "the page of ways in: {page:?}");
    let (ix, token) = (page.field("ix"), page.field("form_token"));
    let path = format!("/interaction/{ix}/wallet");
    let form = [("form_token", token.as_str()), ("wallet", "here")];
    let sent = wallet.browser.post(&house, &path, &form).await;
    let request = asked(&house, sent.location());
    assert_eq!(
        request.ask,
        Ask::SelfIssued,
        "our own wallet may hold no card yet"
    );
    let answer = wallet.introduce(&house, &request).await;
    let before = house.digest().await;
    let back = wallet.back(&house, &answer).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert!(back.body.contains("wallet-unknown"), "{}", back.body);
    assert_eq!(house.digest().await, before);
    // The sign-in itself goes on.
    let page = wallet
        .browser
        .get(&house, &format!("/interaction/{ix}"))
        .await;
    assert_eq!(page.status, StatusCode::OK);
}

/// IN82: no work, wrong work, used work; the request stays open for the owner.
#[tokio::test]
async fn in82_a_wallet_joins_against_good_work_only() {
    let house = House::new().await;
    let used = admission(&house).await;
    let mut first = Wallet::new(8);
    let request = first.begin_join(&house, "first-one", &used).await;
    let answer = first.introduce(&house, &request).await;
    first.back(&house, &answer).await;
    assert_eq!(rows(&house, ACCOUNTS).await, 1);
    for (seed, work, slug) in [
        (11, "", "admission-needed"),
        (12, "pow:AAAA:1", "pow-refused"),
        (13, used.as_str(), "pow-refused"),
        (14, "invite:rs_in_used", "invite-refused"),
    ] {
        let mut wallet = Wallet::new(seed);
        let request = wallet.begin_join(&house, "second-one", work).await;
        let answer = wallet.introduce(&house, &request).await;
        let before = house.digest().await;
        let back = wallet.back(&house, &answer).await;
        assert!(back.body.contains(slug), "{slug}: {}", back.body);
        assert_eq!(house.digest().await, before, "{slug}");
    }
    assert_eq!(rows(&house, ACCOUNTS).await, 1);
}

/// CR42, IN72: the code of an answer works once, for two minutes, in the browser that began.
#[tokio::test]
async fn cr42_in72_a_response_code_elsewhere_again_or_late_is_refused() {
    let house = House::new().await;
    let mut wallet = Wallet::new(10);
    wallet.join(&house, "code-holder").await;
    wallet.receive(&house, 4).await;

    // In another browser: refused, the request dropped, the sign-in itself intact.
    let mut victim = Browser::default();
    let (ix, request) = to_wallet(&house, &mut victim).await;
    let (path, code) = answered(&house, &mut wallet, &request).await;
    let mut thief = Browser::default();
    to_wallet(&house, &mut thief).await;
    let stolen = thief.post(&house, &path, &[("response_code", &code)]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    assert!(stolen.body.contains("wrong-browser"), "{}", stolen.body);
    assert!(!thief.jar.contains_key("si"));
    let dropped = victim
        .post(&house, &path, &[("response_code", &code)])
        .await;
    assert_eq!(
        dropped.status,
        StatusCode::FORBIDDEN,
        "dropped, not merely refused"
    );
    let page = victim.get(&house, &format!("/interaction/{ix}")).await;
    assert_eq!(page.status, StatusCode::OK, "the victim chooses again");

    // A guess in another browser drops nothing.
    let mut browser = Browser::default();
    let (_, request) = to_wallet(&house, &mut browser).await;
    let (path, code) = answered(&house, &mut wallet, &request).await;
    let before = house.digest().await;
    let guess = kernel::b64::encode([1; 32]);
    let guessed = thief
        .post(&house, &path, &[("response_code", &guess)])
        .await;
    assert_eq!(guessed.status, StatusCode::FORBIDDEN);
    assert_eq!(house.digest().await, before);
    let good = browser
        .post(&house, &path, &[("response_code", &code)])
        .await;
    assert_eq!(good.status, StatusCode::SEE_OTHER, "{good:?}");
    let again = browser
        .post(&house, &path, &[("response_code", &code)])
        .await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "used");

    // Late.
    let mut slow = Browser::default();
    let (_, request) = to_wallet(&house, &mut slow).await;
    let (path, code) = answered(&house, &mut wallet, &request).await;
    house.clock.advance(121);
    let late = slow.post(&house, &path, &[("response_code", &code)]).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
}

/// Shows a card and gives path and code of the good answer.
pub async fn answered(house: &House, wallet: &mut Wallet, request: &Request) -> (String, String) {
    let token = wallet.present(house, request, &["account"]);
    let form = [("state", request.state.as_str()), ("vp_token", &token)];
    let answer = house.post("/vp/s", &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    response_code(&answer)
}

/// CR43: the owner of the wallet says no; the browser goes back to the page of ways in.
#[tokio::test]
async fn cr43_a_wallet_may_say_no() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let (ix, request) = to_wallet(&house, &mut browser).await;
    let form = [
        ("state", request.state.as_str()),
        ("error", "access_denied"),
    ];
    let answer = house.post("/vp/s", &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.json()["redirect_uri"],
        format!("{ISSUER}/interaction/{ix}")
    );
    let page = browser.get(&house, &format!("/interaction/{ix}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let closed = house.post("/vp/s", &form, &[]).await;
    assert_eq!(closed.json()["reason"], "wallet-refused");
}
