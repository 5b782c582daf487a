//! Listeners, background work, and the order in which a node ends.

use anyhow::{Context, Result};
use axum::Router;
use host::{
    listen::{self, Limits},
    tls::Acceptor,
};
use std::{future::Future, net::SocketAddr};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

/// A bound socket and what it answers.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// Its routes.
    pub routes: Router,
    /// Where TLS ends here.
    pub tls: Option<Acceptor>,
}

/// Binds an address.
///
/// # Errors
/// The address is taken or not this machine's.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// Serves all listeners until `stop` ends, then until requests under way are done or 30 s passed.
///
/// # Errors
/// A listener fails for good.
pub async fn listen(listeners: Vec<Listener>, stop: impl Future<Output = ()>) -> Result<()> {
    let (tell, told) = watch::channel(false);
    let mut all = JoinSet::new();
    for one in listeners {
        let mut told = told.clone();
        all.spawn(async move {
            let stop = async move { drop(told.wait_for(|stop| *stop).await) };
            listen::serve(one.socket, one.routes, one.tls, Limits::default(), stop).await
        });
    }
    let mut failed = None;
    tokio::select! {
        () = stop => {}
        ended = all.join_next() => failed = ended,
    }
    let _ = tell.send(true);
    while let Some(ended) = failed.take() {
        ended
            .context("a listener broke")?
            .context("accepting connections")?;
        failed = all.join_next().await;
    }
    while let Some(ended) = all.join_next().await {
        ended
            .context("a listener broke")?
            .context("accepting connections")?;
    }
    Ok(())
}

/// Ends when the process is asked to: SIGTERM, or SIGINT from a keyboard.
///
/// # Errors
/// The signals cannot be listened to.
pub fn asked_to_end() -> Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}
