//! Form tokens against the shared vector.

use kernel::{Secret, hex};
use serde_json::Value;
use web::form::FormKey;

const VECTORS: &str = include_str!("../../../tests/vectors/identity.json");

#[test]
fn the_token_is_the_vector() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let key = hex::decode_array(vectors["keys"]["hmac_hex"].as_str().unwrap()).unwrap();
    let vector = &vectors["form_token"];
    let text = |name: &str| vector[name].as_str().unwrap();
    let made = FormKey::new(Secret::new(key)).token(text("browser_id"), text("purpose"));
    assert_eq!(made, text("token"));
}
