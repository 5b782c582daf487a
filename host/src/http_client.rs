//! Outgoing HTTP: one guarded client. To the outside only public addresses are reached, checked
//! after resolving and pinned for the connection; peers are reached at their configured bases only.

use crate::demo::Demo;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// The most bytes of an answer from the outside.
pub const OUTSIDE_MOST: usize = 256 * 1024;
/// The most bytes of an answer from a peer.
pub const PEER_MOST: usize = 1 << 20;

/// Whom a client may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Public addresses over https.
    Outside,
    /// Those, and this machine by its own names: the demo, where partner apps are tried out.
    OutsideAndHere,
    /// Configured peers and origins, wherever they are; http on loopback only.
    Peers,
}

/// A client that follows no redirect and reads no more than it said.
#[derive(Clone)]
pub struct HttpClient {
    client: Client,
    reach: Reach,
    most: usize,
}

/// A request to send.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Method.
    pub method: Method,
    /// Absolute URL.
    pub url: &'a str,
    /// Headers besides those the client makes.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// Why there is no answer. Says nothing of what was found at the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The URL is one this client does not call.
    #[error("the address is not one we call")]
    Address,
    /// No connection, no answer in time, or it broke off.
    #[error("there was no answer")]
    Away,
    /// The answer is longer than we read.
    #[error("the answer is too long")]
    TooLong,
}

impl HttpClient {
    /// For calls to the outside: https, public addresses, 2 s, 256 KiB.
    ///
    /// # Errors
    /// TLS cannot be set up on this machine.
    pub fn outside() -> Result<Self, reqwest::Error> {
        let client = builder()
            .timeout(Duration::from_secs(2))
            .dns_resolver(Public)
            .build()?;
        Ok(Self {
            client,
            reach: Reach::Outside,
            most: OUTSIDE_MOST,
        })
    }

    /// As [`HttpClient::outside`], and in the demo also `http://localhost`, names below it and literal
    /// loopback addresses, where partner apps are tried out. Another name that leads to this machine
    /// is refused as ever. A machine that runs everything at once is given 5 s.
    ///
    /// # Errors
    /// TLS cannot be set up on this machine.
    pub fn outside_or_here(demo: Option<&Demo>) -> Result<Self, reqwest::Error> {
        if demo.is_none() {
            return Self::outside();
        }
        let client = builder()
            .timeout(Duration::from_secs(5))
            .dns_resolver(PublicOrHere)
            .build()?;
        Ok(Self {
            client,
            reach: Reach::OutsideAndHere,
            most: OUTSIDE_MOST,
        })
    }

    /// For configured peers and origins: 2 s to connect, 5 s in all, 1 MiB. Names below `localhost`
    /// are loopback, as browsers have it and resolvers do not.
    ///
    /// # Errors
    /// TLS cannot be set up on this machine.
    pub fn peers() -> Result<Self, reqwest::Error> {
        let client = builder()
            .timeout(Duration::from_secs(5))
            .dns_resolver(Loopback)
            .build()?;
        Ok(Self {
            client,
            reach: Reach::Peers,
            most: PEER_MOST,
        })
    }

    /// Sends one request.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn send(&self, call: Call<'_>) -> Result<http::Response<Bytes>, Unanswered> {
        let url = Url::parse(call.url).map_err(|_| Unanswered::Address)?;
        if !self.may_call(&url) {
            return Err(Unanswered::Address);
        }
        let request = self
            .client
            .request(call.method, url)
            .headers(call.headers)
            .body(call.body);
        let answer = request.send().await.map_err(|_| Unanswered::Away)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = self.read(answer).await?;
        Ok(respond(status, headers, body))
    }

    fn may_call(&self, url: &Url) -> bool {
        let literal = match url.host() {
            Some(url::Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(url::Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(url::Host::Domain(_)) => None,
            None => return false,
        };
        let plain = url.username().is_empty() && url.password().is_none();
        let here = url.domain().is_some_and(is_localhost)
            || literal.is_some_and(|ip| ip.to_canonical().is_loopback());
        // A literal address never passes the resolver, so it is looked at here.
        let outside = url.scheme() == "https" && literal.is_none_or(is_public);
        plain
            && match self.reach {
                Reach::Outside => outside,
                Reach::OutsideAndHere => outside || (url.scheme() == "http" && here),
                Reach::Peers => url.scheme() == "https" || (url.scheme() == "http" && here),
            }
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Bytes, Unanswered> {
        let mut body = BytesMut::new();
        while let Some(part) = answer.chunk().await.map_err(|_| Unanswered::Away)? {
            if body.len() + part.len() > self.most {
                return Err(Unanswered::TooLong);
            }
            body.extend_from_slice(&part);
        }
        Ok(body.freeze())
    }
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .no_proxy()
        .referer(false)
        .pool_max_idle_per_host(4)
}

fn respond(status: StatusCode, headers: HeaderMap, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { public(name).await })
    }
}

async fn public(name: Name) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
    let found: Vec<SocketAddr> = found.collect();
    // One private address among them is enough to refuse: the name is not to be trusted.
    if found.is_empty() || !found.iter().all(|address| is_public(address.ip())) {
        return Err("not a public address".into());
    }
    Ok(Box::new(found.into_iter()))
}

/// Names below `localhost`, as browsers have it.
fn here() -> Addrs {
    let here = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    Box::new(here.map(|ip| SocketAddr::new(ip, 0)).into_iter())
}

struct PublicOrHere;

impl Resolve for PublicOrHere {
    fn resolve(&self, name: Name) -> Resolving {
        if is_localhost(name.as_str()) {
            Loopback.resolve(name)
        } else {
            Public.resolve(name)
        }
    }
}

struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if is_localhost(name.as_str()) {
                return Ok(here());
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Globally reachable unicast, by the IANA special-purpose registries.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => public_v6(v6),
    }
}

fn public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224;
    !special
}

fn public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    // 2000::/3 is all that is assigned; inside it, what embeds or tunnels other addresses is out.
    let special = !(0x2000..0x4000).contains(&a)
        || (a == 0x2001 && b < 0x0200)
        || (a == 0x2001 && b == 0x0db8)
        || a == 0x2002
        || a == 0x3fff;
    !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_outside() {
        for public in ["8.8.8.8", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn each_client_calls_its_own_kind_of_address() {
        let outside = HttpClient::outside().unwrap();
        let peers = HttpClient::peers().unwrap();
        let folder = std::env::temp_dir().join(format!("resonate-reach-{}", std::process::id()));
        let at = |name: &str| format!("http://{name}localhost:8080");
        let origins = crate::config::Origins {
            id: at(""),
            wallet: at("wallet."),
            listen: at("listen."),
            coop: at("coop."),
            staff: at("staff."),
        };
        let demo = Demo::enter(&origins, "127.0.0.1:8080".parse().unwrap(), &folder).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        let demo = HttpClient::outside_or_here(Some(&demo)).unwrap();
        for (url, out, of_demo, peer) in [
            ("https://example.org/", true, true, true),
            ("http://example.org/", false, false, false),
            ("https://127.0.0.1/", false, false, true),
            ("https://[::ffff:10.0.0.1]/", false, false, true),
            ("https://2130706433/", false, false, true),
            ("http://listen.localhost:8080/", false, true, true),
            ("http://127.0.0.1:9/", false, true, true),
            ("http://10.0.0.1/", false, false, false),
            ("https://user@example.org/", false, false, false),
            ("file:///etc/passwd", false, false, false),
        ] {
            let url = Url::parse(url).unwrap();
            let may = [&outside, &demo, &peers].map(|client| client.may_call(&url));
            assert_eq!(may, [out, of_demo, peer], "{url}");
        }
    }

    #[test]
    fn the_demo_calls_this_machine_by_its_own_names_only() {
        let at = |name: &str| format!("http://{name}localhost:8080");
        let origins = crate::part::Origins {
            id: at(""),
            wallet: at("wallet."),
            listen: at("listen."),
            coop: at("coop."),
            staff: at("staff."),
        };
        let folder = std::env::temp_dir().join(format!("resonate-here-{}", std::process::id()));
        let demo = Demo::enter(&origins, "127.0.0.1:8080".parse().unwrap(), &folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let client = HttpClient::outside_or_here(Some(&demo)).unwrap();
        for (url, may) in [
            ("http://localhost:3000/jwks", true),
            ("http://app.localhost:3000/jwks", true),
            ("http://127.0.0.1:3000/jwks", true),
            ("http://[::1]:3000/jwks", true),
            ("https://example.org/jwks", true),
            ("http://example.org/jwks", false),
            ("http://10.0.0.1/", false),
            ("http://169.254.169.254/", false),
            ("https://192.168.1.1/", false),
            ("http://localhost.evil/", false),
            ("http://user@localhost/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(client.may_call(&Url::parse(url).unwrap()), may, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let outside = HttpClient::outside().unwrap();
        let call = Call {
            method: Method::GET,
            url: "https://localhost:1/",
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        assert_eq!(outside.send(call).await.unwrap_err(), Unanswered::Away);
    }
}
