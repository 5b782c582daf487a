//! A partner's own web server on loopback: real bytes over a real socket, and a count of visits.

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// What stands at a path.
#[derive(Clone)]
pub enum Page {
    Json(serde_json::Value),
    Bytes(Vec<u8>),
    Status(u16),
    Redirect(String),
}

#[derive(Default)]
struct Inner {
    pages: HashMap<String, Page>,
    visits: u32,
}

/// The server; it ends with the runtime of its test.
#[derive(Clone)]
pub struct Partner {
    base: String,
    inner: Arc<Mutex<Inner>>,
}

impl Partner {
    pub async fn open() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let routes = Router::new()
            .route("/{name}", get(show))
            .with_state(inner.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(socket, routes).await });
        Self { base, inner }
    }

    /// Puts something at `/name`; its address.
    pub fn put(&self, name: &str, page: Page) -> String {
        let mut inner = self.inner.lock().unwrap();
        inner.pages.insert(name.to_owned(), page);
        format!("{}/{name}", self.base)
    }

    /// How often anything was asked of it.
    pub fn visits(&self) -> u32 {
        self.inner.lock().unwrap().visits
    }
}

async fn show(State(inner): State<Arc<Mutex<Inner>>>, Path(name): Path<String>) -> Response {
    let page = {
        let mut inner = inner.lock().unwrap();
        inner.visits += 1;
        inner.pages.get(&name).cloned()
    };
    match page {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Page::Json(value)) => value.to_string().into_response(),
        Some(Page::Bytes(bytes)) => bytes.into_response(),
        Some(Page::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Page::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
}
