//! Keys change under clients that keep a key set as long as they were told they may: no token and no
//! card ever fails, neither new ones by an old set nor old ones by a new set.

use crate::{
    authenticator::{Authenticator, Lies},
    house::{
        Answer, Browser, CHALLENGE, House, ISSUER, SECRET, VERIFIER, app_request, authorize, basic,
        web_request,
    },
    passkeys,
    wallet::Wallet,
};
use axum::http::StatusCode;
use credential::jose::{self, Jwk};
use kernel::Timestamp;
use serde_json::Value;
use sqlx::Row;
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
/// How long tokens live, seconds.
const TOKEN: i64 = 600;

/// A client's copy of a key set, kept for exactly as long as its `max-age` says.
struct Copy {
    path: &'static str,
    keys: Vec<Value>,
    until: Timestamp,
}

impl Copy {
    fn of(path: &'static str) -> Self {
        Self {
            path,
            keys: Vec::new(),
            until: Timestamp::from_seconds(0),
        }
    }

    async fn keys(&mut self, house: &House) -> &[Value] {
        if house.now() >= self.until {
            let answer = house.get(self.path).await;
            let control = answer.header("cache-control");
            let age = control.split("max-age=").nth(1).unwrap().parse().unwrap();
            self.until = house.now().plus_seconds(age);
            self.keys = keys_of(&answer);
        }
        &self.keys
    }
}

fn keys_of(answer: &Answer) -> Vec<Value> {
    let body = answer.json();
    let set = body.get("jwks").unwrap_or(&body);
    set["keys"].as_array().unwrap().clone()
}

/// Verifies as a client does: the key by its name, nothing else.
fn verifies(keys: &[Value], token: &str, typ: &str) -> bool {
    let (header, _) = jose::peek(token).unwrap();
    let kid = header.kid.unwrap();
    let key = keys.iter().find(|key| key["kid"] == *kid);
    let key = key.and_then(|key| Jwk::parse(key).ok());
    key.is_some_and(|key| jose::verify(token, &key, typ, &[header.alg]).is_ok())
}

fn kid(token: &str) -> String {
    jose::peek(token).unwrap().0.kid.unwrap()
}

/// Someone with a passkey, signed in at one app of each algorithm.
struct Person {
    browser: Browser,
}

impl Person {
    async fn join(house: &House) -> Self {
        let mut browser = Browser::default();
        let mut passkey = Authenticator::new(1, ISSUER, false);
        let begun = browser.get(house, &authorize(&web_request())).await;
        let ix = begun.location().strip_prefix("/interaction/").unwrap();
        let options = passkeys::join_options(house, &mut browser, "quiet-heron", ix).await;
        let credential = passkey.create(&options["publicKey"], &Lies::default());
        let body = serde_json::json!({ "ceremony": options["ceremony"], "credential": credential });
        let joined = passkeys::page_post(house, &mut browser, "/passkey/join", &body).await;
        let next = joined.json()["next"].as_str().unwrap().to_owned();
        let page = browser.open(house, next.trim_start_matches(ISSUER)).await;
        browser.agree(house, page).await;
        for request in [other_request(), app_request()] {
            let page = browser.open(house, &authorize(&request)).await;
            browser.agree(house, page).await;
        }
        Self { browser }
    }

    /// A fresh ID Token of each app: RS256, ES256, EdDSA.
    async fn tokens(&mut self, house: &House) -> Vec<String> {
        let mut tokens = Vec::new();
        for mut request in [web_request(), other_request(), app_request()] {
            let (app, back) = (request[0].1, request[2].1);
            request.push(("prompt", "none"));
            let answer = self.browser.get(house, &authorize(&request)).await;
            let code = answer.query()["code"].clone();
            let mut form = vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", back),
                ("code_verifier", VERIFIER),
            ];
            let auth = basic("web", SECRET);
            let mut headers = Vec::new();
            match app {
                "web" => headers.push(("authorization", auth.as_str())),
                "other" => form.push(("client_secret", "other-secret-other")),
                _ => {}
            }
            if app != "web" {
                form.push(("client_id", app));
            }
            let answer = house.post("/token", &form, &headers).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            tokens.push(answer.json()["id_token"].as_str().unwrap().to_owned());
        }
        tokens
    }
}

fn other_request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", "other"),
        ("response_type", "code"),
        ("redirect_uri", "https://other.example/cb"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn stages(house: &House) -> Vec<(&'static str, &'static str)> {
    let keys = house.idp.keys().await.unwrap();
    let mut stages: Vec<_> = keys.iter().map(|key| (key.kind, key.state)).collect();
    stages.sort_unstable();
    stages
}

/// How many private halves are kept of keys that no longer sign.
async fn kept(house: &House) -> i64 {
    let mut conn = house.ground.db.read().await.unwrap();
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM idp_key \
         WHERE state NOT IN ('active', 'pending') AND private_sealed IS NOT NULL",
    );
    row.fetch_one(&mut *conn).await.unwrap().get("n")
}

#[tokio::test]
async fn no_token_ever_fails_at_an_app_that_keeps_the_set_as_long_as_it_may() {
    let house = House::without_demo().await;
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    let mut person = Person::join(&house).await;
    let mut copy = Copy::of("/jwks");
    let mut live: Vec<(Timestamp, String)> = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let began = house.now();
    let mut replaced = None;
    while replaced.is_none_or(|at: Timestamp| house.now() < at.plus_seconds(1500)) {
        joined.jobs.run_due(house.now()).await.unwrap();
        for token in person.tokens(&house).await {
            names.insert(kid(&token));
            live.push((house.now(), token));
        }
        live.retain(|(made, _)| house.now() < made.plus_seconds(TOKEN));
        let fresh = keys_of(&house.get("/jwks").await);
        for (made, token) in &live {
            let age = house.now().seconds() - made.seconds();
            assert!(
                verifies(copy.keys(&house).await, token, "JWT"),
                "{age} s old, by the copy"
            );
            assert!(
                verifies(&fresh, token, "JWT"),
                "{age} s old, by a fresh set"
            );
        }
        if names.len() == 6 && replaced.is_none() {
            replaced = Some(house.now());
        }
        let passed = house.now().seconds() - began.seconds();
        if passed == 149 {
            for kind in ["RS256", "ES256", "EdDSA"] {
                assert!(house.idp.rotate(kind, false).await.unwrap());
            }
        }
        // Slowly around each change, in one leap between them.
        house
            .clock
            .advance(if passed == 149 * 4 { DAY - 900 } else { 149 });
        assert!(passed < 2 * DAY, "the keys were replaced");
    }
    let since = replaced.unwrap().seconds() - began.seconds();
    assert!(since >= DAY, "shown for a day before it signs: {since}");
    assert_eq!(names.len(), 6);
    assert_eq!(kept(&house).await, 0, "private halves are wiped");
    let retired = stages(&house).await;
    assert_eq!(
        retired
            .iter()
            .filter(|(_, stage)| *stage == "retired")
            .count(),
        3
    );
    replaced_by_itself(&house, &joined).await;
}

/// After ninety days retired keys verify nothing, and the next replacement has begun.
async fn replaced_by_itself(house: &House, joined: &host::Joined) {
    house.clock.advance(91 * DAY);
    joined.jobs.run_due(house.now()).await.unwrap();
    let after = stages(house).await;
    for kind in ["RS256", "ES256", "EdDSA", "card"] {
        assert!(after.contains(&(kind, "active")), "{after:?}");
        assert!(after.contains(&(kind, "pending")), "{after:?}");
        assert!(!after.contains(&(kind, "retired")), "{after:?}");
    }
}

#[tokio::test]
async fn no_card_ever_fails_at_a_verifier_that_keeps_the_set_as_long_as_it_may() {
    let house = House::without_demo().await;
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    let path = "/.well-known/jwt-vc-issuer";
    let mut copy = Copy::of(path);
    let mut cards: Vec<String> = Vec::new();
    // Seconds to the next look: around the start, the change a day later, and to the cards' ends.
    let pauses = [
        1800,
        1801,
        DAY - 5400,
        1799,
        1799,
        3601,
        1799,
        1799,
        3 * DAY,
        4 * DAY,
    ];
    for (look, pause) in (0_u8..).zip(pauses) {
        joined.jobs.run_due(house.now()).await.unwrap();
        if look < 8 {
            let mut wallet = Wallet::new(look + 1);
            wallet.join(&house, &format!("wallet-{look}")).await;
            let received = wallet.receive(&house, 1).await;
            assert_eq!(received.status, StatusCode::OK, "{received:?}");
            let jwt = wallet.copies[0].card.split('~').next().unwrap();
            cards.push(jwt.to_owned());
        }
        let fresh = keys_of(&house.get(path).await);
        for (number, card) in cards.iter().enumerate() {
            assert!(
                verifies(copy.keys(&house).await, card, "dc+sd-jwt"),
                "card {number} at look {look}, by the copy"
            );
            assert!(
                verifies(&fresh, card, "dc+sd-jwt"),
                "card {number} at look {look}, by a fresh set"
            );
        }
        if look == 1 {
            assert!(house.idp.rotate("card", false).await.unwrap());
        }
        house.clock.advance(pause);
    }
    let names: BTreeSet<String> = cards.iter().map(|card| kid(card)).collect();
    assert_eq!(names.len(), 2, "the key was replaced on the way");
    assert_eq!(kept(&house).await, 0, "the private half is wiped");
    // Card keys sign no tokens: they are not in the set of tokens, nor the other way round.
    let tokens = keys_of(&house.get("/jwks").await);
    assert!(
        tokens
            .iter()
            .all(|key| !names.contains(key["kid"].as_str().unwrap()))
    );
}

#[tokio::test]
async fn a_key_replaced_at_once_signs_at_once_and_the_old_one_still_verifies() {
    let house = House::without_demo().await;
    let mut person = Person::join(&house).await;
    let before = person.tokens(&house).await;
    assert!(house.idp.rotate("RS256", true).await.unwrap());
    let after = person.tokens(&house).await;
    assert_ne!(kid(&before[0]), kid(&after[0]));
    assert_eq!(
        kid(&before[1]),
        kid(&after[1]),
        "another kind is left alone"
    );
    let fresh = keys_of(&house.get("/jwks").await);
    for token in [&before[0], &after[0]] {
        assert!(verifies(&fresh, token, "JWT"));
    }
    assert_eq!(kept(&house).await, 0);
    let found = house.idp.part().checks.len();
    assert!(found > 0);
}
