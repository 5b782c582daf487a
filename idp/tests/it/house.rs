//! The provider on a ground of its own, spoken to through its router as browsers and apps do.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use credential::{dpop, jose::SigningKey};
use host::Demo;
use host_testing::{FixedClock, Scratch, ground_for_test};
use idp::{Config, Idp, Settings};
use kernel::{Timestamp, b64};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tower::ServiceExt;

use crate::tables::cell;
pub use crate::tables::tables;

pub const ISSUER: &str = "http://localhost:8080";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const SECRET: &str = "secret-secret-secret";

/// What an answer was.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The parameters of the address it leads to.
    pub fn query(&self) -> BTreeMap<String, String> {
        let url = url::Url::parse(self.location()).unwrap();
        url.query_pairs()
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect()
    }

    /// The value of a hidden field of its own form, past the frame's.
    pub fn main_field(&self, name: &str) -> String {
        let main = Self {
            status: self.status,
            headers: HeaderMap::new(),
            body: self.body.split("<main").nth(1).unwrap().to_owned(),
        };
        main.field(name)
    }

    /// The value of a hidden field of its page.
    pub fn field(&self, name: &str) -> String {
        let at = self
            .body
            .find(&format!("name=\"{name}\" value=\""))
            .expect("the field");
        let rest = &self.body[at..];
        let value = rest.split("value=\"").nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    }
}

/// The provider, its clock and its database.
pub struct House {
    pub idp: Idp,
    pub clock: FixedClock,
    pub ground: host::Ground,
    router: Router,
    staff: Router,
    // Keeps the database until the end of the test.
    _scratch: Scratch,
}

impl House {
    /// The demo, with its personas and the apps of [`clients`].
    pub async fn new() -> Self {
        Self::with(clients()).await
    }

    /// The demo with other apps.
    pub async fn with(clients: Vec<Value>) -> Self {
        Self::built(clients, true).await
    }

    /// A provider that is no demo.
    pub async fn without_demo() -> Self {
        Self::built(clients(), false).await
    }

    /// The demo with other apps and made-up people.
    pub async fn of(clients: Vec<Value>, personas: Vec<String>) -> Self {
        let settings = Settings {
            clients,
            personas,
            ..Settings::default()
        };
        Self::set_up(settings, true).await
    }

    /// The demo with a limit of token calls.
    pub async fn with_limit(token_calls_per_minute: u32) -> Self {
        let settings = Settings {
            token_calls_per_minute: Some(token_calls_per_minute),
            clients: clients(),
            ..Settings::default()
        };
        Self::set_up(settings, true).await
    }

    async fn built(clients: Vec<Value>, demo: bool) -> Self {
        let personas = ["listener", "artist", "owner", "secretary"].map(str::to_owned);
        let personas = personas.to_vec();
        let settings = Settings {
            clients,
            personas,
            ..Settings::default()
        };
        Self::set_up(settings, demo).await
    }

    async fn set_up(settings: Settings, demo: bool) -> Self {
        Self::founded(settings, demo, ISSUER).await
    }

    /// With these settings, and the personas.
    pub async fn of_settings(settings: Settings, demo: bool) -> Self {
        let personas = vec!["listener".to_owned(), "artist".to_owned()];
        let settings = Settings {
            personas,
            ..settings
        };
        Self::founded(settings, demo, ISSUER).await
    }

    /// No demo, at another issuer.
    pub async fn at(issuer: &str, settings: Settings) -> Self {
        Self::founded(settings, false, issuer).await
    }

    /// With all of its settings, at its own address.
    pub async fn founded(settings: Settings, demo: bool, issuer: &str) -> Self {
        let scratch = Scratch::new(&[&idp::MIGRATIONS, &web::MIGRATIONS]).await;
        let clock = FixedClock::at("2026-11-21T09:00:00Z");
        let mut ground = ground_for_test(&scratch, &clock);
        ground.origins.id = issuer.to_owned();
        if demo {
            let bind = "127.0.0.1:8080".parse().unwrap();
            let data = scratch.folder().join("demo");
            ground.demo = Some(Demo::enter(&ground.origins, bind, &data).unwrap());
        }
        let config = Config::parse(settings).unwrap();
        let idp = Idp::new(&ground, config).unwrap();
        idp.start().await.unwrap();
        let mut public = idp.part().routes.public;
        let staff = public.remove(1).1;
        let router = public.remove(0).1;
        Self {
            idp,
            clock,
            ground,
            router,
            staff,
            _scratch: scratch,
        }
    }

    /// A number or text the database holds.
    pub async fn cell<T>(&self, sql: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        use sqlx::Row;
        let mut conn = self.ground.db.read().await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut *conn).await.unwrap();
        row.try_get(0).unwrap()
    }

    /// Changes the database behind the provider's back.
    pub async fn execute(&self, sql: &'static str) {
        let write = self.ground.db.write(move |tx| {
            Box::pin(async move {
                sqlx::query(sql).execute(&mut **tx).await?;
                Ok::<_, host::db::Error>(())
            })
        });
        write.await.unwrap();
    }
}

/// Apps of the tests, as an operator's file would list them.
pub fn clients() -> Vec<Value> {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/identity.json")).unwrap();
    vec![
        json!({
            "client_id": "web", "client_name": "Web player", "client_secret": SECRET,
            "redirect_uris": ["https://app.example/cb"], "scope": "openid profile",
            "post_logout_redirect_uris": ["https://app.example/bye"],
        }),
        json!({
            "client_id": "other", "client_name": "Other app", "client_secret": "other-secret-other",
            "redirect_uris": ["https://other.example/cb"], "scope": "openid offline_access",
            "token_endpoint_auth_method": "client_secret_post",
            "id_token_signed_response_alg": "ES256",
        }),
        json!({
            "client_id": "app", "client_name": "Phone app", "application_type": "native",
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/cb"],
            "scope": "openid profile offline_access resonate.play",
            "id_token_signed_response_alg": "EdDSA",
        }),
        json!({
            "client_id": "partner", "client_name": "Partner", "redirect_uris": ["https://p.example/cb"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": vectors["client_assertion"]["jwks"].clone()},
            "scope": "openid",
        }),
        json!({
            "client_id": "plain", "client_name": "Old library", "client_secret": SECRET,
            "redirect_uris": ["https://old.example/cb"], "scope": "openid", "require_pkce": false,
            "grant_types": ["authorization_code"],
        }),
    ]
}

impl House {
    /// Serves it over a real socket of this machine, until the test ends.
    pub fn serve(&self, listener: tokio::net::TcpListener) {
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Self::answered(self.router.clone(), request).await
    }

    /// Sends a request to the staff origin.
    pub async fn send_to_staff(&self, request: Request<Body>) -> Answer {
        Self::answered(self.staff.clone(), request).await
    }

    async fn answered(router: Router, request: Request<Body>) -> Answer {
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The body of an answer that is no text.
    pub async fn bytes(&self, request: Request<Body>) -> Vec<u8> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// Posts a form with headers.
    pub async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(encoded(form))).unwrap())
            .await
    }

    pub fn now(&self) -> Timestamp {
        self.ground.world.now()
    }

    /// What the tables hold: a digest of every row of every table of the provider, and of what may
    /// be taken once. Two equal digests: nothing was changed.
    pub async fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut conn = self.ground.db.read().await.unwrap();
        for (table, columns) in tables() {
            let names = columns
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            let sql = format!("SELECT {names} FROM {table} ORDER BY {names}");
            let sql: &'static str = sql.leak();
            for row in sqlx::query(sql).fetch_all(&mut *conn).await.unwrap() {
                for (at, (_, kind)) in columns.iter().enumerate() {
                    hash.update(cell(&row, at, kind));
                    hash.update([0x1f]);
                }
                hash.update([0x1e]);
            }
        }
        b64::encode(hash.finalize())
    }
}

pub fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}

/// `Authorization: Basic` of an app.
pub fn basic(id: &str, secret: &str) -> String {
    use base64ct::{Base64, Encoding};
    format!(
        "Basic {}",
        Base64::encode_string(format!("{id}:{secret}").as_bytes())
    )
}

/// A browser: cookies and nothing else.
#[derive(Clone, Default)]
pub struct Browser {
    pub jar: BTreeMap<String, String>,
}

impl Browser {
    pub fn cookies(&self) -> String {
        self.jar
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    pub fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub async fn get(&mut self, house: &House, path: &str) -> Answer {
        let request =
            Request::get(path.trim_start_matches(ISSUER)).header(header::COOKIE, self.cookies());
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        self.keep(&answer);
        answer
    }

    /// Posts a form of one of our pages.
    pub async fn post(&mut self, house: &House, path: &str, form: &[(&str, &str)]) -> Answer {
        let cookies = self.cookies();
        let headers = [
            ("cookie", cookies.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("origin", house.ground.origins.id.as_str()),
        ];
        let answer = house.post(path, form, &headers).await;
        self.keep(&answer);
        answer
    }

    /// Follows redirects within the provider.
    pub async fn open(&mut self, house: &House, path: &str) -> Answer {
        let mut answer = self.get(house, path).await;
        while answer.status == StatusCode::SEE_OTHER && answer.location().starts_with('/') {
            let next = answer.location().to_owned();
            answer = self.get(house, &next).await;
        }
        answer
    }

    /// Opens a request and signs in as a persona; the page or answer after it.
    pub async fn sign_in(&mut self, house: &House, query: &[(&str, &str)], who: &str) -> Answer {
        let page = self.open(house, &authorize(query)).await;
        assert_eq!(page.status, StatusCode::OK, "the page of ways in: {page:?}");
        let (ix, token) = (page.field("ix"), page.field("form_token"));
        let form = [
            ("ix", ix.as_str()),
            ("form_token", &token),
            ("demo_as", who),
        ];
        let answer = self.post(house, "/demo/as", &form).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "signed in: {answer:?}"
        );
        let next = answer.location().to_owned();
        self.open(house, &next).await
    }

    /// As [`Browser::sign_in`], and agrees where asked; the code.
    pub async fn code(&mut self, house: &House, query: &[(&str, &str)], who: &str) -> String {
        let page = self.sign_in(house, query, who).await;
        self.agree(house, page).await
    }

    /// Presses Allow on a consent page; the code.
    pub async fn agree(&mut self, house: &House, page: Answer) -> String {
        let answer = if page.status == StatusCode::OK {
            let path = consent_path(&page);
            let token = page.field("form_token");
            let form = [
                ("form_token", token.as_str()),
                ("decision", "allow"),
                ("nickname", "Heron"),
            ];
            self.post(house, &path, &form).await
        } else {
            page
        };
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let query = answer.query();
        assert_eq!(query.get("iss").map(String::as_str), Some(ISSUER));
        query
            .get("code")
            .unwrap_or_else(|| panic!("a code: {answer:?}"))
            .clone()
    }
}

pub fn consent_path(page: &Answer) -> String {
    let rest = page
        .body
        .split("action=\"")
        .find(|part| part.contains("/consent\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The address of a request.
pub fn authorize(query: &[(&str, &str)]) -> String {
    format!("/authorize?{}", encoded(query))
}

/// A good request of the app `web`.
pub fn web_request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", "web"),
        ("response_type", "code"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// A good request of the public app, that stays connected.
pub fn app_request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("scope", "openid profile offline_access"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// The form that redeems a code of `web`.
pub fn web_redeem(code: &str) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "authorization_code".into()),
        ("code", code.to_owned()),
        ("redirect_uri", "https://app.example/cb".into()),
        ("code_verifier", VERIFIER.into()),
    ]
}

/// Borrowed pairs.
pub fn lend(form: &[(&'static str, String)]) -> Vec<(&'static str, &'static str)> {
    form.iter().map(|(n, v)| (*n, &*v.clone().leak())).collect()
}

/// A key that makes proofs for the provider.
pub struct Prover {
    pub key: SigningKey,
    pub nonce: Option<String>,
    count: u32,
}

impl Prover {
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::ed25519_from_seed(&[seed; 32]),
            nonce: None,
            count: 0,
        }
    }

    pub fn jkt(&self) -> String {
        self.key.thumbprint()
    }

    /// A proof for a request; each has a `jti` of its own.
    pub fn proof(
        &mut self,
        house: &House,
        method: &Method,
        path: &str,
        token: Option<&str>,
    ) -> String {
        self.count += 1;
        let jti = format!("{}-{}", self.jkt(), self.count);
        let url = format!("{ISSUER}{path}");
        let nonce = self.nonce.as_deref();
        dpop::make(
            &self.key,
            method.as_str(),
            &url,
            nonce,
            token,
            None,
            &jti,
            house.now(),
        )
    }

    /// Posts a form with a proof; fetches the nonce first where there is none.
    pub async fn post(&mut self, house: &House, path: &str, form: &[(&str, &str)]) -> Answer {
        for _ in 0..2 {
            let proof = self.proof(house, &Method::POST, path, None);
            let answer = house.post(path, form, &[("dpop", &proof)]).await;
            self.nonce = Some(answer.header("dpop-nonce").to_owned());
            let again =
                answer.status == StatusCode::BAD_REQUEST && answer.body.contains("use_dpop_nonce");
            if !again {
                return answer;
            }
        }
        panic!("the nonce just given is refused");
    }
}
