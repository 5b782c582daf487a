//! CR70: identifiers that are keys or addresses.

use crate::vectors::{CREDENTIALS, list, text};
use credential::{Refusal, did, jose::Jwk};

#[test]
fn good_identifiers_give_their_key_or_address() {
    for case in list(&CREDENTIALS["did"], "accept") {
        let did = text(case, "did");
        if let Some(url) = case["url"].as_str() {
            assert_eq!(did::document_url(did).as_deref(), Ok(url), "{did}");
            continue;
        }
        let want = Jwk::parse(&case["jwk"]).unwrap();
        assert_eq!(did::key(did).as_ref(), Ok(&want), "{did}");
        if case["kind"] == "key" {
            assert_eq!(did::of_key(&want).as_deref(), Ok(did));
        } else {
            assert_eq!(did::of_jwk(&case["jwk"]).as_deref(), Ok(did));
        }
        if let Some(method) = case["verification_method"].as_str() {
            assert_eq!(did::verification_method(did).as_deref(), Ok(method));
            assert_eq!(did::key(method), Ok(want), "{method}");
        }
    }
}

#[test]
fn cr70_bad_identifiers_are_refused() {
    for case in list(&CREDENTIALS["did"], "refuse") {
        let did = text(case, "did");
        assert_eq!(did::key(did), Err(Refusal::Did), "CR70 {}", case["why"]);
        assert_eq!(
            did::document_url(did),
            Err(Refusal::Did),
            "CR70 {}",
            case["why"]
        );
    }
}
