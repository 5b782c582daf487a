//! A house with the vault store in it.

use crate::device::Device;
use credential::dpop;
use host_testing::{Browser, House, Page};
use http::Request;
use recovery::Recovery;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub const WALLET: &str = "http://wallet.localhost:8080";

pub struct Home {
    pub house: House,
}

impl Home {
    pub async fn open() -> Self {
        let house = House::open(&[&recovery::MIGRATIONS], |ground| {
            vec![Recovery::new(ground).part()]
        })
        .await;
        Self { house }
    }

    pub fn now(&self) -> kernel::Timestamp {
        self.house.ground.world.now()
    }

    /// An hour and a day later by the clock of the jobs: each has its turn.
    pub async fn jobs(&self) {
        self.house.joined.jobs.run_due(self.now()).await.unwrap();
    }

    /// Days pass; each job has its turn.
    pub async fn days(&self, days: i64) {
        self.house.clock.advance(days * 86_400);
        self.jobs().await;
    }

    /// Everything that is stored here, to see that nothing changed.
    pub async fn digest(&self) -> String {
        let mut conn = self.house.ground.db.read().await.unwrap();
        let mut all = String::new();
        for sql in [
            "SELECT write_jwk || doc AS text, epoch * 1000000 + version AS a, touched_us AS b,
             COALESCE(leaving_us, 0) AS c FROM recovery_vault ORDER BY vault_id",
            "SELECT 'reader' AS text, CAST(COUNT(*) AS BIGINT) AS a, CAST(0 AS BIGINT) AS b,
             CAST(0 AS BIGINT) AS c FROM recovery_vault_reader",
            "SELECT doc AS text, version AS a, at_us AS b, CAST(0 AS BIGINT) AS c
             FROM recovery_vault_old ORDER BY vault_id, version",
            "SELECT 'finder' AS text, touched_us AS a, CAST(0 AS BIGINT) AS b,
             CAST(0 AS BIGINT) AS c FROM recovery_vault_finder ORDER BY id",
            "SELECT 'seen' AS text, CAST(COUNT(*) AS BIGINT) AS a, CAST(0 AS BIGINT) AS b,
             CAST(0 AS BIGINT) AS c FROM host_seen",
        ] {
            for row in sqlx::query(sql).fetch_all(&mut *conn).await.unwrap() {
                let text: String = sqlx::Row::get(&row, "text");
                let numbers: [i64; 3] = ["a", "b", "c"].map(|name| sqlx::Row::get(&row, name));
                all += &format!("{text} {numbers:?}\n");
            }
        }
        all
    }

    /// A vault as it would be stored, without the work that making one costs.
    pub async fn plant(&self, device: &Device) {
        let touched = self.now().day().start().micros();
        let doc = device.document("planted").to_string();
        let hash = Sha256::digest(device.token).to_vec();
        let (id, doc, hash) = (&device.id, &doc, &hash);
        let write = self.house.ground.db.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO recovery_vault
                    (vault_id, write_jwk, epoch, version, doc, touched_us) VALUES ($1, '{}', 1, 1, $2, $3)",
                )
                .bind(id.to_vec())
                .bind(doc.clone())
                .bind(touched)
                .execute(&mut **tx)
                .await?;
                let reader = "INSERT INTO recovery_vault_reader (vault_id, token_hash) VALUES ($1, $2)";
                sqlx::query(reader)
                    .bind(id.to_vec())
                    .bind(hash.clone())
                    .execute(&mut **tx)
                    .await?;
                Ok::<_, host::db::Error>(())
            })
        });
        write.await.unwrap();
    }

    /// A fresh challenge, solved.
    pub async fn work(&self) -> String {
        let page = get(&mut self.house.browser(), "/vault/challenge").await;
        let (challenge, bits) = (
            page.json()["challenge"].clone(),
            page.json()["bits"].clone(),
        );
        let challenge = challenge.as_str().unwrap();
        let n = solve(challenge, bits.as_u64().unwrap());
        format!("pow:{challenge}:{n}")
    }

    /// The nonce for proofs now.
    pub async fn nonce(&self) -> String {
        let page = get(&mut self.house.browser(), "/vault/challenge").await;
        page.headers["dpop-nonce"].to_str().unwrap().to_owned()
    }

    pub async fn send(&self, call: &Call) -> Page {
        self.house.browser().send(call.request()).await
    }
}

/// A call as it goes over the wire.
#[derive(Clone)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub fn request(&self) -> Request<axum::body::Body> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(format!("{WALLET}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(self.body.clone().into()).unwrap()
    }
}

/// The proof of a call by `key` with these further claims.
pub fn proof(
    key: &credential::jose::SigningKey,
    call: &Call,
    nonce: &str,
    claims: &Value,
    now: kernel::Timestamp,
) -> String {
    let url = format!("{WALLET}{}", call.path);
    let want = dpop::Want {
        method: call.method,
        url: &url,
        now,
        access_token: None,
        body: Some(&call.body),
    };
    dpop::make_with(key, &want, Some(nonce), claims.as_object().unwrap().clone())
}

pub async fn get(browser: &mut Browser, path: &str) -> Page {
    browser.get(&format!("{WALLET}{path}")).await
}

/// The work, as a wallet does it.
pub fn solve(challenge: &str, bits: u64) -> u64 {
    let good = |n: &u64| {
        let digest = Sha256::digest(format!("{challenge}:{n}"));
        let first = u64::from_be_bytes(digest[..8].try_into().unwrap());
        u64::from(first.leading_zeros()) >= bits
    };
    (0..).find(good).unwrap()
}
