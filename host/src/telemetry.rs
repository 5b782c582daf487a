//! Logs as JSON lines on stderr, and counters for the peer listener's `/metrics`.

use axum::{Router, routing::get};
use http::header;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
    fmt,
    io::{self, IsTerminal},
};
use tracing_subscriber::{EnvFilter, fmt as lines, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, for machines: the form of `serve`.
    Json,
    /// Words, for the person who started the demo.
    Words,
}

/// The counters of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Sets up log and counters, once a process. `filter` is that of `RESONATE_LOG`, such as `info` or
/// `host=debug,info`.
///
/// # Errors
/// The filter is not one, or logging was set up before.
pub fn begin(filter: &str, form: Form) -> Result<Metrics, BadFilter> {
    let filter = EnvFilter::try_new(filter).map_err(|error| BadFilter(error.to_string()))?;
    let colours = io::stderr().is_terminal();
    let lines = lines::layer()
        .with_writer(io::stderr)
        .with_target(true)
        .with_ansi(colours);
    let registry = tracing_subscriber::registry().with(filter);
    let done = match form {
        Form::Json => registry.with(lines.json().flatten_event(true)).try_init(),
        Form::Words => registry.with(lines.compact().without_time()).try_init(),
    };
    done.map_err(|error| BadFilter(error.to_string()))?;
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| BadFilter(error.to_string()))?;
    Ok(Metrics(handle))
}

impl Metrics {
    /// `GET /metrics` in Prometheus' text form. For the peer listener only.
    pub fn routes(&self) -> Router {
        let handle = self.0.clone();
        let show = move || async move {
            handle.run_upkeep();
            (
                [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
                handle.render(),
            )
        };
        Router::new().route("/metrics", get(show))
    }
}

/// `RESONATE_LOG` cannot be understood.
#[derive(Debug)]
pub struct BadFilter(String);

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "logging: {}", self.0)
    }
}

impl std::error::Error for BadFilter {}
