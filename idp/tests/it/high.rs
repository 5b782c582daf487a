//! The profile `high`: FAPI 2.0 Security Profile, from a pushed request to a refresh, and each thing
//! it does not do.

use crate::house::{Answer, Browser, CHALLENGE, House, ISSUER, Prover, VERIFIER, clients};
use axum::http::{Method, StatusCode};
use credential::jose::{self, Alg, SigningKey};
use idp::{Config, Settings};
use serde_json::{Value, json};

const BACK: &str = "https://bank.example/cb";

/// What an operator registers for an app of this profile.
fn bank(key: &SigningKey) -> Value {
    json!({
        "client_id": "bank", "client_name": "Bank", "resonate_profile": "high",
        "redirect_uris": [BACK], "scope": "openid offline_access",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.public().public_json()]},
    })
}

/// The app `bank`, its two keys, and a count for what is used once.
struct Bank {
    key: SigningKey,
    prover: Prover,
    count: u32,
}

impl Bank {
    async fn new() -> (House, Self) {
        let key = SigningKey::ed25519_from_seed(&[42; 32]);
        let mut apps = clients();
        apps.push(bank(&key));
        let (prover, count) = (Prover::new(7), 0);
        (House::with(apps).await, Self { key, prover, count })
    }

    /// A client assertion for that audience.
    fn assertion(&mut self, house: &House, aud: &Value) -> String {
        self.lasting(house, aud, 60)
    }

    /// One that ends so many seconds from now.
    fn lasting(&mut self, house: &House, aud: &Value, life: i64) -> String {
        self.count += 1;
        let now = house.now().seconds();
        let claims = json!({
            "iss": "bank", "sub": "bank", "aud": aud, "jti": format!("a-{}", self.count),
            "iat": now, "exp": now + life,
        });
        jose::sign(&self.key, &json!({"typ": "JWT"}), &claims)
    }

    /// The form with an assertion for `aud`.
    fn proven<'f>(
        &mut self,
        house: &House,
        aud: &Value,
        form: &[(&'f str, &'f str)],
    ) -> Vec<(&'f str, &'f str)> {
        let assertion: &'static str = self.assertion(house, aud).leak();
        let mut all = form.to_vec();
        all.extend([
            ("client_assertion", assertion),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
        ]);
        all
    }

    /// Posts with a fresh assertion and a proof of its key.
    async fn post(&mut self, house: &House, path: &str, form: &[(&str, &str)]) -> Answer {
        for _ in 0..2 {
            let form = self.proven(house, &json!(ISSUER), form);
            let proof = self.prover.proof(house, &Method::POST, path, None);
            let answer = house.post(path, &form, &[("dpop", &proof)]).await;
            self.prover.nonce = Some(answer.header("dpop-nonce").to_owned());
            if !answer.body.contains("use_dpop_nonce") {
                return answer;
            }
        }
        panic!("the nonce just given is refused");
    }

    /// Pushes a good request; its name.
    async fn pushed(&mut self, house: &House) -> String {
        let answer = self.post(house, "/par", &request()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()["request_uri"].as_str().unwrap().to_owned()
    }

    /// A code for a person who agreed.
    async fn code(&mut self, house: &House) -> String {
        let name = self.pushed(house).await;
        let query = [("client_id", "bank"), ("request_uri", name.as_str())];
        Browser::default().code(house, &query, "listener").await
    }
}

fn request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", "openid offline_access"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

fn redeem(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

#[tokio::test]
async fn a_bank_signs_someone_in_and_refreshes_with_the_same_token() {
    let (house, mut bank) = Bank::new().await;
    let code = bank.code(&house).await;
    let answer = bank.post(&house, "/token", &redeem(&code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "DPoP");
    let id_token = tokens["id_token"].as_str().unwrap();
    let claims = crate::flow::verified(&house, id_token, Alg::Es256).await;
    assert_eq!(claims["aud"], "bank");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    for _ in 0..3 {
        house.clock.advance(40);
        let again = bank.post(&house, "/token", &form).await;
        assert_eq!(again.status, StatusCode::OK, "{again:?}");
        assert_eq!(again.json()["refresh_token"], refresh, "never rotated");
        assert_eq!(again.json()["token_type"], "DPoP");
    }
    // The app proves itself at each use, so another key of its own may bind the next token.
    bank.prover = Prover::new(8);
    let other = bank.post(&house, "/token", &form).await;
    assert_eq!(other.status, StatusCode::OK, "{other:?}");
}

#[tokio::test]
async fn in20_in13_a_request_is_pushed_and_carries_a_challenge() {
    let (house, mut bank) = Bank::new().await;
    let before = house.digest().await;
    let mut plain = request();
    plain.push(("client_id", "bank"));
    let refused = house.get(&crate::house::authorize(&plain)).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER, "303, never 307");
    let told = refused.query();
    assert_eq!(
        (told["error"].as_str(), told["iss"].as_str()),
        ("invalid_request", ISSUER),
        "IN20"
    );
    let by_post = house.post("/authorize", &plain, &[]).await;
    assert_eq!(by_post.query()["error"], "invalid_request", "IN20 by POST");
    let mut bare = request();
    bare.retain(|(name, _)| !name.starts_with("code_challenge"));
    bare.push(("nonce", "n"));
    let refused = bank.post(&house, "/par", &bare).await;
    assert_eq!(refused.json()["error"], "invalid_request", "IN13");
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn in38_an_assertion_names_the_issuer_and_nothing_else() {
    let (house, mut bank) = Bank::new().await;
    let before = house.digest().await;
    for aud in [
        json!(format!("{ISSUER}/token")),
        json!(format!("{ISSUER}/par")),
        json!(format!("{ISSUER}/")),
        json!([ISSUER]),
    ] {
        let form = bank.proven(&house, &aud, &request());
        let refused = house.post("/par", &form, &[]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "IN38 {aud}");
        assert_eq!(refused.json()["error"], "invalid_client", "IN38 {aud}");
    }
    // Five minutes and what clocks differ by: the hour of other apps is not for this profile.
    let long: &'static str = bank.lasting(&house, &json!(ISSUER), 361).leak();
    let mut form = bank.proven(&house, &json!(ISSUER), &request());
    for (name, value) in &mut form {
        if *name == "client_assertion" {
            *value = long;
        }
    }
    let refused = house.post("/par", &form, &[]).await;
    assert_eq!(refused.json()["error"], "invalid_client", "IN38 an hour");
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn in39_in41_no_token_without_its_key_and_the_code_is_left_for_it() {
    let (house, mut bank) = Bank::new().await;
    let code = bank.code(&house).await;
    let before = house.digest().await;
    let form = bank.proven(&house, &json!(ISSUER), &redeem(&code));
    let bare = house.post("/token", &form, &[]).await;
    assert_eq!(bare.json()["error"], "invalid_dpop_proof", "IN39 no proof");
    let (own, thief) = (bank.prover, Prover::new(8));
    bank.prover = thief;
    let stolen = bank.post(&house, "/token", &redeem(&code)).await;
    assert_eq!(
        stolen.json()["error"],
        "invalid_grant",
        "IN41: bound where it was pushed"
    );
    assert_eq!(house.digest().await, before);
    bank.prover = own;
    house.clock.advance(59);
    let good = bank.post(&house, "/token", &redeem(&code)).await;
    assert_eq!(good.status, StatusCode::OK, "{good:?}");
    let late = bank.code(&house).await;
    house.clock.advance(61);
    let late = bank.post(&house, "/token", &redeem(&late)).await;
    assert_eq!(late.json()["error"], "invalid_grant", "IN34: sixty seconds");
}

#[test]
fn nothing_weaker_can_be_registered() {
    let key = SigningKey::ed25519_from_seed(&[42; 32]);
    let parse = |app: Value| {
        let settings = Settings {
            clients: vec![app],
            ..Settings::default()
        };
        Config::parse(settings)
    };
    assert!(parse(bank(&key)).is_ok());
    for change in [
        json!({"require_pkce": false}),
        json!({"require_pushed_authorization_requests": false}),
        json!({"dpop_bound_access_tokens": false}),
        json!({"token_endpoint_auth_method": "none"}),
        json!({"token_endpoint_auth_method": "client_secret_basic", "client_secret": "s".repeat(32)}),
        json!({"token_endpoint_auth_signing_alg": "RS256"}),
        json!({"id_token_signed_response_alg": "RS256"}),
        json!({"resonate_profile": "higher"}),
        json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]}),
        json!({"redirect_uris": ["http://bank.example/cb"]}),
    ] {
        let mut app = bank(&key);
        for (name, value) in change.as_object().unwrap() {
            app[name] = value.clone();
        }
        assert!(parse(app).is_err(), "{change}");
    }
}

#[test]
fn resources_and_grants_are_registered_plainly_or_not_at_all() {
    let parse = |change: Value| {
        let mut app =
            json!({"client_id": "api", "client_secret": "s".repeat(32), "grant_types": []});
        for (name, value) in change.as_object().unwrap() {
            app[name] = value.clone();
        }
        let settings = Settings {
            clients: vec![app],
            ..Settings::default()
        };
        Config::parse(settings)
    };
    for good in [
        json!({"resource": "https://api.example"}),
        json!({"resource": "https://api.example:8443/v1/"}),
        json!({"resource": "https://api.example", "access_token_signing_alg": "RS256"}),
        json!({"grant_types": ["client_credentials"]}),
    ] {
        assert!(parse(good.clone()).is_ok(), "{good}");
    }
    for bad in [
        json!({"resource": "api.example"}),
        json!({"resource": "ftp://api.example"}),
        json!({"resource": "https://api.example?x=1"}),
        json!({"resource": "https://api.example#f"}),
        json!({"resource": "https://me@api.example"}),
        json!({"resource": "https://API.example"}),
        json!({"resource": "https://api.example:443"}),
        json!({"resource": "https://api.example/a/../b"}),
        json!({"resource": "https://api.example", "redirect_uris": ["https://other.example/cb"]}),
        json!({"resource": "https://api.example", "access_token_signing_alg": "none"}),
        json!({"resource": "https://api.example", "access_token_signing_alg": "HS256"}),
        json!({"grant_types": ["password"]}),
        json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}),
        json!({"grant_types": ["authorization_code"]}),
    ] {
        assert!(parse(bad.clone()).is_err(), "{bad}");
    }
}
