//! Events between two nodes over HTTP: sent with their cause or not at all, the same bytes each
//! time, heard once.

use crate::door::NOTES;
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use host::{
    Event, Ground, Joined, NotHeard, Part, Routes, Subscription, Tx, db, join,
    listen::{Limits, serve},
    outbox::Backlog,
};
use host_testing::{FixedClock, Scratch, ground_of_node};
use http::StatusCode;
use kernel::Clock;
use serde_json::{Value, json};
use sqlx::Row;
use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};
use tokio::net::TcpListener;

pub const ID: &str = "0123456789abcdef0123456789abcdef";

/// The wire before the hearer: what came over it, and what it answers in the hearer's place.
#[derive(Clone, Default)]
struct Wire {
    bodies: Arc<Mutex<Vec<String>>>,
    instead: Arc<AtomicU16>,
    /// Whether the hearer hears although the answer is lost.
    through: Arc<AtomicU16>,
    /// The word it answers with.
    word: Arc<Mutex<&'static str>>,
}

async fn pass(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    if !request.uri().path().ends_with("/events") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    wire.bodies
        .lock()
        .unwrap()
        .push(String::from_utf8(body.to_vec()).unwrap());
    let instead = wire.instead.load(Ordering::SeqCst);
    let heard = async || next.run(Request::from_parts(parts, Body::from(body))).await;
    match (instead, wire.through.load(Ordering::SeqCst)) {
        (0, _) => heard().await,
        (status, 0) => {
            let body = Json(json!({ "err": *wire.word.lock().unwrap() }));
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        }
        (status, _) => {
            heard().await;
            StatusCode::from_u16(status).unwrap().into_response()
        }
    }
}

/// streaming on one node, payments on another, each with its own database.
pub struct Two {
    pub clock: FixedClock,
    pub streaming: Ground,
    payments: Ground,
    wire: Wire,
    _kept: (Scratch, Scratch, Joined, Joined),
}

fn part(name: &'static str, subscriptions: Vec<Subscription>) -> Part {
    Part {
        name,
        routes: Routes::default(),
        migrations: &NOTES,
        jobs: Vec::new(),
        subscriptions,
        checks: Vec::new(),
    }
}

async fn hear(tx: &mut Tx<'_>, event: Event) -> Result<(), NotHeard> {
    let n = event.body["n"].as_i64().ok_or(NotHeard::Malformed)?;
    let add = "INSERT INTO note (id, n) VALUES ($1, $2) \
        ON CONFLICT (id) DO UPDATE SET n = note.n + $2";
    sqlx::query(add)
        .bind(event.subject)
        .bind(n)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn two() -> Two {
    let clock = FixedClock::at("2026-11-21T09:00:00Z");
    let (s, p) = (Scratch::new(&[&NOTES]).await, Scratch::new(&[&NOTES]).await);
    let (at_s, at_p) = (
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    );
    let base = |name: &str, at: &TcpListener| {
        [(
            name.to_owned(),
            format!("http://{}/{name}", at.local_addr().unwrap()),
        )]
    };
    let streaming = ground_of_node(&s, &clock, base("payments", &at_p));
    let payments = ground_of_node(&p, &clock, base("streaming", &at_s));
    let joined_s = join(&streaming, vec![part("streaming", Vec::new())]);
    let hears = Subscription::new("streaming.qualified", 1, |tx, event, _| {
        Box::pin(hear(tx, event))
    });
    let joined_p = join(&payments, vec![part("payments", vec![hears])]);
    let wire = Wire::default();
    let served_p = joined_p
        .peer
        .clone()
        .layer(middleware::from_fn_with_state(wire.clone(), pass));
    for (listener, app) in [(at_s, joined_s.peer.clone()), (at_p, served_p)] {
        tokio::spawn(serve(
            listener,
            app,
            None,
            Limits::default(),
            pending::<()>(),
        ));
    }
    Two {
        clock,
        streaming,
        payments,
        wire,
        _kept: (s, p, joined_s, joined_p),
    }
}

impl Two {
    pub async fn put(&self, topic: &'static str, version: u32, body: Value, id: &str) {
        let ground = &self.streaming;
        let now = self.clock.now();
        let body = &body;
        ground
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let event = Event {
                        topic,
                        version,
                        subject: "hold-1".into(),
                        ver: 1,
                        audience: "payments",
                        body: body.clone(),
                    };
                    ground
                        .outbox
                        .put(tx, "streaming", event, id.into(), now)
                        .await
                })
            })
            .await
            .unwrap();
    }

    pub async fn drain(&self) -> Backlog {
        self.streaming.outbox.drain().await.unwrap()
    }

    /// What the hearer has added up.
    pub async fn heard(&self) -> i64 {
        let mut conn = self.payments.db.read().await.unwrap();
        let sum = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM note";
        sqlx::query(sum).fetch_one(&mut *conn).await.unwrap().get(0)
    }

    pub fn sent(&self) -> Vec<String> {
        self.wire.bodies.lock().unwrap().clone()
    }

    /// Answers for the hearer from here on; 0: the hearer answers itself.
    pub fn hears_nothing(&self, status: u16) {
        self.answers_instead(status, "");
    }

    pub fn answers_instead(&self, status: u16, word: &'static str) {
        *self.wire.word.lock().unwrap() = word;
        self.wire.instead.store(status, Ordering::SeqCst);
    }

    /// Posts bytes straight to the hearer's inbox: the status and the word of the answer.
    pub async fn post(&self, body: String) -> (StatusCode, Value) {
        let app: Router = self._kept.3.peer.clone();
        let request = Request::post("/payments/events")
            .body(Body::from(body))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(app, request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        (status, body["err"].clone())
    }
}

const CLEAN: Backlog = Backlog {
    waiting: 0,
    oldest: None,
    dead: 0,
};

#[tokio::test]
async fn an_event_is_heard_once_however_often_it_is_sent() {
    let two = two().await;
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    // The cause repeated: the same id is the same event.
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    assert_eq!(two.drain().await, CLEAN);
    assert_eq!(two.heard().await, 5);
    assert_eq!(two.streaming.outbox.resend().await.unwrap(), 1);
    assert_eq!(two.drain().await, CLEAN);
    assert_eq!(two.heard().await, 5);
    let sent = two.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "what is sent again is the same bytes");
}

#[tokio::test]
async fn a_lost_answer_makes_the_same_bytes_come_again_without_effect() {
    let two = two().await;
    two.wire.instead.store(502, Ordering::SeqCst);
    two.wire.through.store(1, Ordering::SeqCst);
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    assert_eq!(two.drain().await.waiting, 1);
    assert_eq!(two.heard().await, 5);
    two.wire.instead.store(0, Ordering::SeqCst);
    // Not before its pause has passed.
    assert_eq!(two.drain().await.waiting, 1);
    two.clock.advance(1);
    assert_eq!(two.drain().await, CLEAN);
    assert_eq!(two.heard().await, 5);
    let sent = two.sent();
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
}

#[tokio::test]
async fn a_failing_hearer_is_asked_less_and_less_often_and_at_last_given_up() {
    let two = two().await;
    two.wire.instead.store(503, Ordering::SeqCst);
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    two.drain().await;
    for _ in 0..64 {
        two.clock.advance(1);
        two.drain().await;
    }
    let tries = two.sent().len();
    assert!((6..=12).contains(&tries), "{tries} tries in 64 s");
    two.clock.advance(14 * 86_400);
    assert_eq!(two.drain().await.dead, 1);
    assert_eq!(two.heard().await, 0);
    two.wire.instead.store(0, Ordering::SeqCst);
    assert_eq!(two.streaming.outbox.retry_dead().await.unwrap(), 1);
    assert_eq!(two.drain().await, CLEAN);
    assert_eq!(two.heard().await, 5);
}

#[tokio::test]
async fn what_will_never_be_taken_is_dead_at_once() {
    let two = two().await;
    two.put("streaming.qualified", 2, json!({"n": 1}), &format!("{ID}a"))
        .await;
    two.put("streaming.released", 1, json!({"n": 1}), &format!("{ID}b"))
        .await;
    two.put("payments.settled", 1, json!({"n": 1}), &format!("{ID}c"))
        .await;
    two.put(
        "streaming.qualified",
        1,
        json!({"other": 1}),
        &format!("{ID}d"),
    )
    .await;
    let left = two.drain().await;
    assert_eq!((left.waiting, left.dead), (0, 4));
    assert_eq!(two.heard().await, 0);
    let mut conn = two.streaming.db.read().await.unwrap();
    let faults = sqlx::query("SELECT fault FROM host_outbox ORDER BY id");
    let faults: Vec<String> = faults
        .fetch_all(&mut *conn)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let said = [
        "invalid_request",
        "invalid_request",
        "access_denied",
        "invalid_request",
    ];
    assert_eq!(faults, said);
}

#[tokio::test]
async fn a_crash_between_signing_and_sending_sends_what_was_signed() {
    let two = two().await;
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    two.wire.instead.store(500, Ordering::SeqCst);
    two.drain().await;
    // The crash: the row is signed and still leased by a worker that is gone.
    let lease = two.clock.now().plus_seconds(60).micros();
    two.streaming
        .db
        .write(move |tx| {
            Box::pin(async move {
                let crash = sqlx::query("UPDATE host_outbox SET lease = $1, due = 0").bind(lease);
                crash.execute(&mut **tx).await?;
                Ok::<_, db::Error>(())
            })
        })
        .await
        .unwrap();
    two.wire.instead.store(0, Ordering::SeqCst);
    assert_eq!(two.drain().await.waiting, 1, "the lease still stands");
    two.clock.advance(60);
    assert_eq!(two.drain().await, CLEAN);
    let sent = two.sent();
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
    assert_eq!(two.heard().await, 5);
}

#[tokio::test]
async fn a_refused_transaction_sends_nothing() {
    let two = two().await;
    let ground = &two.streaming;
    let now = two.clock.now();
    let refused = ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let event = Event {
                    topic: "streaming.qualified",
                    version: 1,
                    subject: "hold-1".into(),
                    ver: 1,
                    audience: "payments",
                    body: json!({"n": 5}),
                };
                ground
                    .outbox
                    .put(tx, "streaming", event, ID.into(), now)
                    .await?;
                Err::<(), _>(db::Error::Full)
            })
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(two.drain().await, CLEAN);
    assert!(two.sent().is_empty());
}

#[tokio::test]
async fn a_forged_or_foreign_event_is_refused_with_the_word_for_it() {
    let two = two().await;
    two.put("streaming.qualified", 1, json!({"n": 5}), ID).await;
    two.drain().await;
    let jws = two.sent().remove(0);
    assert_eq!(
        two.post(jws.clone()).await.0,
        StatusCode::ACCEPTED,
        "known: no effect"
    );
    let mut forged = jws.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'Q' } else { 'A' });
    assert_eq!(
        two.post(forged).await,
        (StatusCode::BAD_REQUEST, json!("invalid_key"))
    );
    for bad in ["", "x", "a.b.c"] {
        let refused = two.post(bad.into()).await;
        assert_eq!(
            refused,
            (StatusCode::BAD_REQUEST, json!("invalid_request")),
            "{bad}"
        );
    }
    two.clock.advance(31 * 86_400);
    assert_eq!(
        two.post(jws).await,
        (StatusCode::BAD_REQUEST, json!("invalid_request")),
        "too old"
    );
    assert_eq!(two.heard().await, 5);
}
