//! An outside provider on the account page: attached, used, detached, and what is refused.

use crate::{
    external::{Street, Visit, callback, onward},
    house::{Answer, Browser, web_request},
    liar::Lie,
    people::Person,
};
use axum::http::{Method, StatusCode};
use serde_json::json;

/// Someone at their account page, with the provider's button.
async fn attach(street: &Street, who: &mut Person) -> Answer {
    let house = &street.house;
    let form = [("external", "liar")];
    let led = who.form(house, "/account/external/attach", &form).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
    assert!(led.location().starts_with(street.liar.issuer()), "{led:?}");
    let asked = led.query();
    street
        .liar
        .says(&Lie::None, &asked["nonce"], house.now().seconds());
    let back = callback(&asked["state"], street.liar.issuer());
    who.browser.get(house, &back).await
}

/// A sign-in by the liar in a new browser, with this lie in its token.
async fn sign_in(street: &Street, lie: &Lie) -> (Browser, Answer) {
    let house = &street.house;
    let mut visit = Visit::begin(house, &web_request()).await;
    let asked = visit.press(house, "liar").await.query();
    street
        .liar
        .says(lie, &asked["nonce"], house.now().seconds());
    let back = callback(&asked["state"], street.liar.issuer());
    let answer = visit.browser.get(house, &back).await;
    (visit.browser, answer)
}

#[tokio::test]
async fn a_provider_is_attached_signs_in_weakly_and_is_detached() {
    let street = Street::open().await;
    let house = &street.house;
    let mut ada = Person::joined(house, "ada-lovelace", 1).await;
    let page = ada.page(house, "/account/external").await;
    assert!(page.body.contains("id=\"ctl-attach-liar\""));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(street.liar.issuer()), "{policy}");
    let done = attach(&street, &mut ada).await;
    assert_eq!(done.location(), "/account/external", "{done:?}");
    let again = attach(&street, &mut ada).await;
    assert_eq!(again.location(), "/account/external", "harmless: {again:?}");
    let list = ada
        .call(house, Method::GET, "/api/account/external", None)
        .await;
    let list = list.json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list[0]["provider"], "liar");
    let log = ada.page(house, "/account/log").await;
    assert!(log.body.contains("became a way in"), "{}", log.body);

    // It signs in to apps, and not to the account's own pages.
    let (mut elsewhere, signed_in) = sign_in(&street, &Lie::None).await;
    assert!(onward(&signed_in).starts_with("/interaction/"));
    for path in ["/account", "/account/passkeys", "/account/external"] {
        let weak = elsewhere.get(house, path).await;
        assert_eq!(weak.status, StatusCode::UNAUTHORIZED, "{path}: {weak:?}");
        assert!(weak.body.contains("signed in a weak way"), "{path}");
    }

    let id = list[0]["id"].as_str().unwrap().to_owned();
    let detached = ada
        .form(house, "/account/external/detach", &[("detach", &id)])
        .await;
    assert_eq!(detached.location(), "/account/external", "{detached:?}");
    let (_, unknown) = sign_in(&street, &Lie::None).await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN);
    assert!(unknown.body.contains("external-unknown"));
    ada.page(house, "/account").await;
}

/// IN79: what is attached to one account is no other's; an e-mail address is never read.
#[tokio::test]
async fn in79_a_tag_is_one_accounts_and_an_email_address_is_nobodys() {
    let street = Street::open().await;
    let house = &street.house;
    let mut ada = Person::joined(house, "ada-lovelace", 1).await;
    attach(&street, &mut ada).await;
    let mut eve = Person::joined(house, "eve-of-mallory", 2).await;
    let led = eve
        .form(house, "/account/external/attach", &[("external", "liar")])
        .await;
    let asked = led.query();
    let now = house.now().seconds();
    street.liar.says(&Lie::None, &asked["nonce"], now);
    let before = house.digest().await;
    let path = callback(&asked["state"], street.liar.issuer());
    let refused = eve.browser.get(house, &path).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    assert!(refused.body.contains("external-used"));
    assert_eq!(house.digest().await, before);

    // The same e-mail address by another subject there is somebody else.
    let stranger = Lie::Claim("sub", "somebody-else".into());
    let (_, unknown) = sign_in(&street, &stranger).await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN, "{unknown:?}");
    assert!(unknown.body.contains("external-unknown"));

    // Another person's row is not found, and stays.
    let list = ada
        .call(house, Method::GET, "/api/account/external", None)
        .await;
    let id = list.json()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/account/external/{id}");
    let before = house.digest().await;
    let foreign = eve.call(house, Method::DELETE, &path, None).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{foreign:?}");
    assert_eq!(house.digest().await, before);
    let gone = ada.call(house, Method::DELETE, &path, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
}

#[tokio::test]
async fn attaching_and_detaching_need_a_passkey_shown_just_now() {
    let street = Street::open().await;
    let house = &street.house;
    let mut ada = Person::joined(house, "ada-lovelace", 1).await;
    attach(&street, &mut ada).await;
    let list = ada
        .call(house, Method::GET, "/api/account/external", None)
        .await;
    let id = list.json()[0]["id"].as_str().unwrap().to_owned();
    house.clock.advance(301);
    let page = ada.page(house, "/account/external").await;
    assert!(page.body.contains("id=\"ctl-confirm\""));
    assert!(!page.body.contains("name=\"detach\""));
    for (path, form) in [
        ("/account/external/attach", ("external", "liar")),
        ("/account/external/detach", ("detach", id.as_str())),
    ] {
        let led = ada.form(house, path, &[form]).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
        assert!(led.location().starts_with("/interaction/"), "{led:?}");
    }
    let before = house.digest().await;
    let path = format!("/api/account/external/{id}");
    let body = Some(json!({ "provider": "liar" }));
    for refused in [
        ada.call(house, Method::DELETE, &path, None).await,
        ada.call(house, Method::POST, "/api/account/external", body)
            .await,
    ] {
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
        assert_eq!(house.digest().await, before);
    }
}
