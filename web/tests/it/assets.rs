//! Scripts and styles come out of the binary, good for ever under their names.

use axum::{Router, body::Body, http::Request};
use tower::ServiceExt;

async fn get(path: &str, accept: &str) -> (u16, axum::http::HeaderMap, Vec<u8>) {
    let routes: Router = web::assets::routes();
    let request = Request::get(path)
        .header("accept-encoding", accept)
        .body(Body::empty())
        .unwrap();
    let response = routes.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (parts.status.as_u16(), parts.headers, body.to_vec())
}

#[tokio::test]
async fn each_entry_has_a_file_that_is_kept_for_ever() {
    for (entry, kind) in [
        ("style", "text/css; charset=utf-8"),
        ("passkey", "text/javascript; charset=utf-8"),
        ("back", "text/javascript; charset=utf-8"),
        ("copy", "text/javascript; charset=utf-8"),
        ("player", "text/javascript; charset=utf-8"),
        ("wallet", "text/javascript; charset=utf-8"),
        ("icon", "image/svg+xml"),
    ] {
        let path = web::assets::path(entry).unwrap();
        let (status, headers, body) = get(&path, "identity").await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(headers["content-type"], kind, "{path}");
        assert_eq!(
            headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(!body.is_empty());
    }
    assert_eq!(web::assets::path("nothing"), None);
    assert_eq!(web::assets::styles("player").len(), 1);
}

#[tokio::test]
async fn a_browser_that_reads_brotli_gets_it() {
    let path = web::assets::path("style").unwrap();
    let (_, plain, whole) = get(&path, "gzip").await;
    assert!(!plain.contains_key("content-encoding"));
    let (_, packed, small) = get(&path, "gzip, br;q=0.9").await;
    assert_eq!(packed["content-encoding"], "br");
    assert_eq!(packed["vary"], "accept-encoding");
    assert!(small.len() < whole.len());
    let (_, refused, _) = get(&path, "br;q=0, gzip").await;
    assert!(!refused.contains_key("content-encoding"));
}

#[tokio::test]
async fn nothing_else_comes_out_of_the_binary() {
    for path in [
        "/assets/nothing.js",
        "/assets/manifest.json",
        "/assets/..%2Fmanifest.json",
        "/assets/%2e%2e",
        "/assets/style",
    ] {
        assert_eq!(get(path, "br").await.0, 404, "{path}");
    }
}

#[test]
fn a_sign_in_page_weighs_less_than_thirty_kilobytes() {
    let weigh = |path: &str| {
        let file = format!("{}/dist{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::metadata(file).unwrap().len()
    };
    let (style, script) = ("style", "passkey");
    let sum =
        weigh(&web::assets::path(style).unwrap()) + weigh(&web::assets::path(script).unwrap());
    assert!(sum < 26_500, "{sum} bytes leave no room for the page");
}
