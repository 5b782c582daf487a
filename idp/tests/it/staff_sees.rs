//! What staff see of people, and what an act does to an account.

use crate::{
    authenticator::Authenticator,
    house::{Browser, House, ISSUER, SECRET, app_request, basic, lend, web_redeem, web_request},
    passkeys::join,
    staff::{Desk, REASON},
};
use axum::http::StatusCode;
use kernel::b64;

/// Every page and every answer of the API, for somebody who may do everything.
const PATHS: [&str; 16] = [
    "/",
    "/clients",
    "/clients/web",
    "/clients/staff",
    "/keys",
    "/accounts",
    "/invites",
    "/people",
    "/acts",
    "/staff/idp/me",
    "/staff/idp/clients",
    "/staff/idp/clients/web",
    "/staff/idp/keys",
    "/staff/idp/invites",
    "/staff/idp/people",
    "/staff/idp/acts",
];

/// Staff never see what apps call somebody, a credential or a token: whatever they open.
#[tokio::test]
async fn no_staff_answer_holds_a_subject_a_credential_or_a_token() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    // Somebody with a passkey, an app, a login and tokens.
    let mut person = Browser::default();
    let mut passkey = Authenticator::new(33, ISSUER, false);
    join(&house, &mut person, "seen-heron", &mut passkey, "").await;
    let page = person
        .open(&house, &crate::house::authorize(&web_request()))
        .await;
    let code = person.agree(&house, page).await;
    let auth = basic("web", SECRET);
    let redeemed = house
        .post(
            "/token",
            &lend(&web_redeem(&code)),
            &[("authorization", &auth)],
        )
        .await
        .json();
    let id_token = redeemed["id_token"].as_str().unwrap();
    let (_, claims) = credential::jose::peek(id_token).unwrap();
    let made = owner.act(&house, "invite.make", "", Some("1")).await;
    assert_eq!(made.status, StatusCode::OK);
    let look = owner.act(&house, "account.look", "seen-heron", None).await;
    let look = look.json()["id"].as_str().unwrap().to_owned();
    let lock = owner.act(&house, "account.lock", "seen-heron", None).await;
    let lock = lock.json()["id"].as_str().unwrap().to_owned();

    let text = |name: &str| claims[name].as_str().unwrap().to_owned();
    let mut secrets = vec![
        text("sub"),
        text("sid"),
        b64::encode(&passkey.id),
        code,
        redeemed["access_token"].as_str().unwrap().to_owned(),
        id_token.to_owned(),
    ];
    for sql in [
        "SELECT id FROM idp_account WHERE handle = 'seen-heron'",
        "SELECT user_handle FROM idp_account WHERE handle = 'seen-heron'",
        "SELECT wallet_ref FROM idp_account WHERE handle = 'seen-heron'",
        "SELECT credential_id FROM idp_passkey LIMIT 1",
        "SELECT id_h FROM idp_session ORDER BY created DESC LIMIT 1",
        "SELECT id FROM idp_account WHERE handle = 'demo-owner'",
    ] {
        secrets.push(house.cell(sql).await);
    }
    secrets.extend(owner.here.jar.values().cloned());
    secrets.extend(["rs_at_", "rs_rt_", "rs_ac_", "rs_in_", "eyJ"].map(str::to_owned));
    let mut paths: Vec<String> = PATHS.map(str::to_owned).to_vec();
    paths.push(format!("/accounts/{look}"));
    paths.push(format!("/staff/idp/accounts/{look}"));
    paths.push(format!("/acts/{lock}"));
    for path in paths {
        let answer = owner.get(&house, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        for secret in &secrets {
            assert!(!answer.body.contains(secret), "{path} holds {secret}");
        }
    }
}

/// No route of the staff origin makes a login, adds a way in or takes a part of a handle.
#[tokio::test]
async fn staff_find_an_account_by_its_whole_handle_only() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let before = house.digest().await;
    for part in ["demo-list", "demo-", "%", "demo-listene_", "*", ""] {
        let answer = owner.act(&house, "account.look", part, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
    for act in ["account.login", "account.as", "passkey.add", "account.sub"] {
        let answer = owner.act(&house, act, "demo-listener", None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
    }
    assert_eq!(house.digest().await, before);
}

#[tokio::test]
async fn a_look_is_told_to_its_owner_and_open_to_who_looked_only() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let mut secretary = Desk::of(&house, "secretary").await;
    let answer = owner
        .act(&house, "account.look", "demo-listener", None)
        .await;
    let look = answer.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/staff/idp/accounts/{look}");
    let seen = owner.get(&house, &path).await;
    assert_eq!(seen.json()["handle"], "demo-listener");
    assert_eq!(seen.json()["state"], "active");
    assert_eq!(
        secretary.get(&house, &path).await.status,
        StatusCode::NOT_FOUND
    );
    let detail: String = house
        .cell(
            "SELECT detail_json FROM idp_event JOIN idp_account \
             ON idp_account.id = idp_event.account \
             WHERE kind = 'staff.look' AND handle = 'demo-listener'",
        )
        .await;
    assert!(detail.contains(REASON), "{detail}");
    house.clock.advance(901);
    owner.sign_in(&house, "owner").await;
    let late = owner.get(&house, &path).await;
    assert_eq!(
        late.status,
        StatusCode::NOT_FOUND,
        "open a quarter of an hour"
    );
}

/// Lock by two people: logins, refresh and new sign-ins end at once; one person may undo it.
#[tokio::test]
async fn a_locked_account_has_no_login_no_refresh_and_no_way_in() {
    let house = House::new().await;
    let mut person = Browser::default();
    let code = person.code(&house, &app_request(), "listener").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code.as_str()),
        ("redirect_uri", "http://127.0.0.1:51004/cb"),
        ("code_verifier", crate::house::VERIFIER),
    ];
    let tokens = house.post("/token", &form, &[]).await.json();
    let owner = Desk::of(&house, "owner").await;
    let secretary = Desk::of(&house, "secretary").await;
    let asked = owner
        .act(&house, "account.lock", "demo-listener", None)
        .await;
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    let still = person.get(&house, "/account").await;
    assert_eq!(
        still.status,
        StatusCode::OK,
        "one person alone locks nobody"
    );
    let done = secretary.decide(&house, &id, "confirm").await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");

    assert_eq!(
        person.get(&house, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let refused = house.post("/token", &refresh, &[]).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let info = house
        .post("/userinfo", &[], &[("authorization", &bearer)])
        .await;
    assert_eq!(info.status, StatusCode::UNAUTHORIZED);
    let mut fresh = Browser::default();
    let page = fresh
        .open(&house, &crate::house::authorize(&app_request()))
        .await;
    let form = [
        ("ix", page.field("ix")),
        ("form_token", page.field("form_token")),
        ("demo_as", "listener".to_owned()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let shut = fresh.post(&house, "/demo/as", &form).await;
    assert_eq!(shut.status, StatusCode::NOT_FOUND, "{shut:?}");

    let undone = secretary.act(&house, "account.unlock", "demo-listener", None);
    assert_eq!(undone.await.status, StatusCode::OK);
    let again = fresh.post(&house, "/demo/as", &form).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{again:?}");
}

/// What ends the login at the provider ends the one at the staff origin.
#[tokio::test]
async fn a_locked_member_of_staff_is_out_at_once() {
    let house = House::new().await;
    let owner = Desk::of(&house, "owner").await;
    let mut secretary = Desk::of(&house, "secretary").await;
    let third = owner.act(&house, "staff.give", "demo-artist", Some("idp.accounts"));
    assert_eq!(third.await.status, StatusCode::OK);
    let artist = Desk::of(&house, "artist").await;
    let asked = owner
        .act(&house, "account.lock", "demo-secretary", None)
        .await;
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        artist.decide(&house, &id, "confirm").await.status,
        StatusCode::OK
    );
    let out = secretary.get(&house, "/staff/idp/me").await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED, "{out:?}");
}

/// Close by two people: nothing of the account is left, not even in the log of acts.
#[tokio::test]
async fn an_account_closed_by_two_leaves_no_trace_but_the_act() {
    let house = House::new().await;
    let mut owner = Desk::of(&house, "owner").await;
    let secretary = Desk::of(&house, "secretary").await;
    let mut passkey = Authenticator::new(51, ISSUER, false);
    join(
        &house,
        &mut Browser::default(),
        "gone-heron",
        &mut passkey,
        "",
    )
    .await;
    let id: String = house
        .cell("SELECT id FROM idp_account WHERE handle = 'gone-heron'")
        .await;
    let looked = owner.act(&house, "account.look", "gone-heron", None).await;
    assert_eq!(looked.status, StatusCode::OK);
    let asked = owner.act(&house, "account.close", "gone-heron", None).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{asked:?}");
    let act = asked.json()["id"].as_str().unwrap().to_owned();
    let done = secretary.decide(&house, &act, "confirm").await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    for sql in [
        "SELECT COUNT(*) FROM idp_account WHERE handle = 'gone-heron'",
        "SELECT COUNT(*) FROM idp_passkey",
        "SELECT COUNT(*) FROM idp_event WHERE kind = 'staff.look'",
        "SELECT COUNT(*) FROM idp_staff_act WHERE target <> '' AND act = 'account.look'",
    ] {
        let left: i64 = house.cell(sql).await;
        assert_eq!(left, 0, "{sql}");
    }
    let log = owner.get(&house, "/staff/idp/acts").await;
    assert!(!log.body.contains(&id));
    let acts = log.json();
    let mut acts = acts["acts"].as_array().unwrap().iter();
    let closed = acts.find(|act| act["act"] == "account.close").unwrap();
    assert_eq!(closed["state"], "done");
    assert!(closed["target"].is_null(), "{closed}");
}

/// The first owner's link: once, for 24 hours, and only while there is no owner.
#[tokio::test]
async fn the_owner_link_makes_one_owner_once() {
    let house = House::without_demo().await;
    let (world, now) = (&house.ground.world, house.now());
    let link = idp::OwnerLink::draw(world, now);
    let token = link.url("").split_once('=').unwrap().1.to_owned();
    assert!(!link.note().contains(&token), "a note opens nothing");
    assert!(house.idp.accept_owner_link(&link.note()).await.unwrap());
    assert!(
        !house.idp.accept_owner_link(&link.note()).await.unwrap(),
        "the same note twice"
    );
    assert!(!house.idp.accept_owner_link("").await.unwrap());
    let old = idp::OwnerLink::draw(world, now.plus_seconds(-86_401));
    assert!(!house.idp.accept_owner_link(&old.note()).await.unwrap());

    let mut person = Browser::default();
    let mut passkey = Authenticator::new(44, ISSUER, false);
    join(&house, &mut person, "first-owner", &mut passkey, "").await;
    let mut desk = Desk::empty();
    desk.id = person;
    let out = desk.get(&house, "/owner").await;
    assert!(!out.body.contains("name=\"owner_link\""), "signed in first");
    desk.sign_in(&house, "").await;
    let page = desk.get(&house, "/owner").await;
    let form_token = page.main_field("form_token");
    let before = house.digest().await;
    for wrong in ["", "rs_ow_", &link.note()[..43], &format!("{token}A")] {
        let form = [("owner_link", wrong), ("form_token", form_token.as_str())];
        let refused = desk.form(&house, "/owner", &form).await;
        assert_eq!(refused.status, StatusCode::GONE, "{wrong}");
        assert_eq!(house.digest().await, before, "{wrong}");
    }
    let form = [
        ("owner_link", token.as_str()),
        ("form_token", form_token.as_str()),
    ];
    let done = desk.form(&house, "/owner", &form).await;
    assert_eq!(done.location(), "/people", "{done:?}");
    let people = desk.get(&house, "/staff/idp/people").await.json();
    assert_eq!(people["people"][0]["handle"], "first-owner");
    assert!(house.idp.has_owner().await.unwrap());
    let again = desk.form(&house, "/owner", &form).await;
    assert_eq!(again.status, StatusCode::GONE);
    let another = idp::OwnerLink::draw(world, house.now());
    assert!(
        !house.idp.accept_owner_link(&another.note()).await.unwrap(),
        "there is an owner"
    );
}
