//! Calls to addresses that apps name: by the guarded caller, and only in the demo to this machine.

use crate::config::ConfigError;
use host::{
    Ground,
    http_client::{Call, HttpClient, Unanswered},
};
use url::{Host, Url};

/// The one way out.
pub(crate) struct Outside {
    public: HttpClient,
    /// Only in the demo.
    loopback: Option<HttpClient>,
}

impl Outside {
    /// The caller of this ground.
    ///
    /// # Errors
    /// [`ConfigError::Tls`] where TLS cannot be set up.
    pub(crate) fn new(ground: &Ground) -> Result<Self, ConfigError> {
        let made = |client: Result<HttpClient, _>| client.map_err(|_| ConfigError::Tls);
        let loopback = ground.demo.as_ref().map(|_| made(HttpClient::peers()));
        Ok(Self {
            public: made(HttpClient::outside())?,
            loopback: loopback.transpose()?,
        })
    }

    /// Sends one request; no redirect is followed.
    ///
    /// # Errors
    /// [`Unanswered`]: an address that is not public counts as none, but for this machine in the
    /// demo.
    pub(crate) async fn send(
        &self,
        call: Call<'_>,
    ) -> Result<axum::http::Response<axum::body::Bytes>, Unanswered> {
        match &self.loopback {
            Some(loopback) if is_loopback(call.url) => loopback.send(call).await,
            _ => self.public.send(call).await,
        }
    }
}

fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
