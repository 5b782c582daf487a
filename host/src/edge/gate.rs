//! The one gate around all routes of a listener, told top to bottom.

use super::{HEADERS_MOST, REQUEST_S, URL_MOST, hosts, page, rate::Meter};
use crate::answer::{Fault, Refused};
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use kernel::{Problem, World, hex, problem};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tracing::{Instrument, Span, field::Empty};

/// How one listener treats requests.
pub struct EdgeConfig {
    /// Time and chance.
    pub world: World,
    /// Knows where a request comes from without keeping the address.
    pub meter: Meter,
    /// The `Host` values answered, with port; others get 421. Empty: any (a peer listener).
    pub hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` counts.
    pub proxies: Vec<IpAddr>,
    /// Path beginnings whose bodies are streamed: no time limit on the whole request.
    pub streamed: &'static [&'static str],
    /// Until a request without an answer ends in 503.
    pub request: Duration,
}

impl EdgeConfig {
    /// The limits of a public listener for these hosts.
    #[must_use]
    pub fn new(world: World, meter: Meter, hosts: Vec<String>) -> Self {
        Self {
            world,
            meter,
            hosts,
            proxies: Vec::new(),
            streamed: &["/uploads"],
            request: Duration::from_secs(REQUEST_S),
        }
    }
}

/// The id of this request, in `Request-Id` and each of its log lines.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The address of the other end, put on a request by the listener, never logged.
#[derive(Clone, Copy)]
pub(crate) struct Remote(pub IpAddr);

#[derive(Clone)]
struct Template(MatchedPath);

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// [`gate`] around [`origin`]: all a listener with one origin needs.
pub fn layers(router: Router, config: EdgeConfig) -> Router {
    gate(origin(router), config)
}

/// Makes the page a person sees instead of a problem's JSON: what was asked, the problem, the
/// request's id. Status and headers of the problem are kept beside those of the page.
pub type ProblemPage = Arc<dyn Fn(&Asked, &Problem, &str) -> Response + Send + Sync>;

/// What a page of a problem may know of its request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
}

/// Problems for unknown paths (404) and methods (405, with `Allow`), and the route template for the
/// log. For each origin's routes, before they are joined.
pub fn origin(router: Router) -> Router {
    router
        .fallback(nothing_here)
        .layer(middleware::from_fn(mark))
}

/// [`origin`], and problems shown to people as pages of that origin.
pub fn origin_with_pages(router: Router, page: ProblemPage) -> Router {
    origin(router).layer(middleware::from_fn_with_state(page, show))
}

async fn show(State(page): State<ProblemPage>, request: Request, next: Next) -> Response {
    if !page::wanted(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let asked = Asked {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
    };
    let id = request
        .extensions()
        .get()
        .map_or_else(String::new, |RequestId(id)| id.clone());
    let response = next.run(request).await;
    page::for_people(response, |problem| page(&asked, problem, &id))
}

/// Puts the gate around routes.
pub fn gate(router: Router, config: EdgeConfig) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(config), pass))
}

async fn nothing_here() -> Fault {
    Fault::from(&problem::NOT_FOUND)
}

/// Knows the route template, which the gate outside cannot.
async fn mark(request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().cloned();
    if let Some(template) = &template {
        Span::current().record("route", template.as_str());
    }
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && response.extensions().get::<Refused>().is_none()
    {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = Fault::from(&problem::METHOD).into_response();
        response
            .headers_mut()
            .extend(allow.map(|value| (header::ALLOW, value)));
    }
    if let Some(template) = template {
        response.extensions_mut().insert(Template(template));
    }
    response
}

async fn pass(State(edge): State<Arc<EdgeConfig>>, mut request: Request, next: Next) -> Response {
    let started = edge.world.tick();
    let id = hex::encode(edge.world.random::<12>());
    let method = request.method().clone();
    let for_person = page::wanted(&method, request.headers());
    if let Some(address) = address(&edge, &request) {
        request.extensions_mut().insert(edge.meter.source(address));
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id, method = method.as_str(), route = Empty);

    let response = match refuse_early(&edge, &request) {
        Some(problem) => Fault(problem).into_response(),
        None => run(&edge, request, next).instrument(span.clone()).await,
    };
    let ms = (edge.world.tick() - started) / 1_000;
    span.in_scope(|| tell(&method, &response, ms));
    let mut response = match for_person {
        true => page::for_people(response, |problem| page::plain(problem, &id)),
        false => response,
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn refuse_early(edge: &EdgeConfig, request: &Request) -> Option<Problem> {
    let url = request
        .uri()
        .path_and_query()
        .map_or(0, |text| text.as_str().len());
    if url > URL_MOST {
        return Some(Problem::new(&problem::URL_TOO_LONG));
    }
    let headers = request
        .headers()
        .iter()
        .map(|(n, v)| n.as_str().len() + v.len() + 4);
    if headers.sum::<usize>() > HEADERS_MOST {
        return Some(Problem::new(&problem::HEADERS_TOO_LARGE));
    }
    let known =
        edge.hosts.is_empty() || hosts::of(request).is_some_and(|host| edge.hosts.contains(&host));
    (!known).then(|| Problem::new(&problem::HOST_UNKNOWN))
}

async fn run(edge: &EdgeConfig, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if edge.streamed.iter().any(|start| path.starts_with(start)) {
        return next.run(request).await;
    }
    match tokio::time::timeout(edge.request, next.run(request)).await {
        Ok(response) => response,
        // Dropping a handler is safe at any point: the write door rolls back what was not kept.
        Err(_) => Fault::from(&problem::BUSY).into_response(),
    }
}

/// The client's address: of the socket, or the last one a configured proxy saw. A proxy that names
/// none counts as the client: nobody is without limits because of it.
fn address(edge: &EdgeConfig, request: &Request) -> Option<IpAddr> {
    let Remote(socket) = *request.extensions().get::<Remote>()?;
    if !edge.proxies.contains(&socket) {
        return Some(socket);
    }
    let headers = request.headers().get_all("x-forwarded-for");
    let last = headers.iter().next_back().and_then(|v| v.to_str().ok());
    let named = last.and_then(|v| v.rsplit(',').next()?.trim().parse().ok());
    Some(named.unwrap_or(socket))
}

/// The one log line and measurement of a request. What went well is told at `debug` only, since
/// players ask for many small ranges.
fn tell(method: &Method, response: &Response, ms: i64) {
    let template = response.extensions().get::<Template>();
    let route = template.map_or("-", |Template(path)| path.as_str());
    let status = response.status().as_u16();
    let slug = response
        .extensions()
        .get::<Refused>()
        .map_or("", |r| r.0.slug.slug);
    let method = method.as_str();
    match status {
        500.. => tracing::warn!(method, route, status, slug, ms, "failed"),
        400.. => tracing::info!(method, route, status, slug, ms, "refused"),
        _ => tracing::debug!(method, route, status, ms, "answered"),
    }
    let class = match status {
        500.. => "5xx",
        400.. => "4xx",
        300.. => "3xx",
        _ => "2xx",
    };
    let route = route.to_owned();
    metrics::counter!("http_requests_total", "route" => route, "status" => class).increment(1);
    metrics::counter!("http_milliseconds_total", "status" => class).increment(ms.unsigned_abs());
}
