//! Cards: the vectors of presentations row by row, and how ours are issued.

use crate::vectors::{CREDENTIALS, NOW, PAYMENTS, Says, Seeded, key, list, text, texts, trust};
use credential::{
    Refusal, Trust,
    dcql::Path,
    jose::{self, Jwk, SigningKey},
    kb::{self, KbParams, Nonce},
    sdjwt,
    vc::{self, IssueParams},
    vci,
    vocab::{self, transaction::Transaction},
    vp::{Want, verify_presentation},
};
use kernel::{Timestamp, b64};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Each row of the refusal table with the vectors that carry it.
const ROWS: &[(&str, &[&str])] = &[
    ("CR1", &["depth-40"]),
    (
        "CR2",
        &[
            "no-tilde",
            "padding",
            "empty-disclosure",
            "disclosure-not-json",
        ],
    ),
    (
        "CR3",
        &["duplicate-name-in-payload", "duplicate-name-in-disclosure"],
    ),
    (
        "CR4",
        &[
            "alg-none",
            "alg-hs256-with-public-key",
            "alg-eddsa-on-ec-key",
        ],
    ),
    ("CR5", &["typ-absent", "typ-jwt", "typ-vc-sd-jwt"]),
    ("CR6", &["crit", "header-jku", "header-jwk"]),
    (
        "CR7",
        &["kid-unknown", "issuer-unknown", "issuer-trailing-slash"],
    ),
    ("CR8", &["issuer-may-not-issue-this-type"]),
    (
        "CR9",
        &[
            "signature-by-stranger",
            "payload-changed",
            "signature-in-der",
        ],
    ),
    ("CR10", &["sd-alg-md5", "sd-alg-nested"]),
    (
        "CR11",
        &[
            "sd-not-array",
            "sd-number-in-array",
            "ellipsis-with-other-key",
            "ellipsis-not-string",
            "ellipsis-outside-array",
        ],
    ),
    (
        "CR12",
        &["digest-twice-undisclosed", "digest-twice-other-level"],
    ),
    (
        "CR13",
        &[
            "disclosure-unreferenced",
            "disclosure-sent-twice",
            "child-without-parent",
        ],
    ),
    (
        "CR14",
        &[
            "arity-two-in-object",
            "arity-four",
            "arity-three-in-array",
            "salt-not-string",
            "disclosure-object",
        ],
    ),
    ("CR15", &["claim-named-sd", "claim-named-ellipsis"]),
    (
        "CR16",
        &["claim-collides-with-plain", "claim-collides-with-disclosed"],
    ),
    (
        "CR17",
        &[
            "sd-forbidden-exp",
            "sd-forbidden-cnf",
            "sd-forbidden-status",
            "sd-forbidden-vct",
            "sd-forbidden-iss",
            "sd-forbidden-nbf",
            "sd-forbidden-inside-cnf",
        ],
    ),
    (
        "CR18",
        &["exp-missing", "status-missing-where-type-needs-it"],
    ),
    ("CR19", &["exp-string", "float"]),
    ("CR20", &["expired", "not-yet-valid"]),
    ("CR21", &["vct-not-asked"]),
    (
        "CR22",
        &["cnf-missing", "cnf-private", "cnf-off-curve", "cnf-kid-url"],
    ),
    ("CR23", &["kb-stripped"]),
    ("CR24", &["kb-typ", "kb-alg-none", "kb-by-stranger"]),
    (
        "CR25",
        &["kb-aud-no-prefix", "kb-aud-array", "kb-aud-origin"],
    ),
    ("CR26", &["kb-nonce-other", "kb-nonce-missing"]),
    (
        "CR27",
        &[
            "kb-iat-year-old",
            "kb-iat-year-ahead",
            "kb-iat-301s-old",
            "kb-iat-61s-ahead",
            "kb-iat-missing",
        ],
    ),
    (
        "CR28",
        &[
            "kb-sd-hash-without-last-tilde",
            "disclosure-added-after-kb",
            "kb-sd-hash-missing",
        ],
    ),
    (
        "CR40",
        &[
            "transaction-data-alg-missing",
            "transaction-data-hash-of-decoded",
            "transaction-data-missing",
        ],
    ),
];

fn verdict(case: &Value) -> Result<Map<String, Value>, Refusal> {
    let mut policy = CREDENTIALS["presentations"]["policy"].clone();
    if let Some(own) = case["policy"].as_object() {
        for (name, value) in own {
            policy[name] = value.clone();
        }
    }
    let vcts = texts(&policy, "vct_values");
    let vcts: Vec<&str> = vcts.iter().map(String::as_str).collect();
    let data = match &policy["transaction_data"] {
        Value::Null => Vec::new(),
        _ => texts(&policy, "transaction_data"),
    };
    let want = Want {
        aud: text(&policy, "client_id"),
        nonce: Nonce::Is(text(&policy, "nonce")),
        vcts: &vcts,
        transaction_data: &data,
        status: &Says(Ok(())),
    };
    let shown = verify_presentation(text(case, "token"), &want, &trust(&policy), NOW)?;
    Ok(shown.into_inner().claims)
}

#[test]
fn every_broken_presentation_is_refused_with_its_word() {
    let cases = list(&CREDENTIALS["presentations"], "cases");
    let mut covered = 0;
    for (row, ids) in ROWS {
        for id in *ids {
            let case = cases.iter().find(|c| c["id"] == *id).unwrap();
            let reason = verdict(case).map_err(|refusal| refusal.reason());
            assert_eq!(reason, Err(text(case, "expect")), "{row} {id}");
            covered += 1;
        }
    }
    let broken = cases.iter().filter(|c| c["expect"] != "accept").count();
    assert_eq!(covered, broken, "each broken vector stands in one row");
}

#[test]
fn every_good_presentation_shows_what_it_discloses() {
    let cases = list(&CREDENTIALS["presentations"], "cases");
    for case in cases.iter().filter(|c| c["expect"] == "accept") {
        let claims = verdict(case).map(Value::Object);
        assert_eq!(claims.as_ref(), Ok(&case["claims"]), "{}", case["id"]);
    }
}

/// CR29, CR35: the status is asked of the card that is otherwise good, and only then.
#[test]
fn cr29_cr35_the_status_is_the_last_word() {
    let presentations = &CREDENTIALS["presentations"];
    let policy = &presentations["policy"];
    let vcts = texts(policy, "vct_values");
    let vcts: Vec<&str> = vcts.iter().map(String::as_str).collect();
    let trust = trust(policy);
    for (id, status, word) in [
        ("good", Ok(()), "accept"),
        ("good", Err(Refusal::Revoked), "revoked"),
        (
            "good",
            Err(Refusal::StatusUnavailable),
            "status-unavailable",
        ),
        ("kb-nonce-other", Err(Refusal::Revoked), "kb-nonce"),
        ("expired", Err(Refusal::Revoked), "expired"),
    ] {
        let case = list(presentations, "cases").iter().find(|c| c["id"] == id);
        let status = Says(status);
        let want = Want {
            aud: text(policy, "client_id"),
            nonce: Nonce::Is(text(policy, "nonce")),
            vcts: &vcts,
            transaction_data: &[],
            status: &status,
        };
        let shown = verify_presentation(text(case.unwrap(), "token"), &want, &trust, NOW);
        let said = shown.map_or_else(|refusal| refusal.reason(), |_| "accept");
        assert_eq!(said, word, "{id}");
    }
}

#[test]
fn the_official_example_passes_up_to_the_years_between_its_claims() {
    let official = &CREDENTIALS["presentations"]["official"];
    let vct = "https://credentials.example.com/example_credential";
    let keys = vec![Jwk::parse(&official["issuer_key"]).unwrap()];
    let trust = Trust::in_issuer("https://issuer.example.com", &[vct], keys);
    let kb = &official["kb"];
    let want = Want {
        aud: text(kb, "aud"),
        nonce: Nonce::Is(text(kb, "nonce")),
        vcts: &[vct],
        transaction_data: &[],
        status: &Says(Ok(())),
    };
    let now = Timestamp::from_seconds(kb["iat"].as_i64().unwrap());
    let shown = verify_presentation(text(official, "token"), &want, &trust, now).unwrap();
    assert_eq!(
        shown.claims["ld"]["credentialSubject"],
        official["disclosed"]
    );
}

#[test]
fn disclosures_are_hashed_as_received() {
    for case in list(&CREDENTIALS, "disclosures") {
        let disclosure = text(case, "disclosure");
        let content: Value = serde_json::from_slice(&b64::decode(disclosure).unwrap()).unwrap();
        assert_eq!(content, case["content"]);
        assert_eq!(vocab::transaction::hash(disclosure), text(case, "sha256"));
    }
}

#[test]
fn transaction_data_has_one_spelling() {
    for case in list(&CREDENTIALS, "transaction_data") {
        assert_eq!(
            vocab::transaction::hash(text(case, "string")),
            text(case, "sha256")
        );
    }
    for name in ["payment", "mandate", "payout"] {
        let case = &PAYMENTS["transaction_data"][name];
        let string = text(case, "transaction_data");
        let (read, ids) = Transaction::parse(string).unwrap();
        assert_eq!(read.to_text(), string, "{name}");
        assert_eq!(ids, ["payer"]);
        assert_eq!(
            vocab::transaction::hash(string),
            text(case, "transaction_data_hash")
        );
    }
    let unknown = text(&list(&CREDENTIALS, "transaction_data")[0], "string");
    assert_eq!(
        Transaction::parse(unknown),
        Err(Refusal::RequestTransactionData)
    );
    for amount in ["0", "-1", "01", "1.5", "9223372036854775808", ""] {
        let json = json!({"type": vocab::transaction::PAYMENT, "credential_ids": ["payer"],
            "transaction_data_hashes_alg": ["sha-256"], "id": "a", "amount": amount, "asset": "UCR",
            "payee": "x", "purpose": "own", "exp": 1});
        let text = b64::encode(json.to_string());
        assert_eq!(
            Transaction::parse(&text),
            Err(Refusal::RequestTransactionData),
            "{amount}"
        );
    }
}

const ISSUER: &str = "https://id.example.coop";
const AUD: &str = "redirect_uri:http://localhost:8080/vp/s";
const NONCE: &str = "n-0S6_WzA2Mj-n-0S6_WzA2Mj";

fn claims() -> Map<String, Value> {
    let json = json!({"handle": "quiet-heron", "account": "w-1", "listener": "l-1",
        "age_over_16": true, "joined_quarter": "2026-Q4"});
    json.as_object().cloned().unwrap()
}

fn issue(holder: &SigningKey, claims: &Map<String, Value>, seed: u64) -> String {
    let params = IssueParams {
        issuer: ISSUER,
        kid: "cred-1",
        card: vocab::card("listener").unwrap(),
        cnf: &holder.public(),
        exp: vc::expiry(vocab::card("listener").unwrap(), NOW),
        status: None,
        claims,
        now: NOW,
    };
    vc::issue(&params, &key("credential_issuer"), &Seeded::new(seed)).unwrap()
}

fn listener_trust() -> Trust {
    let keys = vec![key("credential_issuer").public().with_kid("cred-1")];
    Trust::in_issuer(ISSUER, &[&vocab::listener_vct(ISSUER)], keys)
}

fn params(aud: &str) -> KbParams<'_> {
    KbParams {
        aud,
        nonce: NONCE,
        iat: NOW,
        transaction_data: &[],
    }
}

fn show(token: &str) -> Result<Map<String, Value>, Refusal> {
    let vct = vocab::listener_vct(ISSUER);
    let vcts = &[vct.as_str()];
    let want = Want {
        aud: AUD,
        nonce: NONCE.into(),
        vcts,
        transaction_data: &[],
        status: &Says(Ok(())),
    };
    Ok(verify_presentation(token, &want, &listener_trust(), NOW)?
        .into_inner()
        .claims)
}

#[test]
fn a_copy_tells_nothing_about_what_its_holder_has() {
    let holder = key("holder");
    let mut counts = HashSet::new();
    let mut seen = HashSet::new();
    for (seed, some) in [claims(), Map::new(), claims()].into_iter().enumerate() {
        let token = issue(&holder, &some, seed as u64);
        let split = sdjwt::split(&token).unwrap();
        let (header, payload) = jose::peek(split.jwt).unwrap();
        let names: Vec<&String> = header.raw.keys().collect();
        assert_eq!(names, ["alg", "typ", "kid"]);
        let digests = texts(&Value::Object(payload.clone()), "_sd");
        assert!(digests.is_sorted());
        counts.insert(digests.len());
        assert!(
            digests.into_iter().all(|d| seen.insert(d)),
            "no digest recurs"
        );
        let mut visible: Vec<&str> = payload.keys().map(String::as_str).collect();
        visible.sort_unstable();
        assert_eq!(
            visible,
            [
                "_sd",
                "_sd_alg",
                "cnf",
                "exp",
                "iss",
                "vct",
                "vct#integrity"
            ]
        );
        assert_eq!(payload["exp"].as_i64().unwrap() % 86_400, 0);
        for disclosure in split.disclosures {
            let content: Value = serde_json::from_slice(&b64::decode(disclosure).unwrap()).unwrap();
            let salt = content[0].as_str().unwrap().to_owned();
            assert_eq!(b64::decode(&salt).unwrap().len(), 16);
            assert!(seen.insert(salt), "no salt recurs");
        }
    }
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [7],
        "one count for the type"
    );
}

#[test]
fn a_list_has_its_places_whatever_is_in_it() {
    let card = vocab::card("member").unwrap();
    for classes in [json!([]), json!(["artist"]), json!(["artist", "listener"])] {
        let claims = json!({"share_classes": classes, "good_standing": true});
        let params = IssueParams {
            issuer: ISSUER,
            kid: "cred-1",
            card,
            cnf: &key("holder").public(),
            exp: vc::expiry(card, NOW),
            status: Some(vc::StatusRef {
                uri: format!("{ISSUER}/status/3"),
                idx: 7,
            }),
            claims: claims.as_object().unwrap(),
            now: NOW,
        };
        let token = vc::issue(&params, &key("credential_issuer"), &Seeded::new(3)).unwrap();
        let (_, payload) = jose::peek(sdjwt::split(&token).unwrap().jwt).unwrap();
        assert_eq!(payload["share_classes"].as_array().unwrap().len(), 4);
        assert_eq!(payload["_sd"].as_array().unwrap().len(), 9);
        let without = IssueParams {
            status: None,
            ..params
        };
        let refused = vc::issue(&without, &key("credential_issuer"), &Seeded::new(3));
        assert_eq!(refused, Err(Refusal::ClaimMissing));
    }
    assert_eq!(vc::expiry(card, NOW).to_string(), "2026-12-21T00:00:00Z");
}

#[test]
fn a_holder_shows_only_what_was_asked() {
    let holder = key("holder");
    let issued = issue(&holder, &claims(), 1);
    let paths = [Path::name("account")];
    let token = kb::present(&issued, &paths, &holder, &params(AUD)).unwrap();
    assert_eq!(
        Value::Object(show(&token).unwrap()),
        json!({"account": "w-1"})
    );
    let nothing = kb::present(&issued, &[], &holder, &params(AUD)).unwrap();
    assert_eq!(show(&nothing), Ok(Map::new()));
    let absent = kb::present(&issued, &[Path::name("tier")], &holder, &params(AUD));
    assert_eq!(
        absent,
        Err(Refusal::ClaimNotPresented),
        "missing is missing, never false"
    );
    let again = kb::present(&token, &paths, &holder, &params(AUD));
    assert_eq!(again, Err(Refusal::KbUnexpected));
    let other = kb::present(
        &issued,
        &paths,
        &holder,
        &params("http://localhost:8080/vp/s"),
    );
    assert_eq!(show(&other.unwrap()), Err(Refusal::KbAud), "CR25");
}

#[test]
fn transaction_hashes_nobody_asked_for_are_refused() {
    let holder = key("holder");
    let issued = issue(&holder, &claims(), 1);
    let data = [text(&PAYMENTS["transaction_data"]["mandate"], "transaction_data").to_owned()];
    let signed = KbParams {
        transaction_data: &data,
        ..params(AUD)
    };
    let token = kb::present(&issued, &[], &holder, &signed).unwrap();
    assert_eq!(show(&token), Err(Refusal::TransactionData), "CR40");
}

#[test]
fn over_a_limit_is_too_large() {
    let holder = key("holder");
    let issued = issue(&holder, &claims(), 1);
    let long = format!("{issued}{}~", "A".repeat(8 * 1024 + 1));
    assert_eq!(show(&long), Err(Refusal::TooLarge), "CR1");
    let many = format!("{issued}{}", "QQ~".repeat(257));
    assert_eq!(show(&many), Err(Refusal::TooLarge), "CR1");
    let huge = format!("{issued}{}", "A".repeat(64 * 1024));
    assert_eq!(show(&huge), Err(Refusal::TooLarge), "CR1");
}

#[test]
fn nested_disclosures_end_at_the_depth_limit() {
    let (issuer, holder) = (key("credential_issuer"), key("holder"));
    let mut value = json!(1);
    let mut disclosures = Vec::new();
    for n in 0..40 {
        let text = b64::encode(json!([format!("salt{n}"), "a", value]).to_string());
        value = json!({"_sd": [vocab::transaction::hash(&text)]});
        disclosures.push(text);
    }
    let mut payload = json!({"iss": ISSUER, "vct": vocab::listener_vct(ISSUER),
        "exp": NOW.seconds() + 60, "cnf": {"jwk": holder.public().public_json()}});
    payload["_sd"] = value["_sd"].clone();
    let header = json!({"typ": "dc+sd-jwt", "kid": "cred-1"});
    let mut token = jose::sign(&issuer, &header, &payload);
    for text in &disclosures {
        token = format!("{token}~{text}");
    }
    token.push('~');
    let kb = kb::bind(&token, &holder, &params(AUD));
    assert_eq!(show(&format!("{token}{kb}")), Err(Refusal::TooLarge), "CR1");
}

#[test]
fn a_holder_refuses_a_card_that_arrives_bound() {
    let holder = key("holder");
    let issued = issue(&holder, &claims(), 1);
    let card = vc::verify_issued(&issued, &listener_trust(), NOW).unwrap();
    assert_eq!(card.cnf, holder.public());
    let bound = kb::present(&issued, &[], &holder, &params(AUD)).unwrap();
    let refused = vc::verify_issued(&bound, &listener_trust(), NOW).map(|_| ());
    assert_eq!(refused, Err(Refusal::KbUnexpected));
}

#[test]
fn an_issuer_is_its_metadata_read_strictly() {
    let key = key("credential_issuer").public().with_kid("cred-1");
    let good = vci::issuer_keys(ISSUER, [&key]);
    let read = vci::read_issuer_keys(&good, ISSUER).unwrap();
    assert_eq!((read[0].clone(), read[0].kid()), (key, Some("cred-1")));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut json = good.clone();
        change(&mut json);
        vci::read_issuer_keys(&json, ISSUER)
    };
    let refused = Err(Refusal::Issuer);
    assert_eq!(
        with(&|j| j["issuer"] = "https://id.example.coop/".into()),
        refused,
        "CR7"
    );
    assert_eq!(
        with(&|j| j["jwks_uri"] = "https://id.example.coop/jwks".into()),
        refused,
        "CR7"
    );
    assert_eq!(with(&|j| j["jwks"] = Value::Null), refused, "CR7");
}
