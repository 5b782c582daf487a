//! A house with streaming in it, some music, a listener with a purse.

pub mod bank;
pub mod provider;

use axum::body::Body;
use bank::Bank;
use credential::{
    dcql, dpop,
    jose::{self, SigningKey},
    kb,
};
use host::{Ground, Objects, Origin};
use host_testing::{Browser, House, Page};
use http::{Method, Request, header};
use kernel::{Id, b64, hex};
use provider::Provider;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};
use streaming::{
    Config, NewArtist, Settings, Streaming,
    catalogue::{
        Covers, Group, Kind, Party, Rendition, Track,
        admit::{self, Admitted, NewGroup, NewTrack},
        object_key,
    },
    plays,
};

pub const LISTEN: &str = "http://listen.localhost:8080";
pub const ARTIST: Id<Party> = Id::from_bytes([0xa1; 16]);
pub const RELEASE: Id<Group> = Id::from_bytes([0xb1; 16]);
/// Length of the tracks; the first 45 s count, the gate stands at 75 s.
pub const DURATION_MS: i64 = 180_000;
/// Length of the Opus file: 2 000 bytes a second.
pub const OPUS: usize = 360_000;
/// The gate in that file.
pub const GATE: usize = 150_000;
/// The bytes of the qualifying time in that file.
pub const COUNTS: usize = 90_000;

pub struct Room {
    pub house: House,
    pub streaming: Streaming,
    pub bank: Bank,
    pub idp: Provider,
    pub http: Browser,
    pub artist_key: SigningKey,
    /// The player's key, which is the mandate's too.
    pub key: SigningKey,
    pub objects: Objects,
    pub folder: PathBuf,
    nonce: Option<String>,
    jti: u64,
}

static ROOMS: AtomicU64 = AtomicU64::new(0);

pub fn track(n: u8) -> Id<Track> {
    Id::from_bytes([n; 16])
}

/// Bytes that no other file has.
pub fn sound(track: u8, kind: Kind) -> Vec<u8> {
    let length = match kind {
        Kind::Preview => 60_000,
        Kind::Mp3 => 500_000,
        _ => OPUS,
    };
    let mut block: [u8; 32] = Sha256::digest([&[track], kind.as_str().as_bytes()].concat()).into();
    let mut bytes = Vec::with_capacity(length + 32);
    while bytes.len() < length {
        bytes.extend_from_slice(&block);
        block = Sha256::digest(block).into();
    }
    bytes.truncate(length);
    bytes
}

pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Room {
    /// Three published tracks on disk, a listener with a play session and 20 credits.
    pub async fn open() -> Self {
        let room = Self::empty(true).await;
        room.fill(&[1, 2, 3]).await;
        let mut room = room;
        room.publish().await;
        room.bank.with(|ledger| ledger.available = 20_000_000);
        room.open_session("sub-of-ada").await;
        room
    }

    pub async fn empty(on_disk: bool) -> Self {
        let n = ROOMS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("streaming-it-{}-{n}", std::process::id()));
        let objects = if on_disk {
            Objects::local(&folder).unwrap()
        } else {
            Objects::memory()
        };
        let (bank, mut made) = (Bank::default(), None);
        let modules = [&streaming::MIGRATIONS, &web::MIGRATIONS];
        let house = House::open(&modules, |ground| {
            let ground = Ground {
                objects: objects.clone(),
                ..ground.clone()
            };
            let config = Config::new(Settings::default()).unwrap();
            let streaming = Streaming::new(&ground, config).unwrap();
            let idp = Provider::new(&ground);
            let parts = vec![streaming.part(), bank.part(&ground), idp.part()];
            made = Some((streaming, idp));
            parts
        })
        .await;
        let (streaming, idp) = made.unwrap();
        let entropy = house.ground.world.entropy();
        let key = SigningKey::generate_es256(entropy);
        let artist_key = SigningKey::generate_ed25519(entropy);
        let http = house.browser();
        let (nonce, jti) = (None, 0);
        Self {
            house,
            streaming,
            bank,
            idp,
            http,
            artist_key,
            key,
            objects,
            folder,
            nonce,
            jti,
        }
    }

    pub async fn fill(&self, numbers: &[u8]) {
        let artist = NewArtist {
            id: ARTIST,
            name: "Ada".into(),
            country: None,
            bio: None,
        };
        self.streaming
            .add_artist(&artist, Some(&self.artist_key))
            .await
            .unwrap();
        for n in numbers {
            self.admit(*n, &[Kind::Opus128, Kind::Mp3, Kind::Preview], |_| {})
                .await;
        }
    }

    pub async fn admit(&self, n: u8, kinds: &[Kind], change: impl FnOnce(&mut NewTrack)) {
        let mut renditions = vec![];
        for kind in kinds {
            renditions.push(self.store(*kind, sound(n, *kind)).await);
        }
        let cover = b"a picture".to_vec();
        let covers = Covers(vec![(256, hash(&cover))]);
        self.objects
            .put(&object_key(&hash(&cover)), cover)
            .await
            .unwrap();
        let mut new = new_track(n, covers, renditions);
        change(&mut new);
        self.admit_as(&new, track(n)).await.unwrap();
    }

    pub async fn admit_as(
        &self,
        new: &NewTrack,
        id: Id<Track>,
    ) -> Result<Admitted, admit::Refusal> {
        let now = self.house.ground.world.now();
        self.house
            .ground
            .db
            .write(move |tx| Box::pin(admit::admit(tx, new, id, now)))
            .await
    }

    pub async fn store(&self, kind: Kind, bytes: Vec<u8>) -> Rendition {
        let ms = if kind == Kind::Preview {
            30_000
        } else {
            DURATION_MS
        };
        let mime = if kind == Kind::Mp3 {
            "audio/mpeg"
        } else {
            "audio/ogg; codecs=opus"
        };
        let (hash, length, mime) = (hash(&bytes), bytes.len() as u64, mime.to_owned());
        self.objects.put(&object_key(&hash), bytes).await.unwrap();
        Rendition {
            hash,
            kind,
            mime,
            bytes: length,
            ms,
        }
    }

    pub async fn publish(&mut self) {
        let now = self.house.ground.world.now();
        self.streaming
            .publish_ready(ARTIST, &self.artist_key, now)
            .await
            .unwrap();
    }

    /// One request with a proof by `key`; asks for a nonce first where there is none.
    pub async fn ask(
        &mut self,
        key: &SigningKey,
        method: Method,
        path: &str,
        body: Option<&Value>,
        token: Option<&str>,
    ) -> Page {
        for _ in 0..2 {
            let text = body.map(Value::to_string);
            let proof = self.proof(key, method.as_str(), path, text.as_deref(), token);
            let page = self.send(method.clone(), path, text, &proof, token).await;
            let next = page
                .headers
                .get("dpop-nonce")
                .map(|v| v.to_str().unwrap().to_owned());
            let again = page.json()["type"] == "/problems/use_dpop_nonce";
            self.nonce = next.or(self.nonce.take());
            if !again {
                return page;
            }
        }
        panic!("no nonce is accepted");
    }

    pub fn nonce(&self) -> String {
        self.nonce.clone().unwrap_or_default()
    }

    pub fn proof(
        &mut self,
        key: &SigningKey,
        method: &str,
        path: &str,
        body: Option<&str>,
        token: Option<&str>,
    ) -> String {
        self.jti += 1;
        let now = self.house.ground.world.now();
        let (url, jti) = (format!("{LISTEN}{path}"), format!("jti-{}", self.jti));
        let nonce = self.nonce.clone();
        let body = body.map(str::as_bytes);
        dpop::make(key, method, &url, nonce.as_deref(), token, body, &jti, now)
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        proof: &str,
        token: Option<&str>,
    ) -> Page {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{LISTEN}{path}"));
        request = request
            .header("dpop", proof)
            .header("sec-fetch-site", "same-origin");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("DPoP {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, Body::from);
        self.http.send(request.body(body).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Page {
        let key = self.key.clone();
        self.ask(&key, Method::POST, path, Some(body), None).await
    }

    /// A presentation of one fresh copy of a Listener card.
    pub fn present(&self, name: &str, paths: &[&str], nonce: &str) -> String {
        let world = &self.house.ground.world;
        let copy = SigningKey::generate_es256(world.entropy());
        let card = self
            .idp
            .card(name, &copy, world.now().plus_seconds(5 * 86_400));
        let paths: Vec<dcql::Path> = paths.iter().map(|p| dcql::Path::name(p)).collect();
        let aud = format!("redirect_uri:{LISTEN}/play/session");
        let iat = world.now();
        let params = kb::KbParams {
            aud: &aud,
            nonce,
            iat,
            transaction_data: &[],
        };
        kb::present(&card, &paths, &copy, &params).unwrap()
    }

    /// Opens a play session for `name` with a card.
    pub async fn open_session(&mut self, name: &str) {
        let page = self
            .post("/play/session", &json!({ "presentation": "x" }))
            .await;
        assert_ne!(page.status, 201);
        let presentation = self.present(name, &["listener"], &self.nonce());
        let page = self
            .post("/play/session", &json!({ "presentation": presentation }))
            .await;
        assert_eq!(page.status, 201, "{}", page.text());
    }

    /// The intent for a play, signed by `key`.
    pub fn intent(
        &self,
        key: &SigningKey,
        play: Id<plays::Play>,
        change: &[(&str, Value)],
    ) -> String {
        let now = self.house.ground.world.now().seconds();
        let mut claims = json!({
            "aud": format!("{LISTEN}/payments"), "hold": plays::hold_text(plays::hold_of(play)),
            "max": 512_000, "mandate": "00".repeat(16), "iat": now, "exp": now + 300,
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        let kid = key.thumbprint();
        jose::sign(
            key,
            &json!({ "typ": "play-intent+jwt", "kid": kid }),
            &claims,
        )
    }

    pub fn draw(&self) -> Id<plays::Play> {
        Id::draw(&self.house.ground.world)
    }

    pub fn start_body(&self, play: Id<plays::Play>, track: Id<Track>) -> Value {
        let intent = self.intent(&self.key, play, &[]);
        json!({
            "play": play, "track": track, "prefer": ["opus128"], "region": "ZZ",
            "explicit_ok": true, "intent": intent,
        })
    }

    pub async fn start(&mut self, n: u8) -> Page {
        let play = self.draw();
        let body = self.start_body(play, track(n));
        self.post("/play/start", &body).await
    }

    /// Starts a play that must start.
    pub async fn started(&mut self, n: u8) -> Value {
        let page = self.start(n).await;
        assert_eq!(page.status, 201, "{}", page.text());
        page.json()
    }

    pub async fn beat(&mut self, play: &Value, heard_ms: i64, event: &str) -> Page {
        let path = format!("/play/{}/beat", play.as_str().unwrap());
        let body = json!({ "heard_ms": heard_ms, "position_ms": heard_ms, "event": event });
        self.post(&path, &body).await
    }

    /// Asks for bytes with these headers.
    pub async fn bytes(&mut self, url: &str, headers: &[(&str, &str)]) -> Page {
        self.fetch(Method::GET, url, headers).await
    }

    pub async fn fetch(&mut self, method: Method, url: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{LISTEN}{url}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.http.send(request.body(Body::empty()).unwrap()).await
    }

    /// Plays a track until it counts; gives the last beat's answer.
    pub async fn play_through(&mut self, n: u8) -> Value {
        let started = self.started(n).await;
        let url = started["url"].as_str().unwrap().to_owned();
        let page = self.bytes(&url, &[("range", "bytes=0-")]).await;
        assert!(page.status.is_success(), "{}", page.text());
        self.advance(45);
        let page = self.beat(&started["play"], 45_000, "beat").await;
        assert_eq!(page.status, 200, "{}", page.text());
        page.json()
    }

    /// Moves the clock on.
    pub fn advance(&self, seconds: i64) {
        self.house.clock.advance(seconds);
    }

    pub async fn drain(&self) {
        self.house.ground.outbox.drain().await.unwrap();
    }

    pub async fn run_jobs(&self) {
        self.house
            .joined
            .jobs
            .run_due(self.house.ground.world.now())
            .await
            .unwrap();
    }

    pub fn listen_router(&self) -> axum::Router {
        let all = &self.house.joined.public;
        all.iter()
            .find(|(origin, _)| *origin == Origin::Listen)
            .unwrap()
            .1
            .clone()
    }

    /// Ends the test: every event was received, every check holds.
    pub async fn leave(self) {
        self.house.leave().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn new_track(n: u8, covers: Covers, renditions: Vec<Rendition>) -> NewTrack {
    let release = NewGroup {
        id: RELEASE,
        kind: "lp",
        title: "Tides".into(),
        artist: "Ada".into(),
        released: Some("2026".into()),
        gtin: None,
        about: None,
        covers,
    };
    NewTrack {
        party: ARTIST,
        release: Some((release, 1, i64::from(n))),
        title: format!("Señal {n}"),
        version: None,
        artist: "Ada".into(),
        isrc: None,
        lang: None,
        explicit: false,
        licence: None,
        duration_ms: DURATION_MS,
        lufs_milli: Some(-14_000),
        peak_milli: Some(-1_000),
        waveform: Some(vec![64; 1000]),
        pcm_hash: Some(hex::encode([n; 32])),
        renditions,
    }
}

/// The slug of a refusal.
pub fn slug(page: &Page) -> String {
    let kind = page.json()["type"].as_str().unwrap_or_default().to_owned();
    kind.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Status and slug of a refusal.
pub fn refused(page: &Page) -> (u16, &'static str) {
    let slug = kernel::problem::find(&slug(page)).map_or("none", |known| known.slug);
    (page.status.as_u16(), slug)
}

/// The address of a rendition with that grant.
pub fn media(hash: &[u8; 32], grant: &str) -> String {
    format!("/m/{}?g={grant}", b64::encode(hash))
}

pub fn grant_of(url: &str) -> String {
    url.split_once("?g=").unwrap().1.to_owned()
}
