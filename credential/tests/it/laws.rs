//! Laws: what is shown is what was chosen, and no byte can change.

use crate::vectors::{NOW, Seeded, key};
use credential::{
    Refusal, Trust,
    dcql::Path,
    kb::{self, KbParams},
    sdjwt::{self, Frame},
    status::NoStatus,
    vp::{Want, verify_presentation},
};
use proptest::{collection::btree_map, prelude::*};
use serde_json::{Map, Value, json};

const ISSUER: &str = "https://id.example.coop";
const VCT: &str = "https://id.example.coop/type/any";
const AUD: &str = "redirect_uri:http://localhost/vp/s";
const NONCE: &str = "nnnnnnnnnnnnnnnnnnnnnn";

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,24}".prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn issued(claims: &[(String, Value)], seed: u64) -> String {
    let visible = json!({"iss": ISSUER, "vct": VCT, "exp": NOW.seconds() + 600,
        "cnf": {"jwk": key("holder").public().public_json()}});
    let frame = Frame {
        visible: visible.as_object().cloned().unwrap(),
        hidden: claims.to_vec(),
        digests: 12,
        ..Frame::default()
    };
    let header = json!({"typ": "dc+sd-jwt", "kid": "k"});
    sdjwt::issue(
        &frame,
        &header,
        &key("credential_issuer"),
        &Seeded::new(seed),
    )
}

fn verify(token: &str) -> Result<Map<String, Value>, Refusal> {
    let trust = Trust::in_issuer(
        ISSUER,
        &[VCT],
        vec![key("credential_issuer").public().with_kid("k")],
    );
    let want = Want {
        aud: AUD,
        nonce: NONCE.into(),
        vcts: &[VCT],
        transaction_data: &[],
        status: &NoStatus,
    };
    Ok(verify_presentation(token, &want, &trust, NOW)?
        .into_inner()
        .claims)
}

fn present(token: &str, paths: &[Path]) -> String {
    let params = KbParams {
        aud: AUD,
        nonce: NONCE,
        iat: NOW,
        transaction_data: &[],
    };
    kb::present(token, paths, &key("holder"), &params).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_is_what_was_chosen(
        claims in btree_map("c_[a-z]{1,8}", (value(), any::<bool>()), 0..8),
        seed in any::<u64>(),
    ) {
        let all: Vec<(String, Value)> =
            claims.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect();
        let chosen: Map<String, Value> = claims
            .iter()
            .filter(|(_, (_, chosen))| *chosen)
            .map(|(name, (value, _))| (name.clone(), value.clone()))
            .collect();
        let paths: Vec<Path> = chosen.keys().map(|name| Path::name(name)).collect();
        let shown = verify(&present(&issued(&all, seed), &paths));
        prop_assert_eq!(shown.map(Value::Object), Ok(Value::Object(chosen)));
    }

    #[test]
    fn any_changed_byte_refuses(at in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let claims = [("a".to_owned(), json!("x")), ("b".to_owned(), json!([1, 2]))];
        let token = present(&issued(&claims, 1), &[Path::name("a"), Path::name("b")]);
        let mut bytes = token.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        // A byte that makes it no text is refused before it gets here.
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(verify(&changed).is_err(), "byte {} of {}", at, token);
        }
    }

    #[test]
    fn no_text_makes_the_door_panic(text in "\\PC{0,64}[.~]\\PC{0,64}[.~]\\PC{0,64}") {
        let _ = verify(&text);
        let _ = credential::jose::peek(&text);
        let _ = credential::did::key(&text);
        let _ = credential::vp::Request::parse(
            &text,
            credential::vp::WalletPolicy { allow_loopback_http: true },
            NOW,
        );
    }
}
