//! The edge limits, through routers and through real sockets.

use axum::{
    Router,
    body::Body,
    extract::Request,
    routing::{get, post},
};
use host::{
    Fault, Form, Json, Meter, Source,
    edge::{self, EdgeConfig},
    listen::{self, Limits},
};
use host_testing::{FixedClock, SeededEntropy};
use http::{Response, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{World, problem};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt;

const HOST: &str = "listen.example";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

fn world() -> World {
    World::new(
        Arc::new(FixedClock::at("2026-11-21T09:00:00Z")),
        Arc::new(SeededEntropy::new(7)),
    )
}

fn app(request: Duration) -> Router {
    let routes = Router::new()
        .route(
            "/notes",
            post(|Json(note): Json<Note>| async move { note.text }),
        )
        .route(
            "/forms",
            post(|Form(note): Form<Note>| async move { note.text }),
        )
        .route("/things/{id}", get(|| async { "thing" }))
        .route("/gone", get(|| async { Fault::from(&problem::GONE) }))
        .route("/never", get(std::future::pending::<&'static str>))
        .route(
            "/from",
            get(|source: Source| async move { format!("{source:?}") }),
        );
    let world = world();
    let meter = Meter::new(world.clone());
    let mut config = EdgeConfig::new(world, meter, vec![HOST.to_owned()]);
    config.request = request;
    edge::layers(routes, config)
}

async fn send(request: http::request::Builder, body: impl Into<Body>) -> Response<Body> {
    let request = request
        .header(header::HOST, HOST)
        .body(body.into())
        .unwrap();
    app(Duration::from_secs(5)).oneshot(request).await.unwrap()
}

async fn slug(response: Response<Body>) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(response.headers()["request-id"].len(), 24);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["status"], status);
    (
        status,
        body["type"]
            .as_str()
            .unwrap()
            .trim_start_matches("/problems/")
            .to_owned(),
    )
}

#[tokio::test]
async fn bodies_are_read_strictly_and_within_limits() {
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    let big = format!(r#"{{"text":"{}"}}"#, "a".repeat(1 << 20));
    let long = format!("text={}", "a".repeat(16 * 1024));
    let malformed = (400, "malformed-request");
    let too_large = (413, "request-too-large");
    let media_type = (415, "media-type");
    let rows = [
        ("/notes", JSON, r#"{"text":"a","text":"b"}"#, malformed),
        ("/notes", JSON, r#"{"text":"a""#, malformed),
        (
            "/notes",
            JSON,
            r#"{"t":1,"text":""}"#,
            (422, "unknown-field"),
        ),
        ("/notes", JSON, r#"{"text":1}"#, (422, "invalid-field")),
        ("/notes", "text/plain", r#"{"text":"a"}"#, media_type),
        ("/notes", JSON, &big, too_large),
        ("/forms", JSON, "text=a", media_type),
        ("/forms", FORM, "text=a&text=b", malformed),
        ("/forms", FORM, &long, too_large),
    ];
    for (path, kind, body, (status, want)) in rows {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        let got = slug(send(request, body.to_owned()).await).await;
        assert_eq!(got, (status, want.to_owned()), "{path} {kind}");
    }
    let request =
        Request::post("/notes").header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    let response = send(request, r#"{"text":"a"}"#).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_chunked_body_without_length_is_limited_too() {
    let parts = (0..64).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'a'; 1024])));
    let body = Body::from_stream(futures_util::stream::iter(parts));
    let request =
        Request::post("/forms").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let got = slug(send(request, body).await).await;
    assert_eq!(got, (413, "request-too-large".to_owned()));
}

#[tokio::test]
async fn paths_methods_hosts_and_sizes_are_refused_as_problems() {
    let got = slug(send(Request::get("/nothing"), Body::empty()).await).await;
    assert_eq!(got, (404, "not-found".to_owned()));

    let response = send(Request::delete("/things/1"), Body::empty()).await;
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(slug(response).await, (405, "method-not-allowed".to_owned()));

    let url = format!("/things/1?{}", "q".repeat(9 * 1024));
    let got = slug(send(Request::get(url), Body::empty()).await).await;
    assert_eq!(got, (414, "url-too-long".to_owned()));

    let request = Request::get("/things/1").header("cookie", "c".repeat(17 * 1024));
    let got = slug(send(request, Body::empty()).await).await;
    assert_eq!(got, (431, "headers-too-large".to_owned()));

    for hosts in [
        &["evil.example"][..],
        &["listen.example:81"],
        &[],
        &[HOST, HOST],
    ] {
        let mut request = Request::get("/things/1");
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = app(Duration::from_secs(5)).oneshot(request).await.unwrap();
        assert_eq!(
            slug(response).await,
            (421, "host-unknown".to_owned()),
            "{hosts:?}"
        );
    }
}

#[tokio::test]
async fn a_person_gets_a_page_and_a_program_gets_json() {
    let request = Request::get("/gone").header(header::ACCEPT, "text/html,*/*;q=0.8");
    let response = send(request, Body::empty()).await;
    assert_eq!(response.status(), StatusCode::GONE);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    assert!(response.headers().contains_key("content-security-policy"));
    let page = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&page).contains("This has ended"));
    let request = Request::get("/gone")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-mode", "cors");
    assert_eq!(slug(send(request, Body::empty()).await).await.0, 410);
}

#[tokio::test]
async fn a_request_without_an_answer_ends() {
    let request = Request::get("/never")
        .header(header::HOST, HOST)
        .body(Body::empty())
        .unwrap();
    let response = app(Duration::from_millis(30))
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(slug(response).await, (503, "busy".to_owned()));
}

#[tokio::test]
async fn origins_of_one_listener_are_chosen_by_host() {
    let origin = |name: &'static str| {
        edge::origin(Router::new().route("/", get(move || async move { name })))
    };
    let joined = edge::by_host([
        ("a.example".to_owned(), origin("a")),
        ("b.example:8080".to_owned(), origin("b")),
    ]);
    for (host, status, body) in [
        ("a.example", 200, "a"),
        ("B.example:8080", 200, "b"),
        ("b.example", 421, ""),
    ] {
        let request = Request::get("/")
            .header(header::HOST, host)
            .body(Body::empty())
            .unwrap();
        let response = joined.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{host}");
        if status == 200 {
            let got = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(got, body);
        }
    }
}

async fn open(limits: Limits, stop: impl Future<Output = ()> + Send + 'static) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(listen::serve(
        listener,
        app(Duration::from_secs(5)),
        None,
        limits,
        stop,
    ));
    TcpStream::connect(address).await.unwrap()
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = stream.read_to_end(&mut all);
    let _ = tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test]
async fn a_slow_header_is_closed() {
    let limits = Limits {
        header_read: Duration::from_millis(150),
        ..Limits::default()
    };
    let mut stream = open(limits, std::future::pending()).await;
    stream
        .write_all(b"GET /things/1 HTTP/1.1\r\nHost: listen.")
        .await
        .unwrap();
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_connection_on_which_nothing_moves_is_closed() {
    let limits = Limits {
        stall: Duration::from_millis(100),
        ..Limits::default()
    };
    let mut stream = open(limits, std::future::pending()).await;
    stream
        .write_all(
            b"POST /notes HTTP/1.1\r\nHost: listen.example\r\nContent-Length: 9\r\n\
            Content-Type: application/json\r\n\r\n{",
        )
        .await
        .unwrap();
    let answer = rest(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
}

#[tokio::test]
async fn headers_past_the_limit_get_431_over_a_socket_as_well() {
    let mut stream = open(Limits::default(), std::future::pending()).await;
    let cookie = "c".repeat(20 * 1024);
    let request = format!(
        "GET /things/1 HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn the_end_waits_for_requests_under_way() {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut stream = open(Limits::default(), async { drop(stopped.await) }).await;
    stream.write_all(b"POST /notes HTTP/1.1\r\nHost: listen.example\r\nContent-Length: 12\r\nContent-Type: application/json\r\n\r\n{\"te").await.unwrap();
    tokio::task::yield_now().await;
    stop.send(()).unwrap();
    tokio::task::yield_now().await;
    stream.write_all(b"xt\":\"a\"}").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("\r\n\r\na"), "{answer}");
}
