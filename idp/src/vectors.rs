//! The shared vectors of identity, run against the functions they describe.

use crate::{
    acr::Acr,
    authorize::{
        pkce,
        reply::{self, Mode, Outcome, To},
    },
    client::{
        Client, auth, first_party,
        metadata::{self, Facts, Policy, SectorList},
        redirect::{self, Kind, NoSector},
    },
    grant::{Grant, Holding},
    pairwise::Pairwise,
    secrets,
    token::{
        mint::{self, IdToken},
        refresh::{self, Use},
        store::Refresh,
    },
};
use credential::jose::{self, Alg, Jwk};
use host::Origins;
use kernel::{Handle, Secret, Timestamp, b64, hex};
use serde_json::Value;
use std::collections::HashMap;

fn vectors() -> Value {
    let text = include_str!("../../tests/vectors/identity.json");
    serde_json::from_str(text).unwrap()
}

/// K = 00..1f, as the vectors say.
fn key() -> Secret<[u8; 32]> {
    Secret::new(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {value}"))
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name} of {value}"))
}

fn origins() -> Origins {
    Origins {
        id: "https://id.example.coop".into(),
        wallet: "https://wallet.example.coop".into(),
        listen: "https://listen.example.coop".into(),
        coop: "https://coop.example.coop".into(),
        staff: "https://staff.example.coop".into(),
    }
}

fn client() -> Client {
    first_party::listen(&origins(), &key())
}

#[test]
fn pkce_takes_s256_only() {
    let v = &vectors()["pkce"];
    let challenge = text(v, "challenge");
    assert!(pkce::verify(Some(challenge), Some(text(v, "verifier"))).is_ok());
    assert!(pkce::verify(Some(challenge), None).is_err());
    assert!(
        pkce::verify(None, Some(text(v, "verifier"))).is_err(),
        "unasked"
    );
    assert!(pkce::verify(None, None).is_ok());
    for case in list(v, "verifier_cases") {
        let length = usize::try_from(case["length"].as_u64().unwrap()).unwrap();
        let verifier = "a".repeat(length);
        let challenge = credential::pkce::challenge(&verifier);
        let good = pkce::verify(Some(&challenge), Some(&verifier)).is_ok();
        assert_eq!(good, case["expect"] == "checked", "{case}");
    }
    for case in list(v, "challenge_cases") {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, member) in [
            ("code_challenge", "challenge"),
            ("code_challenge_method", "method"),
        ] {
            if let Some(value) = case[member].as_str() {
                query.append_pair(name, value);
            }
        }
        let params = crate::params::Params::parse(query.finish().as_bytes());
        let good = pkce::challenge(&client(), &params).is_ok();
        assert_eq!(good, case["expect"] == "ok", "{case}");
    }
}

#[test]
fn subjects_are_made_and_nothing_is_folded() {
    let v = &vectors()["pairwise"];
    let pairwise = Pairwise::new(key());
    for case in list(v, "cases") {
        let sub = pairwise.sub(text(case, "sector"), text(case, "account"));
        assert_eq!(sub.as_deref(), Ok(text(case, "sub")));
    }
    for case in list(v, "refused") {
        let sector = case["sector"].as_str().unwrap_or("player.example");
        let account = case["account"]
            .as_str()
            .unwrap_or("0190a3c8-0000-7000-8000-000000000001");
        assert!(pairwise.sub(sector, account).is_err(), "{case}");
    }
}

#[test]
fn a_sector_is_the_one_host_of_an_app() {
    for case in vectors()["sector"].as_array().unwrap() {
        let uris: Vec<String> = list(case, "redirect_uris")
            .iter()
            .map(|u| u.as_str().unwrap().to_owned())
            .collect();
        if case["expect"] == "invalid_redirect_uri" {
            assert!(
                !redirect::is_registrable(&uris[0], Kind::Web, false),
                "{case}"
            );
            continue;
        }
        if let Some(list) = case["sector_identifier_uri"].as_str() {
            let listed: Vec<String> = serde_json::from_value(case["document"].clone()).unwrap();
            let facts = Facts {
                id: Some("app"),
                secret_h: None,
                sector_list: SectorList::Read(&listed),
            };
            let policy = Policy {
                demo: false,
                may_waive_pkce: false,
                trusted: false,
            };
            let document = serde_json::json!({
                "redirect_uris": uris, "sector_identifier_uri": list,
                "token_endpoint_auth_method": "none",
            });
            let client = metadata::parse(&document, &facts, &policy);
            let sector = client.as_ref().map(|client| client.sector.as_str()).ok();
            assert_eq!(sector, case["sector"].as_str(), "{case}");
            continue;
        }
        let sector = redirect::sector(case["client_id"].as_str().unwrap_or("app"), &uris);
        match case["sector"].as_str() {
            Some(expected) => assert_eq!(sector.as_deref(), Ok(expected), "{case}"),
            None => assert_eq!(sector, Err(NoSector), "{case}"),
        }
    }
}

#[test]
fn a_tag_is_that_of_issuer_and_subject() {
    let v = &vectors()["external_tag"];
    for case in list(v, "cases") {
        let tag = crate::external::tag(&key(), text(case, "iss"), text(case, "sub"));
        assert_eq!(tag, text(case, "tag"));
    }
}

#[test]
fn a_form_token_is_that_of_browser_and_purpose() {
    let v = &vectors()["form_token"];
    let forms = web::form::FormKey::new(key());
    let (browser, purpose) = (text(v, "browser_id"), text(v, "purpose"));
    assert_eq!(forms.token(browser, purpose), text(v, "token"));
}

#[test]
fn tokens_are_stored_as_hashes() {
    let v = &vectors()["token_at_rest"];
    for case in list(v, "cases") {
        let stored = b64::decode(&secrets::hash(text(case, "token"))).unwrap();
        assert_eq!(hex::encode(stored), text(case, "sha256_hex"));
        assert!(secrets::has_form(text(case, "token"), "rs_at_"));
    }
}

/// What the scenarios of the vectors do to a family, in memory, by the same judge.
#[derive(Default)]
struct Family {
    rows: HashMap<String, Refresh>,
    ended: bool,
}

impl Family {
    fn show(&mut self, name: &str, token: &str, jkt: Option<&str>, at: i64) -> Result<String, ()> {
        let now = Timestamp::from_seconds(1_000 + at);
        let row = self
            .rows
            .get(token)
            .filter(|_| !self.ended)
            .ok_or(())?
            .clone();
        let next = refresh::successor(&key(), name, token);
        let unused = self
            .rows
            .get(&next)
            .is_some_and(|row| row.used_at.is_none());
        match refresh::judge(&row, jkt, unused, now) {
            Use::Refused => Err(()),
            Use::Reused => {
                self.ended = true;
                Err(())
            }
            Use::Again => Ok(next),
            Use::Current => {
                self.rows.get_mut(token).unwrap().used_at = Some(now);
                self.rows.insert(
                    next.clone(),
                    Refresh {
                        used_at: None,
                        ..row
                    },
                );
                Ok(next)
            }
        }
    }
}

#[test]
fn a_refresh_token_is_used_once_but_for_a_lost_answer() {
    let v = &vectors()["refresh_successor"];
    let name = text(v, "family");
    let chain: Vec<&str> = list(v, "chain")
        .iter()
        .map(|t| t.as_str().unwrap())
        .collect();
    for pair in chain.windows(2) {
        assert_eq!(refresh::successor(&key(), name, pair[0]), pair[1]);
    }
    for scenario in list(v, "scenarios") {
        let what = text(scenario, "name");
        let steps = scenario["steps"].as_array().cloned().unwrap_or_else(|| {
            let times = usize::try_from(scenario["parallel"].as_u64().unwrap()).unwrap();
            let mut step = scenario.clone();
            step["at"] = 0.into();
            step["expect"] = step["expect_all"].clone();
            vec![step; times]
        });
        let first = Refresh {
            family: name.to_owned(),
            grant_id: "grant".to_owned(),
            // The family belongs to key A, or to none where the scenario shows none.
            jkt: if steps[0]["key"].is_null() {
                None
            } else {
                Some("A".to_owned())
            },
            used_at: None,
            idle_until: Timestamp::from_seconds(100_000),
            ends: Timestamp::from_seconds(100_000),
        };
        let mut family = Family::default();
        family.rows.insert(chain[0].to_owned(), first);
        for step in &steps {
            let shown = chain[usize::try_from(step["present"].as_u64().unwrap()).unwrap()];
            let at = step["at"].as_i64().unwrap();
            let got = family.show(name, shown, step["key"].as_str(), at);
            match step["answer"].as_u64() {
                Some(n) if step["expect"] == "ok" => {
                    let expected = chain[usize::try_from(n).unwrap()];
                    assert_eq!(got.as_deref(), Ok(expected), "{what}");
                }
                _ => assert_eq!(got, Err(()), "{what}"),
            }
            if let Some(after) = step["family_after"].as_str() {
                assert_eq!(family.ended, after == "ended", "{what}");
            }
        }
    }
}

#[test]
fn basic_is_form_encoded_inside() {
    for case in vectors()["basic_auth"].as_array().unwrap() {
        let (id, secret) = auth::basic(text(case, "header")).unwrap();
        assert_eq!(id, text(case, "client_id"));
        assert_eq!(secret.expose(), text(case, "secret"));
    }
}

#[test]
fn an_answer_stands_in_the_query_with_iss() {
    for case in vectors()["authorization_response"].as_array().unwrap() {
        let to = To {
            redirect_uri: text(case, "redirect_uri").to_owned(),
            mode: Mode::Query,
            state: case["state"].as_str().map(str::to_owned),
        };
        let outcome = match case["code"].as_str() {
            Some(code) => Outcome::Code(code.to_owned()),
            None => Outcome::Error("access_denied", "the person did not agree"),
        };
        let location = reply::location(text(case, "iss"), &to, &outcome);
        let expected = text(case, "location");
        match outcome {
            Outcome::Code(_) => assert_eq!(location, expected),
            Outcome::Error(..) => {
                assert!(
                    location.starts_with(&format!("{expected}&error_description=")),
                    "{location}"
                );
            }
        }
    }
}

fn kind(case: &Value) -> Kind {
    if case["application_type"] == "native" {
        Kind::Native
    } else {
        Kind::Web
    }
}

#[test]
fn a_return_address_is_the_registered_one_byte_for_byte() {
    for case in vectors()["redirect_match"].as_array().unwrap() {
        let good = redirect::matches(text(case, "registered"), kind(case), text(case, "received"));
        assert_eq!(good, case["expect"] == "ok", "{case}");
    }
}

#[test]
fn in60_only_plain_addresses_may_be_registered() {
    for case in vectors()["redirect_registration"].as_array().unwrap() {
        let good = redirect::is_registrable(text(case, "uri"), kind(case), false);
        assert_eq!(good, case["expect"] == "ok", "{case}");
    }
    for loopback in ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb"] {
        assert!(
            redirect::is_registrable(loopback, Kind::Web, true),
            "in the demo: {loopback}"
        );
        assert!(
            !redirect::is_registrable(loopback, Kind::Web, false),
            "elsewhere: {loopback}"
        );
    }
}

proptest::proptest! {
    /// Nothing but the port of a native loopback address may differ, whatever is thrown at it.
    #[test]
    fn no_other_address_is_accepted(
        noise in "[a-zA-Z0-9:/@.?#%\\[\\]\\\\ -]{0,24}",
        at in 0_usize..40,
        native: bool,
    ) {
        let kind = if native { Kind::Native } else { Kind::Web };
        for registered in ["https://app.example.com/cb", "http://127.0.0.1/cb", "http://[::1]/cb"] {
            let at = at.min(registered.len());
            let received = format!("{}{noise}{}", &registered[..at], &registered[at..]);
            if received == registered || !redirect::matches(registered, kind, &received) {
                continue;
            }
            let port = received.strip_prefix(&registered[..registered.len() - 3]);
            let port = port.and_then(|rest| rest.strip_suffix("/cb"));
            let port = port.and_then(|port| port.strip_prefix(':')).and_then(|p| p.parse::<u16>().ok());
            let loopback = native && registered.starts_with("http://");
            proptest::prop_assert!(loopback && port.is_some_and(|p| p > 0), "{received}");
        }
    }
}

#[test]
fn handles_are_well_formed_or_refused() {
    for case in vectors()["handle"].as_array().unwrap() {
        let handle = Handle::parse(text(case, "typed"));
        match text(case, "expect") {
            "ok" => {
                let expected = case["canonical"].as_str().unwrap_or(text(case, "typed"));
                assert_eq!(handle.unwrap().as_str(), expected);
            }
            _ => assert!(handle.is_err(), "{case}"),
        }
    }
}

#[test]
fn a_strength_satisfies_what_the_table_says() {
    let v = &vectors()["acr"];
    let supported: Vec<&str> = list(v, "supported")
        .iter()
        .map(|a| a.as_str().unwrap())
        .collect();
    assert_eq!(supported, Acr::ALL.map(Acr::as_str));
    for (reached, satisfied) in v["reached_satisfies"].as_object().unwrap() {
        let reached = Acr::parse(reached).unwrap();
        for wish in Acr::ALL {
            let expected = satisfied
                .as_array()
                .unwrap()
                .iter()
                .any(|s| s == wish.as_str());
            assert_eq!(reached.satisfies(wish), expected, "{reached:?} {wish:?}");
        }
    }
}

#[test]
fn an_id_token_says_exactly_this() {
    let vectors = vectors();
    let v = &vectors["id_token"];
    let now = Timestamp::parse("2026-11-21T09:00:00Z").unwrap();
    let grant = Grant {
        id: "grant".into(),
        account: "0190a3c8-0000-7000-8000-000000000001".into(),
        client_id: "partner".into(),
        scope: "openid".into(),
        resource: None,
        auth_time: now.plus_seconds(-30),
        acr: "phr".into(),
        amr: "pop user mfa".into(),
        session: None,
        epoch: 0,
        created: now,
        ended: None,
        told: Some(now.plus_seconds(-30)),
    };
    let client = Client {
        id: "partner".into(),
        id_token_alg: Alg::EdDsa,
        ..client()
    };
    let holding = Holding {
        grant,
        client,
        audience: None,
        nickname: None,
        locale: Some("en".into()),
    };
    let id_token = IdToken {
        nonce: Some(text(&v["payload"], "nonce").to_owned()),
        sid: Some(text(&v["payload"], "sid").to_owned()),
        says_auth_time: true,
        ..IdToken::default()
    };
    let sub = Pairwise::new(key())
        .sub("player.example", &holding.grant.account)
        .unwrap();
    let issuer = text(&v["payload"], "iss");
    let access = text(v, "access_token");
    let claims = mint::id_claims(issuer, &sub, &holding, &id_token, access, now);
    assert_eq!(claims, v["payload"]);
    let registered = &vectors["client_assertion"]["jwks"][0];
    let key = Jwk::parse(registered).unwrap();
    assert_eq!(key.thumbprint(), text(&v["header"], "kid"));
    let verified = jose::verify(text(v, "token"), &key, "JWT", &[Alg::EdDsa]).unwrap();
    assert_eq!(Value::Object(verified), claims);
}

#[test]
fn a_logout_token_says_exactly_this() {
    let vectors = vectors();
    let v = &vectors["logout_token"];
    let payload = &v["payload"];
    let sub = Pairwise::new(key())
        .sub("player.example", "0190a3c8-0000-7000-8000-000000000001")
        .unwrap();
    let now = Timestamp::from_seconds(payload["iat"].as_i64().unwrap());
    let (sid, jti) = (text(payload, "sid"), text(payload, "jti"));
    let claims = crate::logout::claims(
        text(payload, "iss"),
        text(payload, "aud"),
        &sub,
        Some(sid),
        jti,
        now,
    );
    assert_eq!(claims, *payload);
    let registered = &vectors["client_assertion"]["jwks"][0];
    let key = Jwk::parse(registered).unwrap();
    assert_eq!(key.thumbprint(), text(&v["header"], "kid"));
    let verified = jose::verify(text(v, "token"), &key, "logout+jwt", &[Alg::EdDsa]).unwrap();
    assert_eq!(Value::Object(verified), claims);
    for absent in list(v, "must_not_hold") {
        assert!(claims.get(absent.as_str().unwrap()).is_none());
    }
}
