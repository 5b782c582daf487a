//! The accept loop: limits on connections that no handler can set, and an orderly end.

use crate::{edge::Remote, tls::Acceptor};
use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower::ServiceExt;

mod stall;

/// Limits of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until a request's headers must be there; the connection is closed beyond.
    pub header_read: Duration,
    /// Without a byte moving either way, the connection is closed.
    pub stall: Duration,
    /// At the end: how long requests under way may take.
    pub drain: Duration,
    /// HTTP/2 streams of one connection.
    pub streams: u32,
    /// Connections at once; more wait in the kernel's queue.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            // The longest request, and time to send its answer.
            stall: Duration::from_secs(crate::edge::REQUEST_S + 5),
            drain: Duration::from_secs(30),
            streams: 100,
            connections: 4_096,
        }
    }
}

/// Serves `app` on `listener` until `stop` ends, then lets requests under way finish for at most
/// `limits.drain`.
///
/// # Errors
/// Only when accepting fails for good.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    tls: Option<Acceptor>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (tell, told) = watch::channel(());
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let permit = room
            .clone()
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, from)) => {
                let one = One {
                    app: app.clone(),
                    from,
                    limits,
                    told: told.clone(),
                };
                let tls = tls.clone();
                connections.spawn(async move {
                    one.begin(stream, tls).await;
                    drop(permit);
                });
            }
            Err(error) => pause_after(&error).await?,
        }
    }
    drop(listener);
    drop(tell);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, all).await.is_err() {
        tracing::warn!("requests were cut off at the end of the drain");
    }
    Ok(())
}

/// A broken connection is that client's affair; a lack of files passes, so wait instead of spinning.
#[expect(
    clippy::disallowed_methods,
    reason = "waiting is the listener's part of the house"
)]
async fn pause_after(error: &io::Error) -> io::Result<()> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        return Ok(());
    }
    tracing::error!(%error, "accepting connections fails");
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(())
}

struct One {
    app: Router,
    from: SocketAddr,
    limits: Limits,
    told: watch::Receiver<()>,
}

impl One {
    async fn begin(self, stream: TcpStream, tls: Option<Acceptor>) {
        // Without it each 32 KiB range waits for the other side's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls else {
            return self.run(stream).await;
        };
        let handshake = tokio::time::timeout(self.limits.header_read, tls.accept(stream));
        if let Ok(Ok(stream)) = handshake.await {
            self.run(stream).await;
        }
    }

    async fn run(mut self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let limits = self.limits;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_read)
            .max_buf_size(64 * 1024)
            .max_headers(128);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(32 * 1024)
            .keep_alive_interval(limits.stall)
            .keep_alive_timeout(limits.header_read);
        let (app, from) = (self.app, self.from.ip());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(Remote(from));
            app.clone().oneshot(request)
        });
        let io = TokioIo::new(stall::Stall::new(io, limits.stall));
        let mut connection = pin!(builder.serve_connection(io, service));
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = self.told.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }
}
