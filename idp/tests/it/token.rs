//! What `/token` refuses: the code or token is left for its owner, unless it was shown twice.

use crate::house::{
    Browser, House, ISSUER, Prover, SECRET, VERIFIER, app_request, basic, lend, web_redeem,
    web_request,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use credential::jose;
use serde_json::{Value, json};

async fn unharmed(house: &House, before: &str, what: &str) {
    assert_eq!(house.digest().await, before, "{what}: a table changed");
}

#[tokio::test]
async fn in30_of_fifty_at_once_one_gets_tokens_and_the_grant_ends() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &web_request(), "listener")
        .await;
    let (form, auth) = (lend(&web_redeem(&code)), basic("web", SECRET));
    let headers = [("authorization", auth.as_str())];
    let all = (0..50).map(|_| house.post("/token", &form, &headers));
    let answers = futures_util::future::join_all(all).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((good.len(), bad.len()), (1, 49));
    assert!(
        bad.iter()
            .all(|answer| answer.json()["error"] == "invalid_grant")
    );
    let access = good[0].json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {access}");
    let me = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await;
    assert_eq!(
        me.status,
        StatusCode::UNAUTHORIZED,
        "what came of it is ended"
    );
}

/// Another value of one parameter, or none of it.
const WRONG: &[(&str, &str, Option<&str>)] = &[
    ("IN32", "redirect_uri", Some("https://app.example/cb/")),
    ("IN32", "redirect_uri", None),
    ("IN33", "code_verifier", None),
    (
        "IN33",
        "code_verifier",
        Some("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
    ),
    ("IN33", "code_verifier", Some("short")),
    (
        "IN35",
        "code",
        Some("urn:ietf:params:oauth:request_uri:AAAA"),
    ),
    (
        "IN35",
        "code",
        Some("rs_rt_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"),
    ),
    (
        "IN35",
        "code",
        Some("rs_ac_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"),
    ),
];

#[tokio::test]
async fn in31_to_in35_leave_the_code_to_its_owner() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &web_request(), "listener")
        .await;
    let (good, auth) = (lend(&web_redeem(&code)), basic("web", SECRET));
    let mut foreign = good.clone();
    foreign.extend([
        ("client_id", "other"),
        ("client_secret", "other-secret-other"),
    ]);
    let before = house.digest().await;
    let refused = house.post("/token", &foreign, &[]).await;
    assert_eq!(refused.json()["error"], "invalid_grant", "IN31");
    unharmed(&house, &before, "IN31").await;
    for (code, name, value) in WRONG {
        let mut form = good.clone();
        form.retain(|(known, _)| known != name);
        form.extend(value.map(|value| (*name, value)));
        let refused = house
            .post("/token", &form, &[("authorization", &auth)])
            .await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{code}: {refused:?}"
        );
        assert_eq!(refused.json()["error"], "invalid_grant", "{code}");
        unharmed(&house, &before, code).await;
    }
    house.clock.advance(59);
    let answer = house
        .post("/token", &good, &[("authorization", &auth)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn in34_a_code_is_over_after_a_minute() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &web_request(), "listener")
        .await;
    let auth = basic("web", SECRET);
    house.clock.advance(61);
    let form = lend(&web_redeem(&code));
    let before = house.digest().await;
    let refused = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    unharmed(&house, &before, "IN34 61 s old").await;
}

/// IN34: a clock that goes back five minutes makes no code live five minutes longer; when the clock is
/// right again, the code is still its owner's.
#[tokio::test]
async fn in34_a_clock_that_goes_back_lengthens_no_life() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &web_request(), "listener")
        .await;
    let auth = basic("web", SECRET);
    let form = lend(&web_redeem(&code));
    let before = house.digest().await;
    house.clock.advance(-300);
    let refused = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"], "invalid_grant");
    unharmed(&house, &before, "IN34 clock back").await;
    house.clock.advance(300);
    let answer = house
        .post("/token", &form, &[("authorization", &auth)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn in36_in37_an_app_proves_itself_by_its_one_method() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &web_request(), "listener")
        .await;
    let good = web_redeem(&code);
    let before = house.digest().await;
    for (what, header, extra) in [
        ("wrong", Some(basic("web", "wrong-wrong-wrong")), vec![]),
        ("empty", Some(basic("web", "")), vec![]),
        ("absent", None, vec![("client_id", "web")]),
        ("unknown app", Some(basic("nobody", SECRET)), vec![]),
        (
            "other method",
            None,
            vec![("client_id", "web"), ("client_secret", SECRET)],
        ),
        ("no base64", Some("Basic !!!".to_owned()), vec![]),
    ] {
        let mut form = lend(&good);
        form.extend(extra);
        let tried = header.is_some();
        let headers: Vec<(&str, &str)> = header
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        let refused = house.post("/token", &form, &headers).await;
        assert_eq!(
            refused.status,
            StatusCode::UNAUTHORIZED,
            "IN36 {what}: {refused:?}"
        );
        assert_eq!(refused.json()["error"], "invalid_client", "IN36 {what}");
        assert_eq!(
            refused.header("www-authenticate").starts_with("Basic"),
            tried,
            "IN36 {what}"
        );
    }
    let mut two = lend(&good);
    two.extend([("client_id", "web"), ("client_secret", SECRET)]);
    let auth = basic("web", SECRET);
    let refused = house
        .post("/token", &two, &[("authorization", &auth)])
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"], "invalid_request", "IN37");
    unharmed(&house, &before, "IN36, IN37").await;
    let answer = house
        .post("/token", &lend(&good), &[("authorization", &auth)])
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// The form with which the public app redeems a code.
fn app_redeem(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", VERIFIER),
    ]
}

#[tokio::test]
async fn in39_in40_a_proof_is_for_this_request_with_our_nonce() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &app_request(), "listener")
        .await;
    let form = app_redeem(&code);
    let before = house.digest().await;
    let mut prover = Prover::new(7);
    let none = prover.proof(&house, &Method::POST, "/token", None);
    let refused = house.post("/token", &form, &[("dpop", &none)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "IN40");
    assert_eq!(refused.json()["error"], "use_dpop_nonce", "IN40 no nonce");
    prover.nonce = Some(refused.header("dpop-nonce").to_owned());
    let wrong_method = prover.proof(&house, &Method::GET, "/token", None);
    let wrong_url = prover.proof(&house, &Method::POST, "/par", None);
    let fine = prover.proof(&house, &Method::POST, "/token", None);
    for (what, headers) in [
        ("htm", vec![("dpop", wrong_method.as_str())]),
        ("htu", vec![("dpop", wrong_url.as_str())]),
        (
            "two headers",
            vec![("dpop", fine.as_str()), ("dpop", fine.as_str())],
        ),
        ("no JWT", vec![("dpop", "x.y.z")]),
    ] {
        let refused = house.post("/token", &form, &headers).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "IN39 {what}");
        assert_eq!(
            refused.json()["error"],
            "invalid_dpop_proof",
            "IN39 {what}: {refused:?}"
        );
    }
    house.clock.advance(241);
    let old = prover.proof(&house, &Method::POST, "/token", None);
    let refused = house.post("/token", &form, &[("dpop", &old)]).await;
    assert_eq!(refused.json()["error"], "use_dpop_nonce", "IN40 old nonce");
    unharmed(&house, &before, "IN39, IN40").await;
}

#[tokio::test]
async fn in39_a_proof_made_by_hand_is_refused_for_each_fault() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &app_request(), "listener")
        .await;
    let form = app_redeem(&code);
    let mut prover = Prover::new(7);
    let refused = house
        .post(
            "/token",
            &form,
            &[("dpop", &prover.proof(&house, &Method::POST, "/token", None))],
        )
        .await;
    prover.nonce = Some(refused.header("dpop-nonce").to_owned());
    let before = house.digest().await;
    let header = json!({ "typ": "dpop+jwt", "jwk": prover.key.public().public_json() });
    let claims = json!({
        "jti": "made-by-hand", "htm": "POST", "htu": format!("{ISSUER}/token"),
        "iat": house.now().seconds(), "nonce": prover.nonce,
    });
    let made = |name: &str, value: Value| {
        let (mut header, mut claims) = (header.clone(), claims.clone());
        let place = if header.get(name).is_some() {
            &mut header
        } else {
            &mut claims
        };
        place[name] = value;
        jose::sign(&prover.key, &header, &claims)
    };
    let private = credential::json::parse(prover.key.private_json().expose().as_bytes()).unwrap();
    let private = made("jwk", private);
    let typ = made("typ", "JWT".into());
    let early = made("iat", (house.now().seconds() + 601).into());
    let late = made("iat", (house.now().seconds() - 601).into());
    let other_key = made("jwk", Prover::new(8).key.public().public_json());
    let no_jti = made("jti", Value::Null);
    for (what, proof) in [
        ("private jwk", private.as_str()),
        ("typ", typ.as_str()),
        ("iat ahead", early.as_str()),
        ("iat behind", late.as_str()),
        ("signed by another key", other_key.as_str()),
        ("no jti", no_jti.as_str()),
    ] {
        let refused = house.post("/token", &form, &[("dpop", proof)]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "IN39 {what}");
        let error = &refused.json()["error"];
        assert_eq!(error, "invalid_dpop_proof", "IN39 {what}: {refused:?}");
    }
    unharmed(&house, &before, "IN39 by hand").await;
    // What was made by hand is refused for its fault alone.
    let by_hand = made("jti", "made-by-hand-2".into());
    let absent = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", "rs_rt_x"),
    ];
    let good = house.post("/token", &absent, &[("dpop", &by_hand)]).await;
    assert_eq!(good.json()["error"], "invalid_grant", "{good:?}");
}

#[tokio::test]
async fn in39_a_proof_is_used_once() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &app_request(), "listener")
        .await;
    let mut prover = Prover::new(7);
    prover
        .post(&house, "/token", &refresh_form("rs_rt_x"))
        .await;
    let proof = prover.proof(&house, &Method::POST, "/token", None);
    let answer = house
        .post("/token", &app_redeem(&code), &[("dpop", &proof)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let refresh = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    let before = house.digest().await;
    let replay = house
        .post("/token", &refresh_form(&refresh), &[("dpop", &proof)])
        .await;
    assert_eq!(
        replay.json()["error"],
        "invalid_dpop_proof",
        "IN39 jti again"
    );
    unharmed(&house, &before, "IN39 jti again").await;
    let good = prover.post(&house, "/token", &refresh_form(&refresh)).await;
    assert_eq!(good.status, StatusCode::OK);
}

/// A public app that stays connected: its refresh token and the key it is bound to.
async fn connected(house: &House, prover: &mut Prover) -> String {
    let code = Browser::default()
        .code(house, &app_request(), "listener")
        .await;
    let answer = prover.post(house, "/token", &app_redeem(&code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

fn refresh_form(token: &str) -> [(&str, &str); 3] {
    [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", token),
    ]
}

#[tokio::test]
async fn in42_a_refresh_token_shown_late_again_ends_the_family() {
    let house = House::new().await;
    let mut prover = Prover::new(7);
    let first = connected(&house, &mut prover).await;
    let second = prover
        .post(&house, "/token", &refresh_form(&first))
        .await
        .json();
    let second = second["refresh_token"].as_str().unwrap().to_owned();
    house.clock.advance(31);
    let refused = prover.post(&house, "/token", &refresh_form(&first)).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let ended = prover.post(&house, "/token", &refresh_form(&second)).await;
    assert_eq!(
        ended.json()["error"],
        "invalid_grant",
        "the successor went with it"
    );
}

#[tokio::test]
async fn eight_refreshes_at_once_get_the_same_successor() {
    let house = House::new().await;
    let mut prover = Prover::new(7);
    let first = connected(&house, &mut prover).await;
    let proofs: Vec<String> = (0..8)
        .map(|_| prover.proof(&house, &Method::POST, "/token", None))
        .collect();
    let form = refresh_form(&first);
    let headers: Vec<[(&str, &str); 1]> = proofs.iter().map(|p| [("dpop", p.as_str())]).collect();
    let all = headers
        .iter()
        .map(|headers| house.post("/token", &form, headers));
    let answers = futures_util::future::join_all(all).await;
    let successor = answers[0].json()["refresh_token"].clone();
    assert!(
        successor.as_str().unwrap().starts_with("rs_rt_"),
        "{answers:?}"
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.json()["refresh_token"] == successor)
    );
}

#[tokio::test]
async fn in43_in44_a_current_refresh_token_is_its_apps_its_keys_and_for_no_more() {
    let house = House::new().await;
    let (mut prover, mut thief) = (Prover::new(7), Prover::new(8));
    let token = connected(&house, &mut prover).await;
    // The first answer of each key fetches its nonce.
    thief.post(&house, "/token", &refresh_form("rs_rt_x")).await;
    let before = house.digest().await;
    let stolen = thief.post(&house, "/token", &refresh_form(&token)).await;
    assert_eq!(stolen.json()["error"], "invalid_grant", "IN43 other key");
    let foreign = [
        ("grant_type", "refresh_token"),
        ("client_id", "other"),
        ("client_secret", "other-secret-other"),
        ("refresh_token", &token),
    ];
    let foreign = house.post("/token", &foreign, &[]).await;
    assert_eq!(foreign.json()["error"], "invalid_grant", "IN43 other app");
    for (name, value, error) in [
        ("scope", "openid resonate.play", "invalid_scope"),
        ("resource", "https://evil.example", "invalid_target"),
    ] {
        let mut form = refresh_form(&token).to_vec();
        form.push((name, value));
        let refused = prover.post(&house, "/token", &form).await;
        assert_eq!(refused.json()["error"], error, "IN44");
    }
    unharmed(&house, &before, "IN43, IN44").await;
    let mut form = refresh_form(&token).to_vec();
    form.push(("scope", "openid"));
    let less = prover.post(&house, "/token", &form).await;
    assert_eq!(less.json()["scope"], "openid");
}

#[tokio::test]
async fn in45_nothing_is_given_where_account_or_app_no_longer_hold() {
    let house = House::new().await;
    let mut prover = Prover::new(7);
    let token = connected(&house, &mut prover).await;
    house.idp.set_client_enabled("app", false).await.unwrap();
    let before = house.digest().await;
    let refused = prover.post(&house, "/token", &refresh_form(&token)).await;
    assert_eq!(
        refused.json()["error"],
        "invalid_client",
        "a disabled app cannot prove itself"
    );
    unharmed(&house, &before, "IN45 app").await;
    house.idp.set_client_enabled("app", true).await.unwrap();
    for (what, sql) in [
        (
            "locked",
            "UPDATE idp_account SET state = 'locked' WHERE handle = 'demo-listener'",
        ),
        (
            "closed",
            "UPDATE idp_account SET state = 'closed' WHERE handle = 'demo-listener'",
        ),
        (
            "epoch",
            "UPDATE idp_account SET state = 'active', epoch = 1 WHERE handle = 'demo-listener'",
        ),
    ] {
        house.execute(sql).await;
        let before = house.digest().await;
        let refused = prover.post(&house, "/token", &refresh_form(&token)).await;
        assert_eq!(refused.json()["error"], "invalid_grant", "IN45 {what}");
        unharmed(&house, &before, what).await;
    }
    house
        .execute("UPDATE idp_account SET epoch = 0 WHERE handle = 'demo-listener'")
        .await;
    let good = prover.post(&house, "/token", &refresh_form(&token)).await;
    assert_eq!(good.status, StatusCode::OK, "{good:?}");
    let token = good.json()["refresh_token"].as_str().unwrap().to_owned();
    house.execute("DELETE FROM idp_consent").await;
    let refused = prover.post(&house, "/token", &refresh_form(&token)).await;
    assert_eq!(refused.json()["error"], "invalid_grant", "IN45 consent");
}

#[tokio::test]
async fn in46_in47_grants_and_forms_that_do_not_exist_here() {
    let house = House::new().await;
    let auth = basic("web", SECRET);
    let headers = [("authorization", auth.as_str())];
    let before = house.digest().await;
    for grant in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let refused = house
            .post("/token", &[("grant_type", grant)], &headers)
            .await;
        assert_eq!(
            refused.json()["error"],
            "unsupported_grant_type",
            "IN46 {grant}"
        );
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("grant_type", "refresh_token"),
    ];
    let refused = house.post("/token", &form, &headers).await;
    assert_eq!(refused.json()["error"], "invalid_request", "IN47");
    let refused = house.post("/token", &[], &headers).await;
    assert_eq!(refused.json()["error"], "invalid_request");
    let json = Request::post("/token").header("content-type", "application/json");
    let answer = house.send(json.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "IN47");
    let big = "x".repeat(17 * 1024);
    let answer = house.post("/token", &[("code", &big)], &headers).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "IN47");
    let answer = house.get("/token").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "IN47");
    assert!(answer.header("allow").contains("POST"));
    unharmed(&house, &before, "IN46, IN47").await;
}
