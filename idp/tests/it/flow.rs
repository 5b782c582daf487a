//! The flows that work, from the first redirect to the last token.

use crate::house::{
    Browser, House, ISSUER, Prover, SECRET, app_request, authorize, basic, lend, web_redeem,
    web_request,
};
use axum::http::{Method, StatusCode};
use credential::jose::{self, Alg, Jwk};
use serde_json::{Map, Value};

/// Verifies an ID Token by the published keys, as an app does.
pub async fn verified(house: &House, token: &str, alg: Alg) -> Map<String, Value> {
    let keys = house.get("/jwks").await.json();
    let (header, _) = jose::peek(token).unwrap();
    let kid = header.kid.unwrap();
    let jwk = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|k| k["kid"] == kid.as_str());
    jose::verify(token, &Jwk::parse(jwk.unwrap()).unwrap(), "JWT", &[alg]).unwrap()
}

#[tokio::test]
async fn a_confidential_app_signs_someone_in() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let code = browser.code(&house, &web_request(), "listener").await;
    let auth = basic("web", SECRET);
    let answer = house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], "openid profile");
    assert!(
        tokens.get("refresh_token").is_none(),
        "offline_access was not asked for"
    );
    let access = tokens["access_token"].as_str().unwrap();
    let claims = verified(&house, tokens["id_token"].as_str().unwrap(), Alg::Rs256).await;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "web");
    assert_eq!(claims["nonce"], "n");
    assert_eq!(claims["acr"], "phr");
    assert_eq!(claims["at_hash"], jose::at_hash(Alg::Rs256, access));
    assert!(claims.get("auth_time").is_none(), "nobody asked when");
    assert!(claims.values().all(|value| !value.is_null()));

    let bearer = format!("Bearer {access}");
    let me = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await
        .json();
    assert_eq!(me["sub"], claims["sub"]);
    assert_eq!(
        me["nickname"], "Heron",
        "the name chosen at consent, never the handle"
    );
    assert_eq!(claims["sub"].as_str().unwrap().len(), 43);

    // The second time nothing is asked.
    let again = browser.get(&house, &authorize(&web_request())).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(again.query().contains_key("code"), "{again:?}");
}

#[tokio::test]
async fn a_public_app_stays_connected_by_its_key() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let code = browser.code(&house, &app_request(), "listener").await;
    let mut prover = Prover::new(7);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", crate::house::VERIFIER),
    ];
    let first = prover.post(&house, "/token", &form).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let first = first.json();
    assert_eq!(first["token_type"], "DPoP");
    let sub =
        verified(&house, first["id_token"].as_str().unwrap(), Alg::EdDsa).await["sub"].clone();

    let refresh = first["refresh_token"].as_str().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", refresh),
    ];
    let second = prover.post(&house, "/token", &form).await;
    assert_eq!(second.status, StatusCode::OK, "{second:?}");
    let second = second.json();
    assert_ne!(second["refresh_token"], first["refresh_token"], "rotated");
    let claims = verified(&house, second["id_token"].as_str().unwrap(), Alg::EdDsa).await;
    assert_eq!(claims["sub"], sub);
    assert!(claims.get("nonce").is_none());

    // A lost answer may be repeated by the same key: the same successor.
    house.clock.advance(29);
    let repeated = prover.post(&house, "/token", &form).await.json();
    assert_eq!(repeated["refresh_token"], second["refresh_token"]);
    assert_ne!(repeated["access_token"], second["access_token"]);

    let access = repeated["access_token"].as_str().unwrap();
    let proof = prover.proof(&house, &Method::POST, "/userinfo", Some(access));
    let token = format!("DPoP {access}");
    let me = house
        .post(
            "/userinfo",
            &[],
            &[("authorization", &token), ("dpop", &proof)],
        )
        .await;
    assert_eq!(me.status, StatusCode::OK, "{me:?}");
    assert_eq!(me.json()["sub"], sub);
}

#[tokio::test]
async fn an_app_gets_a_signed_token_for_the_listening_module() {
    let house = House::new().await;
    let listen = house.ground.origins.listen.clone();
    let mut request = app_request();
    request.retain(|(name, _)| *name != "scope");
    let resource: &'static str = listen.clone().leak();
    request.extend([("scope", "openid resonate.play"), ("resource", resource)]);
    let mut browser = Browser::default();
    let code = browser.code(&house, &request, "listener").await;
    let mut prover = Prover::new(7);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", crate::house::VERIFIER),
    ];
    let tokens = prover.post(&house, "/token", &form).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let keys = house.get("/jwks").await.json();
    let (header, _) = jose::peek(access).unwrap();
    let kid = header.kid.unwrap();
    let jwk = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|k| k["kid"] == kid.as_str())
        .unwrap();
    let claims = jose::verify(access, &Jwk::parse(jwk).unwrap(), "at+jwt", &[Alg::EdDsa]).unwrap();
    assert_eq!(claims["aud"], listen.as_str());
    assert_eq!(claims["cnf"]["jkt"], prover.jkt());
    assert_eq!(claims["scope"], "openid resonate.play");
    let id_token = verified(&house, tokens["id_token"].as_str().unwrap(), Alg::EdDsa).await;
    assert_ne!(
        claims["sub"], id_token["sub"],
        "a subject for that origin, another for the app"
    );
    // It opens nothing here.
    let proof = prover.proof(&house, &Method::POST, "/userinfo", Some(access));
    let token = format!("DPoP {access}");
    let me = house
        .post(
            "/userinfo",
            &[],
            &[("authorization", &token), ("dpop", &proof)],
        )
        .await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_pushed_request_survives_loads_and_ends_with_its_decision() {
    let house = House::new().await;
    let auth = basic("web", SECRET);
    let mut form = web_request();
    form.retain(|(name, _)| *name != "client_id");
    let pushed = house.post("/par", &form, &[("authorization", &auth)]).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
    let body = pushed.json();
    assert_eq!(body["expires_in"], 90);
    let name: &'static str = body["request_uri"].as_str().unwrap().to_owned().leak();
    let query = [("client_id", "web"), ("request_uri", name)];
    // A prefetch, a reload: neither burns it.
    for _ in 0..2 {
        assert_eq!(
            Browser::default()
                .open(&house, &authorize(&query))
                .await
                .status,
            StatusCode::OK
        );
    }
    let mut browser = Browser::default();
    browser.code(&house, &query, "listener").await;
    let dead = browser.get(&house, &authorize(&query)).await;
    assert_eq!(dead.status, StatusCode::BAD_REQUEST);
    assert!(dead.body.contains("request-uri-dead"));
}

#[tokio::test]
async fn a_request_sent_by_post_is_taken_up_by_a_get() {
    let house = House::new().await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    // As a suite sends it: from elsewhere, without cookies.
    let stashed = house
        .post(
            "/authorize",
            &web_request(),
            &[("sec-fetch-site", "cross-site")],
        )
        .await;
    assert_eq!(stashed.status, StatusCode::SEE_OTHER);
    assert!(
        stashed
            .location()
            .starts_with("/authorize?client_id=web&request_uri=urn%3Aresonate%3A")
    );
    let next = stashed.location().to_owned();
    let answer = browser.get(&house, &next).await;
    assert!(answer.query().contains_key("code"), "{answer:?}");
}

#[tokio::test]
async fn in15_an_answer_by_form_is_inert_and_byte_equal() {
    let house = House::new().await;
    let mut request = web_request();
    request.retain(|(name, _)| *name != "state");
    request.extend([
        ("state", "\"><script>alert(1)</script>"),
        ("response_mode", "form_post"),
    ]);
    let mut browser = Browser::default();
    let page = browser.sign_in(&house, &request, "listener").await;
    let (path, token) = (crate::house::consent_path(&page), page.field("form_token"));
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    let answer = browser.post(&house, &path, &form).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(answer.body.contains("action=\"https://app.example/cb\""));
    assert!(answer.body.contains("<button"));
    let csp = answer.header("content-security-policy");
    assert!(
        csp.contains("form-action 'self' https://app.example;"),
        "{csp}"
    );
    assert!(answer.field("code").starts_with("rs_ac_"));
}

#[tokio::test]
async fn a_proof_that_is_too_weak_or_too_old_is_asked_for_again() {
    let house = House::new().await;
    let mut browser = Browser::default();
    browser.code(&house, &web_request(), "listener").await;
    for (name, value, asked) in [
        ("max_age", "0", true),
        ("max_age", "60", false),
        ("prompt", "login", true),
        ("prompt", "select_account", true),
        ("acr_values", "phr", false),
        ("acr_values", "urn:resonate:acr:member", false),
        ("prompt", "consent", true),
    ] {
        let mut request = web_request();
        request.push((name, value));
        let answer = browser.get(&house, &authorize(&request)).await;
        let begun = answer.location().starts_with("/interaction/");
        assert_eq!(begun, asked, "{name}={value}: {answer:?}");
    }
    house.clock.advance(61);
    let mut request = web_request();
    request.push(("max_age", "60"));
    let answer = browser.get(&house, &authorize(&request)).await;
    assert!(answer.location().starts_with("/interaction/"));
    // Asked for, it is said when.
    let code = browser.code(&house, &request, "listener").await;
    let auth = basic("web", SECRET);
    let tokens = house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await;
    let tokens = tokens.json();
    let claims = verified(&house, tokens["id_token"].as_str().unwrap(), Alg::Rs256).await;
    assert_eq!(claims["auth_time"], house.now().seconds());
}

#[tokio::test]
async fn no_is_told_to_the_app_and_grants_nothing() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let page = browser.sign_in(&house, &web_request(), "listener").await;
    let (path, token) = (crate::house::consent_path(&page), page.field("form_token"));
    let form = [("form_token", token.as_str()), ("decision", "deny")];
    let answer = browser.post(&house, &path, &form).await;
    let query = answer.query();
    assert_eq!(query["error"], "access_denied");
    assert_eq!(
        (query["state"].as_str(), query["iss"].as_str()),
        ("s", ISSUER)
    );
    // Back, and once more: the sign-in is over.
    let again = browser.post(&house, &path, &form).await;
    assert!(again.location().starts_with("/interaction/"));
    let over = browser.open(&house, again.location()).await;
    assert_eq!(over.status, StatusCode::GONE);

    let page = Browser::default()
        .open(&house, &authorize(&web_request()))
        .await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn two_apps_know_one_person_by_two_names() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let code = browser.code(&house, &web_request(), "listener").await;
    let auth = basic("web", SECRET);
    let tokens = house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await;
    let tokens = tokens.json();
    let one = verified(&house, tokens["id_token"].as_str().unwrap(), Alg::Rs256).await;
    let request = [
        ("client_id", "other"),
        ("response_type", "code"),
        ("redirect_uri", "https://other.example/cb"),
        ("scope", "openid"),
        ("code_challenge", crate::house::CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let page = browser.open(&house, &authorize(&request)).await;
    let code = browser.agree(&house, page).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "other"),
        ("client_secret", "other-secret-other"),
        ("code", code.as_str()),
        ("redirect_uri", "https://other.example/cb"),
        ("code_verifier", crate::house::VERIFIER),
    ];
    let tokens = house.post("/token", &form, &[]).await.json();
    let two = verified(&house, tokens["id_token"].as_str().unwrap(), Alg::Es256).await;
    assert_ne!(one["sub"], two["sub"]);
    assert_ne!(one["sid"], two["sid"]);
}

#[tokio::test]
async fn a_rotated_key_fails_nobody() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let code = browser.code(&house, &web_request(), "listener").await;
    let auth = basic("web", SECRET);
    let tokens = house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await;
    let before = tokens.json()["id_token"].as_str().unwrap().to_owned();
    assert!(house.idp.rotate("RS256", false).await.unwrap());
    assert!(!house.idp.rotate("HS256", false).await.unwrap());
    let keys = house.get("/jwks").await.json();
    let rsa = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|k| k["alg"] == "RS256")
        .count();
    assert_eq!(rsa, 2, "the old one still verifies: {keys}");
    verified(&house, &before, Alg::Rs256).await;
    // A hint under the old key is still one of ours.
    let mut request = web_request();
    let hint: &'static str = before.leak();
    request.extend([("id_token_hint", hint), ("prompt", "none")]);
    let answer = browser.get(&house, &authorize(&request)).await;
    assert!(answer.query().contains_key("code"), "{answer:?}");
    house.clock.advance(901);
    let keys = house.get("/jwks").await.json();
    let rsa = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|k| k["alg"] == "RS256")
        .count();
    assert_eq!(rsa, 1, "its last token is over: {keys}");
}

#[tokio::test]
async fn discovery_lists_what_answers() {
    let house = House::new().await;
    let first = house.get("/.well-known/openid-configuration").await;
    let second = house.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("cache-control"), "public, max-age=300");
    assert_eq!(first.header("access-control-allow-origin"), "*");
    let document = first.json();
    assert_eq!(document["issuer"], ISSUER);
    for (name, value) in document.as_object().unwrap() {
        let Some(url) = value
            .as_str()
            .filter(|v| v.starts_with(&format!("{ISSUER}/")))
        else {
            continue;
        };
        let path = url.strip_prefix(ISSUER).unwrap();
        let got = house.get(path).await.status;
        assert_ne!(got, StatusCode::NOT_FOUND, "{name}");
    }
    // Every member is one of the full document, and no value says more than it does.
    let text = include_str!("../../../tests/vectors/identity.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    for (name, value) in document.as_object().unwrap() {
        let full = &vectors["discovery"][name];
        match (value, full) {
            (Value::Array(ours), Value::Array(all)) => {
                let extra = |v: &&Value| !all.contains(v) && **v != "resonate.credential";
                assert_eq!(ours.iter().find(extra), None, "{name}");
            }
            (Value::String(ours), Value::String(all)) => {
                let all = all.replace("https://id.example.coop", ISSUER);
                assert_eq!(*ours, all, "{name}");
            }
            _ => assert_eq!(value, full, "{name}"),
        }
    }
}

#[tokio::test]
async fn an_old_key_is_followed_by_one_that_was_shown_for_a_day() {
    let house = House::without_demo().await;
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    let run = async || joined.jobs.run_due(house.now()).await.unwrap();
    let kids = async || {
        let keys = house.get("/jwks").await.json();
        let kid = |key: &Value| (key["alg"].to_string(), key["kid"].to_string());
        keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(kid)
            .collect::<Vec<_>>()
    };
    let first = kids().await;
    assert_eq!(first.len(), 3);
    house.clock.advance(90 * 86_400);
    run().await;
    let shown = kids().await;
    assert_eq!(
        shown.len(),
        6,
        "the next are shown beside those that sign: {shown:?}"
    );
    house.clock.advance(86_400);
    run().await;
    house.clock.advance(901);
    let after = kids().await;
    assert_eq!(after.len(), 3);
    assert!(
        after
            .iter()
            .all(|kid| shown.contains(kid) && !first.contains(kid)),
        "{after:?}"
    );
    let found = joined.check(host::When::Ready, house.now()).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn what_has_ended_is_deleted() {
    let house = House::new().await;
    let code = Browser::default()
        .code(&house, &web_request(), "listener")
        .await;
    let auth = basic("web", SECRET);
    house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await;
    Browser::default()
        .open(&house, &authorize(&web_request()))
        .await;
    let joined = host::join(&house.ground, vec![house.idp.part()]);
    house.clock.advance(201 * 86_400);
    joined.jobs.run_due(house.now()).await.unwrap();
    for table in [
        "SELECT ix FROM idp_interaction",
        "SELECT id FROM idp_grant",
        "SELECT token_h FROM idp_access",
        "SELECT id_h FROM idp_session",
        "SELECT session FROM idp_session_client",
        "SELECT urn_h FROM idp_par",
    ] {
        let mut conn = house.ground.db.read().await.unwrap();
        let left = sqlx::query(table)
            .fetch_all(&mut *conn)
            .await
            .unwrap()
            .len();
        assert_eq!(left, 0, "{table}");
    }
}
