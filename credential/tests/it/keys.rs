//! Keys: names that do not depend on spelling, forms that are refused, and their sealed form.

use crate::vectors::{CREDENTIALS, Seeded, list, text};
use credential::{
    Refusal,
    jose::{self, Alg, Jwk, SigningKey},
};
use kernel::b64;
use serde_json::{Value, json};

#[test]
fn thumbprints_do_not_depend_on_spelling() {
    for case in list(&CREDENTIALS, "thumbprints") {
        let jwk = Jwk::parse(&case["jwk"]).unwrap();
        assert_eq!(jwk.thumbprint(), text(case, "sha256"), "{}", case["id"]);
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    let holder = &CREDENTIALS["keys"]["holder"];
    let with = |name: &str, value: Value| {
        let mut json = holder.clone();
        json.as_object_mut().unwrap().remove("d");
        json[name] = value;
        Jwk::parse(&json)
    };
    assert!(with("use", json!("sig")).is_ok());
    assert_eq!(Jwk::parse(holder), Err(Refusal::Key), "private");
    for (name, value) in [
        ("x", json!("AAAA")),
        ("x", json!(format!("{}=", text(holder, "x")))),
        ("y", json!(text(holder, "x"))),
        ("crv", json!("secp256k1")),
        ("kty", json!("oct")),
        ("k", json!("AAAA")),
        ("kid", json!(7)),
    ] {
        assert_eq!(
            with(name, value.clone()),
            Err(Refusal::Key),
            "{name} {value}"
        );
    }
    // The identity, of order one: it would verify signatures nobody made.
    let weak = b64::encode([&[1u8][..], &[0; 31]].concat());
    let weak = json!({"kty": "OKP", "crv": "Ed25519", "x": weak});
    assert_eq!(Jwk::parse(&weak), Err(Refusal::Key));
    let short = json!({"kty": "RSA", "e": "AQAB", "n": b64::encode([0xc1; 128])});
    assert_eq!(Jwk::parse(&short), Err(Refusal::Key), "1024 bits");
}

#[test]
fn keys_come_back_from_their_sealed_form() {
    let entropy = Seeded::new(9);
    let keys = [
        SigningKey::generate_es256(&entropy),
        SigningKey::generate_ed25519(&entropy),
        SigningKey::generate_rs256(),
    ];
    for (key, alg) in keys.iter().zip([Alg::Es256, Alg::EdDsa, Alg::Rs256]) {
        assert_eq!(key.alg(), alg);
        let json: Value = serde_json::from_str(key.private_json().expose()).unwrap();
        let back = SigningKey::from_private_json(&json).unwrap();
        let token = jose::sign(&back, &json!({"typ": "x"}), &json!({"a": 1}));
        assert!(jose::verify(&token, &key.public(), "x", &[alg]).is_ok());
    }
    let again = SigningKey::generate_es256(&Seeded::new(9));
    assert_eq!(
        again.public(),
        keys[0].public(),
        "the same entropy gives the same key"
    );
    let mut crossed: Value = serde_json::from_str(keys[0].private_json().expose()).unwrap();
    crossed["x"] = CREDENTIALS["keys"]["holder"]["x"].clone();
    crossed["y"] = CREDENTIALS["keys"]["holder"]["y"].clone();
    assert!(SigningKey::from_private_json(&crossed).is_err());
}
