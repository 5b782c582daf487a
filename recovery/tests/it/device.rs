//! A device with a vault: it knows the vault's write key and a read token. What it seals is made up;
//! the store cannot tell.

use crate::house::{Call, Home, proof};
use credential::jose::SigningKey;
use host_testing::Page;
use kernel::b64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub struct Device {
    pub id: [u8; 16],
    pub key: SigningKey,
    pub token: [u8; 32],
    pub epoch: i64,
    pub version: i64,
}

impl Device {
    pub fn new(n: u8) -> Self {
        Self {
            id: [n; 16],
            key: SigningKey::ed25519_from_seed(&[n; 32]),
            token: [n; 32],
            epoch: 1,
            version: 1,
        }
    }

    /// One whose vault is stored.
    pub async fn stored(home: &Home, n: u8) -> Self {
        let device = Self::new(n);
        let made = device.make(home).await;
        assert_eq!(made.status, 201, "{}", made.text());
        device
    }

    pub fn path(&self) -> String {
        format!("/vault/{}", b64::encode(self.id))
    }

    /// The document at its version, saying `what`.
    pub fn document(&self, what: &str) -> Value {
        let sealed = |level: &str| {
            json!({"version": self.version, "salt": b64::encode([7; 32]),
                   "nonce": b64::encode([8; 12]), "ct": b64::encode(format!("{level} {what}"))})
        };
        json!({
            "format": "resonate-vault/1", "vault_id": b64::encode(self.id),
            "epoch": self.epoch, "version": self.version,
            "slots": [{"id": b64::encode([1; 16]), "kind": "sheet", "root": b64::encode([2; 60])}],
            "readers": [b64::encode(Sha256::digest(self.token))],
            "day": sealed("day"), "root": sealed("root"),
        })
    }

    /// `claims` beside the usual ones of the proof; null takes one away.
    pub async fn sign(&self, home: &Home, call: Call, claims: &Value) -> Call {
        let jti = b64::encode(home.house.ground.world.random::<16>());
        let mut all = json!({"jti": jti, "epoch": self.epoch, "version": self.version});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        all.as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        let proof = proof(&self.key, &call, &home.nonce().await, &all, home.now());
        call.header("dpop", proof)
    }

    pub fn call(&self, method: &'static str, path: String, body: &Value) -> Call {
        let call = Call {
            method,
            path,
            headers: vec![],
            body: match body {
                Value::Null => vec![],
                Value::String(text) => text.clone().into_bytes(),
                body => body.to_string().into_bytes(),
            },
        };
        if call.body.is_empty() {
            return call;
        }
        call.header("content-type", "application/json")
    }

    /// The call that keeps a new vault.
    pub async fn making(&self, home: &Home, document: &Value) -> Call {
        let call = self.call("POST", "/vault".into(), document);
        let work = home.work().await;
        self.sign(home, call, &json!({}))
            .await
            .header("vault-work", work)
    }

    pub async fn make(&self, home: &Home) -> Page {
        let document = self.document("first");
        let call = self.making(home, &document).await;
        home.send(&call).await
    }

    /// The call that writes `what` as the next version.
    pub async fn writing(&mut self, home: &Home, what: &str) -> Call {
        let follows = self.version;
        self.version += 1;
        let call = self.call("PUT", self.path(), &self.document(what));
        let call = self.sign(home, call, &json!({})).await;
        call.header("if-match", format!("\"{follows}\""))
    }

    pub async fn write(&mut self, home: &Home, what: &str) -> Page {
        let call = self.writing(home, what).await;
        home.send(&call).await
    }

    /// The call that renews the root key: the next epoch, by `next`.
    pub async fn renewing(&mut self, home: &Home, next: &SigningKey) -> Call {
        let follows = self.version;
        self.version += 1;
        self.epoch += 1;
        let call = self.call("PUT", self.path(), &self.document("renewed"));
        let claims = json!({"next": next.public().public_json()});
        let call = self.sign(home, call, &claims).await;
        call.header("if-match", format!("\"{follows}\""))
    }

    pub async fn read(&self, home: &Home) -> Page {
        self.read_at(home, &self.path()).await
    }

    pub async fn read_at(&self, home: &Home, path: &str) -> Page {
        let call = self.call("GET", path.to_owned(), &Value::Null);
        home.send(&call.header("vault-read", b64::encode(self.token)))
            .await
    }

    /// A signed call without a body.
    pub async fn signed(&self, home: &Home, method: &'static str, path: String) -> Page {
        let call = self.call(method, path, &Value::Null);
        let call = self.sign(home, call, &json!({})).await;
        home.send(&call).await
    }
}
