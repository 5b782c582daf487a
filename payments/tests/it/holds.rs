//! Holds and what becomes of them: posts, voids, closed days, money to people.

use crate::house::{FIRST, Home, Listener, hold_id, slug};
use kernel::Amount;
use payments::ledger::Ledger;
use serde_json::{Value, json};
use std::sync::Arc;

const CAN: i64 = 4_088_000;

#[tokio::test]
async fn a_play_is_held_posted_and_reaches_artist_and_coop() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice.mandate(&home, &json!({})).await;
    let held = home
        .hold(&alice.wish(&home, &mandate, 1, 2_000))
        .await
        .unwrap();
    assert_eq!(held["available"], CAN - 2_000);
    assert_eq!(held["plan"], "s2o");
    home.event("streaming.qualified", &hold_id(1), json!({}))
        .await;
    home.event("streaming.qualified", &hold_id(1), json!({}))
        .await;
    // A second play that does not count costs nothing.
    home.hold(&alice.wish(&home, &mandate, 2, 4_000))
        .await
        .unwrap();
    assert_eq!(alice.get(&home, "/purse").await.json()["held"], 4_000);
    home.event("streaming.released", &hold_id(2), json!({}))
        .await;
    assert_eq!(alice.available(&home).await, CAN - 2_000);
    let purse = alice.get(&home, "/purse").await.json();
    assert_eq!(purse["mandates"][0]["spent"], 2_000);
    assert_eq!(
        purse["days"][29],
        json!({"day": "2026-11-21", "ucr": 2_000})
    );
    close(&home, 2_000, &[("aa", "11", 1, 2_000)]).await;
    let artist = format!("payee:{}", "11".repeat(16));
    assert_eq!(
        home.sums(Ledger::Ucr, &artist).await.available(),
        Amount::new(1_400)
    );
    assert_eq!(
        home.sums(Ledger::Ucr, "coop").await.available(),
        Amount::new(600)
    );
    let plays = home.sums(Ledger::Ucr, "plays:2026-11-21").await;
    assert_eq!(plays.available(), Amount::ZERO);
    let books = home
        .house
        .browser()
        .get("http://listen.localhost:8080/books")
        .await
        .json();
    assert_eq!(books["totals"], json!({"artists": 1_400, "coop": 600}));
    assert_eq!(books["days"][0]["state"], "folded");
    assert!(home.strays().await.is_empty());
    home.house.leave().await;
}

/// Closes 2026-11-21 as streaming does; lines of (track, payee, plays, paid).
async fn close(home: &Home, paid: i64, lines: &[(&str, &str, i64, i64)]) {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(track, payee, plays, ucr)| {
            json!({"track": track.repeat(16), "payee": payee.repeat(16), "sheet": "s", "plays": plays, "ucr": ucr})
        })
        .collect();
    let hash = home.outside.close_day("2026-11-21", paid, &json!(lines));
    home.event(
        "streaming.day",
        "2026-11-21",
        json!({"manifest_hash": hash}),
    )
    .await;
    home.jobs().await;
}

async fn state_of_day(home: &Home) -> (String, Option<String>) {
    let mut conn = home.house.ground.db.read().await.unwrap();
    let sql = "SELECT state, note FROM payments_day";
    let row = sqlx::query(sql).fetch_one(&mut *conn).await.unwrap();
    (sqlx::Row::get(&row, "state"), sqlx::Row::get(&row, "note"))
}

/// What is asked, and what it must be answered with.
type Case = (&'static str, Value, u16, &'static str);

/// Two listeners with mandates of their own, and one that alice asked for and never confirmed.
struct Scene {
    alice: Listener,
    bob: Listener,
    mandate: String,
    poor: String,
    asked: String,
}

impl Scene {
    async fn set(home: &Home) -> Self {
        let mut alice = home.listener("alice", &[500]).await;
        let mut bob = home.listener("bob", &[]).await;
        let limits = json!({"max_play": 256_000, "max_total": 300_000});
        let mandate = alice.mandate(home, &limits).await;
        let poor = bob.mandate(home, &json!({})).await;
        let (asked, _) = alice.ask(home, &json!({})).await;
        Self {
            alice,
            bob,
            mandate,
            poor,
            asked,
        }
    }

    fn wish(&self, home: &Home, amount: i64) -> Value {
        self.alice.wish(home, &self.mandate, 2, amount)
    }

    fn with(&self, home: &Home, name: &str, value: Value) -> Value {
        let mut wish = self.wish(home, 2_000);
        wish[name] = value;
        wish
    }

    /// Play 2 with an intent by `key` that says something else.
    fn intent(&self, home: &Home, key: &Listener, claims: &Value) -> Value {
        let mut all = json!({"hold": hold_id(2), "max": 2_000, "mandate": self.mandate});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        self.with(home, "intent", key.intent(home, &all).into())
    }

    fn amounts(&self, home: &Home) -> Vec<Case> {
        let big: Value = serde_json::from_str(&"4".repeat(40)).unwrap();
        vec![
            (
                "PA1",
                self.bob.wish(home, &self.poor, 2, 2_000),
                402,
                "funds",
            ),
            (
                "PA3",
                self.alice.wish(home, &self.mandate, 1, 4_000),
                409,
                "id-conflict",
            ),
            ("PA4", self.wish(home, 0), 422, "amount"),
            ("PA4", self.wish(home, -2_000), 422, "amount"),
            ("PA4", self.wish(home, i64::MAX), 422, "amount"),
            (
                "PA4",
                self.with(home, "amount", json!("2000")),
                422,
                "amount",
            ),
            // What JSON can only say as a float stops at the letter: no signed thing holds one.
            (
                "PA4",
                self.with(home, "amount", json!(2_000.5)),
                403,
                "forbidden",
            ),
            ("PA4", self.with(home, "amount", big), 403, "forbidden"),
            ("PA5", self.wish(home, 2_001), 422, "off-ladder"),
            (
                "PA6",
                self.with(home, "rule", json!("ladder/2")),
                403,
                "rule-unknown",
            ),
            ("PA9", self.wish(home, 512_000), 402, "mandate-limit"),
            (
                "PA19",
                self.with(home, "day", json!("2026-11-19")),
                422,
                "invalid-field",
            ),
            ("form", json!({"hold": hold_id(2)}), 422, "invalid-field"),
            (
                "form",
                self.with(home, "purse", json!("00")),
                422,
                "invalid-field",
            ),
        ]
    }

    fn intents(&self, home: &Home) -> Vec<Case> {
        let now = home.now().seconds();
        let own = |claims: Value| self.intent(home, &self.alice, &claims);
        let mut cases: Vec<Case> = [
            json!({"hold": hold_id(3)}),
            json!({"aud": "http://listen.localhost:8080"}),
            json!({"exp": now - 60}),
            json!({"iat": now + 61}),
            json!({"exp": now + 601}),
            json!({"max": 1_999}),
            json!({"max": null}),
        ]
        .map(|claims| ("PA7", own(claims), 403, "intent-invalid"))
        .to_vec();
        let foreign = self.intent(home, &self.bob, &json!({}));
        cases.push(("PA7", foreign, 403, "intent-invalid"));
        cases.push((
            "PA7",
            self.with(home, "intent", json!("x.y.z")),
            403,
            "intent-invalid",
        ));
        for none in [&"ab".repeat(16), &self.asked] {
            cases.push(("PA8", self.alice.wish(home, none, 2, 2_000), 403, "mandate"));
        }
        cases
    }
}

#[tokio::test]
async fn pa1_pa3_pa4_pa5_pa6_pa7_pa8_pa9_a_hold_is_refused_by_name_and_nothing_moves() {
    let home = Home::open().await;
    let scene = Scene::set(&home).await;
    let first = scene.alice.wish(&home, &scene.mandate, 1, 2_000);
    let held = home.hold(&first).await.unwrap();
    let before = home.digest().await;
    // PA3: the same again answers the same, whatever the fresh intent says of times.
    home.house.clock.advance(5);
    let again = scene.alice.wish(&home, &scene.mandate, 1, 2_000);
    assert_eq!(home.hold(&again).await.unwrap(), held);
    for (code, wish, status, word) in [scene.amounts(&home), scene.intents(&home)].concat() {
        let (is, said, body) = slug(home.hold(&wish).await);
        assert_eq!((is, said.as_str()), (status, word), "{code} {wish} {body}");
    }
    let (_, _, body) = slug(
        home.hold(&scene.bob.wish(&home, &scene.poor, 2, 2_000))
            .await,
    );
    assert_eq!(
        (&body["price"], &body["available"]),
        (&json!(2_000), &json!(0))
    );
    assert_eq!(home.digest().await, before);
    home.house.leave().await;
}

#[tokio::test]
async fn pa9_a_window_is_named_before_the_funds_with_the_day_it_frees() {
    let home = Home::open().await;
    let scene = Scene::set(&home).await;
    let wish = |home: &Home, play, amount| scene.alice.wish(home, &scene.mandate, play, amount);
    home.hold(&wish(&home, 4, 256_000)).await.unwrap();
    let before = home.digest().await;
    let (status, said, body) = slug(home.hold(&wish(&home, 5, 64_000)).await);
    assert_eq!((status, said.as_str()), (402, "mandate-limit"));
    assert_eq!(
        (&body["left"], &body["frees_on"]),
        (&json!(44_000), &json!("2026-12-21"))
    );
    assert_eq!(home.digest().await, before);
    // A month later the window is empty again.
    home.house.clock.advance(31 * 86_400);
    home.jobs().await;
    home.hold(&wish(&home, 5, 64_000)).await.unwrap();
    // PA8: past its end nothing is held any more.
    home.house.clock.advance(180 * 86_400);
    home.jobs().await;
    assert_eq!(slug(home.hold(&wish(&home, 6, 2_000)).await).1, "mandate");
    home.house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pa2_of_two_hundred_parallel_holds_the_purse_pays_for_exactly_its_own() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice
        .mandate(&home, &json!({"max_total": 1_022_000_000}))
        .await;
    // 4 088 000 less 3 788 000 leaves 300 000: a hundred and fifty first plays.
    for (play, amount) in [512_000; 7]
        .into_iter()
        .chain([128_000, 64_000, 8_000, 4_000])
        .zip(1_000_u32..)
        .map(|(a, p)| (p, a))
    {
        home.hold(&alice.wish(&home, &mandate, play, amount))
            .await
            .unwrap();
    }
    assert_eq!(alice.available(&home).await, 300_000);
    let home = Arc::new(home);
    let wishes: Vec<Value> = (0..200)
        .map(|play| alice.wish(&home, &mandate, play, FIRST.minor()))
        .collect();
    let mut tasks = Vec::new();
    for wish in wishes {
        let home = home.clone();
        tasks.push(tokio::spawn(async move {
            loop {
                match home.hold(&wish).await {
                    Ok(_) => return true,
                    // Busy under load: the caller asks again with the same ids.
                    Err(host::AskError::Unreachable) => {}
                    refused => {
                        assert_eq!(slug(refused).1, "funds");
                        return false;
                    }
                }
            }
        }));
    }
    let mut held = 0;
    for task in tasks {
        held += u32::from(task.await.unwrap());
    }
    assert_eq!(held, 150);
    assert_eq!(alice.available(&home).await, 0);
    let home = Arc::into_inner(home).unwrap();
    home.house.leave().await;
}

#[tokio::test]
async fn pa10_only_streaming_asks_and_each_letter_counts_for_a_moment() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice.mandate(&home, &json!({})).await;
    let wish = alice.wish(&home, &mandate, 1, 2_000);
    let before = home.digest().await;
    let peers = &home.house.ground.peers;
    let (status, ..) = slug(
        peers
            .ask("idp", "payments", "/peer/holds", &wish, home.now())
            .await,
    );
    assert_eq!(status, 403);
    // Signed three minutes ago, as a letter that was kept back or is played again.
    let old = home.now().plus_seconds(-180);
    let (status, ..) = slug(
        peers
            .ask("streaming", "payments", "/peer/holds", &wish, old)
            .await,
    );
    assert_eq!(status, 403);
    assert_eq!(home.digest().await, before);
    home.house.leave().await;
}

#[tokio::test]
async fn pa11_pa14_what_cannot_be_settled_is_kept_and_moves_nothing() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice.mandate(&home, &json!({})).await;
    for play in 1..=2 {
        home.hold(&alice.wish(&home, &mandate, play, 2_000))
            .await
            .unwrap();
    }
    home.event("streaming.qualified", &hold_id(1), json!({}))
        .await;
    home.event("streaming.released", &hold_id(2), json!({}))
        .await;
    let before = home.digest().await;
    home.event("streaming.released", &hold_id(1), json!({}))
        .await;
    home.event("streaming.qualified", &hold_id(2), json!({}))
        .await;
    home.event("streaming.qualified", &hold_id(9), json!({}))
        .await;
    home.event("streaming.qualified", "nonsense", json!({}))
        .await;
    home.event("streaming.released", &hold_id(2), json!({}))
        .await;
    assert_eq!(home.digest().await, before);
    let mut strays = home.strays().await;
    strays.sort();
    assert_eq!(
        strays,
        [
            "already-posted",
            "already-voided",
            "hold-unknown",
            "hold-unknown"
        ]
    );
    home.house.leave().await;
}

#[tokio::test]
async fn pa13_a_hold_ends_after_a_day_and_a_late_post_makes_the_day_differ() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice.mandate(&home, &json!({})).await;
    home.hold(&alice.wish(&home, &mandate, 1, 2_000))
        .await
        .unwrap();
    home.house.clock.advance(86_399);
    home.jobs().await;
    assert_eq!(alice.available(&home).await, CAN - 2_000);
    home.house.clock.advance(1);
    home.event("streaming.qualified", &hold_id(1), json!({}))
        .await;
    assert_eq!(home.strays().await, ["hold-expired"]);
    home.house.clock.advance(60);
    home.jobs().await;
    assert_eq!(alice.available(&home).await, CAN);
    assert_eq!(
        alice.get(&home, "/purse").await.json()["mandates"][0]["spent"],
        0
    );
    close(&home, 2_000, &[("aa", "11", 1, 2_000)]).await;
    let (state, note) = state_of_day(&home).await;
    assert_eq!(state, "differs");
    assert!(note.unwrap().contains("2000 apart"));
    assert_eq!(
        home.sums(Ledger::Ucr, "coop").await.available(),
        Amount::ZERO
    );
    home.house.leave().await;
}

#[tokio::test]
async fn pa18_a_manifest_that_does_not_add_up_moves_nothing() {
    for (paid, lines, says) in [
        (2_000, vec![("aa", "11", 1, 4_000)], "tracks sum to 4000"),
        (4_000, vec![("aa", "11", 1, 4_000)], "2000 apart"),
        (0, vec![], "2000 apart"),
        (
            2_000,
            vec![("bb", "11", 1, 1_000), ("aa", "11", 1, 1_000)],
            "track line 1",
        ),
        (
            2_000,
            vec![("aa", "11", 1, 1_000), ("aa", "11", 1, 1_000)],
            "track line 1",
        ),
        (
            2_000,
            vec![("aa", "11", 1, 4_000), ("bb", "11", 1, -2_000)],
            "track line 1",
        ),
        (2_000, vec![("zz", "11", 1, 2_000)], "track line 0"),
    ] {
        let home = Home::open().await;
        let mut alice = home.listener("alice", &[500]).await;
        let mandate = alice.mandate(&home, &json!({})).await;
        home.hold(&alice.wish(&home, &mandate, 1, 2_000))
            .await
            .unwrap();
        home.event("streaming.qualified", &hold_id(1), json!({}))
            .await;
        let before = home.digest().await;
        close(&home, paid, &lines).await;
        let (state, note) = state_of_day(&home).await;
        assert_eq!(state, "differs", "{lines:?}");
        assert!(note.clone().unwrap().contains(says), "{note:?}");
        assert_eq!(home.digest().await, before);
        home.house.leave().await;
    }
}

#[tokio::test]
async fn pa18_other_bytes_than_the_announced_ones_move_nothing() {
    let home = Home::open().await;
    home.outside.close_day("2026-11-21", 0, &json!([]));
    home.event(
        "streaming.day",
        "2026-11-21",
        json!({"manifest_hash": "00".repeat(32)}),
    )
    .await;
    home.house.clock.advance(60);
    home.jobs().await;
    assert_eq!(state_of_day(&home).await.0, "differs");
    home.house.leave().await;
}

#[tokio::test]
async fn pa19_a_closed_day_stays_as_it_was_announced() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice.mandate(&home, &json!({})).await;
    home.hold(&alice.wish(&home, &mandate, 1, 2_000))
        .await
        .unwrap();
    home.event("streaming.qualified", &hold_id(1), json!({}))
        .await;
    close(&home, 2_000, &[("aa", "11", 1, 2_000)]).await;
    let before = home.digest().await;
    close(&home, 2_000, &[("aa", "22", 1, 2_000)]).await;
    assert_eq!(home.strays().await, ["day-closed"]);
    assert_eq!(home.digest().await, before);
    let (status, said, _) = slug(home.hold(&alice.wish(&home, &mandate, 2, 2_000)).await);
    assert_eq!((status, said.as_str()), (409, "day-closed"));
    home.event("streaming.day", "yesterday", json!({"manifest_hash": "00"}))
        .await;
    assert_eq!(home.digest().await, before);
    home.house.leave().await;
}

#[tokio::test]
async fn a_day_waits_for_its_last_hold_and_is_folded_to_the_unit() {
    let home = Home::open().await;
    let mut alice = home.listener("alice", &[500]).await;
    let mandate = alice.mandate(&home, &json!({})).await;
    let mut lines = Vec::new();
    let names: Vec<(String, String)> = (1..=9)
        .map(|i| (format!("{i:02x}"), format!("f{}", i % 3)))
        .collect();
    for (play, (track, payee)) in (1..=9_u32).zip(&names) {
        let price = payments::ladder::price(play).minor();
        home.hold(&alice.wish(&home, &mandate, play, price))
            .await
            .unwrap();
        lines.push((track.as_str(), payee.as_str(), 1, price));
    }
    for play in 1..=8 {
        home.event("streaming.qualified", &hold_id(play), json!({}))
            .await;
    }
    // The day is announced before the last post has come: it waits.
    close(&home, 1_022_000, &lines).await;
    assert_eq!(state_of_day(&home).await.0, "heard");
    home.event("streaming.qualified", &hold_id(9), json!({}))
        .await;
    home.house.clock.advance(60);
    home.jobs().await;
    assert_eq!(state_of_day(&home).await.0, "folded");
    assert_eq!(
        home.sums(Ledger::Ucr, "coop").await.available(),
        Amount::new(306_600)
    );
    let mut artists = 0;
    for payee in ["f0", "f1", "f2"] {
        let name = format!("payee:{}", payee.repeat(16));
        artists += home.sums(Ledger::Ucr, &name).await.available().minor();
    }
    assert_eq!(artists, 715_400);
    assert_eq!(alice.available(&home).await, CAN - 1_022_000);
    home.house.leave().await;
}

#[tokio::test]
async fn pa15_a_row_changed_behind_the_triggers_back_is_found() {
    let home = Home::open().await;
    let _ = home.listener("alice", &[500]).await;
    let found = |home: &Home| {
        let (checks, now) = (home.house.joined.checks.clone(), home.now());
        async move {
            let mut names = Vec::new();
            for check in checks {
                if check.run(now).await.is_err() {
                    names.push(check.name.split(' ').next().unwrap().to_owned());
                }
            }
            names
        }
    };
    assert_eq!(found(&home).await, Vec::<String>::new());
    let change = |sql: &'static str| {
        let db = home.house.ground.db.clone();
        async move {
            let done: Result<(), host::db::Error> = db
                .write(move |tx| {
                    Box::pin(async move {
                        sqlx::query(sql).execute(&mut **tx).await?;
                        Ok(())
                    })
                })
                .await;
            done.unwrap();
        }
    };
    change("UPDATE payments_account SET credits_posted = credits_posted + 1 WHERE code = 'purse'")
        .await;
    assert_eq!(found(&home).await, ["I1"]);
    change("UPDATE payments_account SET credits_posted = credits_posted - 1 WHERE code = 'purse'")
        .await;
    assert_eq!(found(&home).await, Vec::<String>::new());
    home.house.leave().await;
}
