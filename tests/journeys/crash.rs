//! `kill -9` at any moment: what was acknowledged is there, nothing is there twice, no hold stays.

use super::{
    house::House,
    listener::{Listener, tracks},
};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::Mutex, task::JoinHandle};

const KILLS: u32 = 50;
const TOP_UP: i64 = 4_088_000;

/// What the driver was told, written down before it goes on.
#[derive(Default)]
struct Journal {
    /// Orders that were asked for; the server may or may not have heard.
    asked: Vec<String>,
    /// Orders whose payment was acknowledged.
    paid: Vec<String>,
    /// What acknowledged plays cost.
    counted: i64,
    count: u64,
}

struct Driver {
    listener: Listener,
    journal: Journal,
    track: String,
}

impl Driver {
    /// One order, paid at the provider's page.
    async fn top_up(&mut self) {
        self.journal.count += 1;
        let order = format!("{:032x}", self.journal.count);
        self.journal.asked.push(order.clone());
        let listen = self.listener.player.listen.clone();
        let token = self.listener.purse().await["form_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let fields = [
            ("minor", "500"),
            ("order", order.as_str()),
            ("form_token", token.as_str()),
        ];
        let opened = self
            .listener
            .visitor
            .form(&format!("{listen}/purse/topups"), &fields)
            .await;
        let page = opened
            .location()
            .unwrap_or_else(|| panic!("{}", opened.text()));
        let paid = self
            .listener
            .visitor
            .form(page.as_str(), &[("act", "pay")])
            .await;
        assert!(paid.status.is_redirection(), "{}", paid.text());
        self.journal.paid.push(order);
    }

    /// One play that counts, as far as it comes.
    async fn play(&mut self) {
        let (listener, track) = (&mut self.listener, self.track.clone());
        let (_, price) = listener.player.price(&mut listener.visitor, &track).await;
        let wish = listener.player.wish(&track, price);
        let started = listener.player.start(&mut listener.visitor, &wish).await;
        if started.status != 201 {
            return;
        }
        let started = started.json();
        let play = started["play"].as_str().unwrap().to_owned();
        listener
            .fetch_to_the_gate(started["url"].as_str().unwrap())
            .await;
        for heard in [15_000, 30_000, 45_000] {
            listener.wait(15).await;
            let beat = listener
                .player
                .beat(&mut listener.visitor, &play, heard, "beat")
                .await;
            if beat.status == 200 && beat.json()["state"] == "qualified" {
                self.journal.counted += price;
                return;
            }
        }
    }
}

/// Kills `house` while `driver` works, after so many milliseconds.
async fn work_until_killed(house: &mut House, driver: &Arc<Mutex<Driver>>, after_ms: u64) {
    let task = work(driver);
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    house.demo.kill();
    server_is_gone(task).await;
}

/// Lets `driver` work for as long as there is a server.
fn work(driver: &Arc<Mutex<Driver>>) -> JoinHandle<Infallible> {
    let working = Arc::clone(driver);
    tokio::spawn(async move {
        let mut driver = working.lock().await;
        loop {
            driver.top_up().await;
            driver.play().await;
        }
    })
}

/// The driver stopped because nobody answered, and for no other reason.
async fn server_is_gone(task: JoinHandle<Infallible>) {
    let end = task
        .await
        .expect_err("the driver works until the server is gone")
        .into_panic();
    let words = end.downcast_ref::<String>().map_or("", String::as_str);
    assert!(
        words.contains("error sending request") || words.contains("error decoding"),
        "{words}"
    );
}

/// What a listener sees after a restart must follow from what was acknowledged.
async fn settled(driver: &mut Driver) {
    let listen = driver.listener.player.listen.clone();
    let mut last = Value::Null;
    for round in 0..100 {
        if round == 20 {
            // A webhook that was lost with the process is made up for when open orders are asked
            // about, every five minutes.
            driver.listener.wait(301).await;
        }
        let mut credited = 0;
        for order in &driver.journal.asked {
            let headers = reqwest::header::HeaderMap::from_iter([(
                reqwest::header::ACCEPT,
                reqwest::header::HeaderValue::from_static("application/json"),
            )]);
            let url = format!("{listen}/purse/topups/{order}");
            let answer = driver
                .listener
                .visitor
                .send("GET", &url, headers, vec![])
                .await;
            let paid = answer.status == 200 && answer.json()["state"] == "paid";
            assert!(paid || answer.status != 500, "{}", answer.text());
            credited += i64::from(paid);
            if !paid && driver.journal.paid.contains(order) {
                // Acknowledged, so it must come: the next round looks again.
                credited = i64::MIN / 2;
                break;
            }
        }
        let purse = driver.listener.purse().await;
        let number = |name: &str| purse[name].as_i64().unwrap();
        // The first top-up came with the listener's arrival.
        let all = (credited + 1).saturating_mul(TOP_UP);
        let balanced = number("available") + number("held") + number("spent") == all;
        let kept = number("spent") >= driver.journal.counted;
        last = json!({ "purse": purse, "credited": credited, "counted": driver.journal.counted });
        if balanced && kept {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after a restart the books do not follow from what was acknowledged: {last}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_lose_nothing_and_double_nothing() {
    let mut house = House::open();
    let mut listener = Listener::arrive(&house, 77).await;
    let track = tracks(&mut listener.visitor, &house.listen())
        .await
        .remove(0);
    let driver = Driver {
        listener,
        journal: Journal::default(),
        track,
    };
    let driver = Arc::new(Mutex::new(driver));
    let (mut chance, mut acknowledged) = (0x9e37_79b9_u64, 0);
    for kill in 0..KILLS {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let after_ms = 30 + (chance >> 33) % 900;
        work_until_killed(&mut house, &driver, after_ms).await;
        house.restart();
        let mut driver = driver.lock().await;
        driver.listener.set_clock().await;
        settled(&mut driver).await;
        acknowledged = driver.journal.paid.len();
        println!("kill {kill} after {after_ms} ms: {acknowledged} payments acknowledged so far");
    }
    assert!(
        acknowledged > KILLS as usize / 2,
        "the driver got work done between the kills"
    );
    // A hold of a killed play is swept at the latest a day later.
    let mut driver = driver.lock().await;
    driver.listener.wait(2 * 86_400).await;
    let purse = driver.listener.purse().await;
    assert_eq!(purse["held"], 0, "no hold is kept for ever: {purse}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_disk_ends_the_process_and_loses_nothing_acknowledged() {
    let mut house = House::open();
    let mut listener = Listener::arrive(&house, 78).await;
    let track = tracks(&mut listener.visitor, &house.listen())
        .await
        .remove(0);
    house.demo.kill();
    let database = house.folder.join("data/resonate.sqlite3");
    let kib = std::fs::metadata(database).unwrap().len() / 1024 + 768;
    house.restart_within(u32::try_from(kib).unwrap());
    listener.set_clock().await;
    let driver = Driver {
        listener,
        journal: Journal::default(),
        track,
    };
    let driver = Arc::new(Mutex::new(driver));
    server_is_gone(work(&driver)).await;
    assert_eq!(house.demo.child.wait().unwrap().code(), Some(74));
    house.restart();
    let mut driver = driver.lock().await;
    driver.listener.set_clock().await;
    settled(&mut driver).await;
    let acknowledged = driver.journal.paid.len();
    println!("{acknowledged} payments were acknowledged before the disk failed");
    assert!(acknowledged > 0);
}
