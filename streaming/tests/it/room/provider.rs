//! The provider as streaming sees it: keys, pushed requests, tokens, cards.

use axum::{
    Form, Json, Router,
    extract::State,
    http::HeaderMap,
    routing::{get, post},
};
use credential::{
    jose::{self, SigningKey, jwks_json},
    pkce, vc, vocab,
};
use host::{Ground, Migrations, Origin, Part, Routes};
use http::StatusCode;
use kernel::{Timestamp, World};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

static NOTHING: Migrations = host::migrations!("idp", []);

#[derive(Clone)]
pub struct Provider {
    pub tokens: SigningKey,
    pub cards: SigningKey,
    id: String,
    listen: String,
    world: World,
    pushed: Arc<Mutex<HashMap<String, HashMap<String, String>>>>,
}

impl Provider {
    pub fn new(ground: &Ground) -> Self {
        let entropy = ground.world.entropy();
        Self {
            tokens: SigningKey::generate_ed25519(entropy).with_kid("t1"),
            cards: SigningKey::generate_es256(entropy).with_kid("c1"),
            id: ground.origins.id.clone(),
            listen: ground.origins.listen.clone(),
            world: ground.world.clone(),
            pushed: Arc::default(),
        }
    }

    pub fn part(&self) -> Part {
        let routes = Router::new()
            .route("/jwks", get(jwks))
            .route("/.well-known/jwt-vc-issuer", get(issuer))
            .route("/par", post(par))
            .route("/token", post(token))
            .with_state(self.clone());
        Part {
            name: "idp",
            routes: Routes {
                public: vec![(Origin::Id, routes)],
                peer: Router::new(),
            },
            migrations: &NOTHING,
            jobs: vec![],
            subscriptions: vec![],
            checks: vec![],
        }
    }

    /// An access token of an app for the listen origin.
    pub fn access_token(&self, sub: &str, jkt: &str, change: &[(&str, Value)]) -> String {
        let now = self.world.now().seconds();
        let mut claims = json!({
            "iss": self.id, "aud": self.listen, "sub": sub, "client_id": "app",
            "scope": "openid resonate.play", "iat": now, "exp": now + 600, "jti": "j",
            "cnf": { "jkt": jkt },
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        jose::sign(
            &self.tokens,
            &json!({ "typ": "at+jwt", "kid": "t1" }),
            &claims,
        )
    }

    /// One copy of a Listener card, bound to `cnf`.
    pub fn card(&self, name: &str, cnf: &SigningKey, exp: Timestamp) -> String {
        let mut claims = Map::new();
        claims.insert("listener".into(), name.into());
        claims.insert("handle".into(), "quiet-heron".into());
        let params = vc::IssueParams {
            issuer: &self.id,
            kid: "c1",
            card: vocab::card("listener").unwrap(),
            cnf: &cnf.public(),
            exp,
            status: None,
            claims: &claims,
            now: self.world.now(),
        };
        vc::issue(&params, &self.cards, self.world.entropy()).unwrap()
    }
}

async fn jwks(State(idp): State<Provider>) -> Json<Value> {
    Json(jwks_json(&[idp.tokens.public()]))
}

async fn issuer(State(idp): State<Provider>) -> Json<Value> {
    Json(json!({ "issuer": idp.id, "jwks": jwks_json(&[idp.cards.public()]) }))
}

async fn par(
    State(idp): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    assert!(
        headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    assert_eq!(form["client_id"], "listen");
    assert_eq!(form["code_challenge_method"], "S256");
    let uri = format!("urn:ietf:params:oauth:request_uri:{}", form["state"]);
    idp.pushed
        .lock()
        .unwrap()
        .insert(form["state"].clone(), form);
    (
        StatusCode::CREATED,
        Json(json!({ "request_uri": uri, "expires_in": 90 })),
    )
}

/// The code is the state of its request.
async fn token(
    State(idp): State<Provider>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let Some(asked) = idp.pushed.lock().unwrap().remove(&form["code"]) else {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": "invalid_grant" })),
        );
    };
    assert_eq!(
        pkce::challenge(&form["code_verifier"]),
        asked["code_challenge"]
    );
    let now = idp.world.now().seconds();
    let claims = json!({
        "iss": idp.id, "aud": "listen", "sub": "sub-of-ada", "nonce": asked["nonce"],
        "iat": now, "exp": now + 300, "auth_time": now, "acr": "phr", "sid": "s",
    });
    let id_token = jose::sign(&idp.tokens, &json!({ "typ": "JWT", "kid": "t1" }), &claims);
    (
        StatusCode::OK,
        Json(json!({ "id_token": id_token, "access_token": "a", "token_type": "DPoP" })),
    )
}
