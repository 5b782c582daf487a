//! A player written in the test: its own key, proofs, intents and beats, as a foreign app would.

use super::visitor::{Answer, Visitor};
use base64ct::{Base64UrlUnpadded, Encoding};
use credential::{
    dpop,
    jose::{self, SigningKey},
};
use host_testing::SeededEntropy;
use kernel::{Timestamp, hex};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

/// A player at one listening origin.
pub struct Player {
    pub listen: String,
    key: SigningKey,
    nonce: Option<String>,
    count: u64,
    seed: u64,
    /// Seconds the demo's clock was moved.
    pub ahead: i64,
    pub mandate: String,
}

impl Player {
    pub fn new(listen: String, seed: u64) -> Self {
        let key = SigningKey::generate_es256(&SeededEntropy::new(seed));
        Self {
            listen,
            key,
            nonce: None,
            count: 0,
            seed,
            ahead: 0,
            mandate: String::new(),
        }
    }

    pub fn public(&self) -> Value {
        self.key.public().public_json()
    }

    fn now(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "a foreign player has a clock of its own"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_secs()).unwrap() + self.ahead
    }

    /// Agrees with a server whose clock shows `now` seconds.
    pub fn set_clock(&mut self, now: i64) {
        self.ahead = 0;
        self.ahead = now - self.now();
    }

    fn draw(&mut self) -> [u8; 16] {
        self.count += 1;
        let digest = Sha256::digest(format!("{} {}", self.seed, self.count));
        std::array::from_fn(|i| digest[i])
    }

    /// Sends one request with a proof, once more with the server's nonce where it asks for one.
    pub async fn send(
        &mut self,
        visitor: &mut Visitor,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let url = format!("{}{path}", self.listen);
        let bytes = if method == "GET" {
            vec![]
        } else {
            serde_json::to_vec(body).unwrap()
        };
        for _ in 0..2 {
            let jti = Base64UrlUnpadded::encode_string(&self.draw());
            let now = Timestamp::from_seconds(self.now());
            let bound = (method != "GET").then_some(bytes.as_slice());
            let nonce = self.nonce.clone();
            let proof = dpop::make(
                &self.key,
                method,
                &url,
                nonce.as_deref(),
                None,
                bound,
                &jti,
                now,
            );
            let mut headers = HeaderMap::new();
            headers.insert("dpop", HeaderValue::from_str(&proof).unwrap());
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            headers.insert("accept", HeaderValue::from_static("application/json"));
            headers.insert("origin", HeaderValue::from_str(&self.listen).unwrap());
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            let answer = visitor.send(method, &url, headers, bytes.clone()).await;
            if let Some(nonce) = answer.headers.get("dpop-nonce") {
                self.nonce = Some(nonce.to_str().unwrap().to_owned());
            }
            if answer.status != 401 || !answer.text().contains("use_dpop_nonce") {
                return answer;
            }
        }
        panic!("{path}: the server refuses its own nonce");
    }

    pub async fn open_session(&mut self, visitor: &mut Visitor) {
        let answer = self
            .send(visitor, "POST", "/play/session", &json!({}))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// The request for one play of `track` at the price the person saw.
    pub fn wish(&mut self, track: &str, price: i64) -> Value {
        let play = self.draw();
        let mut hash = Sha256::new();
        hash.update(b"resonate/transfer-id/1\0hold\0");
        hash.update(16_u32.to_be_bytes());
        hash.update(play);
        let hold = hex::encode(&hash.finalize()[..16]);
        let now = self.now();
        let intent = jose::sign(
            &self.key,
            &json!({ "typ": "play-intent+jwt", "kid": self.key.thumbprint() }),
            &json!({ "aud": format!("{}/payments", self.listen), "hold": hold, "max": price,
                "mandate": self.mandate, "iat": now, "exp": now + 300 }),
        );
        json!({ "play": hex::encode(play), "track": track, "prefer": ["mp3"], "region": "ZZ",
            "explicit_ok": true, "intent": intent })
    }

    pub async fn start(&mut self, visitor: &mut Visitor, wish: &Value) -> Answer {
        self.send(visitor, "POST", "/play/start", wish).await
    }

    pub async fn beat(
        &mut self,
        visitor: &mut Visitor,
        play: &str,
        heard_ms: i64,
        event: &str,
    ) -> Answer {
        let body = json!({ "heard_ms": heard_ms, "position_ms": heard_ms, "event": event });
        self.send(visitor, "POST", &format!("/play/{play}/beat"), &body)
            .await
    }

    /// Price and number of the next play of `track`.
    pub async fn price(&mut self, visitor: &mut Visitor, track: &str) -> (i64, i64) {
        let answer = self
            .send(
                visitor,
                "POST",
                "/tracks/prices",
                &json!({ "ids": [track] }),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let line = answer.json()["tracks"][0].clone();
        (line["n"].as_i64().unwrap(), line["price"].as_i64().unwrap())
    }
}
