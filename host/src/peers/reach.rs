//! Reaching a module or a public origin: a router of this process, or an HTTPS base.

use super::Peers;
use crate::{
    http_client::{Call, PEER_MOST, Unanswered},
    part::Origin,
};
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use kernel::{Problem, problem};
use std::time::Duration;
use tokio::time::timeout;
use tower::ServiceExt;

/// Where a module is.
#[derive(Clone)]
pub(super) enum Reach {
    /// In this process.
    Here(Router),
    /// Below this URL, without a trailing slash.
    There(String),
}

/// There was no answer, or not one of 1 MiB within 5 s. Nothing is known to have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the other part did not answer")]
pub struct Unreachable;

impl From<Unreachable> for Problem {
    fn from(_: Unreachable) -> Self {
        Self::new(&problem::PEER_AWAY)
    }
}

/// How long an answer of this process may take; the same as between nodes.
const PATIENCE: Duration = Duration::from_secs(5);

impl Peers {
    /// Sends a request to a public origin of the platform: the back channel of a sign-in, its
    /// published keys. The URI is a path with query. A GET is repeated once.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub async fn origin(
        &self,
        origin: Origin,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Unreachable> {
        let base = self.0.origins.of(origin);
        let here = {
            let publics = self
                .0
                .publics
                .read()
                .unwrap_or_else(|lock| lock.into_inner());
            publics.get(&origin).cloned()
        };
        match here {
            Some(router) => self.send(&Reach::Here(router), base, request).await,
            None => {
                self.send(&Reach::There(base.to_owned()), base, request)
                    .await
            }
        }
    }

    /// Sends a request to a module's peer surface; the URI is a path below it.
    pub(super) async fn call(
        &self,
        module: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Unreachable> {
        let reach = {
            let modules = self
                .0
                .modules
                .read()
                .unwrap_or_else(|lock| lock.into_inner());
            modules.get(module).cloned()
        };
        let Some(reach) = reach else {
            tracing::error!(module, "no peer of that name is configured");
            return Err(Unreachable);
        };
        self.send(&reach, &self.0.origins.name_of(module), request)
            .await
    }

    async fn send(
        &self,
        reach: &Reach,
        name: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Unreachable> {
        match reach {
            Reach::Here(router) => here(router.clone(), name, request).await,
            Reach::There(base) => self.there(base, request).await,
        }
    }

    async fn there(
        &self,
        base: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Unreachable> {
        let (parts, body) = request.into_parts();
        let url = format!("{base}{}", path(&parts.uri));
        let call = Call {
            method: parts.method.clone(),
            url: &url,
            headers: parts.headers,
            body,
        };
        let answer = match self.0.http.send(call.clone()).await {
            Err(Unanswered::Away) if parts.method == Method::GET => self.0.http.send(call).await,
            answer => answer,
        };
        answer.map_err(|error| {
            tracing::warn!(%error, base, "a peer is away");
            Unreachable
        })
    }
}

/// Calls a router of this process as a listener would: with a `Host`, a time limit and a size limit.
async fn here(
    router: Router,
    name: &str,
    mut request: Request<Bytes>,
) -> Result<Response<Bytes>, Unreachable> {
    let host = name.split_once("://").map_or(name, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    if let Ok(host) = HeaderValue::from_str(host) {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    let answered = async {
        let answer = router
            .oneshot(request.map(Body::from))
            .await
            .map_err(|_| Unreachable)?;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, PEER_MOST)
            .await
            .map_err(|_| Unreachable)?;
        Ok(Response::from_parts(parts, body))
    };
    timeout(PATIENCE, answered).await.map_err(|_| Unreachable)?
}

fn path(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}
