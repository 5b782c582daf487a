//! Outside providers: a second house of our own as a real one, and one made by hand for its lies.

use crate::{
    house::{Answer, Browser, CHALLENGE, House, ISSUER, VERIFIER, authorize, clients, web_request},
    liar::{Liar, Lie},
};
use axum::http::StatusCode;
use credential::jose;
use idp::{ExternalSettings, Settings};
use kernel::{Secret, b64};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::net::TcpListener;

pub const SECRET: &str = "secret-between-the-houses";
const ACR: &str = "urn:resonate:acr:external";

fn provider(issuer: &str, label: &str) -> ExternalSettings {
    ExternalSettings {
        issuer: issuer.to_owned(),
        client_id: "resonate".to_owned(),
        client_secret: Some(Secret::new(SECRET.to_owned())),
        client_secret_file: None,
        label: label.to_owned(),
    }
}

fn settings(clients: Vec<Value>, external: BTreeMap<String, ExternalSettings>) -> Settings {
    Settings {
        clients,
        personas: vec!["listener".to_owned(), "artist".to_owned()],
        external,
        ..Settings::default()
    }
}

/// Our house, and two providers beside it: a second house, and the liar.
pub struct Street {
    pub house: House,
    other: House,
    other_issuer: String,
    pub liar: Liar,
}

impl Street {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let other_issuer = format!("http://localhost:{port}");
        let app = json!({
            "client_id": "resonate", "client_name": "A co-op", "client_secret": SECRET,
            "redirect_uris": [format!("{ISSUER}/external/beside/callback")], "scope": "openid",
        });
        let other = House::founded(settings(vec![app], BTreeMap::new()), true, &other_issuer).await;
        other.serve(listener);
        let liar = Liar::open().await;
        let external = BTreeMap::from([
            ("beside".to_owned(), provider(&other_issuer, "House beside")),
            ("liar".to_owned(), provider(liar.issuer(), "Liar")),
        ]);
        let house = House::founded(settings(clients(), external), true, ISSUER).await;
        Self {
            house,
            other,
            other_issuer,
            liar,
        }
    }

    /// What our house keeps of somebody, as the vectors have it.
    fn tag(&self, iss: &str, sub: &str) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        let key = self.house.ground.secrets.key("idp/external");
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.expose()).unwrap();
        mac.update(format!("resonate/external/v1\0{iss}\0{sub}").as_bytes());
        b64::encode(mac.finalize().into_bytes())
    }

    /// What the house beside calls whoever is signed in there: asked as its client would.
    async fn subject(&self, there: &mut Browser) -> String {
        let back = format!("{ISSUER}/external/beside/callback");
        let query = [
            ("client_id", "resonate"),
            ("response_type", "code"),
            ("redirect_uri", back.as_str()),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let code = there.get(&self.other, &authorize(&query)).await.query()["code"].clone();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", back.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let auth = crate::house::basic("resonate", SECRET);
        let headers = [("authorization", auth.as_str())];
        let tokens = self.other.post("/token", &form, &headers).await.json();
        let (_, claims) = jose::peek(tokens["id_token"].as_str().unwrap()).unwrap();
        claims["sub"].as_str().unwrap().to_owned()
    }

    async fn attach(&self, provider: &str, tag: &str) {
        let sql = format!(
            "INSERT INTO idp_external (tag, account, provider, attached_day) SELECT '{tag}', id, \
             '{provider}', '2026-11-21' FROM idp_account WHERE handle = 'demo-listener'"
        );
        self.house.execute(sql.leak()).await;
    }
}

/// A sign-in at an app's page of ways in.
pub struct Visit {
    pub browser: Browser,
    ix: String,
    token: String,
}

impl Visit {
    pub async fn begin(house: &House, query: &[(&str, &str)]) -> Self {
        let mut browser = Browser::default();
        let page = browser.open(house, &authorize(query)).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        Self {
            ix: page.field("ix"),
            token: page.field("form_token"),
            browser,
        }
    }

    /// Presses the provider's button; where the browser is led.
    pub async fn press(&mut self, house: &House, provider: &str) -> Answer {
        let path = format!("/interaction/{}/external/{provider}", self.ix);
        let form = [("form_token", self.token.as_str()), ("external", provider)];
        self.browser.post(house, &path, &form).await
    }
}

/// Where the page after a good answer goes on to, by itself.
pub fn onward(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let refresh = answer.header("refresh").strip_prefix("0; url=");
    refresh.unwrap_or_else(|| panic!("signed in: {answer:?}"))
}

/// Comes back from the liar with these parameters.
pub fn callback(state: &str, iss: &str) -> String {
    let query = [("code", "code-of-the-liar"), ("state", state), ("iss", iss)];
    format!("/external/liar/callback?{}", crate::house::encoded(&query))
}

#[tokio::test]
async fn a_real_provider_signs_in_and_never_learns_which_app() {
    let street = Street::open().await;
    let house = &street.house;
    let mut visit = Visit::begin(house, &web_request()).await;
    let led = visit.press(house, "beside").await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
    let asked = led.query();
    let names: Vec<&str> = asked.keys().map(String::as_str).collect();
    let exactly = [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(names, exactly, "nothing else is said");
    assert_eq!(asked["scope"], "openid");
    assert_eq!(
        asked["redirect_uri"],
        format!("{ISSUER}/external/beside/callback")
    );
    let said = led.location().to_owned();
    for secret in ["web", "app.example", &visit.ix] {
        let named = asked.values().any(|value| value.contains(secret));
        assert!(!named, "{secret} in {said}");
    }

    // There, somebody signs in; here nothing is attached yet.
    let path = said.strip_prefix(&street.other_issuer).unwrap().to_owned();
    let query: Vec<(&str, &str)> = asked
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert!(path.starts_with("/authorize?"));
    let mut there = Browser::default();
    let page = there.sign_in(&street.other, &query, "artist").await;
    let allowed = allow(&mut there, &street.other, page).await;
    let back = allowed.location().to_owned();
    let before = house.digest().await;
    let unknown = visit.browser.get(house, &back).await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN, "{unknown:?}");
    assert!(unknown.body.contains("external-unknown"));
    assert_eq!(house.digest().await, before);
    nothing_is_kept(house).await;

    // Attached, the same person signs in; the app sees how weak it was.
    let sub = street.subject(&mut there).await;
    street
        .attach("beside", &street.tag(&street.other_issuer, &sub))
        .await;
    let mut visit = Visit::begin(house, &web_request()).await;
    let led = visit.press(house, "beside").await;
    let path = led.location().strip_prefix(&street.other_issuer).unwrap();
    let answer = there.open(&street.other, path).await;
    let back = visit.browser.get(house, answer.location()).await;
    let page = visit.browser.open(house, onward(&back)).await;
    let code = visit.browser.agree(house, page).await;
    let claims = crate::qr::redeemed(house, &code).await;
    assert_eq!(claims["acr"], ACR);
    assert!(!claims.contains_key("amr"), "no method of ours was used");
}

async fn nothing_is_kept(house: &House) {
    for table in ["idp_external", "idp_external_used"] {
        let sql: &'static str = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}").leak();
        let mut conn = house.ground.db.read().await.unwrap();
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

async fn allow(browser: &mut Browser, house: &House, page: Answer) -> Answer {
    let path = crate::house::consent_path(&page);
    let token = page.field("form_token");
    let form = [("form_token", token.as_str()), ("decision", "allow")];
    browser.post(house, &path, &form).await
}

/// IN77: a state that is unknown, old, used, another browser's or another provider's.
#[tokio::test]
async fn in77_a_state_counts_once_in_its_own_browser_and_time() {
    let street = Street::open().await;
    let house = &street.house;
    street
        .attach("liar", &street.tag(street.liar.issuer(), "somebody-there"))
        .await;
    let mut visit = Visit::begin(house, &web_request()).await;
    let led = visit.press(house, "liar").await.query();
    let (state, nonce) = (led["state"].as_str(), led["nonce"].as_str());
    street.liar.says(&Lie::None, nonce, house.now().seconds());
    let iss = street.liar.issuer();
    let good = callback(state, iss);
    let before = house.digest().await;

    let mut stranger = Visit::begin(house, &web_request()).await.browser;
    let before_ = house.digest().await;
    let elsewhere = good.replace("/liar/", "/beside/");
    for (what, browser, path) in [
        ("unknown", &mut visit.browser.clone(), callback("AAAA", iss)),
        (
            "none",
            &mut visit.browser.clone(),
            "/external/liar/callback?code=c".into(),
        ),
        ("another browser", &mut stranger, good.clone()),
        ("no browser", &mut Browser::default(), good.clone()),
        ("another provider", &mut visit.browser.clone(), elsewhere),
    ] {
        let refused = browser.get(house, &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}: {refused:?}");
        assert!(refused.body.contains("wrong-browser"), "{what}");
        assert_eq!(house.digest().await, before_, "{what}");
        assert_eq!(street.liar.heard().len(), 0, "{what}: no code is spent");
    }
    assert_ne!(before, before_, "the stranger's own sign-in was begun");
    let none = visit
        .browser
        .clone()
        .get(house, &good.replace("/liar/", "/nobody/"))
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);

    let done = visit.browser.get(house, &good).await;
    assert!(
        onward(&done).starts_with("/interaction/"),
        "its owner still signs in"
    );
    let before = house.digest().await;
    let again = visit.browser.get(house, &good).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "used");
    assert_eq!(house.digest().await, before);

    // Old: a sign-in lasts fifteen minutes, and so does its state.
    let mut visit = Visit::begin(house, &web_request()).await;
    let led = visit.press(house, "liar").await.query();
    house.clock.advance(901);
    let before = house.digest().await;
    let late = visit
        .browser
        .get(house, &callback(&led["state"], iss))
        .await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "{late:?}");
    assert_eq!(house.digest().await, before);
}

fn lies(now: i64) -> Vec<(&'static str, Lie)> {
    vec![
        ("nonce of another", Lie::Claim("nonce", "other".into())),
        ("no nonce", Lie::Claim("nonce", Value::Null)),
        (
            "another issuer",
            Lie::Claim("iss", "https://accounts.example".into()),
        ),
        ("another audience", Lie::Claim("aud", "other-app".into())),
        (
            "two audiences",
            Lie::Claim("aud", json!(["resonate", "other-app"])),
        ),
        ("over", Lie::Claim("exp", (now - 1).into())),
        ("made long ago", Lie::Claim("iat", (now - 3600).into())),
        ("made tomorrow", Lie::Claim("iat", (now + 86_400).into())),
        ("a foreign key", Lie::ForeignKey),
        ("unsigned", Lie::Unsigned),
        ("signed by the shared secret", Lie::Symmetric),
        ("no ID Token", Lie::Missing),
        ("the code is refused", Lie::Refuses),
    ]
}

/// IN78: each lie is one answer, 502, with nothing changed; then the same provider tells the truth.
#[tokio::test]
async fn in78_a_provider_that_lies_is_not_believed() {
    let street = Street::open().await;
    let house = &street.house;
    street
        .attach("liar", &street.tag(street.liar.issuer(), "somebody-there"))
        .await;
    let mut visit = Visit::begin(house, &web_request()).await;
    let led = visit.press(house, "liar").await.query();
    let (state, nonce) = (led["state"].as_str(), led["nonce"].as_str());
    let iss = street.liar.issuer();
    let now = house.now().seconds();
    let before = house.digest().await;
    for (what, lie) in lies(now) {
        street.liar.says(&lie, nonce, now);
        let refused = visit.browser.get(house, &callback(state, iss)).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_GATEWAY,
            "{what}: {refused:?}"
        );
        assert!(refused.body.contains("external-refused"), "{what}");
        assert_eq!(house.digest().await, before, "{what}");
    }
    street.liar.says(&Lie::None, nonce, now);
    misdirected(&street, &mut visit, state, &before).await;
    let done = visit.browser.get(house, &callback(state, iss)).await;
    assert!(
        onward(&done).starts_with("/interaction/"),
        "its owner still signs in"
    );
    let asked = street.liar.heard();
    let verifier = &asked[0]["code_verifier"];
    assert_eq!(verifier.len(), 43);
    assert_eq!(credential::pkce::challenge(verifier), led["code_challenge"]);
}

/// Answers that are refused before the code is spent.
async fn misdirected(street: &Street, visit: &mut Visit, state: &str, before: &str) {
    let (house, iss) = (&street.house, street.liar.issuer());
    let heard = street.liar.heard().len();
    for (what, path) in [
        (
            "iss of another",
            callback(state, "https://accounts.example"),
        ),
        (
            "no iss",
            callback(state, iss)
                .split("&iss=")
                .next()
                .unwrap()
                .to_owned(),
        ),
        (
            "no code",
            format!("/external/liar/callback?state={state}&iss={iss}"),
        ),
    ] {
        let refused = visit.browser.get(house, &path).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_GATEWAY,
            "{what}: {refused:?}"
        );
        assert_eq!(house.digest().await, before, "{what}");
    }
    assert_eq!(
        street.liar.heard().len(),
        heard,
        "no code is spent on these"
    );
}

/// What it publishes is believed for an hour; another issuer there is refused before anyone is led
/// away, and a key it did not publish is asked for at most once a minute.
#[tokio::test]
async fn in78_metadata_is_read_once_and_must_name_its_issuer() {
    let street = Street::open().await;
    let house = &street.house;
    street.liar.says(&Lie::OtherIssuer, "", 0);
    let mut visit = Visit::begin(house, &web_request()).await;
    let before = house.digest().await;
    let refused = visit.press(house, "liar").await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY, "{refused:?}");
    assert_eq!(house.digest().await, before);
    street.liar.says(&Lie::None, "", 0);
    for _ in 0..3 {
        assert_eq!(
            visit.press(house, "liar").await.status,
            StatusCode::SEE_OTHER
        );
    }
    assert_eq!(street.liar.discoveries(), 2);
    let led = visit.press(house, "liar").await.query();
    for _ in 0..3 {
        street
            .liar
            .says(&Lie::ForeignKey, &led["nonce"], house.now().seconds());
        let path = callback(&led["state"], street.liar.issuer());
        visit.browser.get(house, &path).await;
    }
    assert_eq!(street.liar.discoveries(), 2, "too soon to ask again");
    house.clock.advance(61);
    let path = callback(&led["state"], street.liar.issuer());
    visit.browser.get(house, &path).await;
    assert_eq!(street.liar.discoveries(), 3);
    house.clock.advance(3601);
    let mut visit = Visit::begin(house, &web_request()).await;
    visit.press(house, "liar").await;
    assert_eq!(street.liar.discoveries(), 4);
}

/// IN26: as with pictures, a demand for more hides the way and refuses who asks for it.
#[tokio::test]
async fn in26_an_outside_provider_never_reaches_what_demands_more() {
    let street = Street::open().await;
    let house = &street.house;
    for (value, offered) in [
        ("phr", false),
        ("urn:resonate:acr:wallet", false),
        ("urn:resonate:acr:qr", false),
        (ACR, true),
    ] {
        let claims = json!({ "id_token": { "acr": { "essential": true, "value": value } } });
        let mut query = web_request();
        query.push(("claims", claims.to_string().leak()));
        let mut visit = Visit::begin(house, &query).await;
        let page = format!("/interaction/{}", visit.ix);
        let page = visit.browser.get(house, &page).await;
        assert_eq!(
            page.body.contains("id=\"ctl-external-liar\""),
            offered,
            "{value}"
        );
        let before = house.digest().await;
        let answer = visit.press(house, "liar").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{value}: {answer:?}");
        if !offered {
            let told = answer.query();
            assert_eq!(
                told["error"], "unmet_authentication_requirements",
                "{value}"
            );
            assert_eq!(
                (told["state"].as_str(), told["iss"].as_str()),
                ("s", ISSUER)
            );
            assert_eq!(house.digest().await, before, "{value}");
        }
    }
}

/// The person changes their mind there: back to the page of ways in, here still theirs.
#[tokio::test]
async fn a_no_there_leads_back_to_the_ways_in() {
    let street = Street::open().await;
    let house = &street.house;
    let mut visit = Visit::begin(house, &web_request()).await;
    let led = visit.press(house, "liar").await.query();
    let iss = street.liar.issuer();
    let query = [
        ("error", "access_denied"),
        ("state", &led["state"]),
        ("iss", iss),
    ];
    let path = format!("/external/liar/callback?{}", crate::house::encoded(&query));
    let back = visit.browser.get(house, &path).await;
    assert_eq!(back.location(), format!("/interaction/{}", visit.ix));
    let page = visit.browser.open(house, back.location()).await;
    assert!(page.body.contains("id=\"ctl-passkey\""));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(iss), "its button may lead there: {policy}");
}

/// Without the demo's word a provider on this machine is no provider.
#[tokio::test]
async fn loopback_is_outside_only_in_the_demo() {
    let liar = Liar::open().await;
    let scratch = host_testing::Scratch::new(&[&idp::MIGRATIONS]).await;
    let clock = host_testing::FixedClock::at("2026-11-21T09:00:00Z");
    let ground = host_testing::ground_for_test(&scratch, &clock);
    let external = BTreeMap::from([("liar".to_owned(), provider(liar.issuer(), "Liar"))]);
    let settings = idp::Settings {
        external,
        ..idp::Settings::default()
    };
    let config = idp::Config::parse(settings).unwrap();
    let refused = idp::Idp::new(&ground, config).err().expect("refused");
    assert!(refused.to_string().contains("external.liar"), "{refused}");
}
