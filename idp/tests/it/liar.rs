//! An outside provider made by hand, that answers wrongly where the test wants it to.

use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use credential::jose::{SigningKey, sign};
use host_testing::SeededEntropy;
use kernel::b64;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// What is wrong with an answer.
#[derive(Clone, Debug)]
pub enum Lie {
    /// Nothing.
    None,
    /// A claim of the ID Token has another value.
    Claim(&'static str, Value),
    /// The ID Token is signed by a key it never published.
    ForeignKey,
    /// `alg: none`.
    Unsigned,
    /// HS256 by the secret we share.
    Symmetric,
    /// No ID Token at all.
    Missing,
    /// The token endpoint refuses.
    Refuses,
    /// The metadata names another issuer.
    OtherIssuer,
}

/// The provider.
#[derive(Clone)]
pub struct Liar(Arc<Inner>);

struct Inner {
    issuer: String,
    keys: [SigningKey; 2],
    says: Mutex<Says>,
}

struct Says {
    lie: Lie,
    nonce: String,
    now: i64,
    /// What it was asked, form by form.
    heard: Vec<BTreeMap<String, String>>,
    discoveries: usize,
}

impl Liar {
    /// Listens on a socket of this machine.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let entropy = SeededEntropy::new(77);
        let keys = [(); 2].map(|()| SigningKey::generate_es256(&entropy));
        let says = Mutex::new(Says {
            lie: Lie::None,
            nonce: String::new(),
            now: 0,
            heard: Vec::new(),
            discoveries: 0,
        });
        let liar = Self(Arc::new(Inner { issuer, keys, says }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .with_state(liar.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        liar
    }

    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Sets what the next answer is like.
    pub fn says(&self, lie: &Lie, nonce: &str, now: i64) {
        let mut says = self.0.says.lock().unwrap();
        says.lie = lie.clone();
        nonce.clone_into(&mut says.nonce);
        says.now = now;
    }

    /// The forms its token endpoint got.
    pub fn heard(&self) -> Vec<BTreeMap<String, String>> {
        self.0.says.lock().unwrap().heard.clone()
    }

    pub fn discoveries(&self) -> usize {
        self.0.says.lock().unwrap().discoveries
    }
}

async fn metadata(State(liar): State<Liar>) -> Json<Value> {
    let mut says = liar.0.says.lock().unwrap();
    says.discoveries += 1;
    let issuer = liar.issuer();
    let named = match says.lie {
        Lie::OtherIssuer => "http://127.0.0.1:1",
        _ => issuer,
    };
    Json(json!({
        "issuer": named,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(liar): State<Liar>) -> Json<Value> {
    let mut key = liar.0.keys[0].public().public_json();
    key["kid"] = liar.0.keys[0].thumbprint().into();
    Json(json!({ "keys": [key] }))
}

async fn token(State(liar): State<Liar>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let mut says = liar.0.says.lock().unwrap();
    says.heard.push(form);
    if matches!(says.lie, Lie::Refuses) {
        let body = Json(json!({ "error": "invalid_grant" }));
        return (StatusCode::BAD_REQUEST, body).into_response();
    }
    let mut claims = json!({
        "iss": liar.issuer(), "sub": "somebody-there", "aud": "resonate",
        "iat": says.now, "exp": says.now + 300, "nonce": says.nonce,
        "email": "ada@example.org", "email_verified": true, "name": "Ada",
    });
    if let Lie::Claim(name, value) = &says.lie {
        claims[*name] = value.clone();
    }
    let mut answer = json!({ "access_token": "at", "token_type": "Bearer" });
    if !matches!(says.lie, Lie::Missing) {
        answer["id_token"] = signed(&liar, &says.lie, &claims).into();
    }
    Json(answer).into_response()
}

fn signed(liar: &Liar, lie: &Lie, claims: &Value) -> String {
    let key = &liar.0.keys[usize::from(matches!(lie, Lie::ForeignKey))];
    let by_hand = |alg: &str| {
        let part = |value: &Value| b64::encode(value.to_string());
        format!("{}.{}", part(&json!({ "alg": alg })), part(claims))
    };
    match lie {
        Lie::Unsigned => format!("{}.", by_hand("none")),
        Lie::Symmetric => {
            use hmac::{Hmac, KeyInit, Mac};
            let text = by_hand("HS256");
            let mut mac =
                Hmac::<sha2::Sha256>::new_from_slice(super::external::SECRET.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            format!("{text}.{}", b64::encode(mac.finalize().into_bytes()))
        }
        _ => sign(key, &json!({ "kid": key.thumbprint() }), claims),
    }
}
