//! Statements on the engine of this run, what the tables hold, and readers that stop reading.

use crate::room::Room;
use host::db::Db;
use sqlx::{Executor, Row, SqlSafeStr};
use std::time::Duration;
use streaming::{catalogue::Kind, rights::rule};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let room = Room::empty(true).await;
    let mut conn = room.house.ground.db.read().await.unwrap();
    for sql in streaming::STATEMENTS.iter().copied().flatten() {
        let prepared = (&mut *conn as &mut sqlx::AnyConnection)
            .prepare(sql.into_sql_str())
            .await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
    drop(conn);
    room.leave().await;
}

/// Every text and byte cell of the tables that hold listening.
async fn cells(db: &Db) -> Vec<u8> {
    const PLAYS: &str = "SELECT play, listener, hold, jkt, why, rules FROM streaming_play";
    const SESSIONS: &str = "SELECT jkt, listener FROM streaming_session";
    const TALLIES: &str = "SELECT listener, track FROM streaming_tally";
    let mut conn = db.read().await.unwrap();
    let mut all = vec![];
    for sql in [PLAYS, SESSIONS, TALLIES] {
        for row in sqlx::query(sql).fetch_all(&mut *conn).await.unwrap() {
            for i in 0..row.len() {
                let bytes = row.try_get::<Option<Vec<u8>>, _>(i).ok().flatten();
                let text = row.try_get::<Option<String>, _>(i).ok().flatten();
                all.extend(bytes.or(text.map(String::into_bytes)).unwrap_or_default());
                all.push(0);
            }
        }
    }
    all
}

#[tokio::test]
async fn no_table_holds_a_name_or_a_thumbprint() {
    let mut room = Room::open().await;
    room.play_through(1).await;
    let cells = cells(&room.house.ground.db).await;
    assert!(cells.len() > 200);
    let jkt = room.key.thumbprint();
    for secret in ["sub-of-ada", &jkt] {
        let found = cells
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} stands in a table");
    }
    let raw = kernel::b64::decode(&jkt).unwrap();
    assert!(
        !cells.windows(raw.len()).any(|part| part == raw),
        "the thumbprint stands in a table"
    );
    room.leave().await;
}

#[tokio::test]
async fn a_reader_that_stops_is_let_go_and_the_play_kept() {
    let mut room = Room::open().await;
    // A file that no socket buffer holds.
    let mut long = room.store(Kind::Opus128, vec![7; 24 << 20]).await;
    long.ms = 30_000;
    room.admit(9, &[Kind::Preview], |new| new.renditions.push(long))
        .await;
    room.publish_under(9, rule::FREE).await.unwrap();
    let play = room.draw();
    let body = serde_json::json!({ "play": play, "track": crate::room::track(9) });
    let started = room.post("/play/start", &body).await.json();
    let url = started["url"].as_str().unwrap().to_owned();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let limits = host::listen::Limits {
        stall: Duration::from_millis(300),
        ..host::listen::Limits::default()
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(host::listen::serve(
        listener,
        room.listen_router(),
        None,
        limits,
        async {
            let _ = stopped.await;
        },
    ));
    let mut stuck = vec![];
    for _ in 0..4 {
        let mut socket = TcpStream::connect(at).await.unwrap();
        let ask = format!("GET {url} HTTP/1.1\r\nhost: listen.localhost:8080\r\n\r\n");
        socket.write_all(ask.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        socket.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200", "ST25");
        stuck.push(socket);
    }
    // Four readers that read nothing more are let go, and their seats are free again.
    let range = [("range", "bytes=0-9")];
    let mut status = room.bytes(&url, &range).await.status;
    assert_eq!(status, 429, "ST11 ST25");
    let mut clock = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..200 {
        clock.tick().await;
        status = room.bytes(&url, &range).await.status;
        if status == 206 {
            break;
        }
    }
    assert_eq!(status, 206, "ST25: the play is kept");
    drop(stuck);
    let _ = stop.send(());
    served.await.unwrap().unwrap();
    room.leave().await;
}
