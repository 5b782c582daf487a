//! Requests to a wallet, its answers, its proofs.

use crate::vectors::{CREDENTIALS, NOW, PAYMENTS, Seeded, key, list, text};
use credential::{
    Refusal, Trust,
    dcql::{Path, Query},
    jose::{self, SigningKey},
    kb::{self, KbParams},
    siop,
    status::NoStatus,
    vc::{self, IssueParams},
    vci::{self, CNonceKey, ProofWant},
    vocab::{self, purpose},
    vp::{self, AnswerWant, Ask, Request, WalletPolicy},
};
use kernel::Secret;
use serde_json::{Value, json};

const RESPONSE_URI: &str = "http://localhost:8080/vp/s";
const LOOPBACK: WalletPolicy = WalletPolicy {
    allow_loopback_http: true,
};

/// A request of the vectors, turned into an unsigned one with the same fault.
fn unsigned(case: &Value) -> String {
    let (_, payload) = jose::peek(text(case, "request")).unwrap();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &payload {
        let value = match (name.as_str(), value) {
            ("client_id", _) => format!("redirect_uri:{RESPONSE_URI}"),
            ("response_uri", _) => RESPONSE_URI.to_owned(),
            ("response_mode", Value::String(mode)) if mode == "direct_post.jwt" => {
                "direct_post".into()
            }
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        };
        query.append_pair(name, &value);
    }
    query.finish()
}

/// CR49, CR50, CR51, CR52: the faults that signed and unsigned requests share.
const SHARED: &[(&str, &[&str])] = &[
    ("CR48", &["redirect-uri-present"]),
    (
        "CR49",
        &["nonce-missing", "nonce-short", "nonce-characters"],
    ),
    (
        "CR50",
        &[
            "no-query",
            "query-and-scope",
            "presentation-definition",
            "client-id-scheme",
            "query-float-value",
        ],
    ),
    (
        "CR51",
        &[
            "expired",
            "iat-future",
            "aud-other",
            "response-mode-fragment",
        ],
    ),
    (
        "CR52",
        &[
            "transaction-data-unknown",
            "transaction-data-other-credential",
            "transaction-data-unknown-field",
        ],
    ),
];

#[test]
fn broken_requests_are_refused_with_their_word() {
    let cases = list(&CREDENTIALS["request_objects"], "cases");
    for (row, ids) in SHARED {
        for id in *ids {
            let case = cases.iter().find(|c| c["id"] == *id).unwrap();
            let verdict = Request::parse(&unsigned(case), LOOPBACK, NOW);
            let word = verdict.map_or_else(|refusal| refusal.reason(), |_| "accept");
            assert_eq!(word, text(case, "expect"), "{row} {id}");
        }
    }
    for id in [
        "good",
        "good-unknown-parameter",
        "good-iss-ignored",
        "good-transaction-data",
    ] {
        let case = cases.iter().find(|c| c["id"] == id).unwrap();
        assert!(
            Request::parse(&unsigned(case), LOOPBACK, NOW).is_ok(),
            "{id}"
        );
    }
}

fn query() -> Query {
    Query::from_json(purpose::find("mandate").unwrap().dcql(ISSUER)).unwrap()
}

fn mandate() -> Vec<String> {
    vec![text(&PAYMENTS["transaction_data"]["mandate"], "transaction_data").to_owned()]
}

fn request() -> Request {
    let ask = Ask::Cards {
        query: query(),
        transaction_data: mandate(),
    };
    Request::new(RESPONSE_URI, NONCE, "state-1", ask)
}

#[test]
fn a_request_survives_the_wallets_address() {
    for ask in [request().ask, Ask::SelfIssued] {
        let sent = Request { ask, ..request() };
        let url = sent.wallet_url("http://wallet.localhost:8080/present");
        let (_, query) = url.split_once('?').unwrap();
        assert_eq!(Request::parse(query, LOOPBACK, NOW), Ok(sent));
    }
    assert_eq!(request().host().as_deref(), Some("localhost"));
}

#[test]
fn unsigned_requests_stay_on_this_machine() {
    let parse = |uri: &str, policy| {
        let sent = Request::new(uri, NONCE, "s", Ask::SelfIssued);
        let url = sent.wallet_url("http://w/");
        Request::parse(url.split_once('?').unwrap().1, policy, NOW).map(|_| ())
    };
    assert_eq!(parse(RESPONSE_URI, LOOPBACK), Ok(()));
    assert_eq!(parse("http://id.localhost:8080/vp/s", LOOPBACK), Ok(()));
    let refused = Err(Refusal::RequestClient);
    let closed = WalletPolicy {
        allow_loopback_http: false,
    };
    assert_eq!(parse(RESPONSE_URI, closed), refused, "CR46");
    for uri in [
        "https://id.example.coop/vp/s",
        "http://id.example.coop/vp/s",
        "http://10.0.0.1/vp/s",
    ] {
        assert_eq!(parse(uri, LOOPBACK), refused, "CR46 {uri}");
    }
    let user = parse("http://evil@localhost/vp/s", LOOPBACK);
    assert_eq!(user, Err(Refusal::RequestResponseUri));
    let base = request().wallet_url("x");
    let base = base.split_once('?').unwrap().1;
    for (more, why) in [
        ("&request=e30", Refusal::RequestClient),
        ("&request_uri=https%3A%2F%2Fx", Refusal::RequestClient),
        ("&redirect_uri=x", Refusal::RequestRedirectUri),
        ("&nonce=x", Refusal::Malformed),
    ] {
        let verdict = Request::parse(&format!("{base}{more}"), LOOPBACK, NOW);
        assert_eq!(verdict, Err(why), "{more}");
    }
    let other = base.replace(
        "response_uri=http%3A%2F%2Flocalhost",
        "response_uri=http%3A%2F%2F127.0.0.1",
    );
    assert_eq!(
        Request::parse(&other, LOOPBACK, NOW),
        Err(Refusal::RequestClient),
        "CR46"
    );
}

#[test]
fn dcql_paths_values_and_queries() {
    let vectors = &CREDENTIALS["dcql"];
    let claims = &vectors["claims"];
    for case in list(vectors, "paths") {
        let got = Path::parse(&case["path"]).and_then(|path| {
            path.select(claims)
                .map(|found| found.into_iter().cloned().collect::<Vec<_>>())
        });
        match case["select"].as_array() {
            Some(want) => assert_eq!(got.as_ref(), Ok(want), "{case}"),
            None => assert!(got.is_err(), "{case}"),
        }
    }
    for case in list(vectors, "values") {
        let query = json!({"credentials": [{"id": "a", "format": "dc+sd-jwt",
            "meta": {"vct_values": [claims["vct"]]},
            "claims": [{"path": case["path"], "values": case["values"]}]}]});
        let query = Query::from_json(query).unwrap();
        let fits = query.credentials[0].choose(claims).is_some();
        assert_eq!(json!(fits), case["match"], "{case}");
    }
    for case in list(vectors, "queries") {
        let verdict = Query::parse(&case["query"].to_string());
        assert_eq!(json!(verdict.is_ok()), case["valid"], "CR50 {}", case["id"]);
    }
}

#[test]
fn the_first_claim_set_that_fits_is_chosen() {
    let query = json!({"credentials": [{"id": "a", "format": "dc+sd-jwt",
        "meta": {"vct_values": ["v"]},
        "claims": [{"id": "x", "path": ["x"]}, {"id": "y", "path": ["y"]}],
        "claim_sets": [["x", "y"], ["y"]]}]});
    let query = Query::from_json(query).unwrap();
    let choose = |claims: Value| {
        query.credentials[0]
            .choose(&claims)
            .map(|a| a.paths.iter().map(Path::to_json).collect::<Vec<_>>())
    };
    assert_eq!(
        choose(json!({"vct": "v", "x": 1, "y": 2})),
        Some(vec![json!(["x"]), json!(["y"])])
    );
    assert_eq!(
        choose(json!({"vct": "v", "y": 2})),
        Some(vec![json!(["y"])])
    );
    assert_eq!(choose(json!({"vct": "v", "x": 1})), None);
    assert_eq!(choose(json!({"vct": "w", "x": 1, "y": 2})), None);
}

const ISSUER: &str = "http://localhost:8080";
const NONCE: &str = "eDd7UldXtJRCf4kBT5fXmSjzk40U61HiD7XeyYNOswQ";

struct Wallet {
    issued: String,
    holder: SigningKey,
    trust: Trust,
}

fn wallet() -> Wallet {
    let (issuer, holder) = (key("credential_issuer"), key("holder"));
    let card = vocab::card("listener").unwrap();
    let claims = json!({"listener": "l-1", "account": "w-1", "handle": "ada"});
    let params = IssueParams {
        issuer: ISSUER,
        kid: "cred-1",
        card,
        cnf: &holder.public(),
        exp: vc::expiry(card, NOW),
        status: None,
        claims: claims.as_object().unwrap(),
        now: NOW,
    };
    let issued = vc::issue(&params, &issuer, &Seeded::new(1)).unwrap();
    let vct = vocab::listener_vct(ISSUER);
    let trust = Trust::in_issuer(ISSUER, &[&vct], vec![issuer.public().with_kid("cred-1")]);
    Wallet {
        issued,
        holder,
        trust,
    }
}

impl Wallet {
    fn show(&self, names: &[&str], data: &[String]) -> String {
        let paths: Vec<Path> = names.iter().map(|name| Path::name(name)).collect();
        let client_id = request().client_id;
        let params = KbParams {
            aud: &client_id,
            nonce: NONCE,
            iat: NOW,
            transaction_data: data,
        };
        kb::present(&self.issued, &paths, &self.holder, &params).unwrap()
    }

    fn verdict(&self, vp_token: &str) -> Result<Vec<vp::Answered>, Refusal> {
        let (query, data, client_id) = (query(), mandate(), request().client_id);
        let want = AnswerWant {
            client_id: &client_id,
            nonce: NONCE,
            query: &query,
            transaction_data: &data,
            status: &NoStatus,
        };
        vp::verify_answer(vp_token, &want, &self.trust, NOW)
    }
}

#[test]
fn an_answer_is_one_presentation_for_each_card_asked() {
    let wallet = wallet();
    let good = wallet.show(&["listener"], &mandate());
    let answered = wallet
        .verdict(&vp::vp_token(&[("payer", good.clone())]))
        .unwrap();
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0].presentation.text("listener"), Some("l-1"));
    assert_eq!(answered[0].presentation.text("account"), None);
    for (bad, why) in [
        (json!(good), "text"),
        (json!({"payer": good}), "bare"),
        (json!({"payer": [good, good]}), "two for one id"),
        (json!({"payer": []}), "none for one id"),
        (json!({"payer": [good], "other": [good]}), "unknown id"),
        (json!({}), "set missing"),
        (json!({"payer": [7]}), "not text"),
    ] {
        let verdict = wallet.verdict(&bad.to_string());
        assert_eq!(verdict, Err(Refusal::ResponseShape), "CR38 {why}");
    }
    assert_eq!(
        wallet.verdict("{\"payer\":[],\"payer\":[]}"),
        Err(Refusal::ResponseShape),
        "CR38"
    );
}

#[test]
fn everything_asked_is_checked_again() {
    let wallet = wallet();
    let other = wallet.show(&["handle"], &mandate());
    let verdict = wallet.verdict(&vp::vp_token(&[("payer", other)]));
    assert_eq!(verdict, Err(Refusal::ClaimNotPresented), "CR39");
    for data in [vec![], vec![mandate()[0].clone(), mandate()[0].clone()]] {
        let unsigned = wallet.show(&["listener"], &data);
        let verdict = wallet.verdict(&vp::vp_token(&[("payer", unsigned)]));
        assert_eq!(verdict, Err(Refusal::TransactionData), "CR40");
    }
}

#[test]
fn optional_sets_may_stay_away() {
    let card = |id: &str| json!({"id": id, "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}});
    let query = json!({"credentials": [card("a"), card("b"), card("c")], "credential_sets": [
        {"options": [["a"], ["b"]]}, {"options": [["c"]], "required": false}]});
    let query = Query::from_json(query).unwrap();
    let met = |ids: &[&str]| credential::dcql::sets_are_met(&query, ids).is_ok();
    assert!(met(&["a"]) && met(&["b"]) && met(&["a", "c"]));
    assert!(!met(&["c"]) && !met(&[]) && !met(&["a", "d"]));
}

#[test]
fn self_issued_tokens() {
    let vectors = &CREDENTIALS["siop_id_tokens"];
    let policy = &vectors["policy"];
    let (client_id, nonce) = (text(policy, "client_id"), text(policy, "nonce"));
    // CR44: iss-not-sub, bare-thumbprint, sub-of-other-key, sub-jwk-*, did-with-sub-jwk.
    // CR45: aud-*, nonce-*, expired, exp-missing, iat-future.
    for case in list(vectors, "cases") {
        let verdict = siop::verify(text(case, "id_token"), client_id, nonce, NOW);
        let word = verdict.as_ref().map_or_else(Refusal::reason, |_| "accept");
        assert_eq!(word, text(case, "expect"), "{}", case["id"]);
        if let Ok(known) = verdict {
            assert_eq!(known.sub, text(vectors, "sub"));
        }
    }
    let key = SigningKey::generate_ed25519(&Seeded::new(2));
    let made = siop::make(&key, client_id, nonce, NOW);
    assert_eq!(
        siop::verify(&made, client_id, nonce, NOW).unwrap().jkt,
        key.thumbprint()
    );
    let late = siop::verify(&made, client_id, nonce, NOW.plus_seconds(361)).map(|_| ());
    assert_eq!(late, Err(Refusal::SiopTime), "CR45");
}

fn prove(proofs: &[&str], nonce: &str) -> Result<vci::Proofs, Refusal> {
    let policy = &CREDENTIALS["vci_jwt_proofs"]["policy"];
    let want = ProofWant {
        issuer: text(policy, "credential_issuer"),
        client_id: text(policy, "client_id"),
        accepts: &|sent| sent == nonce,
        now: NOW,
    };
    vci::verify_proofs(proofs, &want).map(credential::Verified::into_inner)
}

#[test]
fn proofs_for_cards() {
    let vectors = &CREDENTIALS["vci_jwt_proofs"];
    let nonce = text(&vectors["policy"], "c_nonce");
    // CR57 and CR58: what each proof's bytes decide.
    for case in list(vectors, "cases") {
        let verdict = prove(&[text(case, "proof")], nonce);
        let word = verdict.map_or_else(|refusal| refusal.reason(), |_| "accept");
        assert_eq!(word, text(case, "expect"), "{}", case["id"]);
    }
    let official = &vectors["official"];
    let want = ProofWant {
        issuer: text(official, "aud"),
        client_id: "any",
        accepts: &|sent| sent == text(official, "nonce"),
        now: kernel::Timestamp::from_seconds(official["iat"].as_i64().unwrap()),
    };
    assert!(vci::verify_proofs(&[text(official, "proof")], &want).is_ok());
}

#[test]
fn a_batch_has_as_many_keys_as_proofs_and_one_nonce() {
    let policy = &CREDENTIALS["vci_jwt_proofs"]["policy"];
    let (issuer, entropy) = (text(policy, "credential_issuer"), Seeded::new(5));
    let keys: Vec<SigningKey> = (0..21)
        .map(|_| SigningKey::generate_es256(&entropy))
        .collect();
    let make = |key, nonce| vci::make_proof(key, issuer, Some("resonate-wallet"), nonce, NOW);
    let proofs: Vec<String> = keys.iter().map(|key| make(key, "n1")).collect();
    let texts: Vec<&str> = proofs.iter().map(String::as_str).collect();
    let good = prove(&texts[..20], "n1").unwrap();
    assert_eq!(good.keys.len(), 20);
    assert!(
        good.keys
            .iter()
            .zip(&keys)
            .all(|(got, made)| *got == made.public())
    );
    assert_eq!(
        prove(&texts, "n1"),
        Err(Refusal::InvalidProof),
        "CR57 21 proofs"
    );
    assert_eq!(prove(&[], "n1"), Err(Refusal::InvalidProof), "CR57 none");
    assert_eq!(
        prove(&[texts[0], texts[0]], "n1"),
        Err(Refusal::InvalidProof),
        "CR57 a key twice"
    );
    assert_eq!(
        prove(&texts[..2], "n2"),
        Err(Refusal::InvalidNonce),
        "CR58 foreign"
    );
    let other = make(&keys[1], "n2");
    let want = ProofWant {
        issuer,
        client_id: "resonate-wallet",
        accepts: &|_| true,
        now: NOW,
    };
    let mixed = vci::verify_proofs(&[texts[0], &other], &want).map(|_| ());
    assert_eq!(mixed, Err(Refusal::InvalidNonce), "CR58 two in one request");
}

#[test]
fn c_nonces_live_five_minutes() {
    let key = CNonceKey::new(Secret::new([3; 32]));
    let nonce = key.nonce(&Seeded::new(1), NOW);
    assert!(key.accepts(&nonce, NOW) && key.accepts(&nonce, NOW.plus_seconds(300)));
    assert!(!key.accepts(&nonce, NOW.plus_seconds(301)), "CR58 old");
    assert!(!key.accepts(&nonce, NOW.plus_seconds(-60)));
    assert!(
        !CNonceKey::new(Secret::new([4; 32])).accepts(&nonce, NOW),
        "CR58 foreign"
    );
    assert_ne!(nonce, key.nonce(&Seeded::new(2), NOW));
}

#[test]
fn a_credential_request_has_one_name_and_one_kind_of_proof() {
    let read = |json: Value| vci::credential_request(json.to_string().as_bytes()).map(|_| ());
    let proofs = json!({"jwt": ["a"]});
    assert_eq!(
        read(json!({"credential_configuration_id": "listener", "proofs": proofs, "x": 1})),
        Ok(())
    );
    let request = Err(Refusal::InvalidCredentialRequest);
    assert_eq!(read(json!({"proofs": proofs})), request);
    let both =
        json!({"credential_configuration_id": "a", "credential_identifier": "b", "proofs": proofs});
    assert_eq!(read(both), request);
    for bad in [
        json!({}),
        json!({"jwt": []}),
        json!({"jwt": ["a"], "attestation": ["b"]}),
        json!({"jwt": [1]}),
    ] {
        let body = json!({"credential_configuration_id": "a", "proofs": bad});
        assert_eq!(read(body), Err(Refusal::InvalidProof), "CR57");
    }
}

#[test]
fn metadata_names_every_claim() {
    let card = vocab::card("listener").unwrap();
    let metadata = vci::issuer_metadata(ISSUER, "resonate.credential", &[card]);
    assert_eq!(metadata["credential_issuer"], ISSUER);
    let listener = &metadata["credential_configurations_supported"]["listener"];
    assert_eq!(listener["vct"], vocab::listener_vct(ISSUER));
    assert_eq!(list(&listener["credential_metadata"], "claims").len(), 7);
    let kind = vci::type_metadata(ISSUER, card);
    assert!(
        list(&kind, "claims")
            .iter()
            .all(|claim| claim["sd"] == "always")
    );
}
