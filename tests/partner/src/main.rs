#![doc = include_str!("../README.md")]

mod login;

use anyhow::{Context, ensure};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use clap::Parser;
use login::{Callback, Login};
use std::{net::SocketAddr, sync::Arc};

/// Logs people in at an OpenID provider and shows the subject.
#[derive(Parser)]
struct Options {
    /// The provider's issuer identifier.
    #[arg(long)]
    issuer: String,
    #[arg(long)]
    client_id: String,
    #[arg(long)]
    client_secret: Option<String>,
    /// Loopback address; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Ask for this strength of login.
    #[arg(long)]
    acr: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(
        options.listen.ip().is_loopback(),
        "--listen takes a loopback address only"
    );
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .context("--listen")?;
    let url = format!("http://{}", listener.local_addr()?);
    let login = Login::discover(
        &options.issuer,
        options.client_id,
        options.client_secret,
        format!("{url}/cb"),
        options.acr,
    )
    .await?;
    let app = Router::new()
        .route("/", get(start))
        .route("/cb", get(end))
        .with_state(Arc::new(login));
    println!("{}", serde_json::json!({ "ready": true, "url": url }));
    axum::serve(listener, app).await.context("serving")
}

async fn start(State(login): State<Arc<Login>>) -> Redirect {
    Redirect::to(&login.start())
}

async fn end(State(login): State<Arc<Login>>, Query(callback): Query<Callback>) -> Response {
    match login.end(callback).await {
        Ok(claims) => Json(claims).into_response(),
        Err(e) => (
            StatusCode::BAD_REQUEST,
            format!("the login failed: {e:#}\n"),
        )
            .into_response(),
    }
}
