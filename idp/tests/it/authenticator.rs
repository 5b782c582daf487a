//! A passkey authenticator in software, and the browser around it: real P-256, real CBOR, real
//! client data. Every lie an attacker could tell is a field of [`Lies`].

use kernel::b64;
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What is told differently from the truth.
#[derive(Clone, Default)]
pub struct Lies {
    pub origin: Option<String>,
    pub rp_id: Option<String>,
    pub kind: Option<&'static str>,
    pub challenge: Option<String>,
    pub cross_origin: bool,
    pub top_origin: bool,
    pub no_presence: bool,
    pub no_verification: bool,
    pub count: Option<u32>,
    pub flip_eligible: bool,
    pub alg: Option<i64>,
    pub not_kept: bool,
    pub tail_of_data: bool,
    pub tail_of_object: bool,
    pub user_handle: Option<Vec<u8>>,
    pub other_key: bool,
    pub id: Option<Vec<u8>>,
}

/// One passkey.
#[derive(Clone)]
pub struct Authenticator {
    key: SigningKey,
    pub id: Vec<u8>,
    pub user_handle: Vec<u8>,
    pub count: u32,
    pub synced: bool,
    origin: String,
    rp_id: String,
}

impl Authenticator {
    /// A passkey made from `seed`, for the pages of `origin`.
    pub fn new(seed: u8, origin: &str, synced: bool) -> Self {
        let host = origin
            .split("://")
            .nth(1)
            .unwrap()
            .split(':')
            .next()
            .unwrap();
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: Sha256::digest([seed]).to_vec(),
            user_handle: Vec::new(),
            count: 0,
            synced,
            origin: origin.to_owned(),
            rp_id: host.to_owned(),
        }
    }

    /// What `navigator.credentials.create(options)` gives, as `toJSON()`.
    pub fn create(&mut self, options: &Value, lies: &Lies) -> Value {
        let user = options["user"]["id"].as_str().unwrap();
        self.user_handle = b64::decode(user).unwrap();
        self.count += u32::from(!self.synced);
        let client_data = self.client_data("webauthn.create", options, lies);
        let id = lies.id.clone().unwrap_or_else(|| self.id.clone());
        let mut data = self.auth_data(0x40, lies);
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        data.extend(self.cose_key(lies));
        if lies.tail_of_data {
            data.extend([0xa0]);
        }
        let mut object = vec![0xa3];
        text(&mut object, "fmt");
        text(&mut object, "none");
        text(&mut object, "attStmt");
        object.push(0xa0);
        text(&mut object, "authData");
        bytes(&mut object, &data);
        if lies.tail_of_object {
            object.push(0xa0);
        }
        json!({
            "id": b64::encode(&id),
            "rawId": b64::encode(&id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": !lies.not_kept } },
            "response": {
                "clientDataJSON": b64::encode(client_data),
                "attestationObject": b64::encode(object),
                "transports": ["internal"],
                "publicKeyAlgorithm": -7,
            },
        })
    }

    /// What `navigator.credentials.get(options)` gives, as `toJSON()`.
    pub fn get(&mut self, options: &Value, lies: &Lies) -> Value {
        self.count += u32::from(!self.synced);
        let client_data = self.client_data("webauthn.get", options, lies);
        let mut data = self.auth_data(0, lies);
        if lies.tail_of_data {
            data.push(0);
        }
        let mut signed = data.clone();
        signed.extend(Sha256::digest(client_data.as_bytes()));
        let key = match lies.other_key {
            true => SigningKey::from_slice(&[99; 32]).unwrap(),
            false => self.key.clone(),
        };
        let signature: DerSignature = key.sign(&signed);
        let id = lies.id.clone().unwrap_or_else(|| self.id.clone());
        let user = lies
            .user_handle
            .clone()
            .unwrap_or_else(|| self.user_handle.clone());
        json!({
            "id": b64::encode(&id),
            "rawId": b64::encode(&id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64::encode(client_data),
                "authenticatorData": b64::encode(data),
                "signature": b64::encode(signature.as_bytes()),
                "userHandle": b64::encode(user),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value, lies: &Lies) -> String {
        let challenge = options["challenge"].as_str().unwrap();
        let mut said = json!({
            "type": lies.kind.unwrap_or(kind),
            "challenge": lies.challenge.as_deref().unwrap_or(challenge),
            "origin": lies.origin.as_deref().unwrap_or(&self.origin),
            "crossOrigin": lies.cross_origin,
        });
        if lies.top_origin {
            said["topOrigin"] = "https://evil.example".into();
        }
        said.to_string()
    }

    fn auth_data(&self, more: u8, lies: &Lies) -> Vec<u8> {
        let rp_id = lies.rp_id.as_deref().unwrap_or(&self.rp_id);
        let mut data = Sha256::digest(rp_id.as_bytes()).to_vec();
        let mut flags = more;
        flags |= u8::from(!lies.no_presence);
        flags |= u8::from(!lies.no_verification) << 2;
        if self.synced != lies.flip_eligible {
            flags |= 0x18;
        }
        data.push(flags);
        data.extend(lies.count.unwrap_or(self.count).to_be_bytes());
        data
    }

    /// A COSE key (RFC 9053): EC2, ES256, P-256.
    fn cose_key(&self, lies: &Lies) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let point = point.as_bytes();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03];
        match lies.alg {
            // -8, EdDSA: not among those asked for.
            Some(-8) => key.push(0x27),
            _ => key.push(0x26),
        }
        key.extend([0x20, 0x01, 0x21]);
        bytes(&mut key, &point[1..33]);
        key.push(0x22);
        bytes(&mut key, &point[33..65]);
        key
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(0x60 | u8::try_from(text.len()).unwrap());
    out.extend(text.as_bytes());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(short) if short < 24 => out.push(0x40 | short),
        Ok(short) => out.extend([0x58, short]),
        Err(_) => {
            out.push(0x59);
            out.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(bytes);
}
