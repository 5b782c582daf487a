//! The other modules as this one meets them: their peer surfaces, keys and signatures, all real; only
//! what they decide is decided by the test.

use axum::{Router, body::Bytes, extract::State, response::Response, routing::get, routing::post};
use credential::{
    dcql::{Path, Query},
    event::{PresentationResult, ShownCard},
    jose::{self, SigningKey},
    kb::{self, KbParams},
    vc::{self, IssueParams},
    vocab::{self, cards::LISTENER as LISTENER_CARD, purpose},
    vp::{Ask as Asking, Request as Asked},
};
use host::{Answer, Ground, Json, Migrations, Origin, Part, Routes, db::BoxFuture};
use kernel::{Problem, Timestamp, problem};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use web::signin::{Ask, Proven, SignIn, SignInDoor};

pub const ISSUER: &str = "http://localhost:8080";
const RESPONSE_URI: &str = "http://localhost:8080/vp/s";

static IDP: Migrations = host::migrations!("idp", []);
static STREAMING: Migrations = host::migrations!("streaming", []);

/// What the others know and say.
pub struct Outside {
    pub ground: Ground,
    /// Signs access tokens.
    pub tokens: SigningKey,
    /// Signs cards.
    pub cards: SigningKey,
    /// The latest request for a presentation: its string of transaction data.
    pub asked: Mutex<Vec<String>>,
    /// What the verifier answers to response codes.
    pub results: Mutex<HashMap<String, PresentationResult>>,
    /// Manifests by day.
    pub manifests: Mutex<HashMap<String, String>>,
}

type Shared = Arc<Outside>;

impl Outside {
    pub fn new(ground: &Ground) -> Shared {
        let entropy = ground.world.entropy();
        Arc::new(Self {
            ground: ground.clone(),
            tokens: SigningKey::generate_ed25519(entropy).with_kid("token-1"),
            cards: SigningKey::generate_es256(entropy).with_kid("card-1"),
            asked: Mutex::default(),
            results: Mutex::default(),
            manifests: Mutex::default(),
        })
    }

    pub fn parts(self: &Arc<Self>) -> Vec<Part> {
        vec![self.idp(), self.streaming()]
    }

    fn idp(self: &Arc<Self>) -> Part {
        let public = Router::new()
            .route("/jwks", get(jwks))
            .route("/.well-known/jwt-vc-issuer", get(card_keys))
            .with_state(self.clone());
        let peer = Router::new()
            .route("/peer/vp/requests", post(requests))
            .route("/peer/vp/results", post(results))
            .with_state(self.clone());
        part("idp", &IDP, vec![(Origin::Id, public)], peer)
    }

    fn streaming(self: &Arc<Self>) -> Part {
        let door = SignInDoor::new(&self.ground, Origin::Listen, Arc::new(Provider));
        let peer = Router::new()
            .route("/peer/days", post(days))
            .with_state(self.clone());
        part(
            "streaming",
            &STREAMING,
            vec![(Origin::Listen, door.routes())],
            peer,
        )
    }

    /// An access token bound to `key`.
    pub fn token(&self, claims: &Value) -> String {
        jose::sign(
            &self.tokens,
            &json!({"typ": "at+jwt", "kid": "token-1"}),
            claims,
        )
    }

    /// A Listener card of `name`, shown for `data` as the latest request asked.
    pub fn show(&self, name: &str, data: &str, nonce: &str, aud: &str) -> String {
        let now = self.ground.world.now();
        let holder = SigningKey::generate_es256(self.ground.world.entropy());
        let mut claims = Map::new();
        claims.insert("listener".into(), name.into());
        let params = IssueParams {
            issuer: ISSUER,
            kid: "card-1",
            card: &LISTENER_CARD,
            cnf: &holder.public(),
            exp: vc::expiry(&LISTENER_CARD, now),
            status: None,
            claims: &claims,
            now,
        };
        let card = vc::issue(&params, &self.cards, self.ground.world.entropy()).unwrap();
        let data = [data.to_owned()];
        let binding = KbParams {
            aud,
            nonce,
            iat: now,
            transaction_data: &data,
        };
        kb::present(&card, &[Path::name("listener")], &holder, &binding).unwrap()
    }

    /// What the verifier says of a good presentation of the latest request.
    pub fn good(&self, name: &str, data: &str) -> PresentationResult {
        let aud = format!("redirect_uri:{RESPONSE_URI}");
        let shown = self.show(name, data, NONCE, &aud);
        let claims = Map::from_iter([("listener".to_owned(), Value::from(name))]);
        PresentationResult {
            iss: ISSUER.into(),
            aud: "http://listen.localhost:8080/payments".into(),
            jti: kernel::hex::encode(self.ground.world.random::<16>()),
            purpose: "mandate".into(),
            device: "same".into(),
            credentials: vec![ShownCard {
                id: "payer".into(),
                vct: vocab::listener_vct(ISSUER),
                iss: ISSUER.into(),
                claims,
            }],
            transaction_data: vec![data.to_owned()],
            presentation: Map::from_iter([("payer".to_owned(), json!([shown]))]),
            nonce: NONCE.into(),
            client_id: aud,
        }
    }

    pub fn answers(&self, code: &str, result: PresentationResult) {
        self.results.lock().unwrap().insert(code.to_owned(), result);
    }

    /// A signed day manifest, kept to be fetched; answers its hash.
    pub fn close_day(&self, day: &str, ucr: i64, tracks: &Value) -> String {
        let payload = json!({
            "iss": "http://listen.localhost:8080/streaming",
            "day": day,
            "plans": {"s2o": {"plays": 1, "ucr": ucr}, "free": {"plays": 0, "ucr": 0}},
            "tracks": tracks,
        });
        let key = SigningKey::generate_ed25519(self.ground.world.entropy());
        let token = jose::sign(
            &key,
            &json!({"typ": "resonate-day+jwt", "kid": "k"}),
            &payload,
        );
        let hash = kernel::hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&token));
        self.manifests.lock().unwrap().insert(day.to_owned(), token);
        hash
    }
}

/// The nonce of every request of this verifier; a real one draws it.
pub const NONCE: &str = "n-0123456789012345678901234567890123456789012";

fn part(
    name: &'static str,
    migrations: &'static Migrations,
    public: Vec<(Origin, Router)>,
    peer: Router,
) -> Part {
    let routes = Routes { public, peer };
    Part {
        name,
        routes,
        migrations,
        jobs: vec![],
        subscriptions: vec![],
        checks: vec![],
    }
}

async fn jwks(State(o): State<Shared>) -> Json<Value> {
    Json(jose::jwks_json([&o.tokens.public().with_kid("token-1")]))
}

async fn card_keys(State(o): State<Shared>) -> Json<Value> {
    let set = jose::jwks_json([&o.cards.public().with_kid("card-1")]);
    Json(json!({"issuer": ISSUER, "jwks": set}))
}

async fn requests(State(o): State<Shared>, body: Bytes) -> Answer<Response> {
    let now = o.ground.world.now();
    let peers = &o.ground.peers;
    let heard = peers
        .heard("idp", "POST /peer/vp/requests", &body, &["payments"], now)
        .await?;
    let data = heard.body["transaction_data"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let query = purpose::find("mandate").unwrap().dcql(ISSUER);
    let query = Query::parse(&query.to_string()).unwrap();
    let ask = Asking::Cards {
        query,
        transaction_data: vec![data.clone()],
    };
    let url = Asked::new(RESPONSE_URI, NONCE, "state-1", ask)
        .wallet_url("http://wallet.localhost:8080/present");
    o.asked.lock().unwrap().push(data);
    let answer = json!({"transaction_id": "t-1", "wallet_url": url});
    Ok(peers.answer(&heard, &answer, now))
}

async fn results(State(o): State<Shared>, body: Bytes) -> Answer<Response> {
    let now = o.ground.world.now();
    let peers = &o.ground.peers;
    let heard = peers
        .heard("idp", "POST /peer/vp/results", &body, &["payments"], now)
        .await?;
    let code = heard.body["response_code"].as_str().unwrap();
    let result = o.results.lock().unwrap().get(code).cloned();
    let result = result.ok_or(Problem::new(&problem::WRONG_BROWSER))?;
    let jws = peers.vouch("idp", &result, now);
    Ok(peers.answer(&heard, &json!({"jws": jws}), now))
}

async fn days(State(o): State<Shared>, body: Bytes) -> Answer<Response> {
    let now = o.ground.world.now();
    let peers = &o.ground.peers;
    let heard = peers
        .heard("streaming", "POST /peer/days", &body, &["payments"], now)
        .await?;
    let day = heard.body["day"].as_str().unwrap();
    let manifest = o.manifests.lock().unwrap().get(day).cloned();
    let manifest = manifest.ok_or(Problem::new(&problem::NOT_FOUND))?;
    Ok(peers.answer(&heard, &json!({"manifest": manifest}), now))
}

/// The provider of the sign-in: the code is the subject; a step-up gives what it was asked for.
struct Provider;

impl SignIn for Provider {
    fn begin<'a>(&'a self, ask: &'a Ask, _: Timestamp) -> BoxFuture<'a, Result<String, Problem>> {
        Box::pin(async move { Ok(format!("{ISSUER}/authorize?state={}", ask.state)) })
    }

    fn finish<'a>(
        &'a self,
        ask: &'a Ask,
        code: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Proven, Problem>> {
        let acr = ask.acr_values.clone().unwrap_or_else(|| "phr".into());
        Box::pin(async move {
            Ok(Proven {
                sub: code.to_owned(),
                acr,
                auth_time: now,
                sid: None,
                id_token: format!("id-token-of-{code}-with-{}", ask.nonce),
            })
        })
    }

    fn ended<'a>(
        &'a self,
        logout_token: &'a str,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<String, Problem>> {
        let sid = logout_token.strip_prefix("ended:").map(str::to_owned);
        Box::pin(async move { sid.ok_or_else(|| Problem::new(&problem::INVALID_REQUEST)) })
    }
}
