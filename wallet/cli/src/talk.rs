//! Requests with proofs: the server's nonce is taken along, and asked for once more where needed.

use crate::http::{Answer, Ask, Http};
use anyhow::bail;
use kernel::World;
use serde_json::Value;
use std::{cell::RefCell, collections::HashMap};
use wallet::{
    Failure,
    jose::SigningKey,
    proof::{Target, dpop},
};

/// Speaks to servers with a key.
pub struct Talk<'a> {
    pub http: &'a Http,
    pub world: &'a World,
    nonces: RefCell<HashMap<String, String>>,
}

/// What goes along.
#[derive(Default)]
pub struct Sent<'a> {
    pub method: &'static str,
    pub url: &'a str,
    pub content: Content<'a>,
    /// An access token bound to the key.
    pub token: Option<&'a str>,
    /// Whether the body is bound into the proof.
    pub bound: bool,
}

/// A body.
#[derive(Default)]
pub enum Content<'a> {
    #[default]
    None,
    Form(&'a [(&'static str, String)]),
    Json(&'a Value),
}

impl<'a> Talk<'a> {
    pub fn new(http: &'a Http, world: &'a World) -> Self {
        Self {
            http,
            world,
            nonces: RefCell::default(),
        }
    }

    /// Sends one request with a proof by `key`; repeats it once with the nonce of a refusal.
    pub async fn send(&self, key: &SigningKey, sent: &Sent<'_>) -> anyhow::Result<Answer> {
        let host = url::Url::parse(sent.url)?.origin().ascii_serialization();
        let (body, kind) = match sent.content {
            Content::None => (None, None),
            Content::Form(fields) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(fields);
                (
                    Some(form.finish().into_bytes()),
                    Some("application/x-www-form-urlencoded"),
                )
            }
            Content::Json(value) => (Some(serde_json::to_vec(value)?), Some("application/json")),
        };
        for _ in 0..2 {
            let nonce = self.nonces.borrow().get(&host).cloned();
            let target = Target {
                method: sent.method,
                url: sent.url,
                nonce: nonce.as_deref(),
                token: sent.token,
                body: body.as_deref().filter(|_| sent.bound),
            };
            let mut headers = vec![("dpop", dpop(key, target, self.world, self.world.now()))];
            headers.push(("accept", "application/json".into()));
            headers.extend(kind.map(|kind| ("content-type", kind.to_owned())));
            headers.extend(
                sent.token
                    .map(|token| ("authorization", format!("DPoP {token}"))),
            );
            let ask = Ask {
                method: sent.method,
                url: sent.url.to_owned(),
                headers,
                body: body.clone(),
            };
            let answer = self.http.send(ask).await?;
            if let Some(nonce) = answer.header("dpop-nonce") {
                self.nonces
                    .borrow_mut()
                    .insert(host.clone(), nonce.to_owned());
            }
            let wants_nonce = [400, 401].contains(&answer.status)
                && String::from_utf8_lossy(&answer.body).contains("use_dpop_nonce");
            if !wants_nonce {
                return Ok(answer);
            }
        }
        bail!("{host} refuses the nonce it gave itself")
    }

    /// The last nonce of a server, where the answer must name it too.
    pub fn nonce(&self, url: &str) -> Option<String> {
        let host = url::Url::parse(url).ok()?.origin().ascii_serialization();
        self.nonces.borrow().get(&host).cloned()
    }
}

/// The answer's JSON if it is a success; else what the server said, in its words.
pub fn good(answer: &Answer) -> anyhow::Result<Value> {
    if (200..300).contains(&answer.status) {
        return if answer.body.is_empty() {
            Ok(Value::Null)
        } else {
            answer.json()
        };
    }
    Err(refused(answer).into())
}

/// What a refusal says: OAuth's `error`, or a problem's title and detail.
pub fn refused(answer: &Answer) -> Failure {
    if let (429 | 503, Some(seconds)) = (answer.status, answer.header("retry-after")) {
        return Failure::Busy(seconds.parse().unwrap_or(1));
    }
    let Ok(body) = answer.json() else {
        return Failure::Server(format!("status {}", answer.status));
    };
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let parts = ["error", "error_description", "title", "detail", "reason"];
    let words: Vec<String> = parts.into_iter().filter_map(text).collect();
    let id = answer
        .header("request-id")
        .map_or(String::new(), |id| format!(" (request {id})"));
    Failure::Server(format!("{}{id}", words.join(": ")))
}
