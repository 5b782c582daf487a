//! `/register` and `/register/{client_id}`: what is told, what is refused, what stays.

use crate::{
    house::{Answer, Browser, CHALLENGE, House, ISSUER},
    register_cases::{MEMBERS, URIS},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use idp::{Registration, Settings};
use serde_json::{Value, json};

pub async fn open(demo: bool) -> House {
    let settings = Settings {
        registration: Registration::Open,
        ..Settings::default()
    };
    House::of_settings(settings, demo).await
}

impl House {
    /// Sends JSON with a bearer token.
    pub async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn register(&self, document: &Value) -> Answer {
        self.ask(Method::POST, "/register", "", document).await
    }
}

/// A good document with members changed.
pub fn document(change: &Value) -> Value {
    let mut document = json!({
        "redirect_uris": ["https://app.example/cb"], "client_name": "Heron radio",
    });
    for (name, value) in change.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

pub fn path(told: &Value) -> String {
    format!("/register/{}", told["client_id"].as_str().unwrap())
}

#[tokio::test]
async fn all_that_is_registered_is_told_back_with_its_defaults() {
    let house = open(true).await;
    let sent = document(&json!({
        "policy_uri": "https://app.example/privacy", "software_id": "heron", "unheard_of": [1],
        "client_name#de": "Reiherfunk", "default_max_age": 600, "scope": "openid unheard-of profile",
        "post_logout_redirect_uris": ["https://app.example/bye"],
    }));
    let made = house.register(&sent).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.header("access-control-allow-origin"), "*");
    assert_eq!(made.header("cache-control"), "no-store");
    let told = made.json();
    for (name, value) in [
        ("client_name", json!("Heron radio")),
        ("policy_uri", json!("https://app.example/privacy")),
        ("software_id", json!("heron")),
        ("default_max_age", json!(600)),
        ("redirect_uris", json!(["https://app.example/cb"])),
        (
            "post_logout_redirect_uris",
            json!(["https://app.example/bye"]),
        ),
        ("response_types", json!(["code"])),
        (
            "grant_types",
            json!(["authorization_code", "refresh_token"]),
        ),
        ("application_type", json!("web")),
        ("subject_type", json!("pairwise")),
        ("scope", json!("openid profile")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("require_auth_time", json!(false)),
        ("dpop_bound_access_tokens", json!(false)),
        ("require_pushed_authorization_requests", json!(false)),
        ("client_id_issued_at", json!(house.now().seconds())),
        ("client_secret_expires_at", json!(0)),
        (
            "registration_client_uri",
            json!(format!("{ISSUER}{}", path(&told))),
        ),
        ("unheard_of", Value::Null),
        ("client_name#de", Value::Null),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_app_reads_changes_and_deletes_itself() {
    let house = open(true).await;
    let sent =
        document(&json!({"policy_uri": "https://app.example/privacy", "default_max_age": 600}));
    let told = house.register(&sent).await.json();
    let (id, secret) = (told["client_id"].as_str().unwrap(), &told["client_secret"]);
    assert!(id.starts_with("c.") && id.len() == 24, "{id}");
    assert!(secret.as_str().unwrap().starts_with("rs_cs_"), "{secret}");
    let token = told["registration_access_token"].as_str().unwrap();

    let read = house
        .ask(Method::GET, &path(&told), token, &Value::Null)
        .await;
    assert_eq!(read.status, StatusCode::OK, "{read:?}");
    let mut same = told.clone();
    same.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(read.json(), same, "all but the secret is told again");

    let mut change = document(&json!({"client_id": id, "client_name": "Heron and wren"}));
    change["client_secret"] = secret.clone();
    let changed = house.ask(Method::PUT, &path(&told), token, &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    assert_eq!(changed.json()["client_name"], "Heron and wren");
    assert_eq!(
        changed.json()["default_max_age"],
        Value::Null,
        "replaced as a whole"
    );
    assert_eq!(
        changed.json()["client_secret"],
        Value::Null,
        "the secret stays"
    );

    let code = login(&house, id, &[]).await;
    let basic = crate::house::basic(id, secret.as_str().unwrap());
    let tokens = redeem(&house, &code, &[("authorization", &basic)]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");

    let gone = house
        .ask(Method::DELETE, &path(&told), token, &Value::Null)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    let bearer = format!("Bearer {}", tokens.json()["access_token"].as_str().unwrap());
    let request = Request::get("/userinfo").header(header::AUTHORIZATION, bearer);
    let info = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        info.status,
        StatusCode::UNAUTHORIZED,
        "its tokens ended: {info:?}"
    );
    let read = house
        .ask(Method::GET, &path(&told), token, &Value::Null)
        .await;
    assert_eq!(read.status, StatusCode::UNAUTHORIZED, "{read:?}");
}

/// A code of that app, for the listener.
async fn login(house: &House, id: &str, more: &[(&str, &str)]) -> String {
    let mut query = vec![
        ("client_id", id),
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "openid"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    query.extend(more);
    Browser::default().code(house, &query, "listener").await
}

async fn redeem(house: &House, code: &str, headers: &[(&str, &str)]) -> Answer {
    let form = crate::house::web_redeem(code);
    house
        .post("/token", &crate::house::lend(&form), headers)
        .await
}

/// The rows of the table, with their errors.
fn refused() -> Vec<(&'static str, Value, &'static str)> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let uris = URIS.iter().map(|(code, uris)| {
        let change = json!({"redirect_uris": read(uris)});
        (*code, change, "invalid_redirect_uri")
    });
    let members = MEMBERS
        .iter()
        .map(|(code, members)| (*code, read(members), "invalid_client_metadata"));
    uris.chain(members).collect()
}

/// Sends each row as a new registration and as a change of one that exists.
pub async fn refuses(house: &House, rows: &[(&'static str, Value, &'static str)]) {
    let made = house.register(&document(&json!({}))).await;
    let told = made.json();
    let token = told["registration_access_token"].as_str().unwrap();
    let before = house.digest().await;
    for (code, change, error) in rows {
        let sent = document(change);
        let mut again = sent.clone();
        again["client_id"] = told["client_id"].clone();
        for answer in [
            house.register(&sent).await,
            house.ask(Method::PUT, &path(&told), token, &again).await,
        ] {
            assert_eq!(
                answer.status,
                StatusCode::BAD_REQUEST,
                "{code} {change}: {answer:?}"
            );
            assert_eq!(
                answer.json()["error"],
                *error,
                "{code} {change}: {answer:?}"
            );
            assert!(
                answer.json()["error_uri"]
                    .as_str()
                    .unwrap()
                    .starts_with("/problems/")
            );
            assert_eq!(
                house.digest().await,
                before,
                "{code} {change}: a table changed"
            );
        }
    }
    let read = house
        .ask(Method::GET, &path(&told), token, &Value::Null)
        .await;
    assert_eq!(
        read.json()["client_name"],
        "Heron radio",
        "the record is as it was"
    );
}

#[tokio::test]
async fn in60_to_in64_what_no_app_may_register() {
    let (demo, real) = (open(true).await, open(false).await);
    refuses(&demo, &refused()).await;
    refuses(&real, &refused()).await;
}

#[tokio::test]
async fn in65_a_registration_token_opens_its_own_enabled_app_only() {
    let house = open(true).await;
    let one = house.register(&document(&json!({}))).await.json();
    let two = house.register(&document(&json!({}))).await.json();
    let token = |told: &Value| {
        told["registration_access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (first, second) = (token(&one), token(&two));
    let mut change = document(&json!({"client_name": "Taken over"}));
    change["client_id"] = one["client_id"].clone();
    let unknown = format!("rs_rg_{}", "A".repeat(43));
    let initial = format!("rs_it_{}", &first[6..]);
    let ask = async |what: &str, path: String, token: &str| {
        let before = house.digest().await;
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = if method == Method::PUT {
                change.clone()
            } else {
                Value::Null
            };
            let answer = house.ask(method, &path, token, &body).await;
            assert_eq!(
                answer.status,
                StatusCode::UNAUTHORIZED,
                "IN65 {what}: {answer:?}"
            );
            assert_eq!(answer.json()["error"], "invalid_token", "IN65 {what}");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "IN65 {what}"
            );
            assert_eq!(house.digest().await, before, "IN65 {what}: a table changed");
        }
    };
    for (what, shown) in [
        ("another app's", second.as_str()),
        ("none", ""),
        ("unknown", &unknown),
        ("of another kind", &initial),
    ] {
        ask(what, path(&one), shown).await;
    }
    ask(
        "no such app",
        "/register/c.AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        &first,
    )
    .await;
    ask("a configured app", "/register/listen".to_owned(), &first).await;
    let id = one["client_id"].as_str().unwrap();
    house.idp.set_client_enabled(id, false).await.unwrap();
    ask("disabled", path(&one), &first).await;
    house.idp.set_client_enabled(id, true).await.unwrap();
    let read = house
        .ask(Method::GET, &path(&one), &first, &Value::Null)
        .await;
    assert_eq!(read.status, StatusCode::OK, "{read:?}");
}

#[tokio::test]
async fn in65_a_change_names_the_app_it_changes() {
    let house = open(true).await;
    let one = house.register(&document(&json!({}))).await.json();
    let two = house.register(&document(&json!({}))).await.json();
    let first = one["registration_access_token"].as_str().unwrap();
    let change = document(&json!({}));
    let mut other = change.clone();
    other["client_id"] = two["client_id"].clone();
    let before = house.digest().await;
    let refused = house.ask(Method::PUT, &path(&one), first, &other).await;
    assert_eq!(
        refused.json()["error"],
        "invalid_client_metadata",
        "a foreign id inside"
    );
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn registration_is_closed_or_by_token_where_it_is_not_open() {
    for (registration, status, error) in [
        (
            Registration::Closed,
            StatusCode::FORBIDDEN,
            "invalid_request",
        ),
        (
            Registration::Token,
            StatusCode::UNAUTHORIZED,
            "invalid_token",
        ),
    ] {
        let settings = Settings {
            registration,
            ..Settings::default()
        };
        let house = House::of_settings(settings, false).await;
        let before = house.digest().await;
        let refused = house.register(&document(&json!({}))).await;
        assert_eq!(refused.status, status, "{refused:?}");
        assert_eq!(refused.json()["error"], error);
        assert_eq!(house.digest().await, before);
    }
    let house = House::of_settings(Settings::default(), false).await;
    let token = house.idp.admit_clients(2, 1).await.unwrap();
    let ask = async || {
        let document = document(&json!({}));
        house
            .ask(Method::POST, "/register", &token, &document)
            .await
            .status
    };
    let bad = document(&json!({"scope": "resonate.play"}));
    let bad = house.ask(Method::POST, "/register", &token, &bad).await;
    assert_eq!(
        bad.status,
        StatusCode::BAD_REQUEST,
        "a refusal uses nothing up"
    );
    assert_eq!(ask().await, StatusCode::CREATED);
    house.clock.advance(86_399);
    assert_eq!(ask().await, StatusCode::CREATED);
    assert_eq!(ask().await, StatusCode::UNAUTHORIZED, "used up");
    let late = house.idp.admit_clients(1, 1).await.unwrap();
    house.clock.advance(86_401);
    let late = house
        .ask(Method::POST, "/register", &late, &document(&json!({})))
        .await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "over: {late:?}");
}

#[tokio::test]
async fn a_body_is_json_of_bounded_size_and_depth() {
    let house = open(true).await;
    let send = async |kind: &str, body: String| {
        let request = Request::post("/register").header(header::CONTENT_TYPE, kind);
        house
            .send(request.body(Body::from(body)).unwrap())
            .await
            .status
            .as_u16()
    };
    let json = "application/json";
    let good = document(&json!({})).to_string();
    let before = house.digest().await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
    let twice = "{\"client_name\":\"a\",\"client_name\":\"b\"}".to_owned();
    for (kind, body, status) in [
        ("text/plain", good.clone(), 415),
        (json, format!("{good}{}", " ".repeat(17 * 1024)), 413),
        (json, "{".to_owned(), 400),
        (json, "[]".to_owned(), 400),
        (json, deep, 400),
        (json, twice, 400),
        (json, "{\"client_name\":\"a\\u0000\"}".to_owned(), 400),
    ] {
        assert_eq!(
            send(kind, body.clone()).await,
            status,
            "{kind} {}",
            body.len()
        );
    }
    assert_eq!(house.digest().await, before);
    assert_eq!(send(json, good).await, 201);
}
