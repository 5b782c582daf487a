//! What an app names and we fetch: lists of sectors, keys, pictures.

use crate::{
    house::{Browser, CHALLENGE, House, ISSUER},
    partner::{Page, Partner},
    register::{document, open, refuses},
};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use credential::jose::{self, SigningKey};
use serde_json::{Value, json};

#[tokio::test]
async fn in63_addresses_of_apps_are_called_with_care() {
    let partner = Partner::open().await;
    let keys = json!({"keys": [SigningKey::ed25519_from_seed(&[9; 32]).public().public_json()]});
    let good = partner.put("jwks", Page::Json(keys));
    // Outside the demo this machine is inward, by address and by a name that leads to it.
    let real = open(false).await;
    let named = good
        .replace("127.0.0.1", "localhost")
        .replace("http:", "https:");
    refuses(
        &real,
        &[
            ("IN63", json!({"jwks_uri": good}), "invalid_client_metadata"),
            (
                "IN63",
                json!({"jwks_uri": named}),
                "invalid_client_metadata",
            ),
            (
                "IN63",
                json!({"logo_uri": named}),
                "invalid_client_metadata",
            ),
        ],
    )
    .await;
    assert_eq!(partner.visits(), 0, "no byte was sent inward");
}

#[tokio::test]
async fn in63_in_the_demo_too_only_plain_small_answers_count() {
    let partner = Partner::open().await;
    let keys = json!({"keys": [SigningKey::ed25519_from_seed(&[9; 32]).public().public_json()]});
    let good = partner.put("jwks", Page::Json(keys));
    let demo = open(true).await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let large = json!({"keys": [], "x": "x".repeat(300_000)});
    let rows = [
        ("jwks_uri", Page::Redirect(good.clone())),
        ("jwks_uri", Page::Status(500)),
        ("jwks_uri", Page::Status(404)),
        ("jwks_uri", Page::Json(large)),
        (
            "jwks_uri",
            Page::Json(json!({"keys": [{"kty": "oct", "k": "AAAA"}]})),
        ),
        ("jwks_uri", Page::Bytes(b"no json".to_vec())),
        ("logo_uri", Page::Bytes(svg)),
        ("logo_uri", Page::Redirect(good.clone())),
        ("sector_identifier_uri", Page::Redirect(good.clone())),
        ("sector_identifier_uri", Page::Json(json!({"no": "list"}))),
        (
            "sector_identifier_uri",
            Page::Json(json!(["https://other.example/cb"])),
        ),
    ];
    for (at, (name, page)) in rows.into_iter().enumerate() {
        let uri = partner.put(&format!("bad-{at}"), page);
        refuses(
            &demo,
            &[("IN63", json!({name: uri}), "invalid_client_metadata")],
        )
        .await;
    }
    let before = partner.visits();
    let bad = json!({"jwks_uri": good, "grant_types": ["password"]});
    assert_eq!(
        demo.register(&document(&bad)).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        partner.visits(),
        before,
        "nothing is fetched for what is refused anyway"
    );
}

#[tokio::test]
async fn in64_a_sector_list_holds_every_address() {
    let partner = Partner::open().await;
    let house = open(true).await;
    let listed = json!([
        "https://a.example/cb",
        "https://b.example/cb",
        "https://c.example/cb"
    ]);
    let list = partner.put("sector.json", Page::Json(listed));
    let two = json!(["https://a.example/cb", "https://b.example/cb"]);
    let good = json!({"redirect_uris": two, "sector_identifier_uri": list});
    let made = house.register(&document(&good)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.json()["sector_identifier_uri"], json!(list));
    let lacking = json!(["https://a.example/cb", "https://d.example/cb"]);
    let lacking = json!({"redirect_uris": lacking, "sector_identifier_uri": list});
    refuses(&house, &[("IN64", lacking, "invalid_client_metadata")]).await;
}

#[tokio::test]
async fn keys_at_an_address_prove_the_app_and_are_fetched_anew_for_a_new_name() {
    let partner = Partner::open().await;
    let house = open(true).await;
    let (old, new) = (key(1, "k1"), key(2, "k2"));
    let set = |keys: &[&SigningKey]| {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| key.public().published_json())
            .collect();
        Page::Json(json!({ "keys": keys }))
    };
    let uri = partner.put("jwks", set(&[&old]));
    let made = json!({"jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt"});
    let made = house.register(&document(&made)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let told = made.json();
    assert_eq!(told["client_secret"], Value::Null);
    let id = told["client_id"].as_str().unwrap();
    assert_eq!(push(&house, id, &old, "1").await, 201);
    assert_eq!(partner.visits(), 1, "fetched once, at registration");
    partner.put("jwks", set(&[&old, &new]));
    assert_eq!(
        push(&house, id, &new, "2").await,
        401,
        "not asked twice within a minute"
    );
    assert_eq!(partner.visits(), 1);
    house.clock.advance(61);
    assert_eq!(push(&house, id, &new, "3").await, 201);
    assert_eq!(push(&house, id, &old, "4").await, 201);
    assert_eq!(partner.visits(), 2, "one fetch for the new name");
    partner.put("jwks", Page::Status(500));
    house.clock.advance(61);
    assert_eq!(
        push(&house, id, &key(3, "k3"), "5").await,
        401,
        "a name nobody published"
    );
    assert_eq!(
        push(&house, id, &new, "6").await,
        201,
        "the known keys hold while the app is down"
    );
    assert_eq!(partner.visits(), 3);
}

/// Pushes a request of that app, proven by that key; the status.
async fn push(house: &House, id: &str, key: &SigningKey, jti: &str) -> u16 {
    let now = house.now().seconds();
    let kid = key.public().kid().unwrap().to_owned();
    let claims = json!({
        "iss": id, "sub": id, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60,
    });
    let assertion = jose::sign(key, &json!({"typ": "JWT", "kid": kid}), &claims);
    let form = [
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("client_assertion", assertion.as_str()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
    ];
    house.post("/par", &form, &[]).await.status.as_u16()
}

fn key(seed: u8, kid: &str) -> SigningKey {
    SigningKey::ed25519_from_seed(&[seed; 32]).with_kid(kid)
}

#[tokio::test]
async fn a_picture_is_served_by_us_and_shown_where_the_app_asks() {
    let partner = Partner::open().await;
    let house = open(true).await;
    let mut png = Vec::new();
    let picture = image::RgbaImage::new(300, 300);
    let mut at = std::io::Cursor::new(&mut png);
    picture.write_to(&mut at, image::ImageFormat::Png).unwrap();
    let uri = partner.put("logo.png", Page::Bytes(png));
    let made = house.register(&document(&json!({ "logo_uri": uri }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let id = made.json()["client_id"].as_str().unwrap().to_owned();
    let mut browser = Browser::default();
    let query = [
        ("client_id", id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let page = browser.sign_in(&house, &query, "listener").await;
    let own = format!("src=\"/clients/{id}/logo\"");
    assert!(page.body.contains(&own), "{}", page.body);
    assert!(
        !page.body.contains(&uri),
        "the app's own address is not on the page"
    );
    let request = Request::get(format!("/clients/{id}/logo"));
    let shown = house.bytes(request.body(Body::empty()).unwrap()).await;
    let shown = image::load_from_memory(&shown).unwrap();
    assert_eq!((shown.width(), shown.height()), (128, 128));
}
