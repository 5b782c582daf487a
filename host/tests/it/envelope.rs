//! The envelope of an event at the inbox: CR66, CR67 and CR68 as far as they do not depend on the
//! topic. What an offer says inside is for the hearer of offers.

use crate::outbox::{ID, Two, two};
use credential::jose::{self, SigningKey};
use host_testing::{FixedClock, SeededEntropy};
use http::StatusCode;
use kernel::{Clock, b64};
use serde_json::{Map, Value, json};

const REFUSED: StatusCode = StatusCode::BAD_REQUEST;
const DAY_S: i64 = 86_400;

/// A good event as streaming signs it, and the key it signs with.
struct Good {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    key: SigningKey,
}

fn part(token: &str, at: usize) -> Map<String, Value> {
    let bytes = b64::decode(token.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

impl Good {
    /// What streaming sends; the hearer's answer to it is lost before it could hear.
    async fn of(two: &Two) -> Self {
        two.hears_nothing(503);
        two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
        two.drain().await;
        two.hears_nothing(0);
        let token = two.sent().remove(0);
        let named = two.streaming.secrets.below("event/streaming/").remove(0);
        Self {
            header: part(&token, 0),
            claims: part(&token, 1),
            key: SigningKey::ed25519_from_seed(named.key.expose()),
        }
    }

    /// The event with other members, signed by the same key.
    fn with(&self, header: &Value, claims: &Value) -> String {
        let merged = |of: &Map<String, Value>, with: &Value| {
            let mut of = of.clone();
            of.extend(with.as_object().cloned().unwrap());
            of.retain(|_, value| !value.is_null());
            Value::Object(of)
        };
        let (header, claims) = (merged(&self.header, header), merged(&self.claims, claims));
        jose::sign(&self.key, &header, &claims)
    }

    fn claiming(&self, claims: &Value) -> String {
        self.with(&json!({}), claims)
    }

    /// The same with another event in it.
    fn saying(&self, name: &str, body: &Value) -> String {
        self.claiming(&json!({ "events": { (name): body } }))
    }
}

/// CR66: who signed, by which key, for whom.
fn cr66(good: &Good) -> Vec<(&'static str, String, &'static str)> {
    let other = SigningKey::ed25519_from_seed(&[7; 32]);
    let es256 = SigningKey::generate_es256(&SeededEntropy::new(7));
    let (header, claims) = (json!(good.header), json!(good.claims));
    let token = good.claiming(&json!({}));
    let none = json!({"alg": "none", "typ": good.header["typ"], "kid": good.header["kid"]});
    let none = b64::encode(none.to_string());
    let rest = token.split_once('.').unwrap().1;
    vec![
        (
            "a signature by another key",
            jose::sign(&other, &header, &claims),
            "invalid_key",
        ),
        (
            "another algorithm",
            jose::sign(&es256, &header, &claims),
            "invalid_key",
        ),
        ("no algorithm", format!("{none}.{rest}"), "invalid_key"),
        (
            "a key nobody knows",
            good.with(&json!({"kid": "streaming-evt-1999a"}), &json!({})),
            "invalid_key",
        ),
        (
            "a sender nobody knows",
            good.claiming(&json!({"iss": "https://elsewhere.example/streaming"})),
            "invalid_issuer",
        ),
        (
            "meant for another module",
            good.claiming(&json!({"aud": good.claims["iss"]})),
            "invalid_audience",
        ),
    ]
}

/// CR67 and CR68: what the sender may say, and in which form.
fn cr67_cr68(good: &Good, clock: &FixedClock) -> Vec<(&'static str, String, &'static str)> {
    let now = clock.now().seconds();
    let name = "urn:resonate:event:streaming.qualified:1";
    let body = json!({"sub": "hold-1", "ver": 1, "n": 5});
    let with = |member: &str, value: Value| {
        let mut body = body.clone();
        body[member] = value;
        good.saying(name, &body)
    };
    let two_events =
        json!({"events": {(name): body, "urn:resonate:event:streaming.day_closed:1": body}});
    let versions = name.replace(":1", ":2");
    let no = "invalid_request";
    vec![
        (
            "CR67: a topic of another module",
            good.saying("urn:resonate:event:payments.settled:1", &body),
            "access_denied",
        ),
        ("typ", good.with(&json!({"typ": "JWT"}), &json!({})), no),
        ("two events", good.claiming(&two_events), no),
        ("no event", good.claiming(&json!({"events": {}})), no),
        ("another version", good.saying(&versions, &body), no),
        (
            "version 0",
            good.saying(&name.replace(":1", ":0"), &body),
            no,
        ),
        (
            "a name that is none of ours",
            good.saying("urn:x:1", &body),
            no,
        ),
        ("a body that is none", good.saying(name, &json!([1])), no),
        ("no sub", with("sub", Value::Null), no),
        ("an empty sub", with("sub", json!("")), no),
        ("ver as text", with("ver", json!("1")), no),
        ("a float", with("n", json!(1.5)), no),
        ("a member of another type", with("n", json!("5")), no),
        ("a short jti", good.claiming(&json!({"jti": "x"})), no),
        ("no iat", good.claiming(&json!({"iat": null})), no),
        (
            "signed 121 s ahead",
            good.claiming(&json!({"iat": now + 121})),
            no,
        ),
        (
            "more than 30 days old",
            good.claiming(&json!({"toe": now - 30 * DAY_S - 1})),
            no,
        ),
    ]
}

#[tokio::test]
async fn cr66_cr67_cr68_a_faulty_envelope_is_refused_by_its_word_and_spends_nothing() {
    let two = two().await;
    let good = Good::of(&two).await;
    for (what, token, word) in [cr66(&good), cr67_cr68(&good, &two.clock)].concat() {
        assert_eq!(two.post(token).await, (REFUSED, json!(word)), "{what}");
        assert_eq!(two.heard().await, 0, "{what}");
    }
    // Nothing of it spent the name of the true event, which is heard at its bounds.
    let now = two.clock.now().seconds();
    let bounds = good.claiming(&json!({"iat": now + 120, "toe": now - 30 * DAY_S}));
    assert_eq!(two.post(bounds).await.0, StatusCode::ACCEPTED);
    assert_eq!(two.heard().await, 5);
}

#[tokio::test]
async fn cr66_the_sender_keeps_its_row_and_sends_again_after_a_key_that_was_not_known() {
    let two = two().await;
    two.answers_instead(400, "invalid_key");
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    assert_eq!(two.drain().await.waiting, 1);
    two.hears_nothing(0);
    two.clock.advance(2);
    assert_eq!(two.drain().await.waiting, 0);
    assert_eq!(two.heard().await, 5);
}
