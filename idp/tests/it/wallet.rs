//! A wallet in the test: real keys, real proofs, the wallet's side of every flow.

use crate::house::{Answer, Browser, CHALLENGE, House, ISSUER, Prover, VERIFIER};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use credential::{
    dcql::Path,
    jose::SigningKey,
    kb::{self, KbParams},
    siop, vci,
    vp::{Ask, Request as Asked, WalletPolicy, vp_token},
};
use host_testing::SeededEntropy;
use serde_json::{Value, json};
use sha2::block_api::compress256;
use std::collections::BTreeMap;

pub const ACR_WALLET: &str = "urn:resonate:acr:wallet";
const RETURN: &str = "http://127.0.0.1:51004/cb";

/// One copy of a card and its key.
pub struct Copy {
    pub card: String,
    pub key: SigningKey,
}

/// A wallet.
pub struct Wallet {
    pub key: SigningKey,
    pub prover: Prover,
    pub browser: Browser,
    pub access: String,
    pub copies: Vec<Copy>,
    scope: &'static str,
    entropy: SeededEntropy,
}

/// Does the work of a challenge.
pub async fn admission(house: &House) -> String {
    let given = house.get("/join/challenge").await.json();
    let challenge = given["challenge"].as_str().unwrap();
    format!(
        "pow:{challenge}:{}",
        solve(challenge, given["bits"].as_u64().unwrap())
    )
}

/// The least n whose hash begins with so many zero bits. By hand over the compression function: the
/// comfortable way takes seconds in an unoptimised test.
pub fn solve(challenge: &str, bits: u64) -> u64 {
    let start: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    let good = |n: &u64| {
        let text = format!("{challenge}:{n}");
        let mut padded = [0_u8; 128];
        padded[..text.len()].copy_from_slice(text.as_bytes());
        padded[text.len()] = 0x80;
        let blocks = if text.len() < 56 { 1 } else { 2 };
        let length = u64::try_from(text.len() * 8).unwrap().to_be_bytes();
        padded[blocks * 64 - 8..blocks * 64].copy_from_slice(&length);
        let mut state = start;
        compress256(&mut state, &padded.as_chunks::<64>().0[..blocks]);
        u64::from(state[0].leading_zeros()) >= bits
    };
    (0..u64::MAX).find(good).unwrap()
}

impl Wallet {
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::ed25519_from_seed(&[seed; 32]),
            prover: Prover::new(seed.wrapping_add(100)),
            browser: Browser::default(),
            access: String::new(),
            copies: Vec::new(),
            scope: "openid resonate.credential offline_access",
            entropy: SeededEntropy::new(u64::from(seed)),
        }
    }

    /// Pushes a request of the wallet's own client and opens it; where it leads.
    pub async fn authorize(&mut self, house: &House, more: &[(&str, &str)]) -> Answer {
        let scope = self.scope;
        let mut form = vec![
            ("client_id", "resonate-wallet"),
            ("response_type", "code"),
            ("redirect_uri", RETURN),
            ("scope", scope),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        form.extend(more);
        let pushed = self.prover.post(house, "/par", &form).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
        let urn = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let query = [("client_id", "resonate-wallet"), ("request_uri", &urn)];
        self.browser
            .open(house, &crate::house::authorize(&query))
            .await
    }

    /// Begins to join; the request that the wallet is asked to answer.
    pub async fn begin_join(&mut self, house: &House, handle: &str, work: &str) -> Asked {
        let more = [
            ("prompt", "create"),
            ("acr_values", ACR_WALLET),
            ("login_hint", handle),
            ("resonate_admission", work),
        ];
        let answer = self.authorize(house, &more).await;
        asked(house, answer.location())
    }

    /// Answers a SIOP request; the answer of the provider.
    pub async fn introduce(&self, house: &House, asked: &Asked) -> Answer {
        assert_eq!(asked.ask, Ask::SelfIssued);
        let token = siop::make(&self.key, &asked.client_id, &asked.nonce, house.now());
        house
            .post(
                "/vp/s",
                &[("state", &asked.state), ("id_token", &token)],
                &[],
            )
            .await
    }

    /// Takes the code of a good answer back in the wallet's own browser.
    pub async fn back(&mut self, house: &House, answer: &Answer) -> Answer {
        let (path, code) = response_code(answer);
        let back = self
            .browser
            .post(house, &path, &[("response_code", &code)])
            .await;
        if back.status != StatusCode::SEE_OTHER {
            return back;
        }
        let next = back.location().to_owned();
        self.browser.open(house, &next).await
    }

    /// Joins and redeems the code.
    pub async fn join(&mut self, house: &House, handle: &str) {
        let work = admission(house).await;
        let asked = self.begin_join(house, handle, &work).await;
        let answer = self.introduce(house, &asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let back = self.back(house, &answer).await;
        self.redeem(house, &back).await;
    }

    /// Joins with another scope.
    pub async fn join_with(&mut self, house: &House, handle: &str, scope: &'static str) {
        self.scope = scope;
        self.join(house, handle).await;
    }

    /// Redeems the code of an answer to the wallet's client.
    pub async fn redeem(&mut self, house: &House, back: &Answer) {
        assert!(back.location().starts_with(RETURN), "{back:?}");
        let code = back.query()["code"].clone();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "resonate-wallet"),
            ("code", code.as_str()),
            ("redirect_uri", RETURN),
            ("code_verifier", VERIFIER),
        ];
        let tokens = self.prover.post(house, "/token", &form).await;
        assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
        self.access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    }

    /// Posts JSON with the wallet's token and proof.
    pub async fn call(&mut self, house: &House, path: &str, body: &Value) -> Answer {
        let token = self.access.clone();
        let proof = self.prover.proof(house, &Method::POST, path, Some(&token));
        let auth = format!("DPoP {token}");
        let headers = [("authorization", auth.as_str()), ("dpop", &proof)];
        let answer = post_json(house, path, body, &headers).await;
        self.prover.nonce = Some(answer.header("dpop-nonce").to_owned());
        answer
    }

    /// A fresh `c_nonce`.
    pub async fn c_nonce(&mut self, house: &House) -> String {
        let answer = house.post("/nonce", &[], &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        self.prover.nonce = Some(answer.header("dpop-nonce").to_owned());
        answer.json()["c_nonce"].as_str().unwrap().to_owned()
    }

    /// Fresh keys and their proofs.
    pub fn proofs(&self, house: &House, n: usize, c_nonce: &str) -> (Vec<SigningKey>, Vec<String>) {
        let keys: Vec<SigningKey> = (0..n)
            .map(|_| SigningKey::generate_es256(&self.entropy))
            .collect();
        let by = Some("resonate-wallet");
        let proofs = keys
            .iter()
            .map(|key| vci::make_proof(key, ISSUER, by, c_nonce, house.now()))
            .collect();
        (keys, proofs)
    }

    /// Fetches a batch of cards.
    pub async fn receive(&mut self, house: &House, n: usize) -> Answer {
        let c_nonce = self.c_nonce(house).await;
        let (keys, proofs) = self.proofs(house, n, &c_nonce);
        let answer = self
            .call(house, "/credential", &card_request(&proofs))
            .await;
        if answer.status == StatusCode::OK {
            let cards = answer.json()["credentials"].as_array().unwrap().clone();
            assert_eq!(cards.len(), n);
            let text = |card: &Value| card["credential"].as_str().unwrap().to_owned();
            self.copies
                .extend(cards.iter().zip(keys).map(|(card, key)| Copy {
                    card: text(card),
                    key,
                }));
        }
        answer
    }

    /// Shows the next copy for a request, disclosing these claims.
    pub fn present(&mut self, house: &House, asked: &Asked, show: &[&str]) -> String {
        let Ask::Cards {
            query,
            transaction_data,
        } = &asked.ask
        else {
            panic!("cards asked")
        };
        let copy = self.copies.pop().expect("a copy is left");
        let paths: Vec<Path> = show.iter().map(|name| Path::name(name)).collect();
        let params = KbParams {
            aud: &asked.client_id,
            nonce: &asked.nonce,
            iat: house.now(),
            transaction_data,
        };
        let token = kb::present(&copy.card, &paths, &copy.key, &params).unwrap();
        vp_token(&[(&query.credentials[0].id, token)])
    }
}

/// Reads the request out of a wallet's address, as the wallet's page does.
pub fn asked(house: &House, location: &str) -> Asked {
    let (base, query) = location
        .split_once('?')
        .unwrap_or_else(|| panic!("no request: {location}"));
    assert_eq!(base, format!("{}/present", house.ground.origins.wallet));
    Asked::parse(
        query,
        WalletPolicy {
            allow_loopback_http: true,
        },
        house.now(),
    )
    .unwrap()
}

/// Path and code of the address that a good answer leads the browser to.
pub fn response_code(answer: &Answer) -> (String, String) {
    let redirect = answer.json()["redirect_uri"].as_str().unwrap().to_owned();
    let (page, code) = redirect.split_once("#response_code=").expect("a code");
    (page.trim_start_matches(ISSUER).to_owned(), code.to_owned())
}

/// A request for Listener cards.
pub fn card_request(proofs: &[String]) -> Value {
    json!({ "credential_configuration_id": "listener", "proofs": { "jwt": proofs } })
}

/// Posts JSON.
pub async fn post_json(
    house: &House,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

/// The claims a card discloses, by name, without checking it.
pub fn disclosed(card: &str) -> BTreeMap<String, Value> {
    let read = |part: &str| -> Option<(String, Value)> {
        let array: Value = serde_json::from_slice(&kernel::b64::decode(part)?).ok()?;
        Some((array[1].as_str()?.to_owned(), array[2].clone()))
    };
    card.split('~').skip(1).filter_map(read).collect()
}
