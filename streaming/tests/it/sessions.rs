//! Who may play: sessions by login and by card, apps' tokens, proofs.

use crate::room::{LISTEN, Room, refused, track};
use axum::body::Body;
use credential::{dcql, jose::SigningKey, kb};
use http::{Method, Request};
use serde_json::json;

#[tokio::test]
async fn a_card_opens_a_session_once() {
    let mut room = Room::open().await;
    let shown = room.present("sub-of-eve", &["listener"], &room.nonce());
    let body = json!({ "presentation": shown });
    assert_eq!(room.post("/play/session", &body).await.status, 201);
    let other = SigningKey::ed25519_from_seed(&[3; 32]);
    for key in [room.key.clone(), other] {
        let page = room
            .ask(&key, Method::POST, "/play/session", Some(&body), None)
            .await;
        assert_eq!(refused(&page), (401, "presentation-spent"), "ST28");
    }
    room.leave().await;
}

#[tokio::test]
async fn a_card_is_shown_for_this_address_and_moment() {
    let mut room = Room::open().await;
    let nonce = room.nonce();
    let stripped = {
        let whole = room.present("sub-of-eve", &["listener"], &nonce);
        format!("{}~", whole.rsplit_once('~').unwrap().0)
    };
    let elsewhere = {
        let world = &room.house.ground.world;
        let copy = SigningKey::generate_es256(world.entropy());
        let card = room.idp.card("x", &copy, world.now().plus_seconds(86_400));
        let aud = format!("redirect_uri:{LISTEN}/other");
        let params = kb::KbParams {
            aud: &aud,
            nonce: &nonce,
            iat: world.now(),
            transaction_data: &[],
        };
        kb::present(&card, &[dcql::Path::name("listener")], &copy, &params).unwrap()
    };
    let rows = [
        (
            "foreign nonce",
            room.present("x", &["listener"], "foreign"),
            401,
            "presentation-refused",
        ),
        ("no key binding", stripped, 401, "presentation-refused"),
        ("another address", elsewhere, 401, "presentation-refused"),
        (
            "no listener",
            room.present("x", &["handle"], &nonce),
            400,
            "malformed-request",
        ),
        ("no card", "x".to_owned(), 401, "presentation-refused"),
    ];
    for (what, shown, status, want) in rows {
        let page = room
            .post("/play/session", &json!({ "presentation": shown }))
            .await;
        assert_eq!(refused(&page), (status, want), "ST28 {what}");
    }
    // The body is bound to the proof.
    let (key, body) = (
        room.key.clone(),
        json!({ "presentation": "other" }).to_string(),
    );
    let proof = room.proof(&key, "POST", "/play/session", Some("{}"), None);
    let page = room
        .send(Method::POST, "/play/session", Some(body), &proof, None)
        .await;
    assert_eq!(refused(&page), (401, "invalid_dpop_proof"), "ST28");
    room.leave().await;
}

#[tokio::test]
async fn a_session_ends_with_its_card_or_when_told() {
    let mut room = Room::open().await;
    let ids = json!({ "ids": [] });
    assert_eq!(room.post("/tracks/prices", &ids).await.status, 200);
    let key = room.key.clone();
    let page = room
        .ask(&key, Method::DELETE, "/play/session", None, None)
        .await;
    assert_eq!(page.status, 204);
    let page = room.post("/tracks/prices", &ids).await;
    assert_eq!(refused(&page), (401, "session-needed"), "ST26");
    assert!(
        page.headers["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("DPoP"),
        "ST26"
    );
    room.open_session("sub-of-ada").await;
    room.advance(5 * 86_400);
    let page = room.post("/tracks/prices", &ids).await;
    assert_eq!(refused(&page), (401, "session-needed"), "ST26: card ended");
    room.leave().await;
}

#[tokio::test]
async fn proofs_are_for_one_request_by_the_right_key() {
    let mut room = Room::open().await;
    let (key, path) = (room.key.clone(), "/tracks/prices");
    let body = json!({ "ids": [] }).to_string();
    let proof = room.proof(&key, "POST", path, None, None);
    let page = room
        .send(Method::POST, path, Some(body.clone()), &proof, None)
        .await;
    assert_eq!(page.status, 200);
    let rows = [
        ("replayed jti", proof, "invalid_dpop_proof"),
        (
            "wrong htu",
            room.proof(&key, "POST", "/play/start", None, None),
            "invalid_dpop_proof",
        ),
        (
            "wrong htm",
            room.proof(&key, "GET", path, None, None),
            "invalid_dpop_proof",
        ),
        ("no proof", "x".to_owned(), "invalid_dpop_proof"),
    ];
    for (what, proof, want) in rows {
        let page = room
            .send(Method::POST, path, Some(body.clone()), &proof, None)
            .await;
        assert_eq!(refused(&page), (401, want), "ST27 {what}");
    }
    let stranger = SigningKey::ed25519_from_seed(&[8; 32]);
    let proof = room.proof(&stranger, "POST", path, None, None);
    let page = room
        .send(Method::POST, path, Some(body.clone()), &proof, None)
        .await;
    assert_eq!(refused(&page), (401, "session-needed"), "ST27");
    room.advance(300);
    let proof = room.proof(&key, "POST", path, None, None);
    let page = room
        .send(Method::POST, path, Some(body), &proof, None)
        .await;
    assert_eq!(refused(&page), (401, "use_dpop_nonce"), "ST27");
    assert!(page.headers.contains_key("dpop-nonce"), "ST27");
    room.leave().await;
}

#[tokio::test]
async fn an_app_plays_with_its_token() {
    let mut room = Room::open().await;
    let app = SigningKey::generate_es256(room.house.ground.world.entropy());
    let jkt = app.thumbprint();
    let token = room.idp.access_token("sub-of-ada", &jkt, &[]);
    let play = room.draw();
    let mut body = room.start_body(play, track(1));
    body["intent"] = room.intent(&app, play, &[]).into();
    let page = room
        .ask(&app, Method::POST, "/play/start", Some(&body), Some(&token))
        .await;
    assert_eq!(page.status, 201, "{}", page.text());
    // The same person as by card: the repeat by the session's key answers from the row.
    assert_eq!(room.post("/play/start", &body).await.status, 200);
    room.leave().await;
}

#[tokio::test]
async fn an_apps_token_is_for_us_and_for_its_key() {
    let mut room = Room::open().await;
    let app = SigningKey::generate_es256(room.house.ground.world.entropy());
    let jkt = app.thumbprint();
    let token = room.idp.access_token("sub-of-ada", &jkt, &[]);
    let now = room.house.ground.world.now().seconds();
    let bad = [
        ("expired", vec![("exp", json!(now))]),
        (
            "other aud",
            vec![("aud", json!("http://coop.localhost:8080"))],
        ),
        ("other scope", vec![("scope", json!("openid"))]),
        (
            "other issuer",
            vec![("iss", json!("http://evil.localhost:8080"))],
        ),
        ("other key", vec![("cnf", json!({ "jkt": "x" }))]),
        ("no key", vec![("cnf", json!(null))]),
    ];
    let ids = json!({ "ids": [] });
    for (what, change) in bad {
        let token = room.idp.access_token("sub-of-ada", &jkt, &change);
        let page = room
            .ask(
                &app,
                Method::POST,
                "/tracks/prices",
                Some(&ids),
                Some(&token),
            )
            .await;
        assert_eq!(refused(&page), (401, "invalid_token"), "ST26 {what}");
    }
    let proof = room.proof(&app, "POST", "/tracks/prices", None, Some(&token));
    let request = Request::post(format!("{LISTEN}/tracks/prices"))
        .header("authorization", format!("Bearer {token}"))
        .header("dpop", proof)
        .header("content-type", "application/json")
        .body(Body::from(ids.to_string()))
        .unwrap();
    let page = room.http.send(request).await;
    assert_eq!(refused(&page), (401, "invalid_token"), "ST26 Bearer");
    let unbound = room.proof(&app, "POST", "/tracks/prices", None, None);
    let page = room
        .send(
            Method::POST,
            "/tracks/prices",
            Some(ids.to_string()),
            &unbound,
            Some(&token),
        )
        .await;
    assert_eq!(refused(&page), (401, "invalid_dpop_proof"), "ST26 no ath");
    room.leave().await;
}

#[tokio::test]
async fn a_login_opens_a_session_for_its_own_pages() {
    let mut room = Room::open().await;
    let key = SigningKey::generate_es256(room.house.ground.world.entropy());
    let open = json!({});
    let page = room
        .ask(&key, Method::POST, "/play/session", Some(&open), None)
        .await;
    assert_eq!(refused(&page), (401, "session-needed"), "ST26: no login");
    sign_in(&mut room).await;
    // The cookie alone is nobody.
    let request = Request::post(format!("{LISTEN}/tracks/prices"))
        .header("content-type", "application/json")
        .body(Body::from(json!({ "ids": [] }).to_string()))
        .unwrap();
    let page = room.http.send(request).await;
    assert_eq!(page.status, 401, "ST26: cookie alone");
    // Another site cannot use it.
    let proof = room.proof(&key, "POST", "/play/session", Some("{}"), None);
    let request = Request::post(format!("{LISTEN}/play/session"))
        .header("content-type", "application/json")
        .header("dpop", proof)
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("{}"))
        .unwrap();
    let page = room.http.send(request).await;
    assert_eq!(refused(&page), (403, "cross-site"), "ST26");
    let page = room
        .ask(&key, Method::POST, "/play/session", Some(&open), None)
        .await;
    assert_eq!(page.status, 201, "{}", page.text());
    let until = page.json()["until"].as_i64().unwrap();
    assert!(until <= room.house.ground.world.now().seconds() + 10 * 86_400);
    // It is the listener whom the card names too: both share their tallies.
    room.play_through(1).await;
    let ids = json!({ "ids": [track(1)] });
    let page = room
        .ask(&key, Method::POST, "/tracks/prices", Some(&ids), None)
        .await;
    assert_eq!(page.json()["tracks"][0]["n"], 2, "{}", page.text());
    let text = room
        .http
        .get(&format!("{LISTEN}/tracks/{}", track(1)))
        .await
        .text();
    assert!(
        text.contains("data-signed-in=\"true\"") && text.contains("play 2 of 9: 0.004 credits")
    );
    let text = room.http.get(&format!("{LISTEN}/library")).await.text();
    assert!(text.contains("Señal 1"));
    room.leave().await;
}

/// Signs in at the provider, whose code is the state.
async fn sign_in(room: &mut Room) {
    let page = room
        .http
        .get(&format!("{LISTEN}/login?return=%2Flibrary"))
        .await;
    let to = page.location().unwrap().to_owned();
    assert!(
        to.starts_with("http://localhost:8080/authorize?client_id=listen&request_uri="),
        "{to}"
    );
    let state = to.rsplit("%3A").next().unwrap().to_owned();
    let back = format!("{LISTEN}/cb?code={state}&state={state}&iss=http%3A%2F%2Flocalhost%3A8080");
    let page = room.http.get(&back).await;
    assert_eq!(page.location(), Some("/library"), "{}", page.text());
}
