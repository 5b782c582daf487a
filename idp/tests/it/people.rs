//! People's own pages: ways in, logins, apps, log, and the proof that changes need.

use crate::{
    authenticator::{Authenticator, Lies},
    house::{Answer, Browser, House, ISSUER, VERIFIER, app_request, authorize, lend, web_request},
    passkeys::{join, page_post},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use kernel::b64;
use serde_json::{Value, json};

/// Someone with a passkey, signed in by it just now.
pub struct Person {
    pub browser: Browser,
    pub passkey: Authenticator,
}

impl Person {
    pub async fn joined(house: &House, handle: &str, seed: u8) -> Self {
        let mut browser = Browser::default();
        let mut passkey = Authenticator::new(seed, ISSUER, false);
        browser.get(house, "/account").await;
        let answer = join(house, &mut browser, handle, &mut passkey, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        Self { browser, passkey }
    }

    /// The page, which must be there.
    pub async fn page(&mut self, house: &House, path: &str) -> Answer {
        let page = self.browser.get(house, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {page:?}");
        page
    }

    /// Posts a form of a page of the account.
    pub async fn form(&mut self, house: &House, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(house).await;
        let mut form = vec![("form_token", token.as_str())];
        form.extend(fields);
        self.browser.post(house, path, &form).await
    }

    pub async fn token(&mut self, house: &House) -> String {
        self.page(house, "/account/logins")
            .await
            .field("form_token")
    }

    /// Calls the API as a script of our pages does.
    pub async fn call(
        &mut self,
        house: &House,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let token = self.token(house).await;
        call(house, &mut self.browser, method, path, body, Some(&token)).await
    }

    /// The ids of the passkeys, oldest first.
    pub async fn passkeys(&mut self, house: &House) -> Vec<String> {
        let told = self
            .call(house, Method::GET, "/api/account/passkeys", None)
            .await
            .json();
        let ids = told.as_array().unwrap().iter();
        ids.map(|key| key["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Options for a further passkey.
    pub async fn options(&mut self, house: &House) -> Answer {
        let path = "/api/account/passkeys/options";
        self.call(house, Method::POST, path, Some(json!({}))).await
    }

    /// Adds the passkey of another device.
    pub async fn add(&mut self, house: &House, key: &mut Authenticator, name: &str) -> Answer {
        let options = self.options(house).await.json();
        let credential = key.create(&options["publicKey"], &Lies::default());
        let body = json!({
            "ceremony": options["ceremony"], "credential": credential, "name": name,
        });
        self.call(house, Method::POST, "/api/account/passkeys", Some(body))
            .await
    }
}

/// Calls the API.
pub async fn call(
    house: &House,
    browser: &mut Browser,
    method: Method,
    path: &str,
    body: Option<Value>,
    form_token: Option<&str>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, browser.cookies())
        .header("sec-fetch-site", "same-origin");
    if let Some(token) = form_token {
        request = request.header("form-token", token);
    }
    let body = match body {
        None => Body::empty(),
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
    };
    let answer = house.send(request.body(body).unwrap()).await;
    browser.keep(&answer);
    answer
}

#[tokio::test]
async fn a_second_passkey_is_added_named_and_opens_the_account() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "quiet-heron", 1).await;
    let page = me.page(&house, "/account").await;
    assert!(page.body.contains("quiet-heron"), "{}", page.body);
    assert!(
        page.body.contains("id=\"ctl-later\""),
        "one way in: a nudge"
    );

    let mut other = Authenticator::new(2, ISSUER, true);
    let options = me.options(&house).await.json();
    assert_eq!(
        options["publicKey"]["excludeCredentials"][0]["id"],
        b64::encode(&me.passkey.id),
        "no device gets two"
    );
    let added = me.add(&house, &mut other, "Green phone").await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    let accepted = &added.json()["signal"]["allAcceptedCredentialIds"];
    assert_eq!(accepted.as_array().unwrap().len(), 2);

    let page = me.page(&house, "/account/passkeys").await;
    assert!(page.body.contains("Green phone"), "{}", page.body);
    assert!(!page.body.contains("ctl-later"), "two ways in: no nudge");
    let id = b64::encode(&other.id);
    let fields = [("passkey", id.as_str()), ("name", "Red phone")];
    let renamed = me.form(&house, "/account/passkeys/rename", &fields).await;
    assert_eq!(renamed.location(), "/account/passkeys");
    let page = me.page(&house, "/account/passkeys").await;
    assert!(page.body.contains("Red phone") && !page.body.contains("Green phone"));

    // It opens the account elsewhere, and its use is seen here.
    let mut elsewhere = Browser::default();
    signs_in_by(&house, &mut elsewhere, &mut other).await;
    let told = me
        .call(&house, Method::GET, "/api/account/passkeys", None)
        .await
        .json();
    let red = told.as_array().unwrap().iter().find(|k| k["id"] == id);
    assert_eq!(red.unwrap()["used"], "2026-11-21");
    assert_eq!(red.unwrap()["may_be_backed_up"], true);

    let log = me.page(&house, "/account/log").await;
    for line in [
        "You signed in with a passkey.",
        "A passkey was added: Green phone.",
        "A passkey was renamed: Red phone.",
    ] {
        assert!(log.body.contains(line), "{line}: {}", log.body);
    }
    let log = me.page(&house, "/account/log?lang=de").await;
    assert!(
        log.body
            .contains("Ein Passkey wurde hinzugefügt: Green phone.")
    );
}

/// Signs in to the account's own pages by a passkey; the address it ends at.
pub async fn signs_in_by(house: &House, browser: &mut Browser, key: &mut Authenticator) -> String {
    let page = browser.get(house, "/account").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let token = page.field("form_token");
    let form = [("form_token", token.as_str()), ("to", "/account")];
    let asked = browser.post(house, "/account/confirm", &form).await;
    confirms(house, browser, key, &asked).await
}

/// Shows a passkey in the sign-in to which `asked` leads; the address it ends at.
pub async fn confirms(
    house: &House,
    browser: &mut Browser,
    key: &mut Authenticator,
    asked: &Answer,
) -> String {
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{asked:?}");
    let path = asked.location().to_owned();
    let page = browser.get(house, &path).await;
    assert!(page.body.contains("Sign in to your account"), "{page:?}");
    let options = page_post(
        house,
        browser,
        &format!("{path}/passkey/options"),
        &json!({}),
    )
    .await;
    let options = options.json();
    let credential = key.get(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let shown = page_post(house, browser, &format!("{path}/passkey"), &body).await;
    assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    let end = browser.get(house, &path).await;
    assert_eq!(end.status, StatusCode::SEE_OTHER, "{end:?}");
    end.location().to_owned()
}

/// IN71: whoever would lock themself out is told so, and nothing changes.
#[tokio::test]
async fn in71_the_last_way_in_stays() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "lucid-wren", 3).await;
    let only = b64::encode(&me.passkey.id);
    let before = house.digest().await;
    let path = format!("/api/account/passkeys/{only}");
    let refused = me.call(&house, Method::DELETE, &path, None).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    assert_eq!(refused.json()["type"], "/problems/last-way-in");
    let fields = [("passkey", only.as_str())];
    let page = me.form(&house, "/account/passkeys/remove", &fields).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.body.contains("last-way-in"));
    assert_eq!(house.digest().await, before);

    let mut other = Authenticator::new(4, ISSUER, false);
    me.add(&house, &mut other, "").await;
    let removed = me.call(&house, Method::DELETE, &path, None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{removed:?}");
    assert_eq!(me.passkeys(&house).await, [b64::encode(&other.id)]);
    let last = format!("/api/account/passkeys/{}", b64::encode(&other.id));
    let refused = me.call(&house, Method::DELETE, &last, None).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "and so is the next");
    // The removed one opens nothing.
    let mut browser = Browser::default();
    let token = browser.get(&house, "/account").await.field("form_token");
    let form = [("form_token", token.as_str()), ("to", "/account")];
    let asked = browser.post(&house, "/account/confirm", &form).await;
    let path = asked.location().to_owned();
    let options = page_post(
        &house,
        &mut browser,
        &format!("{path}/passkey/options"),
        &json!({}),
    )
    .await
    .json();
    let credential = me.passkey.get(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let shown = page_post(&house, &mut browser, &format!("{path}/passkey"), &body).await;
    assert_eq!(shown.json()["type"], "/problems/passkey-refused");
}

/// IN70: a ceremony to add a passkey works once, and only in the browser that began it.
#[tokio::test]
async fn in70_a_ceremony_to_add_is_used_once_where_it_began() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "brisk-otter", 5).await;
    let mut elsewhere = Person {
        browser: Browser::default(),
        passkey: me.passkey.clone(),
    };
    signs_in_by(&house, &mut elsewhere.browser, &mut me.passkey).await;
    let mut thief = Person::joined(&house, "other-person", 6).await;

    let mut other = Authenticator::new(7, ISSUER, false);
    let options = me.options(&house).await.json();
    let credential = other.create(&options["publicKey"], &Lies::default());
    let body = json!({ "ceremony": options["ceremony"], "credential": credential });
    let add = "/api/account/passkeys";
    let before = house.digest().await;
    for person in [&mut elsewhere, &mut thief] {
        let refused = person
            .call(&house, Method::POST, add, Some(body.clone()))
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        assert_eq!(refused.json()["type"], "/problems/wrong-browser");
        assert_eq!(house.digest().await, before, "left to its owner");
    }
    let lies = Lies {
        no_verification: true,
        ..Lies::default()
    };
    let unverified = other.create(&options["publicKey"], &lies);
    let bad = json!({ "ceremony": options["ceremony"], "credential": unverified });
    let refused = me.call(&house, Method::POST, add, Some(bad)).await;
    assert_eq!(refused.json()["type"], "/problems/passkey-refused");
    assert_eq!(house.digest().await, before);

    let added = me.call(&house, Method::POST, add, Some(body.clone())).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    let before = house.digest().await;
    let again = me.call(&house, Method::POST, add, Some(body)).await;
    assert_eq!(again.status, StatusCode::GONE, "{again:?}");
    assert_eq!(again.json()["type"], "/problems/ticket-used");
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn what_changes_the_ways_in_needs_a_proof_of_five_minutes() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "plain-sparrow", 8).await;
    let mut other = Authenticator::new(9, ISSUER, false);
    me.add(&house, &mut other, "Spare").await;
    let spare = b64::encode(&other.id);
    house.clock.advance(301);
    let before = house.digest().await;
    let remove = format!("/api/account/passkeys/{spare}");
    let options = "/api/account/passkeys/options";
    for (method, path, body) in [
        (Method::POST, options, Some(json!({}))),
        (Method::DELETE, remove.as_str(), None),
    ] {
        let refused = me.call(&house, method, path, body).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
        let problem = refused.json();
        assert_eq!(
            problem["type"],
            "/problems/insufficient_user_authentication"
        );
        assert_eq!(
            (&problem["acr_values"], &problem["max_age"]),
            (&json!("phr"), &json!(300))
        );
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains("max_age=\"300\""), "{challenge}");
    }
    assert_eq!(house.digest().await, before);
    // Names may be changed all the same.
    let fields = [("passkey", spare.as_str()), ("name", "Old spare")];
    let renamed = me.form(&house, "/account/passkeys/rename", &fields).await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER);
    // The page asks for the proof, and after it removes.
    let page = me.page(&house, "/account/passkeys").await;
    assert!(page.body.contains("id=\"confirm\""), "{}", page.body);
    assert!(!page.body.contains("id=\"add-passkey\""));
    let fields = [("passkey", spare.as_str())];
    let asked = me.form(&house, "/account/passkeys/remove", &fields).await;
    let end = confirms(&house, &mut me.browser, &mut me.passkey, &asked).await;
    assert_eq!(end, "/account/passkeys", "no code, no parameters");
    let removed = me.form(&house, "/account/passkeys/remove", &fields).await;
    assert_eq!(removed.location(), "/account/passkeys", "{removed:?}");
    assert_eq!(me.passkeys(&house).await.len(), 1);
}

#[tokio::test]
async fn nobody_else_signs_in_in_the_name_of_these_pages() {
    let house = House::new().await;
    let mut request = web_request();
    request[0] = ("client_id", "resonate/account");
    let page = house.get(&authorize(&request)).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("client-unknown"));
}

#[tokio::test]
async fn a_sign_in_that_is_left_leads_back_without_a_login() {
    let house = House::new().await;
    let mut browser = Browser::default();
    let token = browser
        .get(&house, "/account/apps")
        .await
        .field("form_token");
    let form = [("form_token", token.as_str()), ("to", "/account/apps")];
    let asked = browser.post(&house, "/account/confirm", &form).await;
    let path = asked.location().to_owned();
    let page = browser.get(&house, &path).await;
    let token = page.field("form_token");
    let form = [("form_token", token.as_str()), ("cancel", "cancel")];
    let left = browser.post(&house, &format!("{path}/cancel"), &form).await;
    assert_eq!(left.location(), "/account/apps");
    let foreign = [("form_token", token.as_str()), ("to", "//evil.example")];
    let stale = browser.post(&house, "/account/confirm", &foreign).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN, "another form's token");
}

/// The tokens of a public app that stays connected.
pub async fn connected(house: &House, browser: &mut Browser) -> Value {
    let page = browser.open(house, &authorize(&app_request())).await;
    let code = browser.agree(house, page).await;
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", "http://127.0.0.1:51004/cb".to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
        ("client_id", "app".to_owned()),
    ];
    let answer = house.post("/token", &lend(&form), &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

pub async fn refreshed(house: &House, tokens: &Value) -> Answer {
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", "app"),
    ];
    house.post("/token", &form, &[]).await
}

#[tokio::test]
async fn an_app_that_is_cut_off_gets_nothing_more() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "early-robin", 10).await;
    let mut other = Person::joined(&house, "other-robin", 11).await;
    let tokens = connected(&house, &mut me.browser).await;
    let theirs = connected(&house, &mut other.browser).await;
    let page = me.page(&house, "/account/apps").await;
    for text in ["Phone app", "Heron", "recognise you when you come back"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let told = me
        .call(&house, Method::GET, "/api/account/apps", None)
        .await;
    assert_eq!(told.json()[0]["client_id"], "app");
    assert_eq!(told.json()[0]["nickname"], "Heron");
    let alive = refreshed(&house, &tokens).await;
    assert_eq!(alive.status, StatusCode::OK, "{alive:?}");
    let tokens = alive.json();

    let cut = me
        .form(&house, "/account/apps/revoke", &[("app", "app")])
        .await;
    assert_eq!(cut.location(), "/account/apps", "{cut:?}");
    let dead = refreshed(&house, &tokens).await;
    assert_eq!(dead.status, StatusCode::BAD_REQUEST);
    assert_eq!(dead.json()["error"], "invalid_grant");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let request = Request::get("/userinfo").header(header::AUTHORIZATION, bearer);
    let known = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(known.status, StatusCode::UNAUTHORIZED);
    let page = me.browser.open(&house, &authorize(&app_request())).await;
    assert!(page.body.contains("ctl-allow"), "it asks again: {page:?}");
    let theirs = refreshed(&house, &theirs).await;
    assert_eq!(theirs.status, StatusCode::OK, "another person's stays");
    // Again, or an app that was never allowed anything: not found.
    for app in ["app", "web", "nobody"] {
        let before = house.digest().await;
        let path = format!("/api/account/apps/{app}");
        let gone = me.call(&house, Method::DELETE, &path, None).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{app}");
        assert_eq!(house.digest().await, before);
    }
}

#[tokio::test]
async fn later_silences_the_nudge_for_two_weeks() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "still-pond", 12).await;
    let silenced = me.form(&house, "/account/later", &[]).await;
    assert_eq!(silenced.location(), "/account");
    assert!(!me.page(&house, "/account").await.body.contains("ctl-later"));
    for _ in 0..3 {
        house.clock.advance(5 * 86_400);
        // Used, so that the login stays.
        me.browser.open(&house, &authorize(&web_request())).await;
        me.browser.get(&house, "/account").await;
    }
    let page = me.browser.get(&house, "/account").await;
    if page.status == StatusCode::OK {
        assert!(page.body.contains("ctl-later"), "{}", page.body);
    } else {
        signs_in_by(&house, &mut me.browser, &mut me.passkey).await;
        let page = me.page(&house, "/account").await;
        assert!(page.body.contains("ctl-later"), "{}", page.body);
    }
}

#[tokio::test]
async fn after_a_change_the_other_logins_are_offered_to_be_ended() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "warm-lake", 13).await;
    let mut there = Browser::default();
    signs_in_by(&house, &mut there, &mut me.passkey).await;
    let page = me.page(&house, "/account").await;
    assert!(!page.body.contains("ctl-offer-others"), "nothing changed");
    let mut other = Authenticator::new(14, ISSUER, true);
    me.add(&house, &mut other, "").await;
    let page = me.page(&house, "/account").await;
    assert!(page.body.contains("ctl-offer-others"), "{}", page.body);
    let ended = me
        .form(&house, "/account/logins/end", &[("login", "others")])
        .await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    let out = there.get(&house, "/account").await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    let page = me.page(&house, "/account").await;
    assert!(!page.body.contains("ctl-offer-others"), "none is left");
}

#[tokio::test]
async fn a_login_has_its_owners_name_and_keeps_it_through_a_new_proof() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "green-lamp", 15).await;
    let id = {
        let told = me
            .call(&house, Method::GET, "/api/account/logins", None)
            .await;
        told.json()[0]["id"].as_str().unwrap().to_owned()
    };
    let fields = [("login", id.as_str()), ("label", "Kitchen \u{202e}tablet")];
    me.form(&house, "/account/logins/label", &fields).await;
    let page = me.page(&house, "/account/logins").await;
    assert!(
        page.body.contains("<h2>Kitchen tablet</h2>"),
        "{}",
        page.body
    );
    let token = me.token(&house).await;
    let form = [("form_token", token.as_str()), ("to", "/account/logins")];
    let asked = me.browser.post(&house, "/account/confirm", &form).await;
    let end = confirms(&house, &mut me.browser, &mut me.passkey, &asked).await;
    assert_eq!(end, "/account/logins");
    let told = me
        .call(&house, Method::GET, "/api/account/logins", None)
        .await
        .json();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told[0]["label"], "Kitchen tablet");
    assert_ne!(told[0]["id"], id, "a new id at each proof");
}

#[tokio::test]
async fn signing_out_everywhere_ends_logins_and_tokens_with_one_write() {
    let house = House::new().await;
    let mut me = Person::joined(&house, "far-comet", 16).await;
    let tokens = connected(&house, &mut me.browser).await;
    let mut there = Browser::default();
    signs_in_by(&house, &mut there, &mut me.passkey).await;
    let out = me
        .form(&house, "/account/logins/end", &[("login", "all")])
        .await;
    assert_eq!(out.status, StatusCode::OK);
    assert!(out.body.contains("signed out everywhere"), "{}", out.body);
    assert!(!me.browser.jar.contains_key("si"));
    for browser in [&mut me.browser, &mut there] {
        let page = browser.get(&house, "/account").await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    }
    let dead = refreshed(&house, &tokens).await;
    assert_eq!(dead.json()["error"], "invalid_grant");
    signs_in_by(&house, &mut me.browser, &mut me.passkey).await;
    let log = me.page(&house, "/account/log").await;
    assert!(log.body.contains("signed out everywhere"), "{}", log.body);
}
