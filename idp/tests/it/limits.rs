//! How often is enough: 429 and 503 with the time to wait, and nobody is locked out by another.

use crate::{
    authenticator::{Authenticator, Lies},
    house::{Answer, Browser, House, ISSUER, SECRET, basic, encoded},
    passkeys::{begin, join, login, login_options},
    wallet::solve,
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

const HERE: &str = "192.0.2.7";
const SAME_PREFIX: &str = "192.0.2.200";
const ELSEWHERE: &str = "198.51.100.7";

/// A form sent from an address.
async fn form_from(house: &House, from: &str, app: Option<&str>, form: &[(&str, &str)]) -> Answer {
    let kind = "application/x-www-form-urlencoded";
    let mut request = Request::post("/token").header(header::CONTENT_TYPE, kind);
    if let Some(app) = app {
        request = request.header(header::AUTHORIZATION, app);
    }
    let mut request = request.body(Body::from(encoded(form))).unwrap();
    let source = house.ground.meter.source(from.parse().unwrap());
    request.extensions_mut().insert(source);
    house.send(request).await
}

/// A code that was never given out.
const STALE: [(&str, &str); 4] = [
    ("grant_type", "authorization_code"),
    ("code", "rs_ac_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("redirect_uri", "https://app.example/cb"),
    ("code_verifier", crate::house::VERIFIER),
];

fn wait(answer: &Answer) -> i64 {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert_eq!(answer.json()["error_uri"], "/problems/too-many");
    answer.header("retry-after").parse().unwrap()
}

fn is_read(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(answer.json()["error"], "invalid_grant");
}

/// Calls of an app that proves itself are counted wherever they come from, and no other app's.
#[tokio::test]
async fn token_calls_are_limited_for_each_app() {
    let house = House::with_limit(6).await;
    let (web, plain) = (basic("web", SECRET), basic("plain", SECRET));
    for from in [HERE, HERE, ELSEWHERE, ELSEWHERE, HERE, SAME_PREFIX] {
        is_read(&form_from(&house, from, Some(&web), &STALE).await);
    }
    let before = house.digest().await;
    let seconds = wait(&form_from(&house, ELSEWHERE, Some(&web), &STALE).await);
    assert!((1..=11).contains(&seconds), "{seconds}");
    assert_eq!(house.digest().await, before);
    is_read(&form_from(&house, HERE, Some(&plain), &STALE).await);
    house.clock.advance(seconds);
    is_read(&form_from(&house, HERE, Some(&web), &STALE).await);
}

/// Anyone can send the id of a public app: a flood from one place leaves the app to all others.
#[tokio::test]
async fn a_flood_in_a_public_apps_name_closes_its_own_place_only() {
    let house = House::with_limit(6).await;
    let mut form = STALE.to_vec();
    form.push(("client_id", "app"));
    for _ in 0..6 {
        is_read(&form_from(&house, HERE, None, &form).await);
    }
    wait(&form_from(&house, SAME_PREFIX, None, &form).await);
    is_read(&form_from(&house, ELSEWHERE, None, &form).await);
}

/// Sixty wrong secrets a minute from one place; then not even the right one is looked at from there,
/// so that guessing is slowed. The app itself, elsewhere, is not touched.
#[tokio::test]
async fn wrong_secrets_are_limited_where_they_come_from() {
    let house = House::new().await;
    let (right, wrong) = (basic("web", SECRET), basic("web", "a guess"));
    for _ in 0..60 {
        let answer = form_from(&house, HERE, Some(&wrong), &STALE).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    }
    wait(&form_from(&house, HERE, Some(&wrong), &STALE).await);
    let seconds = wait(&form_from(&house, SAME_PREFIX, Some(&right), &STALE).await);
    for (from, app) in [(ELSEWHERE, "web"), (HERE, "plain")] {
        is_read(&form_from(&house, from, Some(&basic(app, SECRET)), &STALE).await);
    }
    house.clock.advance(seconds);
    is_read(&form_from(&house, HERE, Some(&right), &STALE).await);
}

/// A request of our own page, from an address.
async fn page_from(house: &House, from: &str, path: &str, body: Option<&Value>) -> Answer {
    let mut request = match body {
        Some(_) => Request::post(path).header(header::CONTENT_TYPE, "application/json"),
        None => Request::get(path),
    };
    request = request.header("origin", ISSUER);
    request = request.header("sec-fetch-site", "same-origin");
    let text = body.map(Value::to_string).unwrap_or_default();
    let mut request = request.body(Body::from(text)).unwrap();
    let source = house.ground.meter.source(from.parse().unwrap());
    request.extensions_mut().insert(source);
    house.send(request).await
}

async fn bits(house: &House, from: &str) -> (String, u64) {
    let given = page_from(house, from, "/join/challenge", None).await.json();
    let challenge = given["challenge"].as_str().unwrap().to_owned();
    (challenge, given["bits"].as_u64().unwrap())
}

/// Joins with work done on `challenge`; the answer of the step that ended it.
async fn join_from(house: &House, from: &str, n: u8, (challenge, bits): &(String, u64)) -> Answer {
    let admission = format!("pow:{challenge}:{}", solve(challenge, *bits));
    let wish = json!({ "handle": format!("joiner-{n}-oak"), "admission": admission });
    let options = page_from(house, from, "/passkey/join/options", Some(&wish)).await;
    if options.status != StatusCode::OK {
        return options;
    }
    let options = options.json();
    let mut passkey = Authenticator::new(n + 1, ISSUER, false);
    let credential = passkey.create(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    page_from(house, from, "/passkey/join", Some(&body)).await
}

/// Five joins an hour from one place cost 18 bits each, each further one two more; work that was
/// asked for while joining was cheap is not taken, and nothing rises for other places.
#[tokio::test]
async fn joining_costs_more_from_a_place_that_joins_much() {
    let house = House::without_demo().await;
    let kept = bits(&house, SAME_PREFIX).await;
    for n in 0..5 {
        let asked = bits(&house, HERE).await;
        assert_eq!(asked.1, 18, "join {n}");
        let joined = join_from(&house, HERE, n, &asked).await;
        assert_eq!(joined.status, StatusCode::OK, "{joined:?}");
    }
    let before = house.digest().await;
    let refused = join_from(&house, SAME_PREFIX, 6, &kept).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
    assert_eq!(refused.json()["bits"], 20);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(house.digest().await, before);
    let asked = bits(&house, HERE).await;
    assert_eq!(asked.1, 20);
    let joined = join_from(&house, HERE, 7, &asked).await;
    assert_eq!(joined.status, StatusCode::OK, "{joined:?}");
    assert_eq!(bits(&house, SAME_PREFIX).await.1, 22);
    assert_eq!(bits(&house, ELSEWHERE).await.1, 18, "another place");
    house.clock.advance(3_601);
    assert_eq!(bits(&house, HERE).await.1, 18, "an hour later");
}

/// While as many costly requests run and wait as may, the next is told to come again, at once and
/// without a trace; then it goes through.
#[tokio::test]
async fn costly_work_beyond_the_queue_is_told_to_come_again() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let mut passkey = Authenticator::new(9, ISSUER, false);
    join(&house, &mut browser, "busy-cedar", &mut passkey, "").await;
    let mut browser = Browser::default();
    let ix = begin(&house, &mut browser).await;
    let ceremony = login_options(&house, &mut browser, &ix).await;
    let credential = passkey.get(&ceremony["publicKey"], &Lies::default());
    let heavy = &house.ground.heavy;
    let cores = std::thread::available_parallelism().unwrap().get();
    let mut inside = Vec::new();
    for _ in 0..cores {
        inside.push(heavy.enter().await.unwrap());
    }
    let wait = |heavy: host::Heavy| async move { heavy.enter().await.map(drop) };
    let queue: Vec<_> = (0..2 * cores)
        .map(|_| tokio::spawn(wait(heavy.clone())))
        .collect();
    while heavy.waiting() < 2 * cores {
        tokio::task::yield_now().await;
    }
    let before = house.digest().await;
    let ceremony = &ceremony["ceremony"];
    let refused = login(&house, &mut browser, &ix, ceremony, &credential).await;
    let shown = house.post("/vp/s", &[("state", "x")], &[]).await;
    for answer in [refused, shown] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.json()["type"], "/problems/busy");
    }
    assert_eq!(house.digest().await, before);
    drop(inside);
    for waited in queue {
        waited.await.unwrap().unwrap();
    }
    let done = login(&house, &mut browser, &ix, ceremony, &credential).await;
    assert_eq!(done.status, StatusCode::OK, "nothing was burnt: {done:?}");
}
