//! Staff: one person's acts, two people's acts, and everything that is refused.

use crate::house::{Answer, Browser, House};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

pub const STAFF: &str = "http://staff.localhost:8080";
pub const REASON: &str = "ticket 4711: as agreed in the meeting";

/// Somebody at the staff origin: a browser there, and the same browser at the provider.
pub struct Desk {
    pub id: Browser,
    pub here: Browser,
    pub token: String,
}

impl Desk {
    /// A browser that never was here.
    pub fn empty() -> Self {
        Self {
            id: Browser::default(),
            here: Browser::default(),
            token: String::new(),
        }
    }

    /// A persona of the demo, signed in.
    pub async fn of(house: &House, persona: &str) -> Self {
        let mut desk = Self::empty();
        desk.sign_in(house, persona).await;
        desk
    }

    /// Signs in, by the persona's button where the provider asks.
    pub async fn sign_in(&mut self, house: &House, persona: &str) {
        let begun = self.get(house, "/login?return=%2Fpeople").await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{begun:?}");
        let mut answer = self.id.open(house, begun.location()).await;
        if answer.status == StatusCode::OK {
            let (ix, token) = (answer.field("ix"), answer.field("form_token"));
            let form = [
                ("ix", ix.as_str()),
                ("form_token", &token),
                ("demo_as", persona),
            ];
            let proved = self.id.post(house, "/demo/as", &form).await;
            answer = self.id.open(house, proved.location()).await;
        }
        let back = answer.location().strip_prefix(STAFF).unwrap().to_owned();
        let home = self.get(house, &back).await;
        assert_eq!(home.location(), "/people", "{home:?}");
        let me = self.get(house, "/staff/idp/me").await;
        if me.status == StatusCode::OK {
            self.token = me.json()["form_token"].as_str().unwrap().to_owned();
        }
    }

    pub async fn get(&mut self, house: &House, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, self.here.cookies());
        let answer = house
            .send_to_staff(request.body(Body::empty()).unwrap())
            .await;
        self.here.keep(&answer);
        answer
    }

    /// Posts JSON as a page of the staff origin does.
    pub async fn json(&self, house: &House, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, self.here.cookies())
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, STAFF);
        house
            .send_to_staff(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// Posts a form of a page.
    pub async fn form(&mut self, house: &House, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, self.here.cookies())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, STAFF);
        let body = Body::from(crate::house::encoded(form));
        let answer = house.send_to_staff(request.body(body).unwrap()).await;
        self.here.keep(&answer);
        answer
    }

    /// An act, by the API.
    pub async fn act(
        &self,
        house: &House,
        act: &str,
        target: &str,
        detail: Option<&str>,
    ) -> Answer {
        let body = json!({
            "act": act, "target": target, "detail": detail, "reason": REASON,
            "form_token": self.token,
        });
        self.json(house, "/staff/idp/acts", &body).await
    }

    /// A decision on a request, by the API.
    pub async fn decide(&self, house: &House, id: &str, decision: &str) -> Answer {
        let body = json!({ "decision": decision, "reason": REASON, "form_token": self.token });
        self.json(house, &format!("/staff/idp/acts/{id}"), &body)
            .await
    }
}

/// The name of an act that was accepted with that status.
fn id_of(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn kids(house: &House) -> Vec<String> {
    let set = house.get("/jwks").await.json();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// Who asks, what they send and where, and the answer.
struct Row {
    who: &'static str,
    path: String,
    body: Value,
    status: u16,
    slug: &'static str,
}

fn row(who: &'static str, body: Value, status: u16, slug: &'static str) -> Row {
    let path = "/staff/idp/acts".to_owned();
    Row {
        who,
        path,
        body,
        status,
        slug,
    }
}

fn rows(rotation: &str, lock: &str) -> Vec<Row> {
    let act = |act: &str, target: &str| json!({ "act": act, "target": target, "reason": REASON });
    let because =
        |reason: &str| json!({ "act": "client.disable", "target": "web", "reason": reason });
    let given = |capability: &str| json!({ "act": "staff.give", "target": "demo-artist", "detail": capability, "reason": REASON });
    let decided = |who, id: &str, decision: &str, status, slug| Row {
        path: format!("/staff/idp/acts/{id}"),
        ..row(
            who,
            json!({ "decision": decision, "reason": REASON }),
            status,
            slug,
        )
    };
    let long = "a".repeat(501);
    let mut rows = vec![
        row("nobody", act("client.disable", "web"), 401, "login-needed"),
        row("listener", act("client.disable", "web"), 403, "forbidden"),
        row("artist", act("client.disable", "web"), 403, "forbidden"),
        row("secretary", given("idp.read"), 403, "forbidden"),
        row("owner", because(""), 422, "reason-missing"),
        row("owner", because("  short   "), 422, "reason-missing"),
        row("owner", because(&long), 422, "reason-missing"),
        row("owner", act("client.explode", "web"), 422, "invalid-field"),
        row("owner", act("client.disable", "nope"), 404, "not-found"),
        row(
            "owner",
            act("account.look", "nobody-here"),
            404,
            "not-found",
        ),
        row("owner", act("key.rotate", "HS256"), 404, "not-found"),
        row("owner", act("key.rotate", "ES256"), 409, "conflict"),
        row("owner", act("invite.end", "nope"), 404, "not-found"),
        row("owner", act("client.high", "web"), 422, "invalid-field"),
        row("owner", act("invite.make", ""), 422, "invalid-field"),
        row("owner", given("root"), 422, "invalid-field"),
        row(
            "owner",
            act("account.unlock", "demo-listener"),
            409,
            "conflict",
        ),
    ];
    // Confirming oneself; confirming what is about oneself; without the capability; too late.
    rows.extend([
        decided("owner", rotation, "confirm", 403, "second-person"),
        decided("owner", rotation, "refuse", 403, "second-person"),
        decided("secretary", lock, "confirm", 403, "second-person"),
        decided("secretary", rotation, "withdraw", 403, "forbidden"),
        decided("artist", rotation, "confirm", 403, "forbidden"),
        decided("nobody", rotation, "confirm", 401, "login-needed"),
        decided("secretary", "nope", "confirm", 404, "not-found"),
        decided("secretary", rotation, "maybe", 422, "invalid-field"),
    ]);
    rows
}

/// IN84. Two one-time copies of one card cannot be told apart before role cards carry `holder_ref`;
/// that half of the row comes with them. The account is what tells two people apart here.
#[tokio::test]
async fn in84_staff_are_refused_and_nothing_changes() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let secretary = Desk::of(&house, "secretary").await;
    let listener = Desk::of(&house, "listener").await;
    let artist = Desk::of(&house, "artist").await;
    let nobody = Desk::empty();
    let rotation = id_of(&owner.act(&house, "key.rotate", "ES256", None).await, 202);
    let lock = owner.act(&house, "account.lock", "demo-secretary", None);
    let lock = id_of(&lock.await, 202);
    let before = house.digest().await;
    for row in rows(&rotation, &lock) {
        let desk = match row.who {
            "owner" => &owner,
            "secretary" => &secretary,
            "listener" => &listener,
            "artist" => &artist,
            _ => &nobody,
        };
        let mut body = row.body.clone();
        body["form_token"] = desk.token.clone().into();
        if desk.token.is_empty() {
            // Even with a token of another browser.
            body["form_token"] = owner.token.clone().into();
        }
        let answer = desk.json(&house, &row.path, &body).await;
        let slug = match (row.who, row.slug) {
            // The form's token is looked at first: theirs is nobody's.
            ("listener" | "artist", _) => "form-stale",
            (_, slug) => slug,
        };
        assert_eq!(
            (
                answer.status.as_u16(),
                answer.json()["type"].as_str().unwrap()
            ),
            (row.status, format!("/problems/{slug}").as_str()),
            "{} {}",
            row.who,
            row.body
        );
        assert_eq!(house.digest().await, before, "{} {}", row.who, row.body);
    }
}

/// A person without capability has no form token of the API; their own browser's token opens nothing.
#[tokio::test]
async fn in84_without_a_capability_there_is_no_room_and_no_act() {
    let house = House::new().await;
    let mut listener = Desk::of(&house, "listener").await;
    for path in [
        "/clients",
        "/clients/web",
        "/keys",
        "/accounts",
        "/invites",
        "/people",
        "/acts",
        "/staff/idp/me",
        "/staff/idp/clients",
        "/staff/idp/keys",
        "/staff/idp/invites",
        "/staff/idp/people",
        "/staff/idp/acts",
        "/staff/idp/accounts/x",
    ] {
        let answer = listener.get(&house, path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(answer.json()["type"], "/problems/forbidden", "{path}");
    }
    let owner_page = listener.get(&house, "/owner").await;
    let token = owner_page.main_field("form_token");
    let before = house.digest().await;
    let form = [
        ("act", "client.disable"),
        ("target", "web"),
        ("reason", REASON),
        ("form_token", token.as_str()),
    ];
    let answer = listener.form(&house, "/acts", &form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    assert_eq!(answer.json()["type"], "/problems/forbidden");
    assert_eq!(house.digest().await, before);
    let home = listener.get(&house, "/").await;
    assert!(
        home.body.contains("You have no capability here"),
        "{home:?}"
    );
}

#[tokio::test]
async fn two_people_replace_a_key_and_both_stand_in_the_log() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let mut secretary = Desk::of(&house, "secretary").await;
    let before = kids(&house).await;
    let form = [
        ("act", "key.rotate"),
        ("target", "EdDSA"),
        ("reason", REASON),
        ("form_token", owner.token.as_str()),
    ];
    let form = form.map(|(n, v)| (n, v.to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let asked = owner.form(&house, "/acts", &form).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{asked:?}");
    assert_eq!(kids(&house).await, before, "nothing happened yet");

    let path = asked.location().to_owned();
    let mine = owner.get(&house, &path).await;
    assert!(mine.body.contains("ctl-withdraw") && !mine.body.contains("ctl-confirm"));
    let page = secretary.get(&house, &path).await;
    for seen in [REASON, "EdDSA", "What it brings about", "ctl-confirm"] {
        assert!(page.body.contains(seen), "{seen}: {page:?}");
    }
    let token = page.main_field("form_token");
    let why = "seen the plan, the old one is 90 days old";
    let form = [
        ("decision", "confirm"),
        ("reason", why),
        ("form_token", token.as_str()),
    ];
    let done = secretary.form(&house, &path, &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
    let after = kids(&house).await;
    assert_eq!(after.len(), before.len() + 1, "the new one beside the old");

    let log = owner.get(&house, "/staff/idp/acts").await.json();
    let acts = log["acts"].as_array().unwrap();
    assert_eq!(acts.len(), 2);
    let find = |word: &str| acts.iter().find(|act| act["act"] == word).unwrap();
    let (second, first) = (find("request.confirm"), find("key.rotate"));
    assert_eq!(second["actor"], "demo-secretary");
    assert_eq!(second["reason"], why);
    assert_eq!(first["actor"], "demo-owner");
    assert_eq!(first["state"], "done");
    assert_eq!(first["second"], "demo-secretary");
    let again = secretary.form(&house, &path, &form).await;
    assert_eq!(again.json()["type"], "/problems/conflict");
}

#[tokio::test]
async fn a_request_can_be_refused_withdrawn_and_runs_out() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let mut secretary = Desk::of(&house, "secretary").await;
    let before = kids(&house).await;
    for (decision, state) in [("refuse", "refused"), ("withdraw", "withdrawn")] {
        let asked = owner.act(&house, "key.rotate", "RS256", None).await;
        let id = id_of(&asked, 202);
        let who = if decision == "refuse" {
            &secretary
        } else {
            &owner
        };
        assert_eq!(
            who.decide(&house, &id, decision).await.status,
            StatusCode::OK
        );
        let late = secretary.decide(&house, &id, "confirm").await;
        assert_eq!(late.json()["type"], "/problems/conflict");
        let log = owner.get(&house, "/staff/idp/acts").await.json();
        let acts = log["acts"].as_array().unwrap();
        let asked = acts.iter().find(|act| act["id"] == id.as_str()).unwrap();
        assert_eq!(asked["state"], state);
    }
    let id = id_of(&owner.act(&house, "key.rotate", "RS256", None).await, 202);
    house.clock.advance(86_400);
    secretary.sign_in(&house, "secretary").await;
    let late = secretary.decide(&house, &id, "confirm").await;
    assert_eq!(late.status, StatusCode::GONE, "{late:?}");
    assert_eq!(kids(&house).await, before);
}

/// Two who confirm at once: one act, one row that tells of it.
#[tokio::test]
async fn of_two_who_confirm_at_once_one_acts() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let secretary = Desk::of(&house, "secretary").await;
    let third = owner.act(&house, "staff.give", "demo-artist", Some("idp.keys"));
    assert_eq!(third.await.status, StatusCode::OK);
    let artist = Desk::of(&house, "artist").await;
    for round in 1..=20_i64 {
        let id = id_of(&owner.act(&house, "key.rotate", "EdDSA", None).await, 202);
        let (one, other) = tokio::join!(
            secretary.decide(&house, &id, "confirm"),
            artist.decide(&house, &id, "confirm")
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
        let keys: i64 = house
            .cell("SELECT COUNT(*) FROM idp_key WHERE alg = 'EdDSA'")
            .await;
        assert_eq!(keys, 1 + round);
        let told: i64 = house
            .cell("SELECT COUNT(*) FROM idp_staff_act WHERE act = 'request.confirm'")
            .await;
        assert_eq!(told, round);
    }
}

#[tokio::test]
async fn an_old_proof_shows_pages_only_after_another_and_acts_on_nothing() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    house.clock.advance(901);
    let before = house.digest().await;
    let late = owner.act(&house, "client.disable", "web", None).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{late:?}");
    let body = late.json();
    assert_eq!(body["type"], "/problems/insufficient_user_authentication");
    assert_eq!(body["acr_values"], "phr");
    assert_eq!(body["max_age"], 900);
    assert_eq!(house.digest().await, before);
    let room = owner.get(&house, "/clients/web").await;
    assert_eq!(room.location(), "/login?return=%2Fclients%2Fweb");
    // Reading by the API goes on for eight hours.
    let list = owner.get(&house, "/staff/idp/clients").await;
    assert_eq!(list.status, StatusCode::OK);
    house.clock.advance(8 * 3600);
    let list = owner.get(&house, "/staff/idp/clients").await;
    assert_eq!(list.status, StatusCode::UNAUTHORIZED);
}

/// A wallet's key is not enough: the request of the staff pages demands `phr`.
#[tokio::test]
async fn the_sign_in_asks_for_a_passkey_used_just_now() {
    let house = House::new().await;
    let mut desk = Desk::empty();
    let begun = desk.get(&house, "/login").await;
    let page = desk.id.open(&house, begun.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("ctl-wallet"), "{page:?}");
    assert!(page.body.contains("ctl-passkey"));
    let stored: String = house
        .cell("SELECT request_json FROM idp_interaction LIMIT 1")
        .await;
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored["acr_essential"], true);
    assert_eq!(stored["acr_values"], json!(["phr"]));
    assert_eq!(stored["max_age"], 900);
}

#[tokio::test]
async fn a_capability_that_was_taken_opens_nothing_more_and_one_owner_stays() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let secretary = Desk::of(&house, "secretary").await;
    let switched = secretary.act(&house, "client.disable", "web", None).await;
    assert_eq!(switched.status, StatusCode::OK);
    let taken = owner.act(&house, "staff.take", "demo-secretary", Some("idp.clients"));
    assert_eq!(taken.await.status, StatusCode::OK);
    let again = secretary.act(&house, "client.enable", "web", None).await;
    assert_eq!(again.json()["type"], "/problems/forbidden");

    let before = house.digest().await;
    let last = owner
        .act(&house, "staff.take", "demo-owner", Some("owner"))
        .await;
    assert_eq!(last.status, StatusCode::CONFLICT);
    assert_eq!(last.json()["type"], "/problems/last-owner");
    assert_eq!(house.digest().await, before);
    let other = owner.act(&house, "staff.give", "demo-secretary", Some("owner"));
    assert_eq!(other.await.status, StatusCode::OK);
    let now = owner
        .act(&house, "staff.take", "demo-owner", Some("owner"))
        .await;
    assert_eq!(now.status, StatusCode::OK);
    let told: i64 = house
        .cell("SELECT COUNT(*) FROM idp_event WHERE kind IN ('staff.give', 'staff.take')")
        .await;
    assert_eq!(told, 3, "each in the log of the person it was about");
}

/// Marks of apps: one person's mark shows on the consent page; the strict profile takes two people and
/// binds at once.
#[tokio::test]
async fn staff_mark_an_app_and_two_hold_it_to_the_strict_profile() {
    let key = credential::jose::SigningKey::ed25519_from_seed(&[42; 32]);
    let mut clients = crate::house::clients();
    clients.push(json!({
        "client_id": "bank", "client_name": "Bank", "redirect_uris": ["https://bank.example/cb"],
        "scope": "openid", "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.public().public_json()]},
        "id_token_signed_response_alg": "ES256",
    }));
    let house = House::with(clients).await;
    let owner = Desk::of(&house, "owner").await;
    let mut secretary = Desk::of(&house, "secretary").await;
    for (act, verified) in [("client.verify", true), ("client.unverify", false)] {
        assert_eq!(
            owner.act(&house, act, "web", None).await.status,
            StatusCode::OK
        );
        let app = secretary.get(&house, "/staff/idp/clients/web").await.json();
        assert_eq!(app["verified"], verified);
    }
    let asked = owner.act(&house, "client.high", "bank", None).await;
    let id = id_of(&asked, 202);
    let app = secretary.get(&house, "/staff/idp/clients/bank").await;
    assert_eq!(app.json()["high"], false);
    let done = secretary.decide(&house, &id, "confirm").await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    let app = secretary
        .get(&house, "/staff/idp/clients/bank")
        .await
        .json();
    assert_eq!(
        (&app["high"], &app["require_par"]),
        (&json!(true), &json!(true))
    );
    let plain = [
        ("client_id", "bank"),
        ("response_type", "code"),
        ("redirect_uri", "https://bank.example/cb"),
        ("scope", "openid"),
        ("state", "s"),
        ("code_challenge", crate::house::CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut browser = Browser::default();
    let refused = browser.open(&house, &crate::house::authorize(&plain)).await;
    assert_eq!(refused.query()["error"], "invalid_request", "it must push");
}
