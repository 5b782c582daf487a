//! Somebody with a plain HTTP client: cookies, no script, redirects followed by hand.

use reqwest::{
    StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use url::Url;

/// Every name is this machine: the tests speak to loopback only.
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
        Box::pin(async move { Ok(Box::new(here.into_iter()) as Addrs) })
    }
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub url: Url,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{}: {e}: {}", self.url, self.text()))
    }

    pub fn location(&self) -> Option<Url> {
        let location = self.headers.get("location")?.to_str().unwrap();
        Some(self.url.join(location).unwrap())
    }

    /// The value of the hidden field `name` in a form of the page.
    pub fn field(&self, name: &str) -> String {
        let text = self.text();
        let at = text
            .find(&format!("name=\"{name}\""))
            .unwrap_or_else(|| panic!("no {name}: {text}"));
        let tag = text[..at].rfind('<').unwrap();
        let tag = &text[tag..tag + text[tag..].find('>').unwrap()];
        tag.split("value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned()
    }

    /// The action of the page's form that holds `mark`, as a full URL.
    pub fn action(&self, mark: &str) -> Url {
        let text = self.text();
        let at = text
            .find(mark)
            .unwrap_or_else(|| panic!("no {mark}: {text}"));
        let form = text[..at].rfind("<form").unwrap();
        let tag = &text[form..form + text[form..].find('>').unwrap()];
        let action = tag
            .split("action=\"")
            .nth(1)
            .map_or("", |a| a.split('"').next().unwrap());
        self.url.join(&action.replace("&amp;", "&")).unwrap()
    }
}

/// One person's client.
pub struct Visitor {
    http: reqwest::Client,
    cookies: HashMap<String, HashMap<String, String>>,
    /// What was said in confidence, with what it was: cookies, codes, values of forms.
    pub secrets: Vec<(&'static str, String)>,
}

/// The address from which visitors come, and what they call their browser.
pub const FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);
pub const BROWSER: &str = "Unmistakable-Browser/7.7";
/// Shorter values are no secrets.
const SECRET: usize = 20;

impl Visitor {
    pub fn new() -> Self {
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .local_address(IpAddr::V4(FROM))
            .user_agent(BROWSER)
            .dns_resolver(Arc::new(Loopback));
        Self {
            http: builder.build().unwrap(),
            cookies: HashMap::new(),
            secrets: Vec::new(),
        }
    }

    pub fn has_cookies(&self) -> bool {
        self.cookies.values().any(|jar| !jar.is_empty())
    }

    pub async fn get(&mut self, url: &str) -> Answer {
        self.send("GET", url, HeaderMap::new(), vec![]).await
    }

    /// A GET that asks for JSON.
    pub async fn json(&mut self, url: &str) -> Value {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let answer = self.send("GET", url, headers, vec![]).await;
        assert_eq!(answer.status, 200, "{url}: {}", answer.text());
        answer.json()
    }

    /// A form, sent as a page of the same origin would.
    pub async fn form(&mut self, url: &str, fields: &[(&str, &str)]) -> Answer {
        // `ix` only names a sign-in in its address.
        let is_long = |(name, value): &&(&str, &str)| value.len() >= SECRET && *name != "ix";
        let long = fields.iter().filter(is_long);
        let said = long.map(|(_, value)| ("value of a form", (*value).to_owned()));
        self.secrets.extend(said);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert("content-type", kind);
        let origin = Url::parse(url).unwrap().origin().ascii_serialization();
        headers.insert("origin", origin.parse().unwrap());
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        self.send("POST", url, headers, body.into_bytes()).await
    }

    /// Follows redirects until a page, or until `stop` says that the URL is where it should end.
    pub async fn follow(&mut self, mut answer: Answer, stop: impl Fn(&Url) -> bool) -> Answer {
        for _ in 0..12 {
            let Some(next) = answer.location() else {
                return answer;
            };
            if stop(&next) {
                return answer;
            }
            answer = self.get(next.as_str()).await;
        }
        panic!("more than twelve redirects, last {}", answer.url);
    }

    pub async fn send(
        &mut self,
        method: &str,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Answer {
        let url = Url::parse(url).unwrap();
        let host = url.origin().ascii_serialization();
        let mut request = self
            .http
            .request(method.parse().unwrap(), url.clone())
            .headers(headers)
            .body(body);
        if let Some(jar) = self.cookies.get(&host).filter(|jar| !jar.is_empty()) {
            let pairs: Vec<String> = jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let response = request
            .send()
            .await
            .unwrap_or_else(|e| panic!("{url}: {e}"));
        let (status, headers) = (response.status(), response.headers().clone());
        // A server that dies amid its answer is told in the same words as one that never answered.
        let body = response
            .bytes()
            .await
            .unwrap_or_else(|e| panic!("{url}: {e}"));
        for line in headers.get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let jar = self.cookies.entry(host.clone()).or_default();
            if value.is_empty() {
                jar.remove(name);
            } else {
                if value.len() >= SECRET {
                    self.secrets.push(("cookie", value.to_owned()));
                }
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = headers.get("location").and_then(|v| v.to_str().ok());
        if let Some(next) = location.and_then(|next| url.join(next).ok()) {
            let pairs = next.query_pairs().into_owned();
            let codes = pairs.filter(|(name, _)| name == "code");
            self.secrets.extend(codes.map(|(_, code)| ("code", code)));
        }
        Answer {
            status,
            headers,
            body: body.to_vec(),
            url,
        }
    }
}
