//! Scripts and styles, built by Vite, carried inside the binary and named by the hash of their bytes.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "dist/"]
struct Dist;

#[derive(Deserialize)]
struct Entry {
    file: String,
    #[serde(default)]
    css: Vec<String>,
}

/// Entry name -> its files, as the build wrote them.
static MANIFEST: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    let file = Dist::get("manifest.json").expect("the build script saw dist/manifest.json");
    serde_json::from_slice(&file.data).expect("scripts/web-build writes this manifest")
});

/// The path of an entry's file (`/assets/passkey-3f9a2c.js`), or nothing if there is no such entry.
/// Names: `style`, and the scripts `passkey`, `back`, `copy`, `player`, `wallet`.
#[must_use]
pub fn path(entry: &str) -> Option<String> {
    MANIFEST.get(entry).map(|e| format!("/{}", e.file))
}

/// The paths of the style sheets that belong to a script entry.
#[must_use]
pub fn styles(entry: &str) -> Vec<String> {
    MANIFEST.get(entry).map_or_else(Vec::new, |e| {
        e.css.iter().map(|c| format!("/{c}")).collect()
    })
}

/// The text of a file of the build.
pub(crate) fn text(name: &str) -> Option<String> {
    let file = Dist::get(name)?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// `GET /assets/{file}` and `/favicon.ico`, the same on every origin.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/assets/{file}", get(asset))
        .route("/favicon.ico", get(icon))
}

async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    serve(&format!("assets/{file}"), &headers)
}

async fn icon(headers: HeaderMap) -> Response {
    path("icon").map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |icon| serve(icon.trim_start_matches('/'), &headers),
    )
}

/// Names hold the hash of the bytes, so an answer is good for ever; a wrong name is a plain 404.
fn serve(name: &str, headers: &HeaderMap) -> Response {
    let Some(kind) = kind(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    file(name, kind, "public, max-age=31536000, immutable", headers)
}

/// A file of the build as it is, or in its Brotli form: with its media type and how long it is good.
pub(crate) fn file(
    name: &str,
    kind: &'static str,
    cache: &'static str,
    headers: &HeaderMap,
) -> Response {
    let (bytes, encoding) = match packed(name, headers) {
        Some(packed) => (packed, Some("br")),
        None => match Dist::get(name) {
            Some(file) => (file.data, None),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let body = match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    let to = response.headers_mut();
    let text = http::HeaderValue::from_static;
    to.insert(header::CONTENT_TYPE, text(kind));
    to.insert(header::CACHE_CONTROL, text(cache));
    to.insert(header::VARY, text("accept-encoding"));
    to.insert(header::X_CONTENT_TYPE_OPTIONS, text("nosniff"));
    if let Some(encoding) = encoding {
        to.insert(header::CONTENT_ENCODING, text(encoding));
    }
    response
}

/// The Brotli form of the file, if the build made one and the browser reads it.
fn packed(name: &str, headers: &HeaderMap) -> Option<Cow<'static, [u8]>> {
    let accepts = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let reads = accepts.split(',').any(|part| {
        let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
        coding.trim() == "br" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    });
    if reads {
        Dist::get(&format!("{name}.br")).map(|file| file.data)
    } else {
        None
    }
}

fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}
