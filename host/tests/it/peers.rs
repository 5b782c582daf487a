//! Calls between modules: signed, answered for that very call, from those who may ask.

use crate::door::NOTES;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::Response,
    routing::{get, post},
};
use host::{AskError, Fault, Ground, Origin, Part, Routes, peers};
use host_testing::House;
use http::Request;
use kernel::{Problem, problem};
use serde_json::json;

async fn double(State(ground): State<Ground>, body: Bytes) -> Result<Response, Fault> {
    let now = ground.world.now();
    let heard = ground
        .peers
        .heard("payments", "POST /peer/double", &body, &["streaming"], now)
        .await?;
    let n = heard.body["n"]
        .as_i64()
        .ok_or_else(|| Problem::new(&problem::INVALID_FIELD).detail("n is a whole number"))?;
    Ok(ground
        .peers
        .answer(&heard, &json!({"n": n * 2, "from": heard.from}), now))
}

fn parts(ground: &Ground) -> Vec<Part> {
    let peer = Router::new()
        .route("/peer/double", post(double))
        .route("/peer/other", post(double))
        .with_state(ground.clone());
    let public = vec![(
        Origin::Id,
        Router::new().route("/hello", get(|| async { "here" })),
    )];
    let part = |name, peer, public| Part {
        name,
        routes: Routes { public, peer },
        migrations: &NOTES,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        checks: Vec::new(),
    };
    vec![
        part("payments", peer, Vec::new()),
        part("streaming", Router::new(), Vec::new()),
        part("idp", Router::new(), public),
    ]
}

#[tokio::test]
async fn a_module_is_asked_and_its_answer_believed() {
    let house = House::open(&[&NOTES], parts).await;
    let now = house.ground.world.now();
    let ask = |from, path, body| {
        let peers = house.ground.peers.clone();
        async move { peers.ask(from, "payments", path, &body, now).await }
    };
    let answer = ask("streaming", "/peer/double", json!({"n": 21}))
        .await
        .unwrap();
    assert_eq!(answer, json!({"n": 42, "from": "streaming"}));

    let refused = |answer: Result<_, AskError>| match answer {
        Err(AskError::Refused { slug, status, body }) => (slug, status, body["reason"].clone()),
        other => panic!("{other:?}"),
    };
    let answer = ask("streaming", "/peer/double", json!({"n": "x"})).await;
    assert_eq!(refused(answer).0, "invalid-field");
    let answer = ask("idp", "/peer/double", json!({"n": 1})).await;
    assert_eq!(
        refused(answer),
        ("forbidden".into(), 403, json!("access_denied"))
    );
    // The letter names another door than the one it came to.
    let answer = ask("streaming", "/peer/other", json!({"n": 1})).await;
    assert_eq!(
        refused(answer),
        ("forbidden".into(), 403, json!("invalid_request"))
    );
    let gone = house
        .ground
        .peers
        .ask("idp", "recovery", "/peer/x", &json!({}), now)
        .await;
    assert_eq!(gone, Err(AskError::Unreachable));
    house.leave().await;
}

#[tokio::test]
async fn a_letter_is_read_by_its_reader_only_and_not_later() {
    let house = House::open(&[&NOTES], parts).await;
    let peers = &house.ground.peers;
    let now = house.ground.world.now();
    let garbage: [&[u8]; 3] = [b"", b"\xff", b"a.b.c"];
    for body in garbage {
        let heard = peers
            .heard("payments", "POST /peer/double", body, &["streaming"], now)
            .await;
        assert!(heard.is_err());
    }
    house.leave().await;
}

#[tokio::test]
async fn keys_are_followed_through_a_rotation() {
    let house = House::open(&[&NOTES], parts).await;
    let ground = &house.ground;
    let ask = async || {
        let now = ground.world.now();
        ground
            .peers
            .ask(
                "streaming",
                "payments",
                "/peer/double",
                &json!({"n": 1}),
                now,
            )
            .await
    };
    ask().await.unwrap();
    let first = peers::rotate(&ground.secrets, "streaming", ground.world.now());
    ask().await.unwrap();
    assert_eq!(first, "streaming-evt-2026b");
    house.clock.advance(86_400);
    ask().await.unwrap();
    house.clock.advance(31 * 86_400);
    ask().await.unwrap();
    house.leave().await;
}

#[tokio::test]
async fn a_public_origin_of_this_process_is_reached_without_a_socket() {
    let house = House::open(&[&NOTES], parts).await;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = "/hello".parse().unwrap();
    let answer = house
        .ground
        .peers
        .origin(Origin::Id, request)
        .await
        .unwrap();
    assert_eq!(answer.body(), "here");
    let page = house.browser().get("http://localhost:8080/hello").await;
    assert_eq!(page.text(), "here");
    house.leave().await;
}
