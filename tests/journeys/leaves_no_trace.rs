//! What people and apps said in confidence is neither logged, at any level, nor stored in clear.
//!
//! The log is that of a process at trace level. The database is searched byte by byte, with its
//! journal: what was deleted and not yet written over counts as well.

use super::{
    house::{APPS, House},
    steps::{answered, at_app, go_on},
    visitor::{Answer, BROWSER, FROM, Visitor},
    wallet::Wallet,
};
use base64ct::{Base64, Encoding};
use reqwest::header::{HeaderMap, HeaderValue};
use std::{collections::BTreeSet, fs};
use url::Url;

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const MAIL: &str = "somebody.unmistakable@example.org";
const HANDLE: &str = "unmistakable-otter";

/// What was said, and what it was.
#[derive(Default)]
struct Said(BTreeSet<(&'static str, String)>);

impl Said {
    fn add(&mut self, what: &'static str, value: &str) {
        assert!(value.len() >= 8, "{what} {value}: too short to be sought");
        self.0.insert((what, value.to_owned()));
    }

    /// Which of it stands in `bytes`, of the kinds that `sought` names.
    fn found_in(
        &self,
        bytes: &[u8],
        sought: impl Fn(&str) -> bool,
    ) -> Vec<&(&'static str, String)> {
        let text = String::from_utf8_lossy(bytes);
        self.0
            .iter()
            .filter(|(what, value)| sought(what) && text.contains(value.as_str()))
            .collect()
    }
}

/// A form of the app itself, with its secret.
async fn by_app(visitor: &mut Visitor, url: &str, form: &[(&str, &str)]) -> Answer {
    let (id, secret) = APPS[0];
    let basic = Base64::encode_string(format!("{id}:{secret}").as_bytes());
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert("content-type", kind);
    let basic = format!("Basic {basic}").parse().unwrap();
    headers.insert("authorization", basic);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let answer = visitor.send("POST", url, headers, body.into_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// A whole login at an app, by hand: every token passes through our hands.
async fn login(house: &House, said: &mut Said) {
    let id = house.id();
    let mut visitor = Visitor::new();
    let redirect = "http://127.0.0.1:9/cb";
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", APPS[0].0)
        .append_pair("redirect_uri", redirect)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid profile")
        .append_pair("login_hint", MAIL)
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .finish();
    let first = visitor.get(&format!("{id}/authorize?{query}")).await;
    let is_app = |url: &Url| url.as_str().starts_with(redirect);
    let end = go_on(&mut visitor, first, "listener", is_app).await;
    let back = end.location().expect("the way back to the app");
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code.1),
        ("redirect_uri", redirect),
        ("code_verifier", VERIFIER),
    ];
    let tokens = by_app(&mut visitor, &format!("{id}/token"), &form).await;
    let tokens = tokens.json();
    let access = tokens["access_token"].as_str().unwrap();
    let id_token = tokens["id_token"].as_str().unwrap();
    said.add("token", access);
    said.add("token", id_token);
    said.add("token", id_token.rsplit('.').next().unwrap());
    let told = by_app(
        &mut visitor,
        &format!("{id}/introspect"),
        &[("token", access)],
    )
    .await;
    let told = told.json();
    said.add("subject", told["sub"].as_str().unwrap());
    let mut bearer = HeaderMap::new();
    bearer.insert("authorization", format!("Bearer {access}").parse().unwrap());
    let claims = visitor
        .send("GET", &format!("{id}/userinfo"), bearer, vec![])
        .await;
    assert_eq!(claims.json()["sub"], told["sub"]);
    by_app(&mut visitor, &format!("{id}/revoke"), &[("token", access)]).await;
    keep(said, &visitor);
}

fn keep(said: &mut Said, visitor: &Visitor) {
    for (what, value) in &visitor.secrets {
        said.add(what, value);
    }
}

async fn by_wallet(house: &House, wallet: &Wallet, said: &mut Said) {
    let app = house.app(1);
    let mut visitor = Visitor::new();
    let (back, code) = answered(&mut visitor, wallet, &app.url("url")).await;
    said.add("code", &code);
    let sent = visitor.form(&back, &[("response_code", &code)]).await;
    let end = go_on(&mut visitor, sent, "nobody", |_| false).await;
    let claims = end.json();
    said.add("subject", claims["sub"].as_str().unwrap());
    keep(said, &visitor);
}

#[tokio::test]
async fn nothing_said_in_confidence_is_logged_or_stored_in_clear() {
    let mut house = House::logging("trace");
    let mut said = Said::default();
    let wallet = Wallet::new(&house, "trace");
    wallet.good(&["join", &house.id(), "--handle", HANDLE]);
    by_wallet(&house, &wallet, &mut said).await;
    login(&house, &mut said).await;
    let mut visitor = Visitor::new();
    let seen = at_app(&mut visitor, &house.app(0).url("url"), "listener").await;
    said.add("subject", seen["sub"].as_str().unwrap());
    keep(&mut said, &visitor);
    said.add("app's secret", APPS[0].1);
    said.add("address", &FROM.to_string());
    said.add("browser", BROWSER);
    said.add("mail", MAIL);
    said.add("handle", HANDLE);
    said.add("handle", "demo-listener");
    said.add("verifier", VERIFIER);

    let log = house.demo.log();
    let kinds: BTreeSet<_> = said.0.iter().map(|(what, _)| *what).collect();
    println!(
        "{} things of {kinds:?}, {} bytes of log",
        said.0.len(),
        log.len()
    );
    // Each request has its line at debug, which trace includes.
    for route in ["/authorize", "/token", "/introspect", "/revoke", "/vp/s"] {
        assert!(log.contains(route), "no line of {route}: {log}");
    }
    let logged = said.found_in(log.as_bytes(), |_| true);
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| {
            logged
                .iter()
                .any(|(_, value)| line.contains(value.as_str()))
        })
        .take(5)
        .collect();
    assert!(logged.is_empty(), "logged: {logged:#?}: {lines:#?}");

    // The chosen name is what an account is called; all else is hashed, sealed, or not there.
    let sought = |what: &str| what != "handle";
    let mut bytes = 0;
    for entry in fs::read_dir(house.folder.join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains(".sqlite3") {
            let file = fs::read(&path).unwrap();
            bytes += file.len();
            let stored = said.found_in(&file, sought);
            assert!(
                stored.is_empty(),
                "stored in {}: {stored:#?}",
                path.display()
            );
        }
    }
    assert!(bytes > 100_000, "the database was read");
}
