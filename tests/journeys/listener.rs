//! A listener at the listening origin: signed in, with a purse, a mandate and a player.

use super::{
    house::House,
    player::Player,
    steps::{sign_in_as, top_up},
    visitor::Visitor,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody who can play.
pub struct Listener {
    pub visitor: Visitor,
    pub player: Player,
}

/// What one play did.
pub struct Played {
    pub n: i64,
    pub price: i64,
    pub state: String,
    pub available: i64,
}

impl Listener {
    /// Signs the demo's `listener` in, tops up EUR 5 and allows the player's key to spend.
    pub async fn arrive(house: &House, seed: u64) -> Self {
        let mut visitor = Visitor::new();
        let login = format!("{}/login?return=%2Fpurse", house.listen());
        let end = sign_in_as(&mut visitor, &login, "listener", |_| false).await;
        assert_eq!(end.url.as_str(), format!("{}/purse", house.listen()));
        top_up(&mut visitor, &house.listen(), 500).await;
        let mut player = Player::new(house.listen(), seed);
        player.open_session(&mut visitor).await;
        let mut listener = Self { visitor, player };
        listener.allow().await;
        listener
    }

    /// Sets up a mandate by a fresh sign-in: the step-up of somebody without a wallet.
    async fn allow(&mut self) {
        let listen = self.player.listen.clone();
        let purse = self.visitor.json(&format!("{listen}/purse")).await;
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("accept", HeaderValue::from_static("application/json"));
        headers.insert("origin", HeaderValue::from_str(&listen).unwrap());
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        let token = purse["form_token"].as_str().unwrap();
        headers.insert("form-token", HeaderValue::from_str(token).unwrap());
        let body = json!({ "jwk": self.player.public(), "via": "passkey" });
        let url = format!("{listen}/purse/mandates");
        let asked = self
            .visitor
            .send("POST", &url, headers, body.to_string().into_bytes())
            .await;
        assert_eq!(asked.status, 201, "{}", asked.text());
        let asked = asked.json();
        let step_up = url::Url::parse(&url)
            .unwrap()
            .join(asked["step_up_url"].as_str().unwrap())
            .unwrap();
        let end = sign_in_as(&mut self.visitor, step_up.as_str(), "listener", |_| false).await;
        assert_eq!(end.status, 200, "{}", end.text());
        let purse = self.visitor.json(&format!("{listen}/purse")).await;
        self.player.mandate = asked["id"].as_str().unwrap().to_owned();
        let active = purse["mandates"]
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["id"] == asked["id"]);
        assert!(active, "the mandate is active: {purse}");
    }

    pub async fn purse(&mut self) -> Value {
        let url = format!("{}/purse", self.player.listen);
        self.visitor.json(&url).await
    }

    /// Moves the demo's clock, and the player's with it.
    pub async fn wait(&mut self, seconds: i64) {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let body = json!({ "advance": seconds }).to_string().into_bytes();
        let url = format!("{}/demo/clock", self.player.listen);
        let moved = self.visitor.send("POST", &url, headers, body).await;
        assert!(
            moved.status.is_success(),
            "{}: {}",
            moved.status,
            moved.text()
        );
        self.player.ahead += seconds;
    }

    /// Sets the player's clock by the page, as a browser would: a push of the demo's clock may have
    /// been done and its answer lost.
    pub async fn set_clock(&mut self) {
        let page = self.visitor.get(&self.player.listen.clone()).await.text();
        let now = page
            .split("data-now=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        self.player.set_clock(now.unwrap().parse().unwrap());
    }

    /// Plays `track` at the price shown and listens for `seconds`, then stops.
    pub async fn play(&mut self, track: &str, seconds: i64) -> Played {
        let (n, price) = self.player.price(&mut self.visitor, track).await;
        let wish = self.player.wish(track, price);
        let started = self.player.start(&mut self.visitor, &wish).await;
        assert_eq!(started.status, 201, "{}", started.text());
        let started = started.json();
        assert_eq!(
            started["price"].as_i64(),
            Some(price),
            "the price that was shown"
        );
        let play = started["play"].as_str().unwrap().to_owned();
        let mut url = started["url"].as_str().unwrap().to_owned();
        self.fetch_to_the_gate(&url).await;
        let mut last = json!({});
        for heard in (15..=seconds)
            .step_by(15)
            .chain((seconds % 15 > 0).then_some(seconds))
        {
            let passed = if heard % 15 == 0 { 15 } else { seconds % 15 };
            self.wait(passed).await;
            let beat = self
                .player
                .beat(&mut self.visitor, &play, heard * 1_000, "beat")
                .await;
            assert_eq!(beat.status, 200, "{}", beat.text());
            last = beat.json();
            if let Some(fresh) = last["url"].as_str() {
                url = fresh.to_owned();
            }
        }
        if last["state"] == "qualified" {
            self.fetch_whole(&url).await;
        }
        let end = self
            .player
            .beat(&mut self.visitor, &play, seconds * 1_000, "end")
            .await;
        assert_eq!(end.status, 200, "{}", end.text());
        let available = self.purse().await["available"].as_i64().unwrap();
        Played {
            n,
            price,
            state: last["state"].as_str().unwrap_or("").to_owned(),
            available,
        }
    }

    /// Asks for everything and gets what may be heard before the play counts.
    pub async fn fetch_to_the_gate(&mut self, url: &str) -> Vec<u8> {
        let mut range = HeaderMap::new();
        range.insert("range", HeaderValue::from_static("bytes=0-"));
        let url = format!("{}{url}", self.player.listen);
        let part = self.visitor.send("GET", &url, range, vec![]).await;
        assert_eq!(part.status, 206, "{}", part.text());
        part.body
    }

    /// Fetches the whole file in pieces and compares it with its name, which is its hash.
    async fn fetch_whole(&mut self, url: &str) {
        let (name, full) = (
            url[3..46].to_owned(),
            format!("{}{url}", self.player.listen),
        );
        let (mut bytes, mut total) = (vec![], usize::MAX);
        while bytes.len() < total {
            let mut range = HeaderMap::new();
            let text = format!("bytes={}-{}", bytes.len(), bytes.len() + 262_143);
            range.insert("range", HeaderValue::from_str(&text).unwrap());
            let part = self.visitor.send("GET", &full, range, vec![]).await;
            assert_eq!(part.status, 206, "{}", part.text());
            let said = part.headers["content-range"].to_str().unwrap();
            total = said.rsplit('/').next().unwrap().parse().unwrap();
            bytes.extend(part.body);
        }
        assert_eq!(
            Base64UrlUnpadded::encode_string(&Sha256::digest(&bytes)),
            name,
            "byte-exact"
        );
    }
}

/// The tracks offered on the home page.
pub async fn tracks(visitor: &mut Visitor, listen: &str) -> Vec<String> {
    let page = visitor.get(listen).await.text();
    let mut tracks: Vec<String> = page
        .split("data-track=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    tracks.dedup();
    assert!(!tracks.is_empty(), "music is offered");
    tracks
}
