//! Fifty at once: of what may be used once, exactly one use succeeds. `scripts/race [rounds]` runs
//! many rounds on each database; otherwise three are run.

use crate::{
    device::{allow, begin, signed_in, with_tv},
    house::{
        Answer, Browser, House, Prover, SECRET, VERIFIER, app_request, authorize, basic, lend,
        web_redeem, web_request,
    },
};
use axum::http::{Method, StatusCode};
use std::{future::Future, sync::Arc};

/// How many race.
const RUNNERS: usize = 50;
/// Rounds where nobody says otherwise.
const ROUNDS: usize = 3;

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no configuration of the platform"
)]
fn rounds() -> usize {
    let wished = std::env::var("RESONATE_RACE_ROUNDS");
    wished.map_or(ROUNDS, |text| text.parse().expect("a number of rounds"))
}

/// Lets fifty run at once, each as a task of its own.
async fn at_once<F>(run: impl Fn() -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let all: Vec<_> = (0..RUNNERS).map(|_| tokio::spawn(run())).collect();
    let mut answers = Vec::with_capacity(RUNNERS);
    for one in all {
        answers.push(one.await.unwrap());
    }
    answers
}

/// Exactly one answer is good; every other is `refused`.
fn one_wins(round: usize, answers: &[Answer], good: StatusCode, refused: &str) {
    let won = answers.iter().filter(|answer| answer.status == good);
    assert_eq!(won.count(), 1, "round {round}: {answers:?}");
    let lost = answers.iter().filter(|answer| answer.status != good);
    for answer in lost {
        assert!(answer.body.contains(refused), "round {round}: {answer:?}");
    }
}

/// Posts a form of its own, so that it can be sent from a task.
fn post(
    house: &Arc<House>,
    path: &'static str,
    form: &[(&str, &str)],
    headers: &[(&'static str, &str)],
) -> impl Future<Output = Answer> + Send + 'static {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let own = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        own.collect()
    };
    let (house, form, headers) = (house.clone(), own(form), own(headers));
    async move {
        let form: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let headers: Vec<_> = headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        house.post(path, &form, &headers).await
    }
}

/// A code for a browser that is signed in and has agreed.
async fn next_code(house: &House, browser: &mut Browser, query: &[(&str, &str)]) -> String {
    let answer = browser.get(house, &authorize(query)).await;
    let query = answer.query();
    query
        .get("code")
        .unwrap_or_else(|| panic!("a code: {answer:?}"))
        .clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_for_a_code() {
    let house = Arc::new(House::new().await);
    let mut browser = signed_in(&house).await;
    let auth = basic("web", SECRET);
    for round in 0..rounds() {
        house.clock.advance(2);
        let code = next_code(&house, &mut browser, &web_request()).await;
        let form = lend(&web_redeem(&code));
        let headers = [("authorization", auth.as_str())];
        let answers = at_once(|| post(&house, "/token", &form, &headers)).await;
        one_wins(round, &answers, StatusCode::OK, "\"invalid_grant\"");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_for_a_refresh_token() {
    let house = Arc::new(House::new().await);
    let mut browser = Browser::default();
    browser.code(&house, &app_request(), "listener").await;
    for round in 0..rounds() {
        house.clock.advance(2);
        let code = next_code(&house, &mut browser, &app_request()).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", &code),
            ("redirect_uri", "http://127.0.0.1:51004/cb"),
            ("code_verifier", VERIFIER),
        ];
        // Not bound to a key: there is no grace for a lost answer, so a second use is a copy.
        let tokens = house.post("/token", &form, &[]).await.json();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("refresh_token", refresh),
        ];
        let answers = at_once(|| post(&house, "/token", &form, &[])).await;
        one_wins(round, &answers, StatusCode::OK, "\"invalid_grant\"");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_for_a_pushed_request() {
    let house = Arc::new(House::new().await);
    let browser = signed_in(&house).await;
    let auth = basic("web", SECRET);
    let mut form = web_request();
    form.retain(|(name, _)| *name != "client_id");
    for round in 0..rounds() {
        house.clock.advance(2);
        let pushed = house.post("/par", &form, &[("authorization", &auth)]).await;
        let name = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let path = authorize(&[("client_id", "web"), ("request_uri", &name)]);
        let answers = at_once(|| {
            let (house, path, mut browser) = (house.clone(), path.clone(), browser.clone());
            async move { browser.get(&house, &path).await }
        })
        .await;
        one_wins(round, &answers, StatusCode::SEE_OTHER, "request-uri-dead");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_for_a_device_code() {
    let house = Arc::new(House::with(with_tv()).await);
    let mut browser = signed_in(&house).await;
    for round in 0..rounds() {
        house.clock.advance(2);
        let codes = begin(&house, "openid").await;
        allow(&house, &mut browser, &codes).await;
        let device_code = codes["device_code"].as_str().unwrap();
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", "tv"),
            ("device_code", device_code),
        ];
        let answers = at_once(|| post(&house, "/token", &form, &[])).await;
        one_wins(round, &answers, StatusCode::OK, "\"invalid_grant\"");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn race_for_a_proof_of_a_key() {
    let house = Arc::new(House::new().await);
    let code = Browser::default()
        .code(&house, &app_request(), "listener")
        .await;
    let mut prover = Prover::new(7);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = prover.post(&house, "/token", &form).await.json();
    let mut refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    for round in 0..rounds() {
        house.clock.advance(2);
        // Tokens live ten minutes, so that a long race needs new ones.
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("refresh_token", &refresh),
        ];
        let tokens = prover.post(&house, "/token", &form).await.json();
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        let proof = prover.proof(&house, &Method::POST, "/userinfo", Some(&access));
        let token = format!("DPoP {access}");
        let headers = [("authorization", token.as_str()), ("dpop", &proof)];
        let answers = at_once(|| post(&house, "/userinfo", &[], &headers)).await;
        one_wins(round, &answers, StatusCode::OK, "\"invalid_dpop_proof\"");
        refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    }
}
