//! A house with this module in it, and the people who come to its doors.

use crate::outside::{ISSUER, Outside};
use axum::body::Body;
use credential::{
    dpop,
    jose::{self, SigningKey},
    vocab::transaction,
};
use host::{AskError, Event};
use host_testing::{Browser, House, Page};
use http::{Method, Request};
use kernel::{Amount, hex};
use payments::{
    Payments, Settings, ids,
    ledger::{self, Account, Ledger, Sums},
};
use serde_json::{Value, json};
use std::sync::Arc;

pub const LISTEN: &str = "http://listen.localhost:8080";

pub struct Home {
    pub house: House,
    pub outside: Arc<Outside>,
    pub payments: Payments,
}

impl Home {
    pub async fn open() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let mut made = None;
        let migrations = [&web::MIGRATIONS, &payments::MIGRATIONS];
        let house = House::open(&migrations, |ground| {
            let outside = Outside::new(ground);
            let config = settings.check(&ground.origins.listen).unwrap();
            let payments = Payments::new(ground, config);
            let mut parts = outside.parts();
            parts.push(web::part(ground));
            parts.push(payments.part());
            made = Some((outside, payments));
            parts
        })
        .await;
        let (outside, payments) = made.unwrap();
        Self {
            house,
            outside,
            payments,
        }
    }

    pub fn now(&self) -> kernel::Timestamp {
        self.house.ground.world.now()
    }

    /// A second passes: what the provider kept back leaves, and what came is looked into.
    pub async fn tick(&self) {
        self.house.clock.advance(1);
        self.payments.fake().deliver(self.now()).await;
        self.jobs().await;
    }

    pub async fn jobs(&self) {
        self.house.joined.jobs.run_due(self.now()).await.unwrap();
    }

    pub async fn sums(&self, ledger: Ledger, name: &str) -> Sums {
        let account = Account::parse(ledger, name).unwrap();
        let mut conn = self.house.ground.db.read().await.unwrap();
        let sums = ledger::sums(&mut conn, &account).await.unwrap();
        assert_eq!(
            sums,
            ledger::counted(&mut conn, &account).await.unwrap(),
            "{name}"
        );
        sums
    }

    /// Every amount there is, to see that nothing moved.
    pub async fn digest(&self) -> String {
        let mut conn = self.house.ground.db.read().await.unwrap();
        let mut all = Vec::new();
        for sql in [
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS s FROM payments_transfer",
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, CAST(COALESCE(SUM(credits_posted - debits_posted - debits_pending), 0) AS BIGINT) AS s FROM payments_account",
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, CAST(COALESCE(SUM(ucr), 0) AS BIGINT) AS s FROM payments_spend",
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, CAST(COUNT(since) AS BIGINT) AS s FROM payments_mandate WHERE since IS NOT NULL",
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, CAST(COUNT(paid) AS BIGINT) AS s FROM payments_order WHERE state = 'paid'",
        ] {
            let row = sqlx::query(sql).fetch_one(&mut *conn).await.unwrap();
            let pair: (i64, i64) = (sqlx::Row::get(&row, "n"), sqlx::Row::get(&row, "s"));
            all.push(pair);
        }
        format!("{all:?}")
    }

    /// The event as streaming sends it, delivered.
    pub async fn event(&self, topic: &'static str, subject: &str, body: Value) {
        let event = Event {
            topic,
            version: 1,
            subject: subject.to_owned(),
            ver: 1,
            audience: "payments",
            body,
        };
        let id = hex::encode(self.house.ground.world.random::<16>());
        let (event, id, now) = (&event, &id, self.now());
        let outbox = &self.house.ground.outbox;
        self.house
            .ground
            .db
            .write(move |tx| {
                Box::pin(async move {
                    outbox
                        .put(tx, "streaming", event.clone(), id.clone(), now)
                        .await
                })
            })
            .await
            .unwrap();
        outbox.drain().await.unwrap();
    }

    pub async fn strays(&self) -> Vec<String> {
        let mut conn = self.house.ground.db.read().await.unwrap();
        let sql = "SELECT why FROM payments_stray ORDER BY at, id";
        let rows = sqlx::query(sql).fetch_all(&mut *conn).await.unwrap();
        rows.iter().map(|r| sqlx::Row::get(r, "why")).collect()
    }

    /// Asks for a hold as streaming does.
    pub async fn hold(&self, body: &Value) -> Result<Value, AskError> {
        let peers = &self.house.ground.peers;
        peers
            .ask("streaming", "payments", "/peer/holds", body, self.now())
            .await
    }

    /// Somebody with an app, a key, and `cents` in the purse.
    pub async fn listener(&self, name: &str, cents: &[i64]) -> Listener {
        let mut listener = Listener::new(self, name);
        for minor in cents {
            let order = listener
                .post(self, "/purse/topups", &json!({"minor": minor}))
                .await;
            assert_eq!(order.status, 201, "{}", order.text());
            let url = order.json()["pay_url"].as_str().unwrap().to_owned();
            let paid = listener.browser.post_form(&url, &[("act", "pay")]).await;
            assert_eq!(paid.status, 303, "{}", paid.text());
        }
        self.tick().await;
        listener
    }
}

/// A refusal's slug, whichever way it came.
pub fn slug(answer: Result<Value, AskError>) -> (u16, String, Value) {
    match answer {
        Err(AskError::Refused { slug, status, body }) => (status, slug, body),
        other => panic!("not refused: {other:?}"),
    }
}

/// One who listens through an app: a key of her own and a token bound to it.
pub struct Listener {
    pub name: String,
    pub key: SigningKey,
    pub token: String,
    pub browser: Browser,
    count: u32,
}

impl Listener {
    pub fn new(home: &Home, name: &str) -> Self {
        let key = SigningKey::generate_es256(home.house.ground.world.entropy());
        let token = home.outside.token(&json!({
            "iss": ISSUER, "aud": LISTEN, "sub": name, "scope": "openid resonate.play",
            "exp": home.now().plus_seconds(600_000).seconds(),
            "cnf": {"jkt": key.thumbprint()},
        }));
        let browser = home.house.browser();
        Self {
            name: name.to_owned(),
            key,
            token,
            browser,
            count: 0,
        }
    }

    pub async fn call(
        &mut self,
        home: &Home,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Page {
        let mut nonce = None;
        loop {
            self.count += 1;
            let jti = format!("{}-{}", self.name, self.count);
            let url = format!("{LISTEN}{path}");
            let proof = dpop::make(
                &self.key,
                method,
                &url,
                nonce.as_deref(),
                Some(&self.token),
                None,
                &jti,
                home.now(),
            );
            let mut request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).unwrap())
                .uri(&url)
                .header("authorization", format!("DPoP {}", self.token))
                .header("dpop", proof);
            if body.is_some() {
                request = request.header("content-type", "application/json");
            }
            let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
            let page = self.browser.send(request.body(body).unwrap()).await;
            let next = page
                .headers
                .get("dpop-nonce")
                .map(|v| v.to_str().unwrap().to_owned());
            let again = page.json()["type"] == "/problems/use_dpop_nonce" && nonce.is_none();
            if !again {
                return page;
            }
            nonce = next;
        }
    }

    pub async fn get(&mut self, home: &Home, path: &str) -> Page {
        self.call(home, "GET", path, None).await
    }

    pub async fn post(&mut self, home: &Home, path: &str, body: &Value) -> Page {
        self.call(home, "POST", path, Some(body)).await
    }

    /// Asks for a mandate for her own key; answers id and the string to confirm.
    pub async fn ask(&mut self, home: &Home, limits: &Value) -> (String, String) {
        let mut body = limits.clone();
        body["jwk"] = self.key.public().public_json();
        let asked = self.post(home, "/purse/mandates", &body).await;
        assert_eq!(asked.status, 201, "{}", asked.text());
        let text = |name: &str| asked.json()[name].as_str().unwrap().to_owned();
        (text("id"), text("transaction_data"))
    }

    pub async fn confirm(&mut self, home: &Home, id: &str, code: &str) -> Page {
        let path = format!("/purse/mandates/{id}/confirm");
        self.post(home, &path, &json!({"response_code": code}))
            .await
    }

    /// A mandate that counts.
    pub async fn mandate(&mut self, home: &Home, limits: &Value) -> String {
        let (id, data) = self.ask(home, limits).await;
        home.outside
            .answers(&id, home.outside.good(&self.name, &data));
        let done = self.confirm(home, &id, &id).await;
        assert_eq!(done.status, 200, "{}", done.text());
        id
    }

    /// The request for a hold, as streaming makes it from play number `play`.
    pub fn wish(&self, home: &Home, mandate: &str, play: u32, amount: i64) -> Value {
        let hold = hold_id(play);
        let intent = self.intent(
            home,
            &json!({"hold": hold, "max": amount, "mandate": mandate}),
        );
        json!({
            "hold": hold, "amount": amount, "day": home.now().day(),
            "rule": "ladder/1", "intent": intent,
        })
    }

    /// An intent with `claims` in place of the usual ones.
    pub fn intent(&self, home: &Home, claims: &Value) -> String {
        let now = home.now().seconds();
        let mut all = json!({
            "aud": "http://listen.localhost:8080/payments", "iat": now, "exp": now + 300,
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let header = json!({"typ": "play-intent+jwt", "kid": self.key.thumbprint()});
        jose::sign(&self.key, &header, &all)
    }

    pub async fn available(&mut self, home: &Home) -> i64 {
        self.get(home, "/purse").await.json()["available"]
            .as_i64()
            .unwrap()
    }
}

/// The hold of a play, as both sides compute it.
pub fn hold_id(play: u32) -> String {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&play.to_be_bytes());
    hex::encode(ids::transfer("hold", &[&bytes]))
}

/// The hash a step-up carries for a string.
pub fn nonce_of(data: &str) -> String {
    transaction::hash(data)
}

/// Signs a browser in at the listen origin.
pub async fn sign_in(browser: &mut Browser, name: &str, path: &str) -> String {
    let begun = browser.get(&format!("{LISTEN}{path}")).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let to = begun.location().unwrap().to_owned();
    let state = to.split("state=").nth(1).unwrap();
    let back = format!("{LISTEN}/cb?code={name}&state={state}&iss=http%3A%2F%2Flocalhost%3A8080");
    let done = browser.get(&back).await;
    assert_eq!(done.status, 303, "{}", done.text());
    done.location().unwrap().to_owned()
}

/// What the ladder's first step costs.
pub const FIRST: Amount = Amount::new(2_000);
