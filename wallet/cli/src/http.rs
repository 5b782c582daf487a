//! HTTP as the wallet speaks it: no redirects followed, cookies kept for one flow, `*.localhost`
//! on loopback.

use anyhow::{Context, ensure};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};
use url::Url;

/// Largest answer read, in bytes; audio is fetched in ranges below it.
const LARGEST: usize = 4 << 20;

/// A request as the wallet's flows make it.
pub struct Ask {
    /// `GET`, `POST`, `DELETE`.
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Vec<u8>>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body).context("the server's answer is no JSON")
    }
}

/// The client of one command.
pub struct Http {
    client: reqwest::Client,
    cookies: Mutex<HashMap<String, HashMap<String, String>>>,
}

impl Http {
    pub fn new() -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(Loopback))
            .build()?;
        Ok(Self {
            client,
            cookies: Mutex::default(),
        })
    }

    /// Sends one request and reads its whole answer.
    pub async fn send(&self, ask: Ask) -> anyhow::Result<Answer> {
        let url = Url::parse(&ask.url).with_context(|| format!("{} is no URL", ask.url))?;
        let local = url.host_str().is_some_and(is_local);
        ensure!(
            url.scheme() == "https" || local,
            "{url}: only https, or http on this machine"
        );
        let host = url.origin().ascii_serialization();
        let mut request = self.client.request(ask.method.parse()?, url.clone());
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        if let Some(cookies) = self.cookies_of(&host) {
            request = request.header("cookie", cookies);
        }
        if let Some(body) = ask.body {
            request = request.body(body);
        }
        let mut response = request
            .send()
            .await
            .with_context(|| format!("{host} did not answer"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.keep(&host, &headers);
        let mut body = vec![];
        while let Some(piece) = response.chunk().await.context("the answer broke off")? {
            ensure!(
                body.len() + piece.len() <= LARGEST,
                "{host} sent more than 4 MiB"
            );
            body.extend_from_slice(&piece);
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    pub async fn get(&self, url: &str) -> anyhow::Result<Answer> {
        self.send(Ask {
            method: "GET",
            url: url.to_owned(),
            headers: vec![],
            body: None,
        })
        .await
    }

    /// Posts a form.
    pub async fn form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        mut headers: Vec<(&'static str, String)>,
    ) -> anyhow::Result<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        headers.push(("content-type", "application/x-www-form-urlencoded".into()));
        self.send(Ask {
            method: "POST",
            url: url.to_owned(),
            headers,
            body: Some(body.into()),
        })
        .await
    }

    fn cookies_of(&self, host: &str) -> Option<String> {
        let jar = self.cookies.lock().expect("no holder of this lock panics");
        let pairs: Vec<String> = jar
            .get(host)?
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep(&self, host: &str, headers: &reqwest::header::HeaderMap) {
        let mut jar = self.cookies.lock().expect("no holder of this lock panics");
        for line in headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|v| v.to_str().ok())
        {
            let pair = line.split(';').next().unwrap_or("");
            if let Some((name, value)) = pair.split_once('=') {
                let kept = jar.entry(host.to_owned()).or_default();
                if value.is_empty() {
                    kept.remove(name.trim());
                } else {
                    kept.insert(name.trim().to_owned(), value.to_owned());
                }
            }
        }
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// The system's names, but `*.localhost` on loopback: the C library does not know it (RFC 6761
/// section 6.3 asks for it).
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found: Vec<SocketAddr> = if is_local(&name) {
                vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]
            } else {
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect()
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
