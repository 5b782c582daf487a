//! The verifier: what a wallet may answer, what it may not, and what modules get of it.

use crate::{
    house::{Answer, Browser, House, ISSUER},
    joins::{answered, to_wallet},
    wallet::{Wallet, asked, response_code},
};
use axum::http::StatusCode;
use credential::{
    dcql::Path,
    jose::{self, SigningKey},
    kb::{self, KbParams},
    vocab::{
        listener_vct,
        transaction::{Mandate, Transaction},
    },
    vp::{Ask, Request, vp_token},
};
use host::{AskError, Part, Routes};
use kernel::{Amount, b64};
use serde_json::{Value, json};

async fn wallet_with_cards(house: &House, seed: u8, copies: usize) -> Wallet {
    let mut wallet = Wallet::new(seed);
    wallet.join(house, &format!("presenter-{seed}")).await;
    for _ in 0..copies.div_ceil(20) {
        wallet.receive(house, copies.min(20)).await;
    }
    wallet
}

async fn respond(house: &House, state: &str, vp_token: &str) -> Answer {
    house
        .post("/vp/s", &[("state", state), ("vp_token", vp_token)], &[])
        .await
}

/// Everything but the count of refused answers.
async fn digest(house: &House) -> String {
    house
        .execute("UPDATE idp_vp_tx SET tries = 0 WHERE status = 'open'")
        .await;
    house.digest().await
}

/// One copy of a card shown with key-binding parameters of the test's choice.
fn shown(house: &House, wallet: &mut Wallet, show: &str, aud: &str, nonce: &str) -> String {
    let copy = wallet.copies.pop().expect("a copy is left");
    let params = KbParams {
        aud,
        nonce,
        iat: house.now(),
        transaction_data: &[],
    };
    kb::present(&copy.card, &[Path::name(show)], &copy.key, &params).unwrap()
}

/// CR23 to CR26, CR38, CR39, IN73: each fault with its reason; nothing but the count changes.
#[tokio::test]
async fn in73_cr38_cr39_a_faulty_answer_is_refused_with_its_reason() {
    let house = House::new().await;
    let mut wallet = wallet_with_cards(&house, 1, 40).await;
    let mut browser = Browser::default();
    for fault in faults() {
        let (_, request) = to_wallet(&house, &mut browser).await;
        let token = (fault.make)(&house, &mut wallet, &request);
        let before = digest(&house).await;
        let answer = respond(&house, &request.state, &token).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{}: {answer:?}",
            fault.name
        );
        let expected = json!({ "error": "invalid_request", "reason": fault.reason });
        assert_eq!(answer.json(), expected, "{}", fault.name);
        assert_eq!(
            count(&house, &request.state).await,
            (1, "open".to_owned()),
            "{}",
            fault.name
        );
        assert_eq!(digest(&house).await, before, "{}", fault.name);
        let good = wallet.present(&house, &request, &["account"]);
        let answer = respond(&house, &request.state, &good).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{}: open for its owner",
            fault.name
        );
    }
}

struct Fault {
    name: &'static str,
    reason: &'static str,
    make: fn(&House, &mut Wallet, &Request) -> String,
}

fn faults() -> Vec<Fault> {
    let fault = |name, reason, make| Fault { name, reason, make };
    let shape = |name, make| fault(name, "response-shape", make);
    vec![
        shape("text", |_, _, _| "\"token\"".to_owned()),
        shape("no JSON", |_, _, _| "{".to_owned()),
        shape("nothing", |_, _, _| "{}".to_owned()),
        shape("two for one id", |_, _, _| {
            json!({ "listener": ["a", "b"] }).to_string()
        }),
        shape("bare presentation", |house, wallet, asked| {
            let token = shown(house, wallet, "account", &asked.client_id, &asked.nonce);
            json!({ "listener": token }).to_string()
        }),
        shape("unknown id", |house, wallet, asked| {
            let token = shown(house, wallet, "account", &asked.client_id, &asked.nonce);
            vp_token(&[("listener", token.clone()), ("other", token)])
        }),
        fault(
            "claim not shown",
            "claim-not-presented",
            |house, wallet, asked| {
                let token = shown(house, wallet, "handle", &asked.client_id, &asked.nonce);
                vp_token(&[("listener", token)])
            },
        ),
        fault("no key binding", "kb-missing", |house, wallet, asked| {
            let token = shown(house, wallet, "account", &asked.client_id, &asked.nonce);
            vp_token(&[(
                "listener",
                format!("{}~", token.rsplit_once('~').unwrap().0),
            )])
        }),
        fault("nonce of another", "kb-nonce", |house, wallet, asked| {
            let nonce = "A".repeat(43);
            vp_token(&[(
                "listener",
                shown(house, wallet, "account", &asked.client_id, &nonce),
            )])
        }),
        fault("aud without prefix", "kb-aud", |house, wallet, asked| {
            let aud = format!("{ISSUER}/vp/s");
            vp_token(&[(
                "listener",
                shown(house, wallet, "account", &aud, &asked.nonce),
            )])
        }),
        fault("key of another", "kb-signature", key_of_another),
        fault("issuer of one's own", "issuer", |house, _, asked| {
            forged(house, asked, "self-made")
        }),
        fault("kid of ours, key not", "signature", kid_of_ours),
    ]
}

fn key_of_another(house: &House, wallet: &mut Wallet, asked: &Request) -> String {
    let thief = wallet.copies.pop().unwrap().key;
    let copy = wallet.copies.pop().unwrap();
    let token = kb::present(
        &copy.card,
        &[Path::name("account")],
        &thief,
        &bound(house, asked),
    );
    vp_token(&[("listener", token.unwrap())])
}

fn kid_of_ours(house: &House, wallet: &mut Wallet, asked: &Request) -> String {
    let card = &wallet.copies.last().unwrap().card;
    let (header, _) = jose::peek(card.split('~').next().unwrap()).unwrap();
    forged(house, asked, header.kid.as_deref().unwrap())
}

/// What a good key binding says.
fn bound<'a>(house: &House, asked: &'a Request) -> KbParams<'a> {
    KbParams {
        aud: &asked.client_id,
        nonce: &asked.nonce,
        iat: house.now(),
        transaction_data: &[],
    }
}

/// A card that names our issuer and somebody's account, by a key that is not ours.
fn forged(house: &House, asked: &Request, kid: &str) -> String {
    use credential::vc::{IssueParams, expiry, issue};
    use credential::vocab::cards::LISTENER;
    let entropy = host_testing::SeededEntropy::new(5);
    let (key, holder) = (
        SigningKey::generate_es256(&entropy),
        SigningKey::generate_es256(&entropy),
    );
    let claims = json!({ "account": "AAAAAAAAAAAAAAAAAAAAAA" });
    let params = IssueParams {
        issuer: ISSUER,
        kid,
        card: &LISTENER,
        cnf: &holder.public(),
        exp: expiry(&LISTENER, house.now()),
        status: None,
        claims: claims.as_object().unwrap(),
        now: house.now(),
    };
    let card = issue(&params, &key, &entropy).unwrap();
    let paths = [Path::name("account")];
    let token = kb::present(&card, &paths, &holder, &bound(house, asked)).unwrap();
    vp_token(&[("listener", token)])
}

async fn count(house: &House, state: &str) -> (i64, String) {
    let mut conn = house.ground.db.read().await.unwrap();
    sqlx::query_as("SELECT tries, status FROM idp_vp_tx WHERE request_id = $1")
        .bind(state)
        .fetch_one(&mut *conn)
        .await
        .unwrap()
}

/// IN75: the fifth bad answer closes the request; the sign-in goes on without it.
#[tokio::test]
async fn in75_the_fifth_bad_answer_closes_the_request() {
    let house = House::new().await;
    let mut wallet = wallet_with_cards(&house, 2, 1).await;
    let mut browser = Browser::default();
    let (ix, request) = to_wallet(&house, &mut browser).await;
    for nth in 1..=4 {
        let answer = respond(&house, &request.state, "{}").await;
        assert_eq!(answer.json()["reason"], "response-shape", "{nth}");
    }
    let fifth = respond(&house, &request.state, "{}").await;
    assert_eq!(fifth.status, StatusCode::BAD_REQUEST);
    assert_eq!(fifth.json()["reason"], "wallet-refused");
    let good = wallet.present(&house, &request, &["account"]);
    let late = respond(&house, &request.state, &good).await;
    assert_eq!(
        late.json()["reason"],
        "wallet-refused",
        "closed for good answers too"
    );
    let page = browser.get(&house, &format!("/interaction/{ix}")).await;
    assert_eq!(page.status, StatusCode::OK);
}

/// CR36, CR37: an unknown, ended or foreign `state`, and an encrypted answer, count nowhere.
#[tokio::test]
async fn cr36_cr37_an_unknown_state_and_an_encrypted_answer_count_nowhere() {
    let house = House::new().await;
    let mut wallet = wallet_with_cards(&house, 3, 3).await;
    let (_, request) = to_wallet(&house, &mut Browser::default()).await;
    let good = wallet.present(&house, &request, &["account"]);
    let before = house.digest().await;
    for state in ["", "x", &b64::encode([1; 32])] {
        let answer = respond(&house, state, &good).await;
        assert_eq!(
            answer.json(),
            json!({ "error": "invalid_request", "reason": "state" })
        );
    }
    let answer = house.post("/vp/s", &[("vp_token", &good)], &[]).await;
    assert_eq!(answer.json()["reason"], "state");
    let form = [
        ("state", request.state.as_str()),
        ("response", "eyJ.a.b.c.d"),
    ];
    let answer = house.post("/vp/s", &form, &[]).await;
    assert_eq!(answer.json()["reason"], "response-encryption");
    assert_eq!(house.digest().await, before);

    // A token where a card was asked is of another kind, and counts.
    let form = [("state", request.state.as_str()), ("id_token", "a.b.c")];
    assert_eq!(
        house.post("/vp/s", &form, &[]).await.json()["reason"],
        "response-shape"
    );

    house.clock.advance(301);
    let answer = respond(&house, &request.state, &good).await;
    assert_eq!(answer.json()["reason"], "state", "over");
}

/// CR41: fifty good answers at once: one is taken, and its code by one of fifty takers.
#[tokio::test]
async fn cr41_of_fifty_answers_one_counts_and_its_code_is_taken_once() {
    let house = House::new().await;
    let mut wallet = wallet_with_cards(&house, 4, 60).await;
    let mut browser = Browser::default();
    let (_, request) = to_wallet(&house, &mut browser).await;
    let tokens: Vec<String> = (0..50)
        .map(|_| wallet.present(&house, &request, &["account"]))
        .collect();
    let sent = tokens
        .iter()
        .map(|token| respond(&house, &request.state, token));
    let answers = futures_util::future::join_all(sent).await;
    let good: Vec<&Answer> = answers
        .iter()
        .filter(|a| a.status == StatusCode::OK)
        .collect();
    assert_eq!(good.len(), 1);
    // Some come while others are being checked: they are asked to come again, and do.
    for (answer, token) in answers.iter().zip(&tokens) {
        let told = match answer.status {
            StatusCode::OK => continue,
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
                respond(&house, &request.state, token).await.json()
            }
            _ => answer.json(),
        };
        assert_eq!(told["reason"], "answered");
    }
    let (path, code) = response_code(good[0]);
    let browsers: Vec<Browser> = vec![browser; 50];
    let sent = browsers.into_iter().map(|mut browser| {
        let (house, path, code) = (&house, &path, &code);
        async move { browser.post(house, path, &[("response_code", code)]).await }
    });
    let answers = futures_util::future::join_all(sent).await;
    let logins = answers
        .iter()
        .filter(|a| a.headers.contains_key("set-cookie"))
        .count();
    assert_eq!(logins, 1, "one login");
}

/// An account that was locked meanwhile signs nobody in, by card or key.
#[tokio::test]
async fn a_locked_account_is_not_signed_in_by_its_card() {
    let house = House::new().await;
    let mut wallet = wallet_with_cards(&house, 5, 2).await;
    let mut browser = Browser::default();
    let (_, request) = to_wallet(&house, &mut browser).await;
    let (path, code) = answered(&house, &mut wallet, &request).await;
    let (_, second) = to_wallet(&house, &mut Browser::default()).await;
    house
        .execute("UPDATE idp_account SET state = 'locked'")
        .await;
    let back = browser
        .post(&house, &path, &[("response_code", &code)])
        .await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert!(back.body.contains("account-locked"), "{}", back.body);
    let token = wallet.present(&house, &second, &["account"]);
    assert_eq!(
        respond(&house, &second.state, &token).await.json()["reason"],
        "account"
    );
}

fn mandate(house: &House) -> String {
    Transaction::Mandate(Mandate {
        id: "m-1".to_owned(),
        jkt: "thumbprint".to_owned(),
        max_play: Amount::new(512_000),
        max_total: Amount::new(5_000_000),
        days: 30,
        exp: house.now().plus_seconds(180 * 86_400),
    })
    .to_text()
}

/// Joins the provider with a module that asks.
fn with_payments(house: &House) {
    let payments = Part {
        name: "payments",
        routes: Routes::default(),
        migrations: &idp::MIGRATIONS,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        checks: Vec::new(),
    };
    let _ = host::join(&house.ground, vec![house.idp.part(), payments]);
}

async fn ask(house: &House, path: &str, body: &Value) -> Result<Value, AskError> {
    house
        .ground
        .peers
        .ask("payments", "idp", path, body, house.now())
        .await
}

fn wish(house: &House) -> Value {
    json!({
        "purpose": "mandate",
        "return": format!("{}/purse/mandates/back", house.ground.origins.listen),
        "transaction_data": [mandate(house)],
    })
}

#[tokio::test]
async fn a_module_gets_a_statement_signed_for_it_alone() {
    let house = House::new().await;
    with_payments(&house);
    let mut wallet = wallet_with_cards(&house, 6, 3).await;
    let begun = ask(&house, "/peer/vp/requests", &wish(&house))
        .await
        .unwrap();
    let request = asked(&house, begun["wallet_url"].as_str().unwrap());
    let Ask::Cards {
        transaction_data, ..
    } = &request.ask
    else {
        panic!("cards")
    };
    assert_eq!(*transaction_data, [mandate(&house)]);
    let token = wallet.present(&house, &request, &["listener"]);
    let answer = respond(&house, &request.state, &token).await;
    let redirect = answer.json()["redirect_uri"].as_str().unwrap().to_owned();
    let (back, code) = redirect.split_once("#response_code=").unwrap();
    assert_eq!(
        back,
        format!("{}/purse/mandates/back", house.ground.origins.listen)
    );

    let fetch = json!({ "transaction_id": begun["transaction_id"], "response_code": code });
    let got = ask(&house, "/peer/vp/results", &fetch).await.unwrap();
    let jws = got["jws"].as_str().unwrap();
    let peers = &house.ground.peers;
    let result = peers
        .vouched("payments", jws, house.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(result.purpose, "mandate");
    assert_eq!(
        (result.device.as_str(), result.iss.as_str()),
        ("same", ISSUER)
    );
    assert_eq!(result.transaction_data, [mandate(&house)]);
    assert_eq!(result.nonce, request.nonce);
    let card = &result.credentials[0];
    assert_eq!(
        (card.id.as_str(), card.vct.as_str()),
        ("payer", listener_vct(ISSUER).as_str())
    );
    assert_eq!(
        card.claims.keys().collect::<Vec<_>>(),
        ["listener"],
        "what was asked, no more"
    );
    assert_eq!(
        result.presentation["payer"],
        serde_json::from_str::<Value>(&token).unwrap()["payer"]
    );
    let again = ask(&house, "/peer/vp/results", &fetch).await;
    assert!(
        matches!(again, Err(AskError::Refused { status: 403, .. })),
        "{again:?}"
    );
}

/// CR40: what the holder signed is not this transaction.
#[tokio::test]
async fn cr40_transaction_data_must_be_signed_as_sent() {
    let house = House::new().await;
    with_payments(&house);
    let mut wallet = wallet_with_cards(&house, 7, 5).await;
    let begun = ask(&house, "/peer/vp/requests", &wish(&house))
        .await
        .unwrap();
    let request = asked(&house, begun["wallet_url"].as_str().unwrap());
    let data = mandate(&house);
    let decoded = String::from_utf8(b64::decode(&data).unwrap()).unwrap();
    let other = data.replace('A', "B");
    for (name, signed) in [
        ("missing", vec![]),
        ("decoded bytes", vec![decoded]),
        ("another", vec![other]),
        ("twice", vec![data.clone(), data.clone()]),
    ] {
        let copy = wallet.copies.pop().unwrap();
        let params = KbParams {
            aud: &request.client_id,
            nonce: &request.nonce,
            iat: house.now(),
            transaction_data: &signed,
        };
        let paths = [Path::name("listener")];
        let token = kb::present(&copy.card, &paths, &copy.key, &params).unwrap();
        let answer = respond(&house, &request.state, &vp_token(&[("payer", token)])).await;
        assert_eq!(answer.json()["reason"], "transaction-data", "{name}");
    }
    let fetch = json!({ "transaction_id": begun["transaction_id"], "response_code": "x" });
    let got = ask(&house, "/peer/vp/results", &fetch).await;
    assert!(
        matches!(got, Err(AskError::Refused { status: 403, .. })),
        "pending still"
    );
    let good = wallet.present(&house, &request, &["listener"]);
    assert_eq!(
        respond(&house, &request.state, &good).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_module_asks_for_its_own_purposes_and_comes_back_to_our_pages() {
    let house = House::new().await;
    with_payments(&house);
    let listen = &house.ground.origins.listen;
    let before = house.digest().await;
    let with = |name: &str, value: Value| {
        let mut body = wish(&house);
        body[name] = value;
        body
    };
    for body in [
        with("purpose", "login.listener".into()),
        with("purpose", "everything".into()),
        with("transaction_data", json!([])),
        with("transaction_data", json!(["AAAA"])),
        with(
            "transaction_data",
            json!([mandate(&house), mandate(&house)]),
        ),
        with("purpose", "payment".into()),
        with("return", "https://evil.example/".into()),
        with("return", format!("{listen}.evil.example/").into()),
        with("return", format!("{listen}@evil.example/").into()),
        with("return", format!("{listen}/x#y").into()),
        with("return", "javascript:alert(1)".into()),
        with("more", 1.into()),
    ] {
        let answer = ask(&house, "/peer/vp/requests", &body).await;
        assert!(
            matches!(answer, Err(AskError::Refused { .. })),
            "{body}: {answer:?}"
        );
        assert_eq!(house.digest().await, before, "{body}");
    }
}
