//! Calls routers as a browser calls origins: by host, with cookies, without following redirects.

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use tower::ServiceExt;

/// A client with a cookie jar for each host.
pub struct Browser {
    routers: HashMap<String, Router>,
    cookies: HashMap<String, BTreeMap<String, String>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Browser {
    pub(crate) fn new(routers: HashMap<String, Router>) -> Self {
        Self {
            routers,
            cookies: HashMap::new(),
        }
    }

    /// `GET url`, an absolute one.
    ///
    /// # Panics
    /// The URL is of no origin of the house.
    pub async fn get(&mut self, url: &str) -> Page {
        self.send(request(Method::GET, url, None, Body::empty()))
            .await
    }

    /// Posts a form.
    ///
    /// # Panics
    /// As [`Browser::get`].
    pub async fn post_form(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).expect("text fields are a form");
        let kind = "application/x-www-form-urlencoded";
        self.send(request(Method::POST, url, Some(kind), Body::from(body)))
            .await
    }

    /// Posts JSON.
    ///
    /// # Panics
    /// As [`Browser::get`].
    pub async fn post_json(&mut self, url: &str, body: &Value) -> Page {
        let body = Body::from(body.to_string());
        self.send(request(Method::POST, url, Some("application/json"), body))
            .await
    }

    /// Sends any request with an absolute URL; cookies of its host are added.
    ///
    /// # Panics
    /// As [`Browser::get`].
    pub async fn send(&mut self, mut request: Request<Body>) -> Page {
        let host = request
            .uri()
            .authority()
            .expect("an absolute URL")
            .as_str()
            .to_owned();
        let router = self
            .routers
            .get(&host)
            .expect("the URL is of an origin of the house")
            .clone();
        let jar = self.cookies.entry(host.clone()).or_default();
        let cookies: Vec<String> = jar.iter().map(|(name, v)| format!("{name}={v}")).collect();
        let headers = request.headers_mut();
        headers.insert(
            header::HOST,
            host.parse().expect("a host is a header value"),
        );
        if !cookies.is_empty() {
            headers.insert(
                header::COOKIE,
                cookies.join("; ").parse().expect("plain cookies"),
            );
        }
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        *request.uri_mut() = path.parse().expect("the path of a URL is a URL");
        let answer = router
            .oneshot(request)
            .await
            .unwrap_or_else(|never| match never {});
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20)
            .await
            .expect("the body can be read");
        self.keep(&host, &parts.headers);
        Page {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.cookies.get(host)?.get(name).map(String::as_str)
    }

    /// Sets a cookie, or takes it away.
    pub fn set_cookie(&mut self, host: &str, name: &str, value: Option<&str>) {
        let jar = self.cookies.entry(host.to_owned()).or_default();
        match value {
            Some(value) => jar.insert(name.to_owned(), value.to_owned()),
            None => jar.remove(name),
        };
    }

    fn keep(&mut self, host: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap_or_default();
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let ended = line.to_ascii_lowercase().contains("max-age=0");
            self.set_cookie(host, name.trim(), (!ended).then_some(value.trim()));
        }
    }
}

impl Page {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The `Location` header.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }
}

fn request(method: Method, url: &str, kind: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    request.body(body).expect("a test's URL is well-formed")
}
